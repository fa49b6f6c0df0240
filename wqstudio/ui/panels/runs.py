"""The strip of moves of dead letters: those that go on, those that have ended, and what was interrupted."""

import time
from collections.abc import Sequence

import shiboken6
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from wqstudio.background import spawn
from wqstudio.engine.journal.journal import Entry, JournalError
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.process import Run
from wqstudio.ui.panels.run_line import FoldedLine, InterruptedLine, ResultLine, RunLine
from wqstudio.ui.theme import SPACE_XS, Theme
from wqstudio.ui.throttle import Throttle

_MOST_WAITING, _LEAST_WAITING = 2, 1
"""Lines of runs that have ended or were interrupted; others are folded into one, or go, for the journal has them."""
_LOW = 800
"""Pixels of the window's height below which the letters themselves need the room."""
_FRAME_MS = 100


class RunsStrip(QWidget):
    """Hidden while there is nothing to tell. Follows the desk until ``detach``."""

    undo_wanted = Signal(str)
    """The run's id."""
    journal_wanted = Signal(str)
    """To show that run there."""
    finish_wanted = Signal(object)
    """The ``Entry``."""
    half_done = Signal(int)
    """So many interrupted runs are offered to be finished."""

    def __init__(self, desk: Desk, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("runsStrip")
        self._desk, self._theme = desk, theme
        self._lines: dict[str, RunLine] = {}
        self._results: list[ResultLine] = []
        self._interrupted: dict[str, InterruptedLine] = {}
        self._folded_lines: Sequence[ResultLine | InterruptedLine] = ()
        self._arranged_for = 0
        """So many lines."""
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE_XS)
        self._folded = FoldedLine(theme)
        self._folded.journal_wanted.connect(self._show_folded)
        self._folded.dismissed.connect(self._dismiss_folded)
        self._layout.addWidget(self._folded)
        self._due: set[str] = set()
        self._flush = Throttle(_FRAME_MS, self._follow, self)
        self._unsubscribe = desk.subscribe(self._on_run)
        for run in desk.runs:
            self._begin(run)
        self.hide()
        self.look_for_interrupted()

    def detach(self) -> None:
        self._unsubscribe()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.window().installEventFilter(self)
        self._fit_in()
        self._follow()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """The window's height may change where nothing of the strip does."""
        if event.type() is QEvent.Type.Resize:
            self._fit_in()
        return False

    def look_for_interrupted(self) -> None:
        """Offer to finish what the journal has half done."""
        spawn(self._look_for_interrupted(), "what was interrupted")

    async def _look_for_interrupted(self) -> None:
        entries = await self._half_done()
        if not shiboken6.isValid(self):
            return
        for entry in entries:
            if entry.id not in self._lines and entry.id not in self._interrupted:
                self._desk.remind(entry)
            self._offer(entry)

    async def _half_done(self) -> Sequence[Entry]:
        try:
            return await self._desk.interrupted()
        except JournalError:
            return ()  # whatever is moved next says so

    def _on_run(self, run: Run) -> None:
        if run.is_over or run.id not in self._lines:
            self._offer_finishing(run)
        if run.plan.undo_of and (run.is_over or run.id not in self._lines):
            self._show_undoing(run)
        if run.is_over:
            self._end(run)
        elif run.id in self._lines:
            self._due.add(run.id)
            self._flush.ask()
        else:
            self._begin(run)

    def _follow(self) -> None:
        if not self.isVisible():
            return  # what is due stays so until somebody can see it
        due, self._due = self._due, set()
        for run in due & self._lines.keys():
            self._lines[run].follow()

    def _begin(self, run: Run) -> None:
        if (offered := self._interrupted.pop(run.id, None)) is not None:
            self._take_out(offered)
        line = self._lines[run.id] = RunLine(run, self._theme)
        self._put(line)

    def _end(self, run: Run) -> None:
        if (line := self._lines.pop(run.id, None)) is None:
            return
        line.setEnabled(False)
        spawn(self._tell_end(run, line), "what a move left half done")

    async def _tell_end(self, run: Run, line: RunLine) -> None:
        """Its line stays until then, so that what is below does not jump up and down."""
        left = next((entry for entry in await self._half_done() if entry.id == run.id), None)
        if not shiboken6.isValid(self):
            return
        self._take_out(line)
        if left is not None:
            self._offer(left)
        if left is None or run.failure:
            self._tell(run)

    def _tell(self, run: Run) -> None:
        result = ResultLine(run, time.time() - run.began, self._theme, self.parentWidget)
        result.undo_wanted.connect(self.undo_wanted)
        result.finish_wanted.connect(self._finish_other)
        result.journal_wanted.connect(self.journal_wanted)
        for seen in (result.journal_wanted, result.dismissed):
            seen.connect(lambda *_: self._dismiss(result))
        self._results.append(result)
        self._put(result)
        spawn(self._offer_undo(result), "whether a move can be undone")
        if run.progress.owners:
            spawn(self._offer_finish(result), "whether another move can be finished")

    async def _offer_undo(self, result: ResultLine) -> None:
        try:
            entry = await self._desk.read(lambda journal: journal.entry(result.run.id))
            possible = entry is not None and not await self._desk.undo_refusal(entry)
        except JournalError:
            possible = False
        if shiboken6.isValid(self) and result in self._results:
            result.offer_undo(possible=possible and not self._desk.connection.read_only)

    def _show_undoing(self, run: Run) -> None:
        for result in self._results:
            if result.run.id == run.plan.undo_of:
                result.allow_undo(allowed=run.is_over)
                spawn(self._offer_undo(result), "whether a move can be undone")

    def _offer_finishing(self, other: Run) -> None:
        """Where messages were left to that one, which begins again or ends."""
        for result in self._results:
            if other.id in {owner.run for owner in result.run.progress.owners}:
                spawn(self._offer_finish(result), "whether another move can be finished")

    async def _offer_finish(self, result: ResultLine) -> None:
        left = {entry.id for entry in await self._half_done()} - {run.id for run in self._desk.runs}
        if shiboken6.isValid(self) and result in self._results and not self._desk.connection.read_only:
            result.offer_finish(next((each.run for each in result.run.progress.owners if each.run in left), ""))

    def _finish_other(self, run: str) -> None:
        spawn(self._find_other(run), "a move that is to be finished")

    async def _find_other(self, run: str) -> None:
        entry = next((entry for entry in await self._half_done() if entry.id == run), None)
        if entry is not None and shiboken6.isValid(self):
            self.finish_wanted.emit(entry)

    def forget(self, run: str) -> None:
        """It is given up: nobody finishes it any more."""
        if (line := self._interrupted.pop(run, None)) is not None:
            self._take_out(line)
        for result in self._results:
            if run in {owner.run for owner in result.run.progress.owners}:
                spawn(self._offer_finish(result), "whether another move can be finished")

    def _offer(self, entry: Entry) -> None:
        """Not what was begun again, or offered, while the journal was read."""
        if entry.id in self._lines or entry.id in self._interrupted:
            return
        line = InterruptedLine(entry, read_only=self._desk.connection.read_only)
        line.finish_wanted.connect(self.finish_wanted)
        line.dismissed.connect(lambda: self._leave(entry))
        self._interrupted[entry.id] = line
        self._put(line)

    def _leave(self, entry: Entry) -> None:
        self._take_out(self._interrupted.pop(entry.id))

    def _dismiss(self, result: ResultLine) -> None:
        if result in self._results:
            self._results.remove(result)
            self._take_out(result)

    def _show_folded(self) -> None:
        """In the journal, where they have been seen then; what can be finished is offered still."""
        folded = self._folded_lines
        if not folded:
            return
        first = folded[0]
        self.journal_wanted.emit(first.entry.id if isinstance(first, InterruptedLine) else first.run.id)
        for line in folded:
            if isinstance(line, ResultLine):
                self._dismiss(line)

    def _dismiss_folded(self) -> None:
        for line in self._folded_lines:
            if isinstance(line, ResultLine):
                self._dismiss(line)
            else:
                self._leave(line.entry)

    def _put(self, line: QFrame) -> None:
        self._layout.insertWidget(self._layout.count() - 1, line)
        self._arrange()

    def _take_out(self, line: QFrame) -> None:
        self._remove(line)
        self._arrange()

    def _remove(self, line: QFrame) -> None:
        self._layout.removeWidget(line)
        line.hide()
        line.deleteLater()

    # Which of them are to be seen

    @property
    def _waiting(self) -> Sequence[ResultLine | InterruptedLine]:
        """What has just ended comes first, then what can be finished, then what was not done as wanted, then others."""
        newest, older = self._results[-1:], sorted(self._results[-2::-1], key=lambda line: not line.is_odd)
        return [*newest, *self._interrupted.values(), *older]

    @property
    def _room(self) -> int:
        return _LEAST_WAITING if self.window().height() < _LOW else _MOST_WAITING

    def _fit_in(self) -> None:
        """The window has become too low for what is seen, or high enough for more."""
        if self._room != self._arranged_for:
            self._arrange()

    def _arrange(self) -> None:
        room = self._arranged_for = self._room
        for line in self._waiting[room:]:
            if isinstance(line, ResultLine) and not line.is_odd:
                self._results.remove(line)
                self._remove(line)
        waiting = self._waiting
        for place, line in enumerate(waiting):
            line.setVisible(place < room)
            if isinstance(line, ResultLine):
                line.fold(folded=room == _LEAST_WAITING)
        folded = self._folded_lines = waiting[room:]
        interrupted = sum(isinstance(line, InterruptedLine) for line in folded)
        self._folded.show_number(interrupted, len(folded) - interrupted)
        self.setVisible(bool(self._lines or waiting))
        self.half_done.emit(len(self._interrupted))
