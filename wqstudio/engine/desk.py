"""All dead-letter work that a window does on one connection: looks, the runs that are going on, the journal of all."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from wqstudio.background import spawn
from wqstudio.domain.connection import Connection
from wqstudio.domain.redrive import Plan, Progress, RedriveId
from wqstudio.engine.dead_letters import DeadLetterWork, check_allowed, place_of
from wqstudio.engine.journal import Entry, Journal
from wqstudio.engine.letters_process import Run
from wqstudio.engine.look import Look
from wqstudio.engine.redrive import check, new_run
from wqstudio.engine.redrive_process import RedriveProcess
from wqstudio.engine.subscribers import Subscribers, Unsubscribe
from wqstudio.engine.undo import UndoPreview


class Desk:
    """Closed with its connection. Subscribers are told of each run that begins, gets on or ends."""

    def __init__(self, connection: Connection, journal: Path) -> None:
        """Raises JournalError."""
        self.connection = connection
        self.journal = Journal(journal)
        self._file = journal
        self._subscribers: Subscribers[Run] = Subscribers("moves of dead letters")
        self._runs: list[Run] = []
        self._looks: set[Look] = set()
        self._processes: set[RedriveProcess] = set()
        self._following: set[asyncio.Task[None]] = set()

    @property
    def runs(self) -> Sequence[Run]:
        """Those that are going on, in the order in which they began."""
        return tuple(self._runs)

    @property
    def place(self) -> str:
        """The broker's name in the journal."""
        return place_of(self.connection)

    def subscribe(self, subscriber: Callable[[Run], None]) -> Unsubscribe:
        return self._subscribers.add(subscriber)

    def look(self, queue: str, *, exhausted: bool = False) -> Look:
        """To be opened; given up by ``leave``."""
        look = Look(self.connection, self._file, queue, exhausted=exhausted)
        self._looks.add(look)
        return look

    async def leave(self, look: Look) -> None:
        """Close a look, once the run is over that works on its letters."""
        if look.run is not None:
            await look.run.over()
        await look.close()
        self._looks.discard(look)

    def begin(self, look: Look, plan: Plan) -> Run:
        """Raises ReadOnlyError, PlanError or MatchError before anything is touched."""
        check_allowed(self.connection, plan)
        check(plan)
        run = look.begin(plan, self._told)
        self._follow(run)
        return run

    def interrupted(self) -> Sequence[Entry]:
        """What was half done here when the studio or the broker went away, oldest first."""
        return self.journal.interrupted(self.place)

    def finish(self, entry: Entry) -> Run:
        """Go on with what was interrupted. Raises ReadOnlyError, or JournalError when it is over or unknown here."""
        self._work.finish(entry.id)
        return self._carry_out(entry.id, entry.plan)

    def undo_refusal(self, entry: Entry) -> str:
        """Why a run cannot be undone, as far as the journal knows, in a sentence; empty: it can."""
        return self._work.undo_refusal(entry)

    async def undo_preview(self, entry: Entry) -> UndoPreview:
        """Raises what ``DeadLetterWork.undo_preview`` raises."""
        return await self._work.undo_preview(entry.id)

    def undo(self, entry: Entry, *, lift_limit: bool = False) -> Run:
        """Bring back what nobody has taken yet. Raises ReadOnlyError, or PlanError when it cannot be undone."""
        plan = self._work.undo_plan(entry.id, lift_limit=lift_limit)
        check_allowed(self.connection, plan)
        return self._carry_out(new_run(), plan)

    async def close(self) -> None:
        """What is going on is ended, and can be finished later."""
        closing = [look.close() for look in self._looks] + [process.close() for process in self._processes]
        await asyncio.gather(*closing)
        await asyncio.gather(*self._following)
        self.journal.close()

    # --- runs

    @property
    def _work(self) -> DeadLetterWork:
        return DeadLetterWork(self.connection, self.journal)

    def _carry_out(self, run: RedriveId, plan: Plan) -> Run:
        """In a process of its own."""
        process = RedriveProcess(self.connection, self._file, run, plan, self._told)
        self._processes.add(process)
        self._follow(process.steering, process)
        return process.steering

    def _follow(self, run: Run, process: RedriveProcess | None = None) -> None:
        self._runs.append(run)
        self._subscribers.tell(run)
        following = spawn(self._see_through(run, process), "a run of dead letters")
        self._following.add(following)
        following.add_done_callback(self._following.discard)

    async def _see_through(self, run: Run, process: RedriveProcess | None) -> None:
        await run.over()
        if process is not None:
            await process.close()
            self._processes.discard(process)
        self._runs.remove(run)
        self._subscribers.tell(run)

    def _told(self, _progress: Progress) -> None:
        for run in self._runs:
            self._subscribers.tell(run)
