"""Paints a line of the event log: time, what it is about, what happened."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from wqstudio.domain.events import Event, Level, Topic
from wqstudio.ui.models.event_rows import EventRow
from wqstudio.ui.models.events import EventRole
from wqstudio.ui.panels.painting import Drawings, background, legible
from wqstudio.ui.theme import SPACE_M, SPACE_S, Concept, Theme

LINE_HEIGHT = 26
_ICON = 14

MARKS = {
    Topic.SERVER: "plug",
    Topic.QUEUE: "queue",
    Topic.CONSUMER: "consumer",
    Topic.REDELIVERED: "refresh",
    Topic.DEAD_LETTER: "dead",
    Topic.WORKER: "worker",
    Topic.PRODUCER: "plus",
    Topic.COMMAND: "play",
}
"""Drawing of each topic."""

_CONCEPTS = {Topic.REDELIVERED: Concept.REDELIVERED, Topic.DEAD_LETTER: Concept.DEAD}


class EventDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._drawings = Drawings()

    def sizeHint(self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(option.rect.width(), LINE_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.initStyleOption(option, index)
        row: EventRow = index.data(EventRole.ROW)
        painter.save()
        background(painter, option)
        painter.setFont(option.font)
        metrics = QFontMetrics(option.font)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        box: QRect = option.rect.adjusted(SPACE_S, 0, -SPACE_S, 0)
        painter.setPen(QColor(self._theme.tones.muted))
        painter.drawText(box, left, row.clock)
        box = box.adjusted(metrics.horizontalAdvance("00:00:00") + SPACE_M, 0, 0, 0)
        mark = self._drawings.get(
            MARKS[row.event.topic], self._mark_color(row.event), _ICON, painter.device().devicePixelRatioF()
        )
        painter.drawPixmap(box.left(), box.center().y() - _ICON // 2 + 1, mark)
        box = box.adjusted(_ICON + SPACE_S, 0, 0, 0)
        painter.setPen(self._text_color(row.event.level))
        painter.drawText(box, left, metrics.elidedText(row.text, Qt.TextElideMode.ElideRight, box.width()))
        painter.restore()

    def _mark_color(self, event: Event) -> QColor:
        if event.level is not Level.INFO:
            return self._text_color(event.level)
        concept = _CONCEPTS.get(event.topic)
        return QColor(self._theme.tones.muted) if concept is None else legible(concept.color, self._theme)

    def _text_color(self, level: Level) -> QColor:
        tones = self._theme.tones
        return QColor({Level.INFO: tones.text, Level.WARNING: tones.warning, Level.ERROR: tones.error}[level])
