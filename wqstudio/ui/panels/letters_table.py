"""The table of dead letters: rows of any number, chosen by mouse and keyboard, dragged elsewhere."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QKeyCombination, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QDrag, QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from wqstudio.ui.models.letter_drag import LetterDrag
from wqstudio.ui.models.letter_rows import LetterColumn
from wqstudio.ui.models.letters import LettersModel
from wqstudio.ui.panels.column_room import share_columns
from wqstudio.ui.panels.letter_delegate import ROW_HEIGHT, LetterDelegate
from wqstudio.ui.panels.painting import smaller
from wqstudio.ui.panels.table_dress import dress
from wqstudio.ui.theme import RADIUS, SPACE_M, SPACE_S, Theme

_WIDTHS = {
    LetterColumn.WHEN: (0, 0),  # as wide as its texts
    LetterColumn.FROM: (132, 84),
    LetterColumn.WHY: (200, 104),
    LetterColumn.SIZE: (70, 62),
    LetterColumn.PREVIEW: (180, 110),
}
"""Wanted and least."""
_DISPENSABLE = (LetterColumn.SIZE, LetterColumn.PREVIEW)
_LONGEST_AGE, _LONGEST_CLOCK = "119 min ago", "28 Nov 20:44"
_HOT = QPoint(-12, -8)
_EDIT = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_E)
_REMOVE = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)


class LettersTable(QTableView):
    """``all_chosen`` is a state of its own: all that match, however many there are or will be."""

    chosen = Signal()
    """Others are selected than before."""
    opened = Signal()
    """Return, or a double click: to the letter itself."""
    discard_wanted = Signal()
    copy_wanted = Signal()
    edit_wanted = Signal()

    def __init__(self, model: LettersModel, theme: Theme) -> None:
        super().__init__()
        self._letters, self._theme = model, theme
        self._all = self._selecting_all = False
        self.make_drag: Callable[[], LetterDrag | None] = lambda: None
        """What is dragged when the selection is; None: nothing can be."""
        self.fills = False
        """A search finds more: all that match are not only those that are listed so far."""
        self.resume_at: int | None = None
        """The row below a gap: what was current there has gone, and the arrow keys go on from there."""
        self.setModel(model)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            # One with a selection asks at each painting whether whole columns are selected: all rows, one by one.
            header.setSelectionModel(QItemSelectionModel(model, header))
        self.setItemDelegate(LetterDelegate(theme, self))
        self._dress()
        self.doubleClicked.connect(self.opened)
        model.rowsInserted.connect(self._on_rows_inserted)
        model.modelReset.connect(self.forget_choice)
        theme.changed.connect(self.viewport().update)

    @property
    def all_chosen(self) -> bool:
        return self._all

    @property
    def rows(self) -> list[range]:
        """That are selected, from top to bottom; as ranges, since there may be a million."""
        selection = self.selectionModel().selection()
        found = sorted((each.top(), each.bottom() + 1) for each in map(selection.at, range(selection.size())))
        rows: list[range] = []
        for top, end in found:
            if rows and top <= rows[-1].stop:
                rows[-1] = range(rows[-1].start, max(end, rows[-1].stop))
            else:
                rows.append(range(top, end))
        return rows

    def forget_choice(self) -> None:
        self._all = False
        self.selectionModel().clear()
        self.chosen.emit()

    def resize_line(self, count: int) -> None:
        """So many are in line now; where all are chosen, all of these are. What else is selected stays: it has not gone
        if others before it have.
        """
        self._selecting_all = self._all
        self._letters.resize(count if self._all else max(count, self._letters.length_with(self.rows)))
        self._selecting_all = False

    def selectAll(self) -> None:
        """One range, and the state."""
        self._all = self.fills or self._letters.rowCount() > 1  # a single one is meant by itself
        self._select_rows()
        self.chosen.emit()

    def go(self, row: int, *, extend: bool) -> None:
        """To that row, as the arrow keys do, far; ``extend``: select all on the way."""
        flag = QItemSelectionModel.SelectionFlag
        index = self._letters.index(row, 0)
        if extend:
            anchor = max(0, self.selectionModel().currentIndex().row())
            first, last = sorted((anchor, row))
            self._select(first, last)
            self.selectionModel().setCurrentIndex(index, flag.NoUpdate)
        else:
            self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect | flag.Rows)
        self.scrollTo(index)

    def enter(self) -> None:
        """By keyboard: on the first row, if none is selected."""
        self.setFocus()
        if not self.rows and self._letters.rowCount():
            self.go(0, extend=False)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if not self._selecting_all:
            self._all = False
            self.chosen.emit()

    def event(self, event: QEvent) -> bool:
        """Del is the table's, before it is the window's for workers."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in _REMOVE:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif event.keyCombination() == _EDIT:
            self.edit_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
        elif event.key() in _REMOVE:
            self.discard_wanted.emit()
        elif event.key() == Qt.Key.Key_Escape and self.rows:
            self.forget_choice()
        elif (row := self._beside_gap(event)) is not None:
            self.go(row, extend=False)
        elif (row := self._end(event)) is not None:
            self.go(row, extend=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def startDrag(self, _actions: Qt.DropAction) -> None:
        made = self.make_drag()
        if made is None:
            return
        drag = QDrag(self)
        drag.setMimeData(made)
        drag.setPixmap(self._picture(made.chosen.choice.count))
        drag.setHotSpot(_HOT)
        drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction, Qt.DropAction.MoveAction)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _dress(self) -> None:
        self.setObjectName("lettersTable")
        self.setAccessibleName("Dead letters")
        dress(self, ROW_HEIGHT)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def _share(self) -> None:
        """Where there is no room for all, the size goes first, and how a letter begins goes last: that tells it from
        others.
        """
        room = self.viewport().width()
        columns = list(LetterColumn)
        widths = _WIDTHS | {LetterColumn.WHEN: (self._age_width(), self._age_width())}
        for column in _DISPENSABLE:
            if sum(widths[each][1] for each in columns) > room:
                columns.remove(column)
        for column in LetterColumn:
            self.setColumnHidden(column, column not in columns)
        if LetterColumn.PREVIEW in columns:  # which has what the others can do without, up to what it wants
            others = sum(widths[each][1] for each in columns[:-1])
            most, few = widths[LetterColumn.PREVIEW]
            widths[LetterColumn.PREVIEW] = (most, max(few, min(most, room - others)))
        wanted, least = zip(*(widths[column] for column in columns), strict=True)
        grower = LetterColumn.PREVIEW if LetterColumn.PREVIEW in columns else LetterColumn.WHY
        grows = [column is grower for column in columns]
        for column, width in zip(columns, share_columns(room, wanted, least, grows), strict=True):
            self.setColumnWidth(column, width)

    def _age_width(self) -> int:
        age = self.fontMetrics().horizontalAdvance(_LONGEST_AGE)
        clock = QFontMetrics(smaller(self.font())).horizontalAdvance(_LONGEST_CLOCK)
        return max(age, clock) + 2 * SPACE_S + 1

    def _beside_gap(self, event: QKeyEvent) -> int | None:
        by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        return None if by is None else self.beside(by)

    def beside(self, by: int) -> int | None:
        """The row above (-1) or below (1) a gap; None: there is no gap, or nothing there."""
        if self.resume_at is None or self.currentIndex().isValid():
            return None
        row = self.resume_at - 1 if by < 0 else min(self.resume_at, self._letters.rowCount() - 1)
        return row if row >= 0 else None

    def _end(self, event: QKeyEvent) -> int | None:
        """Qt's own Home and End stay in their row."""
        if not self._letters.rowCount() or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return None
        return {Qt.Key.Key_Home: 0, Qt.Key.Key_End: self._letters.rowCount() - 1}.get(Qt.Key(event.key()))

    def _on_rows_inserted(self, _parent: QModelIndex, _first: int, _last: int) -> None:
        if self._all:
            self._select_rows()

    def _select_rows(self) -> None:
        self._selecting_all = True
        if self._letters.rowCount():
            self._select(0, self._letters.rowCount() - 1)
        self._selecting_all = False

    def _select(self, first: int, last: int) -> None:
        flag = QItemSelectionModel.SelectionFlag
        rows = QItemSelection(self._letters.index(first, 0), self._letters.index(last, self._letters.columnCount() - 1))
        self.selectionModel().select(rows, flag.ClearAndSelect | flag.Rows)

    def _picture(self, count: int) -> QPixmap:
        text = f"{count:,} {'letter' if count == 1 else 'letters'}"
        metrics = QFontMetrics(self.font())
        ratio = self.devicePixelRatioF()
        width, height = metrics.horizontalAdvance(text) + 2 * SPACE_M, metrics.height() + SPACE_S
        picture = QPixmap(round(width * ratio), round(height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.tones.accent))
        painter.drawRoundedRect(0, 0, width, height, RADIUS, RADIUS)
        painter.setFont(self.font())
        painter.setPen(QColor(self._theme.tones.on_accent))
        painter.drawText(0, 0, width, height, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()
        return picture
