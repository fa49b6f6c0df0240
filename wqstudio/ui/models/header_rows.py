"""Headers and properties of a message as rows that can be read, with all that is nested in them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from wqstudio.domain.letter import Header, Letter
from wqstudio.domain.text import readable
from wqstudio.engine.letters.bodies import seen

_MOST_ROWS = 2000
_MOST_SHOWN = 2000
"""Characters of a value in its cell; all of it is copied."""
_KINDS: Mapping[type, str] = {bool: "bool", str: "string", bytes: "binary", list: "array", dict: "table"}

_WORDS = {"None": "–", "True": "true", "False": "false"}


class Row(NamedTuple):
    name: str
    value: str
    """For a person."""
    type: str = ""
    children: tuple["Row", ...] = ()

    @property
    def in_cell(self) -> str:
        """One line, and not endless."""
        text = self.value[:_MOST_SHOWN]
        return (text if text.isprintable() else seen(text)) + ("…" if len(self.value) > _MOST_SHOWN else "")


def header_rows(headers: Sequence[Header]) -> list[Row]:
    left = [_MOST_ROWS]
    return [_row(header.name, header.value, header.type, left) for header in headers]


def property_rows(letter: Letter) -> list[Row]:
    return [Row(setting.name, setting.value) for setting in letter.properties]


def as_text(value: Any, kind: str = "") -> str:
    """A value in one piece, nested ones too."""
    match value:
        case dict():
            return "{" + ", ".join(f"{name}: {as_text(each)}" for name, each in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(as_text(each) for each in value) + "]"
        case bytes():
            return _of_bytes(value)
        case int() if kind == "timestamp" or _is_moment(value):
            return _moment(value)
        case _:
            return _WORDS.get(repr(value)) or readable(str(value))


def copied(rows: Sequence[Row], depth: int = 0) -> Iterator[str]:
    """A line for each: name, value, type."""
    for row in rows:
        yield "\t".join(("  " * depth + row.name, row.value, row.type)).rstrip("\t")
        yield from copied(row.children, depth + 1)


def _row(name: str, value: Any, kind: str, left: list[int]) -> Row:
    kind = kind or ("" if isinstance(value, str) else _kind(value))
    children = tuple(_row(inner, each, _kind(each), left) for inner, each in _inside(value) if left[0] > 0)
    left[0] -= 1
    return Row(name, _summed(value, kind) if children else as_text(value, kind), kind, children)


def _inside(value: Any) -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            yield from ((str(name), each) for name, each in value.items())
        case list() | tuple():
            yield from ((f"{number}", each) for number, each in enumerate(value, 1))
        case _:
            pass


def _summed(value: Any, kind: str) -> str:
    """Of what is unfolded below, so much that it is known without."""
    text = as_text(value, kind)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _kind(value: Any) -> str:
    """Of what is nested, for which no adapter names the type; a number is a number."""
    return next(
        (name for kind, name in _KINDS.items() if isinstance(value, kind)), "timestamp" if _is_moment(value) else ""
    )


def _is_moment(value: Any) -> bool:
    return isinstance(value, int) and hasattr(value, "moment")


def _of_bytes(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return f"0x{value.hex()}"
    return text if text.isprintable() else f"0x{value.hex()}"


def _moment(value: int) -> str:
    try:
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC ({int(value)})"
    except (OverflowError, ValueError, OSError):
        return str(int(value))
