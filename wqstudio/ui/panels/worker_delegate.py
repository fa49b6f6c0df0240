"""Paints a worker's card; the selected one is taller and carries its controls."""

import time
from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from wqstudio.domain.worker import Phase
from wqstudio.ui.models.worker_rows import WorkerRow
from wqstudio.ui.models.workers import WorkersModel
from wqstudio.ui.panels.painting import bar, dot, legible, smaller
from wqstudio.ui.panels.worker_controls import WorkerControls
from wqstudio.ui.theme import RADIUS, SPACE_M, SPACE_S, SPACE_XS, Concept, Theme, lane_color

_CARD = 70
_LINE = 20
_BAR = 6

_PHASE_CONCEPTS = {Phase.WORKING: Concept.IN_FLIGHT, Phase.CRASHED: Concept.REDELIVERED}


class WorkerDelegate(QStyledItemDelegate):
    """``make_controls`` makes the controls of the worker with that id."""

    def __init__(
        self,
        theme: Theme,
        model: WorkersModel,
        make_controls: Callable[[int, QWidget], WorkerControls],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._theme, self._model, self._make_controls = theme, model, make_controls
        self._controls_height = 0
        self.expanded = 0
        """Id of the worker whose card is open; 0: none."""

    def sizeHint(self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        opened = self._model.row(index).state.id == self.expanded
        return QSize(0, _CARD + (self._controls_height if opened else 0))

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        state = self._model.row(index).state
        controls = self._make_controls(state.id, parent)
        controls.show_state(state)
        self._controls_height = controls.sizeHint().height()
        return controls

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        assert isinstance(editor, WorkerControls)
        editor.show_state(self._model.row(index).state)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> None:
        editor.setGeometry(option.rect.adjusted(0, _CARD - SPACE_XS, 0, -SPACE_XS))

    def progress_area(self, item: QRect) -> QRect:
        """What changes from frame to frame in a card at ``item``."""
        return item.adjusted(0, _LINE, 0, -(item.height() - _LINE - 2 * SPACE_M))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row = self._model.row(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_card(painter, option)
        if row.state.phase.over:
            painter.setOpacity(0.55)
        box = option.rect.adjusted(SPACE_M, SPACE_S, -SPACE_M, 0)
        self._paint_head(painter, QRect(box.left(), box.top(), box.width(), _LINE), row, option.font)
        track = QRectF(box.left(), box.top() + _LINE + SPACE_XS, box.width(), _BAR)
        self._paint_progress(painter, track, row)
        figures = QRect(box.left(), int(track.bottom()) + SPACE_XS, box.width(), _LINE)
        self._paint_figures(painter, figures, row, option.font)
        painter.restore()

    def _paint_card(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        tones = self._theme.tones
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.setPen(QPen(QColor(tones.accent if selected else tones.line), 1.0))
        painter.setBrush(QColor(tones.raised if hovered or selected else tones.panel))
        painter.drawRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -SPACE_XS - 0.5), RADIUS, RADIUS)

    def _paint_head(self, painter: QPainter, line: QRect, row: WorkerRow, font: QFont) -> None:
        tones = self._theme.tones
        left, right = (each | Qt.AlignmentFlag.AlignVCenter for each in (_LEFT, _RIGHT))
        dot(painter, QPointF(line.left() + 4, line.center().y() + 1), 4.0, lane_color(row.state.place))
        line = line.adjusted(SPACE_M + SPACE_XS, 0, 0, 0)
        painter.setFont(font)
        painter.setPen(QColor(tones.text))
        painter.drawText(line, right, row.speed)
        line = line.adjusted(0, 0, -QFontMetrics(font).horizontalAdvance(row.speed) - SPACE_S, 0)
        bold = QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        name = QFontMetrics(bold).elidedText(row.name, Qt.TextElideMode.ElideMiddle, line.width() * 3 // 5)
        painter.setFont(bold)
        painter.drawText(line, left, name)
        line = line.adjusted(QFontMetrics(bold).horizontalAdvance(name) + SPACE_S, 0, 0, 0)
        painter.setFont(font)
        painter.setPen(self._phase_color(row.state.phase))
        painter.drawText(
            line, left, QFontMetrics(font).elidedText(row.phase, Qt.TextElideMode.ElideRight, line.width())
        )

    def _paint_progress(self, painter: QPainter, track: QRectF, row: WorkerRow) -> None:
        current = row.state.current
        share = 0.0 if current is None or row.state.phase.over else current.progress(time.time())
        again = current is not None and current.deliveries > 1
        color = (Concept.REDELIVERED if again else Concept.IN_FLIGHT).color
        bar(painter, track, share, color, QColor(self._theme.tones.line))

    def _paint_figures(self, painter: QPainter, line: QRect, row: WorkerRow, font: QFont) -> None:
        painter.setFont(smaller(font, 1))
        metrics = QFontMetrics(painter.font())
        for text, concept in ((row.done, None), (row.redelivered, Concept.REDELIVERED), (row.held, Concept.IN_FLIGHT)):
            if not text:
                continue
            muted = QColor(self._theme.tones.muted)
            painter.setPen(muted if concept is None else legible(concept.color, self._theme))
            painter.drawText(line, _LEFT | Qt.AlignmentFlag.AlignVCenter, text)
            line = line.adjusted(metrics.horizontalAdvance(text) + SPACE_M, 0, 0, 0)

    def _phase_color(self, phase: Phase) -> QColor:
        if phase is Phase.FAILED:
            return QColor(self._theme.tones.error)
        concept = _PHASE_CONCEPTS.get(phase)
        return QColor(self._theme.tones.muted) if concept is None else legible(concept.color, self._theme)


_LEFT, _RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
