"""Paints a line of the explorer: drawing, name, what is stuck or in flight, the last minute, the figure."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPen, QTransform
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip, QWidget

from wqstudio.brokers.port import Words
from wqstudio.ui.models.dead_links import DeadLink
from wqstudio.ui.models.explorer import ExplorerModel
from wqstudio.ui.models.explorer_rows import ExplorerRow
from wqstudio.ui.models.subject_lines import explained
from wqstudio.ui.names import elided, visible
from wqstudio.ui.panels.explorer_targets import TargetPainter
from wqstudio.ui.panels.painting import Chips, Drawings, background, dot, legible, smaller, veiled
from wqstudio.ui.panels.row_room import Shares, for_figure, share_out
from wqstudio.ui.panels.sparklines import Sparklines, area
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, STALE_OPACITY, Concept, Theme

_HEIGHT = 30
_FIGURE_WIDTH = 46
_SPARK_WIDTH, _SPARK_HEIGHT = 48, 14
_ICON = 16
_MARK_WIDTH = 12
"""Room after the name for the dot that marks what the studio made."""
_NOT_LISTED, _NOT_THERE = "not listed", "not there"
_MOST_NAMED = 20


class ExplorerDelegate(QStyledItemDelegate):
    def __init__(
        self, theme: Theme, model: ExplorerModel, sparklines: Sparklines, words: Words, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._theme, self._model, self._sparklines, self._words = theme, model, sparklines, words
        self._drawings = Drawings()
        self.stale = False
        self.dragging = TargetPainter(theme, model)

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
            painter.setOpacity(STALE_OPACITY)
        if self.dragging.targets is not None:
            self.dragging.paint_ground(painter, option.rect, row)
        box: QRect = option.rect.adjusted(SPACE_XS, 0, -SPACE_M, 0)  # beyond it runs the line of the links
        if row.link is not None:
            self._paint_link(painter, box, row.link, option)
        else:
            self._paint_thing(painter, box, row, option)
        painter.restore()

    def _paint_thing(self, painter: QPainter, box: QRect, row: ExplorerRow, option: QStyleOptionViewItem) -> None:
        box = self._paint_icon(painter, box, row)
        if self.dragging.targets is not None:
            box = self.dragging.paint_label(painter, box, row)
            painter.setFont(option.font)
            self._paint_name(painter, box, row, option)
            return
        name = _name_width(row, painter.fontMetrics())
        box = self._paint_figure(painter, box, row, name)
        if row.subject is not None:
            self._paint_name(painter, box, row, option)
            return
        badges = _badges(row)
        shares = _share_out(box.width(), name, badges, option.font)
        if shares.sparkline:
            box = self._paint_sparkline(painter, box, row)
        shown = [(badge.worded if shares.in_words else badge.short, badge.concept) for badge in badges]
        box = self._paint_badges(painter, box, shown[: shares.badges])
        painter.setFont(option.font)
        self._paint_name(painter, box, row, option)

    def _paint_link(self, painter: QPainter, box: QRect, link: DeadLink, option: QStyleOptionViewItem) -> None:
        """In the colour of dead letters where they rest; underlined where a click would lead on."""
        icon, color = self._look(link)
        self._draw_icon(painter, box, icon, color)
        box = box.adjusted(_ICON + SPACE_S, 0, 0, 0)
        missing = _NOT_THERE if link.dead_end and link.others else "" if link.dead_end else _NOT_LISTED
        wanted = painter.fontMetrics().horizontalAdvance(f"{link.text}  {missing}")
        if not link.listed and missing and wanted <= box.width():
            painter.setPen(color if link.dead_end else QColor(self._theme.tones.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, missing)
            box = box.adjusted(0, 0, -painter.fontMetrics().horizontalAdvance(missing) - SPACE_S, 0)
        elif link.listed and option.state & QStyle.StateFlag.State_MouseOver:
            font = QFont(option.font)
            font.setUnderline(True)
            painter.setFont(font)
        painter.setPen(color)
        text = elided(link.text, painter.fontMetrics(), box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _look(self, link: DeadLink) -> tuple[str, QColor]:
        """Drawing and colour."""
        if link.dead_end:
            return "warning", QColor(self._theme.tones.warning)
        if not link.rests:
            return "arrow-right", QColor(self._theme.tones.muted)
        return "dead", legible(Concept.DEAD.color, self._theme) if link.listed else QColor(self._theme.tones.muted)

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        if event.type() is not QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), plain_tip(self._explanation(self._model.row(index))), view)
        return True

    def _explanation(self, row: ExplorerRow) -> str:
        if row.link is not None:
            return _link_explanation(row.link)
        if row.subject is not None:
            return "\n".join([*explained(row.subject, visible(row.scope.queue)), *_stored(row)])
        kind = f" ({row.kind})" if row.kind else ""
        figure = "messages kept here" if row.dead_letters else self._words.waiting
        lines = [f"{row.name}{kind}", *([f"{row.figure} {figure}"] if row.figure else [])]
        if row.in_flight:
            lines.append(f"{row.in_flight} {self._words.in_flight}")
        if row.stuck:
            lines.append(f"{row.stuck} stuck: stored, but no {self._words.consumer} will be given them again")
        if row.retrying:
            lines.append(f"{row.retrying} waiting for a retry")
        if row.dead_letters:
            lines.append("A place where dead letters are kept")
        if row.owned:
            lines.append("Made by the studio")
        if row.unknown:
            lines.append(f"Unknown: {row.unknown}")
        return "\n".join(lines)

    def _paint_icon(self, painter: QPainter, box: QRect, row: ExplorerRow) -> QRect:
        name = _drawing(row)
        color = legible(Concept.DEAD.color, self._theme) if row.dead_letters else QColor(self._theme.tones.muted)
        self._draw_icon(painter, box, name, color)
        return box.adjusted(_ICON + SPACE_S, 0, 0, 0)

    def _draw_icon(self, painter: QPainter, box: QRect, name: str, color: QColor) -> None:
        picture = self._drawings.get(name, color, _ICON, painter.device().devicePixelRatioF())
        painter.drawPixmap(box.left(), box.center().y() - _ICON // 2 + 1, picture)

    def _paint_figure(self, painter: QPainter, box: QRect, row: ExplorerRow, name: int) -> QRect:
        """A line that has none leaves its room to the name, which wants so many pixels."""
        if not row.figure:
            return box
        color = QColor(self._theme.tones.muted)
        if row.figure != "0" and not row.unknown and row.subject is None:
            concept = Concept.DEAD if row.dead_letters else Concept.WAITING
            color = legible(concept.color, self._theme)
        painter.setPen(color)
        place = QRect(box.right() - _FIGURE_WIDTH, box.top(), _FIGURE_WIDTH, box.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, row.figure)
        figure = painter.fontMetrics().horizontalAdvance(row.figure) + SPACE_XS
        return box.adjusted(0, 0, -for_figure(box.width(), name, figure, _FIGURE_WIDTH + SPACE_XS), 0)

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
        painter.fillPath(area(placed, top + _SPARK_HEIGHT), veiled(color, 0.14))
        return rest

    def _paint_badges(self, painter: QPainter, box: QRect, badges: Sequence[tuple[str, Concept]]) -> QRect:
        """The most important at the left, beside the name."""
        chips = Chips(painter, box.right(), box.center().y() + 1, self._theme)
        for text, concept in reversed(badges):
            chips.add(text, concept.color)
        return QRect(box.left(), box.top(), chips.left - box.left(), box.height())

    def _paint_name(self, painter: QPainter, box: QRect, row: ExplorerRow, option: QStyleOptionViewItem) -> None:
        tones = self._theme.tones
        painter.setPen(QColor(tones.text if row.is_queue else tones.muted))
        room = box.width() - (_MARK_WIDTH if row.owned else 0)
        metrics = QFontMetrics(option.font)
        name = elided(row.name_within(room, metrics.horizontalAdvance), metrics, room)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        end = box.left() + metrics.horizontalAdvance(name) + SPACE_S
        if row.owned:
            dot(painter, QPointF(end, box.center().y() + 1.5), 2.0, QColor(tones.accent))
            end += SPACE_S
        self._paint_kind(painter, box.adjusted(end - box.left(), 1, -SPACE_XS, 1), row.kind)

    def _paint_kind(self, painter: QPainter, box: QRect, kind: str) -> None:
        """Where nothing else needs the room."""
        painter.setFont(smaller(painter.font()))
        if painter.fontMetrics().horizontalAdvance(kind) <= box.width():
            painter.setPen(QColor(self._theme.tones.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, kind)


def _share_out(room: int, name: int, badges: "Sequence[_Badge]", font: QFont) -> Shares:
    short = [Chips.room(badge.short, font) for badge in badges]
    worded = [Chips.room(badge.worded, font) for badge in badges]
    return share_out(room, name, short, worded, _SPARK_WIDTH + SPACE_S)


def _name_width(row: ExplorerRow, metrics: QFontMetrics) -> int:
    """With the mark of what the studio made."""
    return metrics.horizontalAdvance(row.name) + (_MARK_WIDTH if row.owned else 0)


def _drawing(row: ExplorerRow) -> str:
    if row.subject is not None:
        return "subject"
    return "consumer" if row.scope.consumer else "dead" if row.dead_letters else "queue"


def _stored(row: ExplorerRow) -> list[str]:
    return [f"{row.figure} messages stored under it"] if row.figure and not row.unknown else []


class _Badge(NamedTuple):
    short: str
    worded: str
    concept: Concept


def _badges(row: ExplorerRow) -> list[_Badge]:
    """The most important first."""
    badges = []
    if row.stuck:
        badges.append(_Badge(f"☠ {row.stuck}", f"☠ {row.stuck} stuck", Concept.DEAD))
    if row.in_flight:
        badges.append(_Badge(f"▸ {row.in_flight}", f"{row.in_flight} in flight", Concept.IN_FLIGHT))
    if row.retrying:
        badges.append(_Badge(f"↻ {row.retrying}", f"{row.retrying} retrying", Concept.REDELIVERED))
    return badges


def _link_explanation(link: DeadLink) -> str:
    lines = [f"{link.sentence}."]
    if len(link.others) > 1:
        named = link.others[:_MOST_NAMED]
        lines += [*named, "…"] if len(named) < len(link.others) else named
    if link.listed:
        lines.append("A click, or Enter, leads there")
    return "\n".join(lines)
