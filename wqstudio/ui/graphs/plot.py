"""The drawing surface of a graph: scrolls, zooms, drags, points."""

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from wqstudio.ui.graphs.axes import ClockAxis, FigureAxis
from wqstudio.ui.graphs.curves import Curve, broken, decimate, value_scale
from wqstudio.ui.theme import STALE_OPACITY, Tones

_ZOOM_STEP = 1.25
_FILL_ALPHA = 40
_MARGIN = 10
"""Pixels for the labels that stand out beyond the axes."""
_STACK_ALPHA = 150
_LINES_ABOVE = 1.0
"""Lines lie above areas, and of stacked areas the lowest on top, as each is filled down to zero."""


class Gaps(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph ships no types
    """Hatches the stretches in which nothing is known and says so where there is room."""

    def __init__(self, view: pg.ViewBox) -> None:
        super().__init__()
        self._view = view
        self._ink, self._hatch = QColor(), QColor()
        self.shown: Sequence[tuple[float, float]] = ()
        self.setZValue(-10)

    def wear(self, tones: Tones) -> None:
        self._ink, self._hatch = QColor(tones.muted), QColor(tones.line)
        self.update()

    def show_gaps(self, gaps: Sequence[tuple[float, float]]) -> None:
        if gaps != self.shown:
            self.prepareGeometryChange()
            self.shown = gaps

    def boundingRect(self) -> QRectF:
        if not self.shown:
            return QRectF()
        area = self._view.viewRect()
        return QRectF(self.shown[0][0], area.top(), self.shown[-1][1] - self.shown[0][0], area.height())

    def viewTransformChanged(self) -> None:
        if self.shown:
            self.prepareGeometryChange()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """In pixels: a hatch in the axes' own units would be stretched out of shape."""
        area = self._view.viewRect()
        to_pixels = painter.transform()
        painter.save()
        painter.resetTransform()
        painter.setFont(self._font(painter))
        for begin, end in self.shown:
            seen = QRectF(begin, area.top(), end - begin, area.height()).intersected(area)
            self._paint_one(painter, to_pixels.mapRect(seen))
        painter.restore()

    def _paint_one(self, painter: QPainter, box: QRectF) -> None:
        if box.width() <= 0:
            return
        tint = QColor(self._hatch)
        tint.setAlpha(90)
        painter.fillRect(box, tint)
        painter.fillRect(box, QBrush(self._hatch, Qt.BrushStyle.BDiagPattern))
        label = "no data"
        if box.width() > painter.fontMetrics().horizontalAdvance(label) * 1.3:
            painter.setPen(self._ink)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)

    @staticmethod
    def _font(painter: QPainter) -> QFont:
        font = QFont()
        font.setPixelSize(round(11 * painter.device().devicePixelRatioF()))
        return font


class _View(pg.ViewBox):  # type: ignore[misc]  # pyqtgraph ships no types
    """The ranges are set from outside; the mouse is the plot's."""

    def __init__(self) -> None:
        super().__init__(enableMouse=False, enableMenu=False, defaultPadding=0)
        self.disableAutoRange()

    def wheelEvent(self, event: QEvent, axis: int | None = None) -> None:
        del axis
        event.ignore()


class _Line(pg.PlotCurveItem):  # type: ignore[misc]  # pyqtgraph ships no types
    """As large as the view, which clips it: to reckon how far its rows reach took longer than to draw them."""

    def boundingRect(self) -> QRectF:
        view = self.getViewBox()
        return QRectF() if view is None else view.viewRect()


