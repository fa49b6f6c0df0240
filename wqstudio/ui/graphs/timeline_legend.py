"""What the colours, the hatching and the pale stretches of a timeline mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from wqstudio.domain.dispatch_words import OUTCOME_WORDS
from wqstudio.domain.worker import Outcome
from wqstudio.ui.graphs.timeline_ink import held_color, outcome_color, striped
from wqstudio.ui.graphs.timeline_overlay import Link, Mark, paint_links, paint_marks
from wqstudio.ui.graphs.timeline_words import OUTCOME_TIPS
from wqstudio.ui.theme import SPACE_XS, Concept, Theme

_LINE, _BOX, _BETWEEN = 20, QSize(17, 11), 9


_CLOSER = 8
"""Pixels by which the lines are tried to be made shorter."""


class _Sample(Enum):
    BAR = auto()
    HATCHED = auto()
    PALE = auto()
    LINK = auto()


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    tip: str
    sample: _Sample = _Sample.BAR
    outcome: Outcome | None = None
    """None: it is being worked on."""


_ENTRIES = (
    *(_Entry(OUTCOME_WORDS[outcome], OUTCOME_TIPS[outcome], outcome=outcome) for outcome in Outcome),
    _Entry("at work", "From its beginning to now."),
    _Entry("redelivered", "The message had been delivered before.", _Sample.HATCHED, Outcome.ACKED),
    _Entry("came back", "From where a delivery ended to where the next one of that message began.", _Sample.LINK),
    _Entry("hoarded", "What the worker holds and has not begun: nobody else can be given it meanwhile.", _Sample.PALE),
)


class TimelineLegend(QWidget):
    """On as many lines as it needs, which are about as long as each other."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("timelineLegend")
        self.setAccessibleName("Legend of the timeline")
        self.setAccessibleDescription(", ".join(f"{entry.name}: {entry.tip}" for entry in _ENTRIES))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        font = self.font()
        font.setPixelSize(11)
        self.setFont(font)
        self.setFixedHeight(_LINE)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, _LINE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wanted = int(self._places()[-1][0].bottom())
        if wanted != self.height():
            self.setFixedHeight(wanted)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            entry = next((entry for box, entry in self._places() if box.contains(QPointF(event.pos()))), None)
            if entry is not None:
                QToolTip.showText(event.globalPos(), entry.tip, self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        for box, entry in self._places():
            sample = QRectF(box.left(), box.top() + (_LINE - _BOX.height()) / 2, _BOX.width(), _BOX.height())
            self._paint_sample(painter, sample, entry)
            painter.setPen(QColor(self._theme.tones.muted))
            words = box.adjusted(_BOX.width() + SPACE_XS, 0, _BETWEEN, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, entry.name)

    def _places(self) -> list[tuple[QRectF, _Entry]]:
        advance = self.fontMetrics().horizontalAdvance
        widths = [_BOX.width() + SPACE_XS + advance(entry.name) for entry in _ENTRIES]
        boxes = _wrapped(widths, self.width())
        for width in range(self.width() - _CLOSER, 0, -_CLOSER):
            closer = _wrapped(widths, width)
            if closer[-1].bottom() > boxes[-1].bottom():
                break
            boxes = closer
        return list(zip(boxes, _ENTRIES, strict=True))

    def _paint_sample(self, painter: QPainter, box: QRectF, entry: _Entry) -> None:
        tones = self._theme.tones
        if entry.sample is _Sample.LINK:
            paint_links(
                painter, [Link(QPointF(box.left() + 3, box.top() + 1), QPointF(box.right(), box.bottom() - 2))], tones
            )
            return
        if entry.sample is _Sample.PALE:
            painter.fillRect(box, held_color(tones))
            return
        color = Concept.IN_FLIGHT.color if entry.outcome is None else outcome_color(entry.outcome, tones)
        painter.fillRect(box, color)
        if entry.sample is _Sample.HATCHED:
            painter.fillRect(box, QBrush(striped(color, tones), Qt.BrushStyle.BDiagPattern))
        elif entry.outcome is not None:
            paint_marks(painter, [Mark(box, entry.outcome)], tones)


def _wrapped(widths: Sequence[int], room: int) -> list[QRectF]:
    """As many on each line as there is room for, and one at least."""
    boxes: list[QRectF] = []
    left = top = 0
    for width in widths:
        if left and left + width > room:
            left, top = 0, top + _LINE
        boxes.append(QRectF(left, top, width, _LINE))
        left += width + _BETWEEN
    return boxes
