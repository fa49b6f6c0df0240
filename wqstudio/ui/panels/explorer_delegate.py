"""Paints a line of the explorer: drawing, name, what is stuck or in flight, the last minute, the figure."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QHelpEvent, QPainter, QPen, QTransform
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QToolTip, QWidget

from wqstudio.brokers.port import Words
from wqstudio.ui.models.explorer import ExplorerModel
from wqstudio.ui.models.explorer_rows import ExplorerRow
from wqstudio.ui.panels.painting import Chips, Drawings, background, dot, legible, veiled
from wqstudio.ui.panels.sparklines import Sparklines
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Concept, Theme

_HEIGHT = 30
_FIGURE_WIDTH = 46
_SPARK_WIDTH, _SPARK_HEIGHT = 48, 14
_SPARK_FROM, _WORDS_FROM = 236, 350
"""Widths of the panel from which the lines are shown, and the chips with their words: names come first."""
_ICON = 16
_MARK_WIDTH = 12
"""Room after the name for the dot that marks what the studio made."""


class ExplorerDelegate(QStyledItemDelegate):
    def __init__(
        self, theme: Theme, model: ExplorerModel, sparklines: Sparklines, words: Words, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._theme, self._model, self._sparklines, self._words = theme, model, sparklines, words
        self._drawings = Drawings()
        self.stale = False

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), _HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        self.initStyleOption(option, index)
        row = self._model.row(index)
        painter.save()
        background(painter, option)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(option.font)
        if self.stale:
            painter.setOpacity(0.45)
        box: QRect = option.rect.adjusted(SPACE_XS, 0, -SPACE_S, 0)
        box = self._paint_icon(painter, box, row)
        box = self._paint_figure(painter, box, row)
        width = option.widget.width()
        if width >= _SPARK_FROM:
            box = self._paint_sparkline(painter, box, row)
        box = self._paint_chips(painter, box, row, in_words=width >= _WORDS_FROM)
        painter.setFont(option.font)
        self._paint_name(painter, box, row, option)
        painter.restore()

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        if event.type() is not QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), self._explanation(self._model.row(index)), view)
        return True

    def _explanation(self, row: ExplorerRow) -> str:
        figure = "messages kept here" if row.dead_letters else self._words.waiting
        lines = [row.name, f"{row.figure} {figure}"]
        if row.in_flight:
            lines.append(f"{row.in_flight} {self._words.in_flight}")
        if row.stuck:
            lines.append(f"{row.stuck} stuck: stored, but no {self._words.consumer} will be given them again")
        if row.dead_letters:
            lines.append("A place where dead letters are kept")
        if row.owned:
            lines.append("Made by the studio")
        if row.unknown:
            lines.append(f"Unknown: {row.unknown}")
        return "\n".join(lines)

    def _paint_icon(self, painter: QPainter, box: QRect, row: ExplorerRow) -> QRect:
        name = "consumer" if row.scope.consumer else "dead" if row.dead_letters else "queue"
        color = legible(Concept.DEAD.color, self._theme) if row.dead_letters else QColor(self._theme.tones.muted)
        picture = self._drawings.get(name, color, _ICON, painter.device().devicePixelRatioF())
        painter.drawPixmap(box.left(), box.center().y() - _ICON // 2 + 1, picture)
        return box.adjusted(_ICON + SPACE_S, 0, 0, 0)

    def _paint_figure(self, painter: QPainter, box: QRect, row: ExplorerRow) -> QRect:
        color = QColor(self._theme.tones.muted)
        if row.figure != "0" and not row.unknown:
            concept = Concept.DEAD if row.dead_letters else Concept.WAITING
            color = legible(concept.color, self._theme)
        painter.setPen(color)
        place = QRect(box.right() - _FIGURE_WIDTH, box.top(), _FIGURE_WIDTH, box.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.figure)
        return box.adjusted(0, 0, -_FIGURE_WIDTH - SPACE_XS, 0)

    def _paint_sparkline(self, painter: QPainter, box: QRect, row: ExplorerRow) -> QRect:
        rest = box.adjusted(0, 0, -_SPARK_WIDTH - SPACE_S, 0)
        line = self._sparklines.of(row.scope)
        if line is None or line.isEmpty():
            return rest
        color = legible((Concept.DEAD if row.dead_letters else Concept.WAITING).color, self._theme)
        left, top = box.right() - _SPARK_WIDTH, box.center().y() - _SPARK_HEIGHT // 2
        placed = QTransform.fromScale(_SPARK_WIDTH, _SPARK_HEIGHT).map(line).translated(left, top)
        painter.setPen(QPen(color, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(placed)
        ends = placed.currentPosition()
        placed.lineTo(QPointF(ends.x(), top + _SPARK_HEIGHT))
        placed.lineTo(QPointF(placed.elementAt(0).x, top + _SPARK_HEIGHT))
        painter.fillPath(placed, veiled(color, 0.14))
        return rest

    def _paint_chips(self, painter: QPainter, box: QRect, row: ExplorerRow, *, in_words: bool) -> QRect:
        chips = Chips(painter, box.right(), box.center().y() + 1, self._theme)
        for text, concept in _chips(row, in_words=in_words):
            chips.add(text, concept.color)
        return QRect(box.left(), box.top(), chips.left - box.left(), box.height())

    def _paint_name(self, painter: QPainter, box: QRect, row: ExplorerRow, option: QStyleOptionViewItem) -> None:
        tones = self._theme.tones
        painter.setPen(QColor(tones.muted if row.scope.consumer else tones.text))
        room = box.width() - (_MARK_WIDTH if row.owned else 0)
        metrics = QFontMetrics(option.font)
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        if row.owned:
            x = box.left() + metrics.horizontalAdvance(name) + SPACE_S
            dot(painter, QPointF(x, box.center().y() + 1.5), 2.0, QColor(tones.accent))


def _chips(row: ExplorerRow, *, in_words: bool) -> list[tuple[str, Concept]]:
    """From the right."""
    chips = []
    if row.in_flight:
        chips.append((f"{row.in_flight} in flight" if in_words else f"▸ {row.in_flight}", Concept.IN_FLIGHT))
    if row.stuck:
        chips.append((f"☠ {row.stuck} stuck" if in_words else f"☠ {row.stuck}", Concept.DEAD))
    return chips
