"""One run of the journal: what was done, what became of its messages, and what can still be done about it."""

import shiboken6
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QWidget

from wqstudio.background import spawn
from wqstudio.engine.journal.journal import Entry, JournalError
from wqstudio.engine.looks.desk import Desk
from wqstudio.ui.models import journal_texts as texts
from wqstudio.ui.panels.facts_view import FactsView
from wqstudio.ui.panels.journal_deeds import JournalDeeds
from wqstudio.ui.theme import SPACE_M, SPACE_S


class JournalDetail(QFrame):
    """Shows at once what the entry itself tells, and then what the journal has to be asked for."""

    undo_wanted = Signal(str)
    """The run's id."""
    finish_wanted = Signal(object)
    """The ``Entry``."""
    give_up_wanted = Signal(object)
    """The ``Entry``."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._shown: Entry | None = None
        self._outdated = False
        """Whether it can be undone may be another matter since a run ended."""
        self.facts = FactsView("journalFacts", "What was done, and what became of it")
        self._deeds = JournalDeeds()
        self._deeds.undo_wanted.connect(self.undo_wanted)
        self._deeds.finish_wanted.connect(self.finish_wanted)
        self._deeds.give_up_wanted.connect(self.give_up_wanted)
        self.setProperty("kind", "card")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_S, SPACE_S)
        layout.addWidget(self.facts, 1)
        layout.addWidget(self._deeds)

    @property
    def shown(self) -> Entry | None:
        return self._shown

    def outdate(self) -> None:
        """It is looked at closer when it is shown again, though it be the same."""
        self._outdated = True

    def show_entry(self, entry: Entry) -> None:
        if entry == self._shown and not self._outdated:
            return
        other = self._shown is None or entry.id != self._shown.id
        self._shown, self._outdated = entry, False
        here = entry.broker in self._desk.place.names
        self._deeds.show_entry(entry, here=here, writes=not self._desk.connection.read_only)
        self.allow()
        if other:
            self.facts.show_sections(texts.sections(entry, {}, ""))
        spawn(self._look_closer(entry), "detail of a move")

    def allow(self) -> None:
        """What can be done about it, one at a time."""
        if self._shown is not None:
            shown = self._shown.id
            goes_on = any(shown in (run.id, run.plan.undo_of) for run in self._desk.runs if not run.is_over)
            self._deeds.allow(allowed=not goes_on)

    def give_up(self) -> None:
        self._deeds.give_up()

    def menu(self, parent: QWidget) -> QMenu:
        """Of what can be done; it may be empty."""
        return self._deeds.menu(parent)

    async def _look_closer(self, entry: Entry) -> None:
        """What takes some time to know."""
        try:
            states = await self._desk.states(entry.id)
            refusal = await self._desk.undo_refusal(entry) if texts.undoable(entry) else ""
            other = await self._owner(entry)
        except JournalError as error:
            states, refusal, other = {}, str(error), None
        if shiboken6.isValid(self) and self._shown == entry:
            writes = not self._desk.connection.read_only
            undoable = writes and texts.undoable(entry) and not refusal
            self._deeds.know(undoable=undoable, other=other if writes else None)
            self.facts.show_sections(texts.sections(entry, states, refusal))

    async def _owner(self, entry: Entry) -> Entry | None:
        """The first run that messages of this one were left to and that can be finished here."""
        owners = [owner.run for owner in entry.progress.owners]
        left = await self._desk.interrupted() if owners else ()
        return next((each for each in left if each.id in owners), None)
