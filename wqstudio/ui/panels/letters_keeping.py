"""What is chosen in a table of letters stays chosen while the same letters are put in line anew."""

from collections.abc import Collection

from PySide6.QtCore import QItemSelection, QItemSelectionModel

from wqstudio.ui.models.letter_pages import PAGE
from wqstudio.ui.models.letters import LettersModel
from wqstudio.ui.panels.letters_table import LettersTable


class Keeping:
    """Finds the letters again by their ids, which are given once, as soon as their page has come."""

    def __init__(self, model: LettersModel, table: LettersTable) -> None:
        self._model, self._table = model, table
        self._ids: frozenset[int] = frozenset()
        self._current: int | None = None
        self._row = 0
        """Where the current one is looked for."""

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
        ids = frozenset(each.id for each in self._model.some(rows))
        if current in ids:
            self._ids, self._current, self._row = ids, current, self._table.currentIndex().row()

    def drop(self) -> None:
        self._ids, self._current = frozenset(), None

    def seek(self, *, counting: bool) -> None:
        """Choose them again, or see to it that their page comes; or give up."""
        if self._current is None or (counting and self._row >= self._model.rowCount()):
            return
        if not self._model.rowCount():
            self.drop()
            return
        found = self._model.rows_of(self._ids)
        if self._current in found:
            self._choose(found.pop(self._current), found.values())
        else:
            self._go_on(self._current)

    def _go_on(self, id_: int) -> None:
        """Letters before it may have gone, so that it is further up: as far as letters that belong behind it stand
        there, and no further.
        """
        row = min(self._row, self._model.rowCount() - 1)
        line = self._model.line(row)
        while row and line is not None and self._is_behind(line.id, id_):
            row -= 1
            line = self._model.line(row)
        if line is not None:
            self.drop()  # it is not there any more
            return
        self._row = row
        self._table.scrollTo(self._model.index(row, 0))

    def _is_behind(self, id_: int, other: int) -> bool:
        return id_ < other if self._model.newest_first else id_ > other

    def _choose(self, current: int, others: Collection[int]) -> None:
        self.drop()
        chosen = QItemSelection()
        for row in (current, *others):
            chosen.select(self._model.index(row, 0), self._model.index(row, self._model.columnCount() - 1))
        selection, flag = self._table.selectionModel(), QItemSelectionModel.SelectionFlag
        selection.setCurrentIndex(self._model.index(current, 0), flag.NoUpdate)
        selection.select(chosen, flag.ClearAndSelect | flag.Rows)
