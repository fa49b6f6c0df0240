"""What a setting does to the workers, as a picture: how fast each is, and how much it may hold."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from wqstudio.domain.worker import WorkerSpec
from wqstudio.ui.panels.painting import dot, smaller, veiled
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Concept, Theme, lane_color

_ROW = 18
_MOST_ROWS = 4
_DOT = 5.0
_SQUARE, _GAP = 7, 3
_PALE = 0.35
"""Of what is held beside the one that is worked on."""
_SPEED = 44
"""Pixels for how fast a worker is."""


class SettingPicture(QWidget):
    """A line for each worker: who it is, the message it works on, those it may be given beside that, its speed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._workers: Sequence[WorkerSpec] = ()
        self.setToolTip("For each worker the message it works on, and pale those it may be given beside; its speed")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_workers(self, workers: Sequence[WorkerSpec]) -> None:
        self._workers = workers
        self.setAccessibleName(f"{len(workers)} workers: {'; '.join(map(told, workers[:_MOST_ROWS]))}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, _ROW * (min(len(self._workers), _MOST_ROWS) + (len(self._workers) > _MOST_ROWS)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(smaller(self.font()))
        for row, worker in enumerate(self._workers[:_MOST_ROWS]):
            self._paint_worker(painter, QRectF(0, row * _ROW, self.width(), _ROW), row, worker)
        if more := len(self._workers) - _MOST_ROWS:
            box = QRectF(2 * _DOT + SPACE_S, _MOST_ROWS * _ROW, self.width(), _ROW)
            painter.setPen(QColor(self._theme.tones.muted))
            if more > 0:
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, f"and {more} more")
        painter.end()

    def _paint_worker(self, painter: QPainter, box: QRectF, row: int, worker: WorkerSpec) -> None:
        middle = box.center().y()
        dot(painter, QPointF(_DOT, middle), _DOT, lane_color(row))
        painter.setPen(QColor(self._theme.tones.muted))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"×{worker.speed:g}")
        room = QRectF(2 * _DOT + SPACE_S, middle - _SQUARE / 2, box.width() - 2 * _DOT - SPACE_S - _SPEED, _SQUARE)
        self._paint_held(painter, room, worker.prefetch)

    def _paint_held(self, painter: QPainter, room: QRectF, held: int) -> None:
        """``held`` 0: no limit. What does not fit fades out."""
        fitting = max(1, int((room.width() + _GAP) // (_SQUARE + _GAP)))
        endless = not held or held > fitting
        working, pale = Concept.IN_FLIGHT.color, veiled(Concept.IN_FLIGHT.color, _PALE)
        painter.setPen(Qt.PenStyle.NoPen)
        for place in range(fitting if endless else held):
            painter.setBrush(working if place == 0 else pale)
            square = QRectF(room.left() + place * (_SQUARE + _GAP), room.top(), _SQUARE, _SQUARE)
            painter.drawRoundedRect(square, 1.5, 1.5)
        if endless:
            self._fade(painter, room)

    def _fade(self, painter: QPainter, room: QRectF) -> None:
        ground = QColor(self._theme.tones.panel)
        veil = QLinearGradient(room.left() + room.width() / 2, 0, room.right(), 0)
        veil.setColorAt(0, veiled(ground, 0.0))
        veil.setColorAt(1, ground)
        painter.fillRect(room.adjusted(0, -1, SPACE_XS, 1), veil)


def told(worker: WorkerSpec) -> str:
    held = str(worker.prefetch) if worker.prefetch else "any number"
    return f"{worker.name} holds {held}, speed ×{worker.speed:g}"
