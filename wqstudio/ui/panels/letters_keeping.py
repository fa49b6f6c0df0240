"""What is chosen in a table of letters stays chosen while the same letters are put in line anew."""

from collections.abc import Collection

from PySide6.QtCore import QItemSelection, QItemSelectionModel

from wqstudio.ui.models.letter_cells import LetterRole, RowState
from wqstudio.ui.models.letter_pages import KEPT, PAGE
from wqstudio.ui.models.letters import LettersModel
from wqstudio.ui.panels.letters_table import LettersTable

_MOST_PAGES = KEPT // 4


class Keeping:
    """Finds the letters again by their ids, which are given once, as soon as their pages have come; of those that are
    scattered over many pages, those in memory.
    """

    def __init__(self, model: LettersModel, table: LettersTable) -> None:
        self._model, self._table = model, table
        self._rows: dict[int, int] = {}
        """Where each is looked for, by id."""
        self._current: int | None = None

    @property
    def pending(self) -> bool:
        return self._current is not None

    @property
    def current(self) -> int | None:
        """The letter that is current by its looks; None: it is not known."""
        row = self._table.currentIndex().row()
        return next((each.id for each in self._model.some([range(row, row + 1)])), None) if row >= 0 else None

    def remember(self) -> None:
        """What is chosen now; of nothing, or of more than a page, nothing new."""
        rows, current = self._table.rows, self.current
        if current is None or self._table.all_chosen or not 0 < sum(map(len, rows)) <= PAGE:
            return
        lines = self._model.some(rows)
        found = reversed(lines) if self._model.newest_first else lines
        # As many as rows where all are known; else they are looked for a little further up.
        sought = dict(zip((each.id for each in found), (row for some in rows for row in some), strict=False))
        if current in sought:
            self._rows, self._current = sought | {current: self._table.currentIndex().row()}, current

    def drop(self) -> None:
        self._rows, self._current = {}, None

    def seek(self, *, counting: bool) -> None:
        """Choose them again, or see to it that their pages come; or give up."""
        if self._current is None or (counting and self._rows[self._current] >= self._model.rowCount()):
            return
        if not self._model.rowCount():
            self.drop()
            return
        found = self._model.rows_of(self._rows.keys())
        if self._current not in found:
            if self._is_coming(self._current):
                self._table.scrollTo(self._model.index(self._rows[self._current], 0))
            else:
                self.drop()  # it is not there any more
        elif not self._wait_for(self._rows.keys() - found.keys()):
            self._choose(found.pop(self._current), found.values())

    def _wait_for(self, ids: Collection[int]) -> bool:
        """Whether their pages are on their way; not if there are more of these than are kept in memory."""
        if len({row // PAGE for row in self._rows.values()}) > _MOST_PAGES:
            return False
        coming = [id_ for id_ in ids if self._is_coming(id_)]
        for row in {self._rows[id_] for id_ in coming}:
            self._model.index(row, 0).data()  # as when it is painted
        return bool(coming)

    def _is_coming(self, id_: int) -> bool:
        """It may stand where nothing is read yet. Letters before it may have gone, so that it is further up: as far as
        letters that belong behind it stand there, and no further.
        """
        row = min(self._rows[id_], self._model.rowCount() - 1)
        while row and self._is_behind(row, id_):
            row -= 1
        self._rows[id_] = row
        return self._model.line(row) is None and not self._is_behind(row, id_)

    def _is_behind(self, row: int, id_: int) -> bool:
        """What is known to stand there, or to stand there no more."""
        line = self._model.line(row)
        if line is None:
            return self._model.index(row, 0).data(LetterRole.STATE) is RowState.GONE
        return line.id < id_ if self._model.newest_first else line.id > id_

    def _choose(self, current: int, others: Collection[int]) -> None:
        self.drop()
        chosen = QItemSelection()
        for row in (current, *others):
            chosen.select(self._model.index(row, 0), self._model.index(row, self._model.columnCount() - 1))
        selection, flag = self._table.selectionModel(), QItemSelectionModel.SelectionFlag
        selection.setCurrentIndex(self._model.index(current, 0), flag.NoUpdate)
        selection.select(chosen, flag.ClearAndSelect | flag.Rows)
