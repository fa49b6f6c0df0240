"""What goes wrong in a scenario, and when: marks on a line of its time, with words below."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from wqstudio.domain.scenario import Fault
from wqstudio.ui.models import scenario_words as words
from wqstudio.ui.panels.painting import legible, smaller
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Concept, Theme

_MARGIN = 12
_LINE = 24
_ROW = 20
_DOT = 4.5


@dataclass(frozen=True, slots=True)
class _Placed:
    text: str
    x: float
    """Of the mark."""
    left: float
    row: int


class FaultLine(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("faultLine")
        self._theme = theme
        self._faults: Sequence[Fault] = ()
        self._seconds = 1.0
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        theme.changed.connect(self.update)

    def show_faults(self, faults: Sequence[Fault], seconds: float) -> None:
        """``seconds``: how long a run of the scenario usually takes, or else at most."""
        self._faults = sorted(faults, key=lambda fault: fault.at)
        self._seconds = max(seconds, *(fault.at for fault in faults), 0.1) if faults else seconds
        told = (f"after {words.moment(fault.at)}: {words.fault(fault)}" for fault in self._faults)
        self.setAccessibleName(f"What is done meanwhile: {'; '.join(told)}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, self.heightForWidth(max(300, self.width())))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(max(200, self.width())))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        rows = max((placed.row for placed in self._placed(width)), default=0) + 1
        return _LINE + rows * _ROW + SPACE_S

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(smaller(self.font(), 1))
        self._paint_line(painter)
        for placed in reversed(self._placed(self.width())):
            self._paint_fault(painter, placed)
        painter.end()

    def _paint_line(self, painter: QPainter) -> None:
        tones = self._theme.tones
        painter.setPen(QPen(QColor(tones.line), 2))
        painter.drawLine(QPointF(_MARGIN, _LINE - 4), QPointF(self.width() - _MARGIN, _LINE - 4))
        painter.setPen(QColor(tones.muted))
        box = QRectF(_MARGIN, 0, self.width() - 2 * _MARGIN, 14)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "start")
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words.moment(self._seconds))

    def _paint_fault(self, painter: QPainter, placed: _Placed) -> None:
        tones = self._theme.tones
        y = _LINE + placed.row * _ROW
        painter.setPen(QPen(QColor(tones.line), 1))
        painter.drawLine(QPointF(placed.x, _LINE - 4), QPointF(placed.x, y + _ROW / 2))
        painter.setPen(QPen(QColor(tones.panel), 1))
        painter.setBrush(legible(Concept.REDELIVERED.color, self._theme))
        painter.drawEllipse(QPointF(placed.x, _LINE - 4), _DOT, _DOT)
        width = painter.fontMetrics().horizontalAdvance(placed.text)
        box = QRectF(placed.left, y, width + SPACE_XS, _ROW)
        painter.fillRect(box, QColor(tones.panel))
        painter.setPen(QColor(tones.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, placed.text)

    def _placed(self, width: int) -> list[_Placed]:
        """Each text right of its mark, or left of it at the end; in the first row where it meets no other."""
        metrics = self.fontMetrics()
        ends: list[list[tuple[float, float]]] = []
        placed = []
        for fault in self._faults:
            text = f"{words.moment(fault.at)}  {words.fault(fault)}"
            room = metrics.horizontalAdvance(text) + SPACE_S
            x = _MARGIN + (width - 2 * _MARGIN) * fault.at / self._seconds
            left = min(x + SPACE_XS, max(_MARGIN, width - _MARGIN - room))
            row = next((n for n, taken in enumerate(ends) if _free(taken, left, left + room)), len(ends))
            if row == len(ends):
                ends.append([])
            ends[row].append((left, left + room))
            placed.append(_Placed(text, x, left, row))
        return placed


def _free(taken: Sequence[tuple[float, float]], left: float, right: float) -> bool:
    return all(right <= start or end <= left for start, end in taken)
