"""What a person does to dead letters once they are chosen: each way leads through a preview to a run."""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import shiboken6
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.domain.letter import Edit
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import known
from wqstudio.domain.redrive import Action, Choice, Plan
from wqstudio.engine.journal.journal import Entry, JournalError
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.studio import Studio
from wqstudio.ui.foresight import ANYWHERE, Where
from wqstudio.ui.models.letter_choice import Chosen
from wqstudio.ui.models.move_choice import Place, import_places, places
from wqstudio.ui.panels.give_up_sheet import GiveUpSheet
from wqstudio.ui.panels.import_sheet import ImportSheet
from wqstudio.ui.panels.move_preview import MovePreview, Proposal
from wqstudio.ui.panels.undo_sheet import UndoSheet
from wqstudio.ui.sheet import Sheet
from wqstudio.ui.theme import Theme


class LetterMoves(QObject):
    """``close`` with the connection: what is not begun by then is not."""

    given_up = Signal(str)
    """A run's id: nobody finishes it any more."""

    def __init__(self, window: QWidget, studio: Studio, desk: Desk, theme: Theme) -> None:
        super().__init__(window)
        self._window, self._studio, self._desk, self._theme = window, studio, desk, theme
        self._sheet: Sheet | None = None
        self._closed = False

    def requeue(self, chosen: Chosen, to_origin: bool) -> None:
        """To where they came from, or to a place that is asked for."""
        self._propose(_proposed(chosen, asks=not to_origin))

    def drop(self, chosen: Chosen, where: Where) -> None:
        """Onto a queue, or one of its subjects."""
        self._propose(_proposed(chosen, where=where))

    def discard(self, chosen: Chosen) -> None:
        self._propose(_proposed(chosen, Action.DISCARD))

    def requeue_edited(self, chosen: Chosen, edit: Edit) -> Sheet:
        """A single letter. The preview, which tells whether it was begun."""
        return self._propose(_proposed(chosen, edit=edit))

    def undo(self, run: str) -> None:
        """A run that the journal knows."""
        spawn(self._undo(run), "what is to be undone")

    async def _undo(self, run: str) -> None:
        try:
            entry = await self._desk.read(lambda journal: journal.entry(run))
        except JournalError as error:
            self._tell("", str(error))
            return
        if entry is not None and shiboken6.isValid(self) and not self._closed:
            foresee, queue = partial(self._desk.undo_preview, entry), entry.plan.queue
            tell = partial(self._tell, queue)
            self._open(
                UndoSheet(self._window, queue, foresee, lambda lift: self._desk.undo(entry, lift_limit=lift), tell)
            )

    def finish(self, entry: Entry) -> None:
        spawn(self._go_on(entry), "finishing of a move")

    async def _go_on(self, entry: Entry) -> None:
        try:
            await self._desk.finish(entry)
        except (BrokerError, JournalError) as error:
            self._tell(entry.plan.queue, str(error))

    def give_up(self, entry: Entry) -> None:
        """A run that was interrupted, once that is confirmed."""

        async def given_up() -> None:
            await self._desk.give_up(entry)
            if shiboken6.isValid(self):
                self.given_up.emit(entry.id)

        states, tell = partial(self._desk.states, entry.id), partial(self._tell, entry.plan.queue)
        self._open(GiveUpSheet(self._window, entry.plan, states, given_up, tell))

    def bring(self, file: str, here: str) -> None:
        """Publish exported messages where a person wants them, once it is said what that does. ``here``: the queue of
        dead letters that is looked at, empty: none.
        """
        if self._closed:
            return
        source, product = self._desk.file(Path(file)), self._desk.connection.product
        where = import_places(self._queues().values(), here)
        sheet = ImportSheet(self._window, self._theme, source, places=where, product=product, begin=self._desk.bring)
        sheet.finished.connect(lambda _: spawn(self._desk.leave_file(source), "leave a file of messages"))
        self._open(sheet)

    def close(self) -> None:
        self._closed = True
        if self._sheet is not None:
            self._sheet.reject()
        self.deleteLater()

    def _tell(self, queue: str, trouble: str) -> None:
        self._studio.tell(Event(time.time(), Topic.COMMAND, trouble, Level.ERROR, queue))

    def _propose(self, proposal: Proposal) -> Sheet:
        begin, product = partial(self._desk.begin, proposal.look), self._desk.connection.product
        where = self._places(proposal.choice)
        proposal = replace(proposal, live=self._is_live(proposal.choice))
        tell = partial(self._tell, proposal.choice.queue)
        sheet = MovePreview(self._window, self._theme, proposal, places=where, product=product, begin=begin, tell=tell)
        self._open(sheet)
        return sheet

    def _open(self, sheet: Sheet) -> None:
        if self._sheet is not None:
            self._sheet.reject()
        self._sheet = sheet
        sheet.finished.connect(partial(self._forget, sheet))
        sheet.open()

    def _forget(self, sheet: Sheet, _result: int = 0) -> None:
        if self._sheet is sheet:
            self._sheet = None

    def _places(self, choice: Choice) -> list[Place]:
        return places(self._queues().values(), choice.queue, choice.origins)

    def _is_live(self, choice: Choice) -> bool:
        queue = self._queues().get(choice.queue)
        return queue is not None and not queue.dead_letters and not choice.exhausted

    def _queues(self) -> Mapping[str, QueueState]:
        snapshot = self._studio.monitor.snapshot
        return known(snapshot.queues, {}) if snapshot is not None else {}


def _proposed(
    chosen: Chosen,
    action: Action = Action.REQUEUE,
    *,
    where: Where = ANYWHERE,
    asks: bool = False,
    edit: Edit | None = None,
) -> Proposal:
    async def plan() -> Plan:
        return replace((await chosen.whole()).plan(action), edit=edit)

    return Proposal(chosen.look, chosen.choice, plan, action, where, asks)
