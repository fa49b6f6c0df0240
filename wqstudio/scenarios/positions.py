"""On which line each table, key and item of a TOML text stands, which ``tomllib`` does not tell.

Only for texts that ``tomllib`` has accepted: nothing is checked here.
"""

import re
from collections.abc import Mapping
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys and, in lists, numbers from 0."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BASIC_LONG = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL)
_LITERAL_LONG = re.compile(r"'''.*?'{3,5}", re.DOTALL)
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)")
_CONTROLS = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def positions(text: str) -> Mapping[Path, int]:
    """Line numbers from 1, by path. A table stands where its header is, or its first key."""
    return _Scanner(text.replace("\r\n", "\n")).scan()


def line_of(found: Mapping[Path, int], path: Path) -> int:
    """The line of ``path``, or of the nearest thing around it that stands anywhere; 1: of nothing."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._found: dict[Path, int] = {}
        self._lengths: dict[Path, int] = {}
        """Of the lists of tables so far."""

    def scan(self) -> Mapping[Path, int]:
        table: Path = ()
        self._skip()
        while self._at < len(self._text):
            if self._take("["):
                table = self._header()
            else:
                self._pair(table)
            self._skip()
        return self._found

    def _header(self) -> Path:
        """After the first bracket; all of ``[table]`` or ``[[table of a list]]``."""
        in_list = self._take("[")
        line = self._line
        *outer, last = self._key()
        path: Path = ()
        for part in outer:
            path = self._latest((*path, part))
            self._found.setdefault(path, line)
        path = (*path, last)
        self._found.setdefault(path, line)
        if in_list:
            self._lengths[path] = self._lengths.get(path, 0) + 1
            path = self._latest(path)
            self._found[path] = line
        self._at = self._text.index("]", self._at) + (2 if in_list else 1)
        return self._latest(path)

    def _latest(self, path: Path) -> Path:
        """In a list of tables, the one that came last."""
        return (*path, self._lengths[path] - 1) if path in self._lengths else path

    def _pair(self, table: Path) -> None:
        line = self._line
        path = table
        for part in self._key():
            path = (*path, part)
            self._found.setdefault(path, line)
        self._skip()
        self._take("=")
        self._skip()
        self._value(path)

    def _key(self) -> list[str]:
        """Dotted, each part bare or quoted."""
        parts = [self._part()]
        while self._take_after_blanks("."):
            self._skip()
            parts.append(self._part())
        return parts

    def _part(self) -> str:
        self._skip()
        if bare := _BARE.match(self._text, self._at):
            self._at = bare.end()
            return bare[0]
        quoted = _STRING.match(self._text, self._at)
        assert quoted is not None, "only what tomllib accepts is scanned"
        self._at = quoted.end()
        inside = quoted[0][1:-1]
        return inside if quoted[0][0] == "'" else _ESCAPE.sub(_unescaped, inside)

    def _value(self, path: Path) -> None:
        if self._take("["):
            self._items(path)
        elif self._take("{"):
            self._inline_table(path)
        else:
            for pattern in (_BASIC_LONG, _LITERAL_LONG, _STRING, _SCALAR):
                if value := pattern.match(self._text, self._at):
                    self._at = value.end()
                    return

    def _items(self, path: Path) -> None:
        number = 0
        self._skip()
        while not self._take("]"):
            self._found[*path, number] = self._line
            self._value((*path, number))
            number += 1
            self._take_after_blanks(",")
            self._skip()

    def _inline_table(self, path: Path) -> None:
        self._skip()
        while not self._take("}"):
            self._pair(path)
            self._take_after_blanks(",")
            self._skip()

    @property
    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1

    def _skip(self) -> None:
        blank = _BLANK.match(self._text, self._at)
        assert blank is not None, "it may be empty"
        self._at = blank.end()

    def _take(self, mark: str) -> bool:
        there = self._text.startswith(mark, self._at)
        self._at += len(mark) if there else 0
        return there

    def _take_after_blanks(self, mark: str) -> bool:
        before = self._at
        self._skip()
        if self._take(mark):
            return True
        self._at = before
        return False


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if code[0] in "uU" else _CONTROLS.get(code, code)
