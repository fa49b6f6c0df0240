"""What the colours, the hatching and the pale stretches of a timeline mean, each with a sample."""

from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter

from wqstudio.domain.dispatch_words import OUTCOME_WORDS
from wqstudio.domain.worker import Outcome
from wqstudio.engine.drawing.bars import GRAVITY, RARE
from wqstudio.ui.graphs.timeline_ink import held_color, outcome_color, striped
from wqstudio.ui.graphs.timeline_overlay import Link, Mark, paint_incidents, paint_links, paint_marks
from wqstudio.ui.graphs.timeline_words import OUTCOME_TIPS
from wqstudio.ui.theme import Concept, Tones

SAMPLE = QSize(17, 11)


class _Kind(Enum):
    BAR = auto()
    HATCHED = auto()
    PALE = auto()
    LINK = auto()
    DOTTED = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    name: str
    tip: str
    short: str = ""
    """Where there is little room; empty: the same."""
    kind: _Kind = _Kind.BAR
    outcome: Outcome | None = None
    """None: it is being worked on."""

    @property
    def brief(self) -> str:
        return self.short or self.name


_SHORT = {Outcome.ACKED: "acked", Outcome.FORWARDED: "passed", Outcome.NAKED: "nacked"}


def _bar(outcome: Outcome) -> Entry:
    return Entry(OUTCOME_WORDS[outcome], OUTCOME_TIPS[outcome], _SHORT.get(outcome, ""), outcome=outcome)


ENTRIES = (
    *(_bar(each) for each in GRAVITY if each not in RARE),
    Entry("at work", "From its beginning to now."),
    Entry("redelivered", "The message had been delivered before.", "again", _Kind.HATCHED, Outcome.ACKED),
    Entry("came back", "From where a delivery ended to where the next one of that message began.", "link", _Kind.LINK),
    Entry(
        "hoarded",
        "What the worker holds and has not begun: nobody else can be given it meanwhile.",
        kind=_Kind.PALE,
    ),
    Entry("event", "What was done to the run, or befell it: the words are beside the line.", kind=_Kind.DOTTED),
    *map(_bar, RARE),
)
"""Where there is little room the last are left out."""


def paint_sample(painter: QPainter, box: QRectF, entry: Entry, tones: Tones) -> None:
    """``box``: of the size of ``SAMPLE``."""
    match entry.kind:
        case _Kind.LINK:
            start, end = QPointF(box.left() + 3, box.top() + 1), QPointF(box.right(), box.bottom() - 2)
            paint_links(painter, [Link(start, end)], tones)
        case _Kind.PALE:
            painter.fillRect(box, held_color(tones))
        case _Kind.DOTTED:
            painter.save()
            painter.translate(box.center().x(), box.top() - 1)
            paint_incidents(painter, [0.0], QSize(1, round(box.height()) + 2), tones)
            painter.restore()
        case _Kind.BAR | _Kind.HATCHED as kind:
            color = Concept.IN_FLIGHT.color if entry.outcome is None else outcome_color(entry.outcome, tones)
            painter.fillRect(box, color)
            if kind is _Kind.HATCHED:
                painter.fillRect(box, QBrush(striped(color, tones), Qt.BrushStyle.BDiagPattern))
            elif entry.outcome is not None:
                paint_marks(painter, [Mark(box, entry.outcome)], tones)
