"""What became of one message, delivery by delivery."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from wqstudio.domain.delivery import BegunDelivery, Deliveries, each_delivery
from wqstudio.domain.dispatch_rows import never_begun
from wqstudio.domain.fate import Fate
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.worker import Outcome


@dataclass(frozen=True, slots=True)
class Chapter:
    """One delivery. Unix times in seconds."""

    worker: int
    name: str
    """The worker's."""
    deliveries: int
    """1 for the first of the message, as the broker counts."""
    received: float
    begun: float | None
    """None: held, and never begun."""
    ended: float | None
    """None: being worked on."""
    outcome: Outcome | None
    waited: float | None
    """Seconds until it was received: since the message was published, or since the delivery before ended."""
    work: float
    """Seconds at speed 1; 0 where it was never begun."""


@dataclass(frozen=True, slots=True)
class Story:
    """One message from its publication on."""

    task: int
    published: float | None
    """None where no producer of this run published it, or that is not kept any more."""
    chapters: tuple[Chapter, ...]
    """In the order in which workers received it."""
    producer: str = ""
    """Its name; empty: it is not known."""
    fate: Fate = Fate.OPEN
    """How it ended, where nobody acknowledged it."""
    ended_by: Chapter | None = None
    """The delivery that ended it so; others may have it meanwhile."""


def story_of(
    task: int, published: float | None, rows: Deliveries, being: Sequence[BegunDelivery], name: Callable[[int], str]
) -> Story:
    """``rows``: settled deliveries of the message, as received. ``being``: those that are being worked on."""
    if task == FOREIGN:
        return Story(task, None, ())
    chapters: list[Chapter] = []
    free = published
    for row, never in zip(each_delivery(rows), never_begun(rows).tolist(), strict=True):
        waited = _since(free, row.received)
        chapters.append(
            Chapter(
                row.worker,
                name(row.worker),
                row.deliveries,
                row.received,
                None if never else row.begun,
                row.ended,
                row.outcome,
                waited,
                0.0 if never else row.work,
            )
        )
        free = row.ended
    for one in being:
        waited = _since(free, one.received)
        chapters.append(
            Chapter(one.worker, name(one.worker), one.deliveries, one.received, one.begun, None, None, waited, one.work)
        )
    story = Story(task, published, tuple(chapters))
    fate, last = _fate(rows)
    return story if fate is Fate.OPEN else replace(story, fate=fate, ended_by=chapters[last])


def _fate(rows: Deliveries) -> tuple[Fate, int]:
    """And the row that tells of it, where it is not open."""
    if not len(rows) or (rows["outcome"] == Outcome.ACKED).any():
        return Fate.OPEN, 0
    fates: list[int] = rows["fate"].tolist()
    gravest = max(fates)  # who is late tells nothing new of it
    return Fate(gravest), fates.index(gravest)


def _since(free: float | None, received: float) -> float | None:
    return max(0.0, received - free) if free is not None else None
