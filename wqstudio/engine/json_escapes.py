r"""Letters that JSON writes as ``\u00f6``, as many programs do with all that is not ASCII. Pure."""

import json
import re

_ESCAPES = re.compile(r"((?:\\u[0-9a-fA-F]{4})+)|\\.", re.DOTALL)
"""Also those of one character, so that a backslash that stands for itself begins none."""


def unescaped(text: str) -> str:
    """The same JSON; what is no letter to be seen, or means something in JSON, stays as it is written."""
    return _ESCAPES.sub(_letters, text) if "\\u" in text else text


def _letters(found: re.Match[str]) -> str:
    if found[1] is None:
        return found[0]
    letters: str = json.loads(f'"{found[1]}"')
    return "".join(each if each.isprintable() and each not in '"\\' else json.dumps(each)[1:-1] for each in letters)
