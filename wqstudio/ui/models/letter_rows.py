"""A dead letter as the texts of a table's row. Pure."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from wqstudio.domain.letter import LetterLine
from wqstudio.ui import format as figures
from wqstudio.ui.names import visible

_NOT_SAID = figures.UNKNOWN
_PUBLISHED = "published"
_SEVERAL = 2
_HALF_A_YEAR = 182 * 86_400.0
"""Seconds from now for which a day needs no year."""


class LetterColumn(IntEnum):
    WHEN = 0
    FROM = 1
    WHY = 2
    SIZE = 3
    PREVIEW = 4


TITLES = ("When", "From", "Why", "Size", "Preview")
TIPS = (
    "When it became a dead letter, of several times in one place the first; if not told, when it was published",
    "The queue that it came from, and how it was addressed",
    "Why it died, after how many deliveries, and what its worker wrote of the last error",
    "Of the body",
    "The beginning of the body",
)


@dataclass(frozen=True, slots=True)
class LetterRow:
    """``first`` and ``second`` are the two lines of each column."""

    line: LetterLine
    first: tuple[str, ...]
    second: tuple[str, ...]
    short_why: str
    """Of a narrow column."""

    @property
    def tips(self) -> tuple[str, ...]:
        """Made when somebody points at it."""
        line = self.line
        why = [line.reason, _deliveries(line.deliveries), line.consumer and f"by {line.consumer}", line.error]
        return (
            "\n".join(filter(None, (_exact(line.died_at), _first_of(line), _no_death(line)))),
            "\n".join(filter(None, (line.origin, line.route))),
            "\n".join(filter(None, [*why, line.problem])),
            f"{line.size:,} bytes",
            line.preview,
        )


def prepared(lines: Sequence[LetterLine], now: float) -> list[LetterRow]:
    return [_row(line, now) for line in lines]


def told(lines: Sequence[LetterLine]) -> list[str]:
    """For other programs: tabs between the cells."""
    return ["\t".join(_cells(line)) for line in lines]


def _row(line: LetterLine, now: float) -> LetterRow:
    return LetterRow(
        line,
        (
            _when(line, now),
            visible(line.origin) or line.route or _NOT_SAID,
            " · ".join(filter(None, (line.reason or _NOT_SAID, _deliveries(line.deliveries)))),
            figures.size(line.size),
            line.preview,
        ),
        (
            _clock(_told_at(line), now) if line.death_count < _SEVERAL else f"first of {line.death_count:,}",
            line.route if line.origin and line.route != line.origin else "",
            line.problem or line.error or line.consumer,
            "",
            "",
        ),
        f"{line.reason or _NOT_SAID}{'' if line.deliveries is None else f' ×{line.deliveries:,}'}",
    )


def _cells(line: LetterLine) -> tuple[str, ...]:
    deliveries = "" if line.deliveries is None else str(line.deliveries)
    texts = (line.origin, line.route, line.reason, deliveries, line.consumer, line.error, str(line.size), line.preview)
    return (_exact(line.died_at), *(" ".join(text.split()) for text in texts))


def _deliveries(count: int | None) -> str:
    return "" if count is None else f"{count:,} {'delivery' if count == 1 else 'deliveries'}"


def _when(line: LetterLine, now: float) -> str:
    if line.died_at is not None:
        return figures.since(line.died_at, now)
    return _NOT_SAID if line.published_at is None else _PUBLISHED


def _told_at(line: LetterLine) -> float | None:
    return line.published_at if line.died_at is None else line.died_at


def _no_death(line: LetterLine) -> str:
    if line.died_at is not None:
        return ""
    published = f" It was published at {_exact(line.published_at)}." if line.published_at is not None else ""
    return f"The broker does not tell when it became a dead letter.{published}"


def _first_of(line: LetterLine) -> str:
    if line.death_count < _SEVERAL:
        return ""
    return f"The first of {line.death_count:,} times that it died there; of the last, the broker does not tell when."


def _exact(at: float | None) -> str:
    return "" if at is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def _clock(at: float | None, now: float) -> str:
    """With the day, where it was not this one, and instead of the time the year, where that would be doubtful."""
    if at is None:
        return ""
    local = time.localtime(at)
    if abs(now - at) > _HALF_A_YEAR:
        return time.strftime("%d %b %Y", local)
    same = local[:3] == time.localtime(now)[:3]
    return time.strftime("%H:%M:%S" if same else "%d %b %H:%M", local)
