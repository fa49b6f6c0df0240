"""An axis of time below charts: a line, ticks, and what stands at each."""

from abc import abstractmethod
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent

from wqstudio.ui.graphs.time_surface import TimeSurface
from wqstudio.ui.theme import Theme

HEIGHT = 20


class TimeAxis(TimeSurface):
    """Subclasses say which ticks there are, and where the words at the ends go."""

    def __init__(self, theme: Theme, name: str) -> None:
        """``name``: the widget's object name."""
        super().__init__()
        self._theme = theme
        self.setObjectName(name)
        self.setFixedHeight(HEIGHT)
        font = QFont(self.font())
        font.setPixelSize(11)
        self.setFont(font)
        theme.changed.connect(self.update)

    @abstractmethod
    def ticks(self) -> Sequence[tuple[float, str]]:
        """Times in sight, and what to write there."""

    @abstractmethod
    def left_of(self, middle: float, breadth: float) -> float | None:
        """Where words of that breadth begin that belong in the middle; None: they are left out."""

    def advance(self, start: float, span: float) -> None:
        self.show_span(start, span)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, tones = QPainter(self), self._theme.tones
        painter.fillRect(self.rect(), QColor(tones.panel))
        painter.setPen(QColor(tones.line))
        painter.drawLine(0, 0, self.width(), 0)
        metrics = QFontMetrics(self.font())
        for at, label in self.ticks():
            breadth, x = metrics.horizontalAdvance(label) + 2.0, self.x_of(at)
            painter.setPen(QColor(tones.line))
            painter.drawLine(QPointF(x, 0), QPointF(x, 4))
            if (left := self.left_of(x, breadth)) is not None:
                painter.setPen(QColor(tones.muted))
                painter.drawText(QRectF(left, 4, breadth, HEIGHT - 4), Qt.AlignmentFlag.AlignCenter, label)
