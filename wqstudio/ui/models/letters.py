"""The dead letters of a look as a table of any length: only what was on screen lately is in memory."""

import time
from collections.abc import Collection, Sequence
from typing import TypeAlias

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from wqstudio.domain.letter import LetterLine
from wqstudio.engine.looks.process import LookError
from wqstudio.ui.models.letter_cells import ANSWERS, LetterRole, RowState, alignment
from wqstudio.ui.models.letter_fetching import Fetching
from wqstudio.ui.models.letter_lines import LetterLines, Pager
from wqstudio.ui.models.letter_pages import PAGE, LetterPages, added
from wqstudio.ui.models.letter_rows import TIPS, TITLES, LetterColumn, LetterRow, prepared

Index: TypeAlias = QModelIndex | QPersistentModelIndex

TICK = 5
"""Seconds between two calls of ``tick``."""
_YOUNG = 130.0
"""Seconds up to which an age is told by the second."""
_ROOT = QModelIndex()
_FLAGS = (
    Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsDragEnabled
    | Qt.ItemFlag.ItemNeverHasChildren
)


class LettersModel(QAbstractTableModel):
    """Rows in the order of the line, oldest first, or (mirrored) newest first.

    A row that is painted and not in memory is fetched with its page. The texts of rows are made when their page comes.
    """

    failed = Signal(str)
    """Why a page could not be read; empty: the trouble is over."""
    fetched = Signal()
    """A page came; how many letters there are may be known better now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pages = LetterPages()
        self._before = LetterPages()
        """What stood there, shown until it is known what stands there now."""
        self._lines = LetterLines(self._pages)
        self._pager: Pager | None = None
        self._fetching: Fetching | None = None
        self._count = 0
        self._epoch = 0
        """Goes up whenever the same places are other letters."""
        self._newest_first = False
        self._failure = ""
        self._minute = time.time() // 60
        """Of the clock, as of which ages are told."""

    # What it is fed with

    def show(self, pager: Pager | None, count: int = 0) -> None:
        """Another look; None: none."""
        self.beginResetModel()
        self._forget()
        self._count = count
        self._pager = pager
        if self._fetching is not None:
            self._fetching.stop()
        self._fetching = Fetching(self._fetch) if pager is not None else None
        self.endResetModel()

    def resize(self, count: int) -> None:
        """There are more of them at the end of the line, or fewer."""
        before = self._count
        if count > before:
            first = 0 if self._newest_first else before
            self.beginInsertRows(QModelIndex(), first, first + count - before - 1)
            self._count = count
            self._pages.reopen()
            self.endInsertRows()
        elif count < before:
            first = 0 if self._newest_first else count
            self.beginRemoveRows(QModelIndex(), first, first + before - count - 1)
            self._count = count
            self.endRemoveRows()

    def forget(self, *, at_once: bool = True) -> None:
        """The same places may be other letters now. ``at_once``: what stood there is not shown any more."""
        before = LetterPages() if at_once else self._pages.copy()
        self._forget()
        self._before = before
        self._all_changed()

    def set_newest_first(self, newest_first: bool) -> None:
        self.beginResetModel()
        self._newest_first = newest_first
        self.endResetModel()

    def retry(self) -> None:
        """Ask again for what could not be read."""
        self._fail("")
        self._all_changed()

    def tick(self) -> None:
        """Some seconds have passed: say anew how long ago everything was; of what is older, by the minute."""
        now = time.time()
        before, self._minute = self._minute, now // 60
        for number, page in self._pages:
            if self._minute != before or any(_is_young(row.line, now) for row in page.rows):
                page.rows[:] = prepared([row.line for row in page.rows], now)
                self._page_changed(number)

    def tick_one(self, row: int) -> None:
        """One that its age is told of beside the table."""
        if 0 <= row < self._count and (found := self._pages.row(position := self._position(row))) is not None:
            self._pages.page(position // PAGE).rows[position % PAGE] = prepared([found.line], time.time())[0]
            self._rows_changed(row, row)

    # What others ask

    @property
    def in_memory(self) -> int:
        """Rows."""
        return sum(len(page.rows) for _, page in self._pages)

    @property
    def any_died(self) -> bool:
        """Of those in memory, as their own headers or the broker's tell."""
        return any(row.line.reason for _, page in self._pages for row in page.rows)

    @property
    def epoch(self) -> int:
        """Another number means that the same rows are other letters."""
        return self._epoch

    @property
    def newest_first(self) -> bool:
        return self._newest_first

    @property
    def failure(self) -> str:
        return self._failure

    def line(self, row: int) -> LetterLine | None:
        """None: it is not in memory."""
        found = self._pages.row(self._position(row)) if 0 <= row < self._count else None
        return found.line if found is not None else None

    def note(self, rows: Sequence[range]) -> None:
        """Keep in mind which letters these rows are, as far as they are in memory, and of no others.

        What somebody chose by its looks is meant, even if it is scrolled away and others vanish from the line, or if it
        is not known yet that another one stands there now.
        """
        self._lines.note(self.places(rows), self._before)

    def known(self, rows: Sequence[range]) -> list[LetterLine] | None:
        """Of these rows in the order of the line, if all are in memory or noted."""
        return self._lines.known(self.places(rows))

    def some(self, rows: Sequence[range]) -> list[LetterLine]:
        """Of these rows, those in memory or noted."""
        return self._lines.some(self.places(rows))

    def length_with(self, rows: Sequence[range]) -> int:
        """Of the line, if it ends behind these rows."""
        return max((some.stop for some in self.places(rows)), default=0)

    def rows_of(self, ids: Collection[int]) -> dict[int, int]:
        """By id, of those in memory."""
        return {id_: self._position(place) for id_, place in self._lines.places_of(ids).items()}

    def places(self, rows: Sequence[range]) -> list[range]:
        """In line, oldest first, of these rows: in an epoch they stay the same letters', however many others come."""
        if not self._newest_first:
            return list(rows)
        return [range(self._count - some.stop, self._count - some.start) for some in reversed(rows)]

    async def read(self, rows: Sequence[range]) -> list[LetterLine]:
        """As ``read_at``, of what is in these rows now."""
        return await self.read_at(self.places(rows), self._epoch)

    async def read_at(self, places: Sequence[range], epoch: int) -> list[LetterLine]:
        """In the order of the line, wherever they are; fewer where some are gone. Raises LookError, also where it is
        another ``epoch`` by then.

        What is read on the way only is not put into memory.
        """
        self._check_epoch(epoch)
        pager = self._pager
        assert pager is not None, "rows come from a look"

        async def as_long_as_it_lasts(first: int, count: int) -> Sequence[LetterLine]:
            some = await pager(first, count)
            self._check_epoch(epoch)
            return some

        return await self._lines.read(places, as_long_as_it_lasts)

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(LetterColumn)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return _FLAGS if index.isValid() else Qt.ItemFlag.NoItemFlags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        position, column = self._position(index.row()), index.column()
        row = self._pages.row(position)
        if row is None and (row := self._row_before(position, role)) is None:
            return self._data_of_none(position, column, role)
        answer = ANSWERS.get(role)
        return answer(row, column) if answer is not None else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(LetterColumn):
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return TITLES[section]
            case Qt.ItemDataRole.ToolTipRole:
                return TIPS[section]
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(section)
            case _:
                return None

    # Pages

    def _check_epoch(self, epoch: int) -> None:
        if epoch != self._epoch:
            raise LookError("The letters were read anew meanwhile; choose them again.")

    def _row_before(self, position: int, role: int) -> LetterRow | None:
        row = None if self._pages.ended_before(position) else self._before.row(position)
        if row is not None and role == Qt.ItemDataRole.DisplayRole:
            self._want(position, RowState.COMING)
        return row

    def _data_of_none(self, position: int, column: int, role: int) -> object:
        state = RowState.GONE if self._pages.ended_before(position) else RowState.COMING
        match role:
            case Qt.ItemDataRole.DisplayRole:
                self._want(position, state)
                return state.value if column == LetterColumn.PREVIEW else ""
            case LetterRole.STATE:
                return state
            case Qt.ItemDataRole.AccessibleTextRole:
                return "not read yet" if state is RowState.COMING else state.value
            case _:
                return None

    def _want(self, position: int, state: RowState) -> None:
        if state is RowState.COMING and self._fetching is not None and not self._failure:
            self._fetching.want(position // PAGE)

    async def _fetch(self, number: int) -> None:
        page, epoch = self._pages.page(number), self._epoch
        first = number * PAGE + len(page.rows)
        wanted = min((number + 1) * PAGE, self._count) - first
        if wanted <= 0 or page.ended or self._pager is None:
            return
        try:
            lines = await self._pager(first, wanted)
        except LookError as error:
            if epoch == self._epoch:
                self._fail(str(error))
            return
        if epoch == self._epoch:
            now = time.time()
            added(page, prepared(lines, now))
            self._page_changed(number)
            if now // 60 != self._minute:
                self.tick()  # so that those of before do not seem to be of another time
            self.fetched.emit()

    def _position(self, row: int) -> int:
        return self._count - 1 - row if self._newest_first else row

    def _forget(self) -> None:
        self._epoch += 1
        self._pages.clear()
        self._before.clear()
        self._lines.forget()
        if self._fetching is not None:
            self._fetching.forget()
        self._fail("")

    def _fail(self, why: str) -> None:
        if why != self._failure:
            self._failure = why
            self.failed.emit(why)

    def _page_changed(self, number: int) -> None:
        first, last = number * PAGE, min((number + 1) * PAGE, self._count) - 1
        if first <= last:
            self._rows_changed(*sorted((self._position(first), self._position(last))))

    def _all_changed(self) -> None:
        if self._count:
            self._rows_changed(0, self._count - 1)

    def _rows_changed(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(LetterColumn) - 1))


def _is_young(line: LetterLine, now: float) -> bool:
    return line.died_at is not None and now - line.died_at < _YOUNG
