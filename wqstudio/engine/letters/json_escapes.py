r"""Letters that JSON writes as ``\u00f6``, as many programs do with all that is not ASCII. Pure."""

import json
import re
from dataclasses import dataclass

_ESCAPES = re.compile(r"((?:\\u[0-9a-fA-F]{4})+)|\\.", re.DOTALL)
"""Also those of one character, so that a backslash that stands for itself begins none."""
_EACH = re.compile(r"(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4})|\\.", re.DOTALL)
"""One letter by one."""
_HARMLESS = frozenset("<>&'")
"""Letters of ASCII that some programs escape, for pages of HTML, and that stand nowhere in JSON but in its texts."""


@dataclass(frozen=True, slots=True)
class Escapes:
    """Which letters a text writes as escapes, and how."""

    ascii_alone: bool
    """All that is not ASCII is one of them."""
    letters: frozenset[str]
    upper: bool
    """Of the hex digits."""

    def written(self, text: str) -> str:
        """JSON with its letters, as the text that this was found in would have them."""
        return "".join(self._written(each) if self._is_one(each) else each for each in text)

    def _is_one(self, letter: str) -> bool:
        return letter in self.letters or (self.ascii_alone and not letter.isascii())

    def _written(self, letter: str) -> str:
        units = letter.encode("utf-16-be", "surrogatepass").hex()
        digits = units.upper() if self.upper else units
        return "".join(f"\\u{digits[at : at + 4]}" for at in range(0, len(digits), 4))


def unescaped(text: str) -> str:
    """The same JSON; what is no letter to be seen, or means something in JSON, stays as it is written."""
    return _ESCAPES.sub(_letters, text) if "\\u" in text else text


def editable(text: str) -> tuple[str, Escapes | None]:
    """The same JSON with its letters, and how they are written so that it is again what it was, to the last byte.

    None: nothing is escaped, or now this way and now that, and the text is as it came.
    """
    if "\\u" not in text:
        return text, None
    found: set[str] = set()

    def shown(escape: re.Match[str]) -> str:
        letter: str = json.loads(f'"{escape[1]}"') if escape[1] is not None else ""
        if not letter.isprintable() or letter == "" or (letter.isascii() and letter not in _HARMLESS):
            return escape[0]
        found.add(letter)
        return letter

    plain = _EACH.sub(shown, text)
    ways = (Escapes(text.isascii(), frozenset(found), upper) for upper in (False, True))
    way = next((way for way in ways if found and way.written(plain) == text), None)
    return (text, None) if way is None else (plain, way)


def _letters(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0]
    letters: str = json.loads(f'"{found[1]}"')
    return "".join(each if each.isprintable() and each not in '"\\' else json.dumps(each)[1:-1] for each in letters)