class Plot(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph ships no types
    """Curves over time. Times are unix seconds."""

    zoomed = Signal(float, float)
    """Factor on the span, and the time under the pointer."""
    panned = Signal(float)
    """Seconds."""
    pointed = Signal(object)
    """The time under the pointer, or None when it has left."""

    def __init__(self, name: str) -> None:
        self._view = _View()
        self._clock, self._figures = ClockAxis(), FigureAxis()
        super().__init__(viewBox=self._view, axisItems={"bottom": self._clock, "left": self._figures})
        self.setObjectName(name)
        for part in (self, self.viewport()):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.hideButtons()
        for never_shown in ("top", "right"):  # but laid out anew with each frame
            self.getAxis(never_shown).unlinkFromView()
        self.plotItem.layout.setContentsMargins(0, _MARGIN, _MARGIN, 0)
        self.gaps = Gaps(self._view)
        self.addItem(self.gaps, ignoreBounds=True)
        self._crosshair = pg.InfiniteLine(angle=90, movable=False)
        self._crosshair.hide()
        self.addItem(self._crosshair, ignoreBounds=True)
        self._items: list[_Line] = []
        self._edges = (0.0, 1.0)
        self._top = 0.0
        self._opacity = 1.0
        self._grabbed: QPointF | None = None
        self._pointer: QPointF | None = None
        """Where the mouse is, while it is here."""

    def wear(self, tones: Tones) -> None:
        self.setBackground(QColor(tones.panel))
        self._clock.wear(tones)
        self._figures.wear(tones)
        self.gaps.wear(tones)
        self._crosshair.setPen(QPen(QColor(tones.muted), 0, Qt.PenStyle.DashLine))

    def show_curves(self, curves: Sequence[Curve], gaps: Sequence[tuple[float, float]]) -> None:
        """Redraw all. Stacked curves come lowest first."""
        self._match_items(len(curves))
        start, end = self._edges
        for order, (item, curve) in enumerate(zip(self._items, curves, strict=True)):
            times, heights = decimate(curve.times, curve.heights, max(50, round(self._view.width())), end - start)
            times, heights = broken(times, heights, gaps)
            item.setData(times, heights, pen=_pen(curve, self.devicePixelRatioF()), **_fill(curve))
            item.setZValue(_LINES_ABOVE if curve.top is None else -float(order))
        self.gaps.show_gaps(gaps)
        self._fit_height(curves)

    def show_stale(self, *, stale: bool) -> None:
        self._opacity = STALE_OPACITY if stale else 1.0
        for item in self._items:
            item.setOpacity(self._opacity)

    def show_range(self, start: float, end: float) -> None:
        """Move the window, if it has moved by a pixel at all: most calls are free."""
        pixel = (end - start) / max(1.0, self._view.width() * self.devicePixelRatioF())
        if abs(start - self._edges[0]) < pixel and abs(end - self._edges[1]) < pixel:
            return
        self._edges = (start, end)
        self._view.setXRange(start, end, padding=0)

    @property
    def edges(self) -> tuple[float, float]:
        """What is in sight."""
        return self._edges

    def point_at(self, time: float | None) -> None:
        """Put the crosshair there."""
        self._crosshair.setVisible(time is not None)
        if time is not None:
            self._crosshair.setPos(time)

    def pixel_of(self, time: float) -> int:
        """Horizontal position in this widget."""
        return int(self.mapFromScene(self._view.mapViewToScene(QPointF(time, 0.0))).x())

    def time_at(self, x: float) -> float:
        return float(self._view.mapSceneToView(self.mapToScene(round(x), 0)).x())

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if turned:
            self.zoomed.emit(math.pow(_ZOOM_STEP, -turned / 120), self.time_at(event.position().x()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._grabbed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            self.panned.emit(self.time_at(self._grabbed.x()) - self.time_at(event.position().x()))
            self._grabbed = event.position()
        self._pointer = event.position()
        self.point_again()

    def point_again(self) -> None:
        """The time under a mouse that rests is another one as time goes on."""
        if self._pointer is None:
            return
        time = self.time_at(self._pointer.x())
        start, end = self._edges
        self.pointed.emit(time if start <= time <= end else None)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._grabbed = None
        self.unsetCursor()

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        self.pointed.emit(None)
        super().leaveEvent(event)

    def _match_items(self, wanted: int) -> None:
        while len(self._items) > wanted:
            self.removeItem(self._items.pop())
        while len(self._items) < wanted:
            item = _Line(antialias=True, connect="finite")
            item.setOpacity(self._opacity)
            self._items.append(item)
            self.addItem(item, ignoreBounds=True)

    def _fit_height(self, curves: Sequence[Curve]) -> None:
        """To what is in sight, and to the newest rows, which a live view is about to show."""
        start, _ = self._edges
        highest = 0.0
        for curve in curves:
            seen = curve.heights[curve.times >= start]
            if len(seen) and not np.isnan(seen).all():
                highest = max(highest, float(np.nanmax(seen)))
        top, step = value_scale(highest)
        if top != self._top:
            self._top = top
            self._figures.step = step
            self._view.setYRange(0, top, padding=0)


def _pen(curve: Curve, ratio: float) -> QPen:
    """Cosmetic pens are counted in the screen's own pixels."""
    pen = QPen(curve.color, (1.0 if curve.top is not None else 2.0) * ratio, curve.stroke.value)
    pen.setCosmetic(True)
    return pen


def _fill(curve: Curve) -> dict[str, object]:
    """Down to zero: what is stacked is drawn from the highest to the lowest."""
    if not curve.filled and curve.top is None:
        return {"fillLevel": None, "brush": None}
    color = QColor(curve.color)
    color.setAlpha(_FILL_ALPHA if curve.top is None else _STACK_ALPHA)
    return {"fillLevel": 0.0, "brush": QBrush(color)}
