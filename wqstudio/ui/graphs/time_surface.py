"""A surface whose breadth is time: the wheel zooms, dragging moves, a click points at something."""

import math

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

ZOOM_STEP = 1.25
"""Of one notch of the wheel, or one key."""
_SLACK = 4
"""Pixels that the mouse may move in a click."""


class TimeSurface(QWidget):
    """Times are unix seconds, positions logical pixels."""

    zoomed = Signal(float, float)
    """Factor on the span, and the time under the pointer."""
    panned = Signal(float)
    """Seconds."""
    pointed = Signal(object)
    """The time under the pointer, or None when it has left."""
    rested = Signal(QPointF)
    """Where the pointer is now."""
    clicked = Signal(QPointF)

    def __init__(self) -> None:
        super().__init__()
        self.zoom_key = Qt.KeyboardModifier.NoModifier
        """Held while the wheel zooms. On a page that scrolls there has to be one."""
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._start, self._span = 0.0, 1.0
        self._pressed: QPointF | None = None
        self._dragging = False

    def show_span(self, start: float, span: float) -> None:
        """What the left edge is, and how much the breadth."""
        self._start, self._span = start, span

    def x_of(self, time: float) -> float:
        return (time - self._start) / self._span * self.width()

    def time_at(self, x: float) -> float:
        return self._start + x / max(1, self.width()) * self._span

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With another key, or none where one is wanted, it is somebody else's: to scroll."""
        turned = event.angleDelta().y()
        if event.modifiers() != self.zoom_key:
            event.ignore()
            return
        if turned:
            self.zoomed.emit(math.pow(ZOOM_STEP, -turned / 120), self.time_at(event.position().x()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed, self._dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        here = event.position()
        if self._pressed is not None:
            self._drag(here)
        self.pointed.emit(self.time_at(here.x()) if self.rect().contains(here.toPoint()) else None)
        self.rested.emit(here)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and not self._dragging and event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit(event.position())
        self._pressed = None
        self.unsetCursor()

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(None)
        super().leaveEvent(event)

    def _drag(self, here: QPointF) -> None:
        assert self._pressed is not None
        if not self._dragging and (here - self._pressed).manhattanLength() < _SLACK:
            return
        self._dragging = True
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self.panned.emit(self.time_at(self._pressed.x()) - self.time_at(here.x()))
        self._pressed = here
