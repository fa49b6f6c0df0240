"""Paints a dead letter in two lines: when, from where, why, how large, and how it begins."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from wqstudio.ui.models.letter_cells import LetterRole, RowState
from wqstudio.ui.models.letter_rows import LetterColumn
from wqstudio.ui.names import elided
from wqstudio.ui.panels.painting import background, legible, smaller
from wqstudio.ui.theme import SPACE_S, Concept, Theme

ROW_HEIGHT = 40
_BAR_HEIGHT = 8
_LONGEST_WHY = "max deliveries · 99 deliveries"
"""Where there is room for it, a reason has its deliveries in words: in all rows alike."""
_BARS = {LetterColumn.WHEN: 0.7, LetterColumn.FROM: 0.5, LetterColumn.WHY: 0.6, LetterColumn.PREVIEW: 0.8}
"""Shares of the columns' widths that are drawn while their texts are on the way."""


class LetterDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(0, ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        background(painter, option)
        box = option.rect.adjusted(SPACE_S, 0, -SPACE_S, 0)
        column = LetterColumn(index.column())
        text = str(index.data() or "")
        match index.data(LetterRole.STATE):
            case RowState.COMING:
                self._paint_bar(painter, box, column)
            case RowState.GONE:
                painter.setPen(QColor(self._theme.tones.muted))
                _write(painter, box, text, column)
            case _:
                self._paint_lines(painter, option.font, box, index, text)
        painter.restore()

    def _paint_lines(
        self, painter: QPainter, font: QFont, box: QRect, index: QModelIndex | QPersistentModelIndex, text: str
    ) -> None:
        column, second = LetterColumn(index.column()), str(index.data(LetterRole.SECOND) or "")
        first_box = QRect(box)
        if second:
            small, middle = smaller(font), box.center().y() + 1
            first_box.setTop(middle - QFontMetrics(font).height())
            first_box.setBottom(middle)
            problem = column is LetterColumn.WHY and bool(index.data(LetterRole.PROBLEM))
            painter.setFont(small)
            painter.setPen(QColor(self._theme.tones.warning if problem else self._theme.tones.muted))
            _write(painter, QRect(box.left(), middle, box.width(), QFontMetrics(small).height() + 2), second, column)
        painter.setFont(font)
        painter.setPen(self._color(column))
        metrics = QFontMetrics(font)
        if column is LetterColumn.WHY and metrics.horizontalAdvance(_LONGEST_WHY) > box.width():
            text = with_number(str(index.data(LetterRole.SHORT)), metrics, box.width())
        _write(painter, first_box, text, column)

    def _color(self, column: LetterColumn) -> QColor:
        if column is LetterColumn.WHY:
            return legible(Concept.DEAD.color, self._theme)
        return QColor(self._theme.tones.muted if column is LetterColumn.SIZE else self._theme.tones.text)

    def _paint_bar(self, painter: QPainter, box: QRect, column: LetterColumn) -> None:
        share = _BARS.get(column, 0.0)
        bar = QRect(box.left(), box.center().y() - _BAR_HEIGHT // 2, int(box.width() * share), _BAR_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.tones.raised))
        painter.drawRoundedRect(bar, _BAR_HEIGHT / 2, _BAR_HEIGHT / 2)


def with_number(reason: str, metrics: QFontMetrics, width: int) -> str:
    """Cut before the number of deliveries, not within it."""
    word, times, number = reason.rpartition(" ×")
    if not word:
        return reason
    end = f"{times}{number}"
    return metrics.elidedText(word, Qt.TextElideMode.ElideRight, width - metrics.horizontalAdvance(end)) + end


def _write(painter: QPainter, box: QRect, text: str, column: LetterColumn) -> None:
    metrics = painter.fontMetrics()
    if column is LetterColumn.FROM:
        shown = elided(text, metrics, box.width())
    else:
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    side = Qt.AlignmentFlag.AlignRight if column is LetterColumn.SIZE else Qt.AlignmentFlag.AlignLeft
    painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
