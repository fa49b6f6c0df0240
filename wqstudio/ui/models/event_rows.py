"""Lines of the event log: bursts folded, text prepared once."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from wqstudio.domain.events import Event, Level, Topic

_SAME_AT_ONCE = 6
"""More events of one kind about one queue than this in one batch are folded into a line."""

_LOOK_BACK = 8
"""An event that repeats one of the last so many lines is counted there."""


@dataclass(frozen=True, slots=True)
class EventRow:
    event: Event
    clock: str
    text: str
    repeats: int = 1

    def repeated(self, times: int) -> "EventRow":
        repeats = self.repeats + times
        return replace(self, repeats=repeats, text=f"{self.event.text}  ×{repeats}")


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch of events does to the lines shown: some earlier ones repeat, others are new."""

    repeats: dict[int, EventRow]
    """By position."""
    new: list[EventRow]


def fold(shown: Sequence[EventRow], events: Iterable[Event]) -> Batch:
    repeats: dict[int, EventRow] = {}
    new: list[EventRow] = []
    recent = {_sense(row.event): position for position, row in _tail(shown)}
    for event in _thin(events):
        position = recent.get(_sense(event.event))
        if position is None:
            recent[_sense(event.event)] = len(shown) + len(new)
            new.append(event)
        elif position >= len(shown):
            new[position - len(shown)] = new[position - len(shown)].repeated(1)
        else:
            repeats[position] = repeats.get(position, shown[position]).repeated(1)
    return Batch(repeats, new)


def _thin(events: Iterable[Event]) -> list[EventRow]:
    """The first few of a kind as they are, the rest as one line with the last of them."""
    seen: Counter[tuple[Topic, Level, str]] = Counter()
    surplus: dict[tuple[Topic, Level, str], int] = {}
    rows: list[EventRow] = []
    for event in events:
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
    return EventRow(event, time.strftime("%H:%M:%S", time.localtime(event.at)), event.text)


def _sense(event: Event) -> tuple[Topic, Level, str, str]:
    return (event.topic, event.level, event.queue, event.text)


def _tail(shown: Sequence[EventRow]) -> Iterable[tuple[int, EventRow]]:
    first = max(0, len(shown) - _LOOK_BACK)
    return ((first + offset, row) for offset, row in enumerate(shown[first:]))
