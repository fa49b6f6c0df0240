"""The clock below a timeline."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent

from wqstudio.ui.graphs.axes import clock_ticks, tick_label
from wqstudio.ui.graphs.time_surface import TimeSurface
from wqstudio.ui.theme import Theme

HEIGHT = 20


class TimelineAxis(TimeSurface):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("timelineAxis")
        self.setFixedHeight(HEIGHT)
        font = QFont(self.font())
        font.setPixelSize(11)
        self.setFont(font)
        theme.changed.connect(self.update)

    def advance(self, start: float, span: float) -> None:
        self.show_span(start, span)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, tones = QPainter(self), self._theme.tones
        painter.fillRect(self.rect(), QColor(tones.panel))
        painter.setPen(QColor(tones.line))
        painter.drawLine(0, 0, self.width(), 0)
        step, times = clock_ticks(self._start, self._start + self._span, self.width())
        metrics = QFontMetrics(self.font())
        for time in times:
            label = tick_label(time, step)
            half = metrics.horizontalAdvance(label) / 2 + 1
            x = self.x_of(time)
            painter.setPen(QColor(tones.line))
            painter.drawLine(QPointF(x, 0), QPointF(x, 4))
            if half <= x <= self.width() - half:
                painter.setPen(QColor(tones.muted))
                painter.drawText(QRectF(x - half, 4, 2 * half, HEIGHT - 4), Qt.AlignmentFlag.AlignCenter, label)
