"""The lanes of a run that is over, with its end marked."""

from PySide6.QtCore import QLineF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent

from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.ui.graphs.timeline_bars import TimelineBars
from wqstudio.ui.run_view import End
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme

_VEIL = 200
"""Of 255, over what comes after the end: nothing happened there any more."""


class RunBars(TimelineBars):
    resized = Signal()

    def __init__(self, timeline: Timeline, theme: Theme, ended: float, words: str) -> None:
        """``ended``: seconds since the run began; ``words`` say so."""
        super().__init__(timeline, theme)
        self._ended, self._words = ended, words
        self.setObjectName("runBars")
        font = QFont(self.font())
        font.setPixelSize(11)
        font.setBold(True)
        self.setFont(font)

    @property
    def end(self) -> End:
        """With the room that its words need: nothing is drawn after the end, so they hide no bar there.

        What was done when all work was, too, is to be seen.
        """
        last = max([self._ended, *(each.at for each in self._timeline.incidents)])
        return End(last, (self._words_width + SPACE_S + SPACE_XS) / max(1, self.width()))

    @property
    def _words_width(self) -> int:
        return QFontMetrics(self.font()).horizontalAdvance(self._words) + 1

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        x, tones = self.x_of(self._ended), self._theme.tones
        if x > self.width():
            return
        painter, ground = QPainter(self), QColor(tones.panel)
        ground.setAlpha(_VEIL)
        painter.fillRect(QRectF(x, 0, self.width() - x, self.height()), ground)
        painter.setPen(QPen(QColor(tones.text), 1.5))
        painter.drawLine(QLineF(x, 0, x, self.height()))
        self._say(painter, x)
        painter.end()

    def _cover_the_future(self, painter: QPainter) -> None:
        """A veil does: deliveries that failed may come after the last that was acknowledged."""

    def _say(self, painter: QPainter, x: float) -> None:
        """After the end, unless so much was zoomed or dragged that there is no room."""
        box = QRectF(x + SPACE_S, max(0.0, self.wanted_height / 2 - 8), self._words_width, 16)
        if box.right() <= self.width():
            painter.setPen(QColor(self._theme.tones.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._words)
