"""Lines of the event log: bursts folded, text prepared once."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from wqstudio.domain.events import Event, Level, Several, Topic

_SAME_AT_ONCE = 6
"""More events of one kind about one queue than this in one batch are folded into a line."""

_LOOK_BACK = 8
"""An event that repeats one of the last so many lines is counted there."""
_SAME_LINE_FOR = 60.0
"""Seconds after which what goes on and on gets a new line, so that the log still tells when."""


@dataclass(frozen=True, slots=True)
class EventRow:
    event: Event
    """The first, where the line tells of several."""
    clock: str
    text: str
    count: int = 1
    """How many the line tells of."""
    last: Event | None = None
    """The last of them."""

    @property
    def tip(self) -> str:
        return self.text if self.last is None else f"{self.text}\n{_clock(self.last)} {self.last.text}"

    def joined(self, other: "EventRow") -> "EventRow":
        count, first = self.count + other.count, self.event
        text = first.several.said(count) if first.several is not None else f"{first.text}  ×{count}"
        return replace(self, count=count, text=text, last=other.event)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch of events does to the lines shown: some earlier ones repeat, others are new."""

    repeats: dict[int, EventRow]
    """By position."""
    new: list[EventRow]


def fold(shown: Sequence[EventRow], events: Iterable[Event]) -> Batch:
    lines: dict[int, EventRow] = {}
    end = len(shown)
    recent = {_sense(row.event): position for position, row in _tail(shown)}
    for row in _thin(events):
        position = recent.get(_sense(row.event), end)
        position = end if end - position > _LOOK_BACK else position
        before = lines.get(position) or (shown[position] if position < len(shown) else None)
        if before is not None and row.event.at - before.event.at <= _SAME_LINE_FOR:
            lines[position] = before.joined(row)
        else:
            recent[_sense(row.event)] = end
            lines[end] = row
            end += 1
    repeats = {position: row for position, row in lines.items() if position < len(shown)}
    return Batch(repeats, [row for position, row in lines.items() if position >= len(shown)])


def _thin(events: Iterable[Event]) -> list[EventRow]:
    """The first few of a kind as they are, the rest as one line with the last of them."""
    seen: Counter[tuple[Topic, Level, str]] = Counter()
    surplus: dict[tuple[Topic, Level, str], int] = {}
    rows: list[EventRow] = []
    for event in events:
        if event.several is not None:
            rows.append(_row(event))
            continue
        kind = (event.topic, event.level, event.queue)
        seen[kind] += 1
        if seen[kind] <= _SAME_AT_ONCE:
            rows.append(_row(event))
        elif kind not in surplus:
            surplus[kind] = len(rows)
            rows.append(_row(event))
        else:
            beyond = seen[kind] - _SAME_AT_ONCE
            rows[surplus[kind]] = replace(_row(event), text=f"{beyond} more like these, the last: {event.text}")
    return rows


def _row(event: Event) -> EventRow:
    return EventRow(event, _clock(event), event.text, event.count)


def _clock(event: Event) -> str:
    return time.strftime("%H:%M:%S", time.localtime(event.at))


def _sense(event: Event) -> tuple[Topic, Level, str, str | Several]:
    return (event.topic, event.level, event.queue, event.several or event.text)


def _tail(shown: Sequence[EventRow]) -> Iterable[tuple[int, EventRow]]:
    first = max(0, len(shown) - _LOOK_BACK)
    return ((first + offset, row) for offset, row in enumerate(shown[first:]))
