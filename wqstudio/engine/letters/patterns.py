"""Regular expressions that a person typed: whatever they are, a search with them ends.

One like ``(a+)+$`` tries more ways than anybody can wait for. ``re`` cannot be stopped in that; ``regex`` can.
"""

import re
import time
from collections.abc import Callable
from typing import Any

import regex
from jsonpath import CompoundJSONPath, JSONPath, JSONPathEnvironment
from jsonpath.function_extensions import ExpressionType, FilterFunction
from jsonpath.segments import JSONPathChildSegment
from jsonpath.selectors import NameSelector

WITHIN = 1.0
"""Seconds of processor time for one message; a sensible pattern takes a hundredth of that for 8 MB."""
_LEAST = 0.001
"""Seconds: no time at all would be no limit."""


class MatchError(ValueError):
    """The filter makes no sense. The text names the part and what is wrong with it."""


class PatternTimeoutError(MatchError):
    """The pattern took too long on some message; nothing can be said of that one, or of those after it."""


class Pattern:
    """MatchError: it is no regular expression."""

    def __init__(self, text: str) -> None:
        self._text = text
        try:
            self._compiled = regex.compile(text)
        except (regex.error, OverflowError, RecursionError) as error:
            raise MatchError(f"The regular expression {text!r} makes no sense: {error}.") from error

    def found_in(self, text: str, within: float | None = None) -> bool:
        """Somewhere. PatternTimeoutError."""
        return self._tried(self._compiled.search, text, within)

    def is_all_of(self, text: str, within: float | None = None) -> bool:
        """From beginning to end. PatternTimeoutError."""
        return self._tried(self._compiled.fullmatch, text, within)

    def _tried(self, match: Any, text: str, within: float | None) -> bool:
        try:
            return match(text, timeout=WITHIN if within is None else within) is not None
        except TimeoutError as error:
            raise PatternTimeoutError(
                f"The regular expression {self._text!r} took more than {WITHIN:g} s on one message, so the search was "
                "stopped there. Repetitions within repetitions, as in (a+)+, do that; write it without them."
            ) from error


class Paths(JSONPathEnvironment):
    """JSON paths, which may have regular expressions in them: ``match``, ``search`` and ``=~``."""

    def __init__(self) -> None:
        self._end = 0.0
        super().__init__()

    def begin(self) -> None:
        """The next document: all searches in it have ``WITHIN`` together."""
        self._end = time.process_time() + WITHIN

    @property
    def left(self) -> float:
        """Seconds for a search."""
        return max(_LEAST, self._end - time.process_time())

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions["match"] = _Matching(self, Pattern.is_all_of)
        self.function_extensions["search"] = _Matching(self, Pattern.found_in)

    def compare(self, left: object, operator: str, right: object) -> bool:
        if isinstance(left, str) and isinstance(right, re.Pattern):
            flags = "".join(letter for letter in "aims" if right.flags & re.RegexFlag[letter.upper()])
            return Pattern(f"(?{flags}){right.pattern}" if flags else right.pattern).is_all_of(left, self.left)
        return super().compare(left, operator, right)


def names_in(path: JSONPath | CompoundJSONPath) -> tuple[str, ...] | None:
    """Of a path that goes by names alone, as ``$.order.id``: these. None: there is more to it."""
    if not isinstance(path, JSONPath) or path.pseudo_root:
        return None
    names = []
    for segment in path.segments:
        match segment:
            case JSONPathChildSegment(selectors=(NameSelector(name=name),)):
                names.append(name)
            case _:
                return None
    return tuple(names)


class _Matching(FilterFunction):
    """A pattern that makes no sense matches nothing (RFC 9535)."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]  # noqa: RUF012 - as the library declares it
    return_type = ExpressionType.LOGICAL

    def __init__(self, paths: Paths, agrees: Callable[[Pattern, str, float], bool]) -> None:
        self._paths = paths
        self._agrees = agrees

    def __call__(self, value: object, pattern: object) -> bool:
        if not isinstance(value, str) or not isinstance(pattern, str):
            return False
        try:
            wanted = Pattern(pattern)
        except MatchError:
            return False
        return self._agrees(wanted, value, self._paths.left)
