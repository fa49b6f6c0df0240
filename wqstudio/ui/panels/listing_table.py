"""The table that shows a listing: columns share its width, rows lead to queues and are copied."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPalette, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from wqstudio.domain.listing import Measure
from wqstudio.ui.models.listing import CellRole, ListingModel
from wqstudio.ui.panels.column_room import share_columns
from wqstudio.ui.panels.table_dress import dress
from wqstudio.ui.theme import SPACE_L, STALE_OPACITY, Theme

_LEAST_COLUMN, _MOST_COLUMN = 48, 420
_LEAST_FIRST = 160
"""Of the column that says what the row is, where it needs as much."""
_COMFORTABLE = 160
_ARROW = 14
"""Room in a title for the arrow of the column that is sorted."""
_ROW_HEIGHT = 28


class ListingTable(QTableView):
    """Columns take what their contents need, more as these grow, until someone drags one to another width.

    Where there is no room for all of them, those in which no row has anything to say give way.
    """

    queue_wanted = Signal(str)

    def __init__(self, model: ListingModel, theme: Theme) -> None:
        super().__init__()
        self._model = model
        self._wanted: list[int] = []
        self._empty: list[bool] = []
        self._sharing = self._dragged = False
        self._delegate = _Cells(theme, self)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self._dress()
        header = self.horizontalHeader()
        header.sectionResized.connect(self._on_resized)
        self.doubleClicked.connect(self._ask_for_queue)
        model.modelAboutToBeReset.connect(self._forget)
        model.modelReset.connect(self._begin)
        theme.changed.connect(self.viewport().update)
        self._begin()

    def show_stale(self, *, stale: bool) -> None:
        if stale != self._delegate.stale:
            self._delegate.stale = stale
            self.viewport().update()

    def grow(self) -> None:
        """Make room for contents that have become wider."""
        if not self._model.rowCount():
            return
        columns = range(self._model.columnCount())
        wanted = [max(self._needed(column), before) for column, before in zip(columns, self._wanted, strict=True)]
        empty = [self._model.is_empty(column) for column in columns]
        if (wanted, empty) != (self._wanted, self._empty):
            self._wanted, self._empty = wanted, empty
            self._share()

    def copy_rows(self) -> None:
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        QGuiApplication.clipboard().setText(self._model.copied(rows))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._ask_for_queue(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _dress(self) -> None:
        self.setObjectName("listingTable")
        dress(self, _ROW_HEIGHT)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = self.horizontalHeader()
        header.setMinimumSectionSize(_LEAST_COLUMN)
        header.setSectionsClickable(True)

    def _begin(self) -> None:
        """Another listing has other columns."""
        self._dragged = False
        self._wanted = [self._titled(column) for column in range(self._model.columnCount())]
        self._empty = [False] * len(self._wanted)
        wraps = self._model.wraps
        self.setWordWrap(wraps)
        mode = QHeaderView.ResizeMode.ResizeToContents if wraps else QHeaderView.ResizeMode.Fixed
        self.verticalHeader().setSectionResizeMode(mode)
        self.setSortingEnabled(False)
        self.horizontalHeader().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self._share()

    def _forget(self) -> None:
        self._sharing = True
        self._show_all()
        self._sharing = False
        self._wanted, self._empty = [], []

    def _titled(self, column: int) -> int:
        """A column that is hidden has no size to ask for."""
        return self.horizontalHeader().sectionSizeHint(column)

    def _show_all(self) -> None:
        for column in range(len(self._wanted)):
            self.setColumnHidden(column, False)

    def _needed(self, column: int) -> int:
        return min(self.sizeHintForColumn(column) + SPACE_L, _MOST_COLUMN)

    def _share(self) -> None:
        if not self._wanted:
            return
        self._sharing = True
        self._show_all()
        texts = [measure is Measure.TEXT for measure in self._model.measures]
        least = [self._titled(column) - _ARROW if text else self._wanted[column] for column, text in enumerate(texts)]
        least[0] = min(self._wanted[0], max(least[0], _LEAST_FIRST))
        room = self.viewport().width()
        crowded = sum(least) > room
        shown = [column for column, empty in enumerate(self._empty) if not (crowded and empty)]
        for column in set(range(len(self._wanted))).difference(shown):
            self.setColumnHidden(column, True)
        if not self._dragged:
            self._share_among(shown, least, texts, room)
        self._sharing = False

    def _share_among(self, shown: Sequence[int], least: Sequence[int], texts: Sequence[bool], room: int) -> None:
        wants, lows = [self._wanted[column] for column in shown], [least[column] for column in shown]
        if sum(lows) > room:  # it has to be scrolled anyhow, so it may as well be read
            lows = [min(want, max(low, _COMFORTABLE)) for want, low in zip(wants, lows, strict=True)]
        widths = share_columns(room, wants, lows, [texts[column] for column in shown])
        for column, width in zip(shown, widths, strict=True):
            self.setColumnWidth(column, width)

    def _on_resized(self) -> None:
        self._dragged = self._dragged or not self._sharing

    def _ask_for_queue(self, index: QModelIndex) -> None:
        if index.isValid() and (queue := self._model.queue_at(index)):
            self.queue_wanted.emit(queue)


class _Cells(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.stale = False

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if index.data(CellRole.QUIET):
            muted = QColor(self._theme.tones.muted)
            option.palette.setColor(QPalette.ColorRole.Text, muted)
            option.palette.setColor(QPalette.ColorRole.HighlightedText, muted)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        if self.stale:
            painter.setOpacity(STALE_OPACITY)
        super().paint(painter, option, index)
        painter.restore()
