"""A timeline in words: what its colours, hatching and pale stretches mean, and what one delivery was."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wqstudio.domain.delivery import BegunDelivery, Deliveries, each_delivery
from wqstudio.domain.dispatch_rows import TAKEN_UP, never_begun, work_began
from wqstudio.domain.dispatch_words import OUTCOME_WORDS
from wqstudio.domain.settled import SettledDelivery
from wqstudio.domain.worker import Outcome
from wqstudio.ui import format as figures
from wqstudio.ui.graphs.axes import clock
from wqstudio.ui.graphs.timeline_ink import outcome_color
from wqstudio.ui.names import visible
from wqstudio.ui.theme import Concept, Tones

OUTCOME_TIPS = {
    Outcome.ACKED: "The worker finished and told the broker so.",
    Outcome.FORWARDED: "Not done here: passed on to another queue for others to do, as a scheduler does.",
    Outcome.NAKED: "Not done: given back to be delivered again.",
    Outcome.TERMINATED: "The worker told the broker never to deliver the message again (term, reject).",
    Outcome.EXPIRED: "The broker took the message back before the worker was done.",
    Outcome.CRASHED: "The worker went away while it held the message, which is delivered again.",
    Outcome.LOST: "Acknowledged on receipt; then the worker failed at it, or went away while it held it. The broker "
    "has forgotten it: nobody does it.",
}

Row = tuple[str, str, str]
"""A colour or none, a name and a value."""


@dataclass(frozen=True, slots=True)
class Told:
    """For the read-out."""

    heading: str
    rows: tuple[Row, ...]


def settled(name: str, row: Deliveries, tones: Tones, when: Callable[[float], str] = clock) -> Told:
    """``row``: of one delivery, shape (1,). ``when``: in words, where its bar begins."""
    (one,) = each_delivery(row)
    color = outcome_color(one.outcome, tones).name()
    if never_begun(row)[0]:
        times = [("", "held, never begun, for", figures.measured(max(0.0, one.ended - one.received)))]
    else:
        times = [*_times(one.received, one.begun, one.ended)]
    rows = [(color, OUTCOME_WORDS[one.outcome], _which(one)), *times]
    return Told(f"{visible(name)}  ·  {when(float(work_began(row)[0]))}", tuple(rows))


def being_worked_on(name: str, one: BegunDelivery, now: float, tones: Tones) -> Told:
    del tones
    rows = [
        (Concept.IN_FLIGHT.value, "being worked on", _which(one)),
        *_times(one.received, one.begun, now),
        ("", "expected to take", figures.measured(one.expected)),
    ]
    return Told(f"{visible(name)}  ·  {clock(one.begun)}", tuple(rows))


def _which(one: SettledDelivery | BegunDelivery) -> str:
    return ordinal(one.deliveries) if one.counted else "redelivery"


def ordinal(deliveries: int) -> str:
    """Which delivery of its message it is."""
    if deliveries == 1:
        return "1st delivery"
    end = "th" if deliveries % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(deliveries % 10, "th")
    return f"{deliveries:,}{end} delivery"


def _times(received: float, begun: float, ended: float) -> Iterator[Row]:
    if begun - received >= TAKEN_UP:
        yield "", "held before it was begun", figures.measured(begun - received)
    yield "", "worked on for", figures.measured(max(0.0, ended - begun))
