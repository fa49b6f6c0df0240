"""Which letter of the table is read, and where it has its place: beside the list, below it, or instead of it."""

import asyncio

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QWidget

from wqstudio.ui.look_session import LookSession
from wqstudio.ui.models.letters import LettersModel
from wqstudio.ui.panels.letter_inspector import LetterInspector
from wqstudio.ui.panels.letter_pane import LetterPane
from wqstudio.ui.panels.letter_room import LetterRoom
from wqstudio.ui.panels.letters_keeping import Keeping
from wqstudio.ui.panels.letters_table import LettersTable
from wqstudio.ui.theme import Theme

_RESTED = 0.08
"""Seconds; so long the arrow keys rest on a letter before it is read."""


class Reading(QObject):
    came = Signal()
    """The letter, or why it cannot be read."""
    arranged = Signal(bool, bool)
    """There is room for one of both alone; and that is the letter's."""

    def __init__(
        self,
        session: LookSession,
        table: LettersTable,
        model: LettersModel,
        *,
        listed: QWidget,
        above: QWidget,
        theme: Theme,
    ) -> None:
        """``listed`` holds the table; ``above`` it is what the letter may have the room of."""
        super().__init__(listed)
        self._session, self._model, self._table, self._listed = session, model, table, listed
        self._loop = asyncio.get_running_loop()
        self._rest = self._loop.call_soon(lambda: None)
        self._pane = LetterPane(session, theme)
        self.keeping = Keeping(model, table)
        self.room = LetterRoom(listed, self._pane, above)
        self._pane.came.connect(self._on_letter)
        self._pane.back_wanted.connect(self.go_back)
        self._pane.step_wanted.connect(self._step)
        self._pane.looked_again.connect(self.inspect_soon)
        session.moved.connect(self._pane.follow)
        session.replaced.connect(self._forget)
        table.opened.connect(self.open)

    @property
    def inspector(self) -> LetterInspector:
        return self._pane.inspector

    @property
    def reads(self) -> bool:
        """A letter is shown, or on its way."""
        return self._pane.current is not None

    @property
    def is_list_hidden(self) -> bool:
        """The letter stands there instead."""
        return self._listed.isHidden()

    def stop(self) -> None:
        self._rest.cancel()
        self._pane.stop()

    def fit(self, size: QSize) -> None:
        """There is so much room for both, and what stands around them."""
        if self.room.fit(size):
            self._arrange(letter=not self.room.is_instead and self.reads)

    def open(self) -> None:
        """The letter that is current, and go there."""
        self._inspect()
        if self.reads:
            self._arrange(letter=True)
            self._pane.take_keys()

    def close(self) -> None:
        self._pane.close_letter()
        self._arrange(letter=False)

    def go_back(self) -> None:
        self.show_list()
        self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_list(self) -> None:
        """Too, where there is room for both."""
        self._arrange(letter=self._pane.isVisible() and not self.room.is_instead)

    def inspect_soon(self) -> None:
        """By the loop itself: what reads a letter needs it running."""
        self._rest.cancel()
        self._rest = self._loop.call_later(_RESTED, self._inspect)

    def begin_exchange(self) -> None:
        """The same places will be other letters: what is chosen is to be found again."""
        self.keeping.remember()
        if rows := self._table.rows:
            self._table.resume_at = rows[0].start

    def end_exchange(self) -> None:
        """They are: the letter that is shown may be among those that have gone."""
        self._pane.look_again()

    def tell_place(self) -> None:
        """Of the letter in the line, or of its gap."""
        table = self._table
        self._pane.tell_place(table.currentIndex().row(), self._session.shown)
        self._pane.tell_gap(above=table.beside(-1) is not None, below=table.beside(1) is not None)

    def tell_age(self) -> None:
        self._model.tick_one(self._table.currentIndex().row())
        self.inspector.tell_age()

    def _forget(self) -> None:
        """What was chosen and read has gone with its queue, and no letter of the new one is to be taken for it."""
        self.keeping.drop()
        self._model.forget()
        self._pane.tell_lost()
        self._table.forget_choice()

    def _inspect(self) -> None:
        """The current row's letter, unless all are selected: then none is meant by itself. One that is gone stays until
        another is chosen.
        """
        if self.keeping.pending:
            return
        table, index = self._table, self._table.currentIndex()
        selected = index.isValid() and not table.all_chosen
        if not selected or not table.selectionModel().isSelected(index):
            if table.rows or not self._pane.stays:
                self.close()
        elif (current := self.keeping.current) is None:
            self._pane.wait()
        else:
            if (line := self._model.line(index.row())) is None or line.id != current:
                self.keeping.remember()  # it stood there when it was chosen
                self.keeping.seek(counting=False)
            self._pane.read(current)

    def _on_letter(self) -> None:
        self.came.emit()
        if not self.room.is_instead and self._pane.isHidden():
            self._arrange(letter=True)

    def _step(self, by: int) -> None:
        """To the next letter, or the one before."""
        beside, here = self._table.beside(by), self._table.currentIndex().row()
        row = here + by if beside is None else beside
        if 0 <= row < self._model.rowCount():
            self._table.go(row, extend=False)

    def _arrange(self, *, letter: bool) -> None:
        """The letter too, wherever there is room for it."""
        self.room.show_letter(shown=letter)
        self._pane.show_steps(shown=self.room.is_instead)
        self.arranged.emit(self.room.is_instead, letter)
        if letter and not self.room.is_instead:
            self._table.scrollTo(self._table.currentIndex())
