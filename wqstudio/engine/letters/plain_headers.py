"""Headers as they can cross a pipe and be kept in a journal, and the way back to what they were. Pure.

A broker's client gives values of types of its own (integers that know their width, decimals, text that is no UTF-8),
which a pipe flattens. What nobody has edited must go on as it came, in the very type it had.
"""

from dataclasses import replace
from typing import Any

from wqstudio.domain.letter import Edit, Header, Letter
from wqstudio.domain.text import readable


def plain(letter: Letter) -> Letter:
    """With header names and values of the types that msgpack has."""
    return replace(letter, headers=tuple(map(_plain_header, letter.headers)))


def restored(edit: Edit | None, letter: Letter) -> Edit | None:
    """The edit, with those of its headers that are as the letter came put back to what they were there."""
    if edit is None or edit.headers is None:
        return edit
    came = {(readable(header.name), header.type): header for header in letter.headers}
    return replace(
        edit, headers=tuple(_restored(header, came.get((header.name, header.type))) for header in edit.headers)
    )


def _restored(header: Header, came: Header | None) -> Header:
    return came if came is not None and _plain(header.value) == _plain(came.value) else header


def _plain_header(header: Header) -> Header:
    return replace(header, name=readable(header.name), value=_plain(header.value))


def _plain(value: Any) -> Any:
    plain_value: Any = value
    match value:
        case None | bool() | bytes():
            pass
        case str():
            plain_value = readable(value)
        case int():
            plain_value = int(value)
        case float():
            plain_value = float(value)
        case list():
            plain_value = [_plain(each) for each in value]
        case dict():
            plain_value = {_plain(name): _plain(each) for name, each in value.items()}
        case _:
            plain_value = str(value)
    return plain_value
