"""All dead-letter work that a window does on one connection: looks, the runs that are going on, the journal of all."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from wqstudio.background import spawn
from wqstudio.domain.connection import Connection
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.domain.redrive import Action, MoveState, Plan, Progress, RedriveId, RunState
from wqstudio.engine.journal.journal import Entry, Journal
from wqstudio.engine.journal.place import Place, place_of
from wqstudio.engine.looks.dead_letters import DeadLetterWork, check_allowed
from wqstudio.engine.looks.import_file import ImportFile
from wqstudio.engine.looks.look import Look
from wqstudio.engine.looks.process import Run
from wqstudio.engine.looks.redrive_process import RedriveProcess
from wqstudio.engine.looks.spare import SpareProcess
from wqstudio.engine.moves import plan_words
from wqstudio.engine.moves.plan_checks import PlanError, check
from wqstudio.engine.moves.redrive import new_run
from wqstudio.engine.moves.undo_planning import UndoPreview
from wqstudio.engine.subscribers import Subscribers, Unsubscribe

T = TypeVar("T")
OnBrought = Callable[[float, str, int], None]
"""When (unix time in seconds), into which queue, and how many."""


class Desk:
    """Closed with its connection. Subscribers are told of each run that begins, gets on or ends."""

    def __init__(
        self,
        connection: Connection,
        journal: Path,
        tell: Callable[[Event], None] = lambda _: None,
        brought: OnBrought = lambda _at, _queue, _count: None,
    ) -> None:
        """``tell`` puts into the log what begins, ends and is refused; ``brought`` hears of what a run puts into a
        queue, as it gets on. Raises JournalError.
        """
        self.connection = connection
        self._tell, self._brought = tell, brought
        self.begun: set[RedriveId] = set()
        """Runs of which ``brought`` hears."""
        self._told_of: Counter[RedriveId] = Counter()
        """How many of a run's messages ``brought`` has heard of, or went before."""
        self.journal = Journal(journal)
        self._spare = SpareProcess(connection, journal)
        self._subscribers: Subscribers[Run] = Subscribers("moves of dead letters")
        self._runs: list[Run] = []
        self._closing = False
        self._looks: set[Look] = set()
        self._processes: dict[RedriveId, RedriveProcess] = {}
        """Of the runs that have one of their own."""
        self._files: set[ImportFile] = set()
        self._following: set[asyncio.Task[None]] = set()

    @property
    def runs(self) -> Sequence[Run]:
        """Those that are going on, in the order in which they began."""
        return tuple(self._runs)

    @property
    def place(self) -> Place:
        """The broker's name in the journal."""
        return place_of(self.connection)

    def subscribe(self, subscriber: Callable[[Run], None]) -> Unsubscribe:
        return self._subscribers.add(subscriber)

    def prepare(self) -> None:
        """Somebody may want to look soon: from now on the process that takes is there already."""
        self._spare.prepare()

    def look(self, queue: str, *, exhausted: bool = False) -> Look:
        """To be opened; given up by ``leave``."""
        look = Look(self._spare.take(), queue, exhausted=exhausted)
        self._looks.add(look)
        return look

    async def leave(self, look: Look) -> None:
        """Close a look, once all is over that works on its letters."""
        await look.worked()
        await look.close()
        self._looks.discard(look)

    def begin(self, look: Look, plan: Plan) -> Run:
        """Raises ReadOnlyError, PlanError or MatchError before anything is touched."""
        check_allowed(self.connection, plan)
        check(plan)
        return self._followed(self._begun(look, plan))

    async def read(self, what: Callable[[Journal], T]) -> T:
        """What the journal tells, read in a thread: its disk may take its time. Raises what ``what`` raises."""
        return await asyncio.to_thread(what, self.journal)

    async def interrupted(self) -> Sequence[Entry]:
        """What was half done here when the studio or the broker went away, oldest first. Raises JournalError."""
        return await self.read(lambda journal: journal.interrupted(self.place))

    def remind(self, entry: Entry) -> None:
        """Tell of what was half done here before, and waits to be finished."""
        title, result = plan_words.title(entry.plan), plan_words.result(entry.plan, entry.progress)
        self._say_of(entry.plan, f"{title} waits to be finished. {result}; nothing is lost", Level.WARNING)

    async def finish(self, entry: Entry) -> Run:
        """Go on with what was interrupted. Raises ReadOnlyError, or JournalError when it is over or unknown here.

        By the plan as the journal has it now: ``entry`` may be from before the run had noted in it what there was.
        PlanError: a look holds its letters, and lends them to another run; or it goes on already.
        """
        check_allowed(self.connection, entry.plan)
        entry = await asyncio.to_thread(self._work.check_unfinished, entry.id)
        if any(run.id == entry.id for run in self._runs):
            raise PlanError("These messages are being moved already.")
        self._told_of[entry.id] = entry.progress.moved
        holder = self._holder(entry.plan)
        run = self._begun_apart(entry.plan, entry.id) if holder is None else self._begun(holder, entry.plan, entry.id)
        run.go_on_from(entry.progress)
        return self._followed(run)

    async def give_up(self, entry: Entry) -> int:
        """Nobody finishes it any more. How many stay half done; JournalError when it goes on, or is over."""
        half_done = await asyncio.to_thread(self._work.drop, entry.id)
        said = " ".join(filter(None, ("Given up by hand.", plan_words.in_doubt(entry.plan, half_done))))
        self._say_of(entry.plan, f"{plan_words.title(entry.plan)}: {said}", Level.WARNING)
        return half_done

    def bring(self, plan: Plan) -> Run:
        """Publish exported messages; for the plan see ``ImportFile``. Raises ReadOnlyError."""
        check_allowed(self.connection, plan)
        return self._followed(self._begun_apart(plan, new_run()))

    def file(self, file: Path) -> ImportFile:
        """To be asked what ``bring`` would do; given up by ``leave_file``. PlanError: the connection is closed."""
        self._raise_if_closing()
        opened = ImportFile(self._spare.take(), file)
        self._files.add(opened)
        return opened

    async def leave_file(self, file: ImportFile) -> None:
        self._files.discard(file)
        await file.close()

    async def states(self, run: RedriveId) -> dict[MoveState, int]:
        """How many of a run's letters are in which state. Raises JournalError."""
        return await self.read(lambda journal: journal.counts(run))

    async def undo_refusal(self, entry: Entry) -> str:
        """Why a run cannot be undone, as far as the journal knows, in a sentence; empty: it can.

        This, and ``undo``, read all that the journal has of the run, in a thread.
        """
        return await asyncio.to_thread(self._work.undo_refusal, entry)

    async def undo_preview(self, entry: Entry) -> UndoPreview:
        """Raises what ``DeadLetterWork.undo_preview`` raises."""
        return await self._work.undo_preview(entry.id)

    async def undo(self, entry: Entry, *, lift_limit: bool = False) -> Run:
        """Bring back what nobody has taken yet. Raises ReadOnlyError, or PlanError when it cannot be undone."""
        plan = await asyncio.to_thread(partial(self._work.undo_plan, entry.id, lift_limit=lift_limit))
        targets = await asyncio.to_thread(self.journal.targets, entry.id)
        if queue := self._looked_into({to.queue for to in targets}):
            raise PlanError(f"Messages of {queue} are held by the look that is open there; give them back first.")
        check_allowed(self.connection, plan)
        if any(run.plan.undo_of == entry.id for run in self._runs):
            raise PlanError("It is being undone already.")
        return self._followed(self._begun_apart(plan, new_run()))

    async def close(self) -> None:
        """What is going on is ended, and can be finished later."""
        self._closing = True
        closing = [look.close() for look in self._looks] + [process.close() for process in self._processes.values()]
        closing += [file.close() for file in self._files]
        await asyncio.gather(self._spare.close(), *closing)
        await asyncio.gather(*self._following)
        await asyncio.to_thread(self.journal.close)  # waits for what is being read

    # --- runs

    @property
    def _work(self) -> DeadLetterWork:
        return DeadLetterWork(self.connection, self.journal)

    def _holder(self, plan: Plan) -> Look | None:
        """The look that keeps its letters from any other."""
        if plan.action is Action.UNDO:
            return None
        return next((look for look in self._looks if look.queue == plan.queue and look.holds), None)

    def _looked_into(self, queues: Collection[str]) -> str:
        """One of them of which a look here holds messages; empty: none."""
        return next((look.queue for look in self._looks if look.queue in queues and look.holds), "")

    def _begun(self, look: Look, plan: Plan, run: RedriveId | None = None) -> Run:
        if look.run is not None:
            raise PlanError(
                f"Messages of {plan.queue} are being moved already; wait for the end of that, or cancel it."
            )
        return look.begin(plan, self._told, run)

    def _begun_apart(self, plan: Plan, run: RedriveId) -> Run:
        """In a process of its own. PlanError: the journal told too late of what is to be carried out."""
        self._raise_if_closing()
        process = self._processes[run] = RedriveProcess(self._spare.take(), run, plan, self._told)
        return process.steering

    def _raise_if_closing(self) -> None:
        if self._closing:
            raise PlanError("The connection is being closed; nothing was begun.")

    def _followed(self, run: Run) -> Run:
        self._runs.append(run)
        self.begun.add(run.id)
        self._say(run, f"{plan_words.title(run.plan)} has begun ({plan_words.meant(run.plan)})")
        self._subscribers.tell(run)
        following = spawn(self._see_through(run), "a run of dead letters")
        self._following.add(following)
        following.add_done_callback(self._following.discard)
        return run

    async def _see_through(self, run: Run) -> None:
        await run.over()
        if (process := self._processes.get(run.id)) is not None:
            await process.close()
            del self._processes[run.id]
        self._tell_brought(run)
        self._told_of.pop(run.id, None)
        self._runs.remove(run)
        self._say_end(run)
        self._subscribers.tell(run)

    def _say_end(self, run: Run) -> None:
        title, progress = plan_words.title(run.plan), run.progress
        if failure := run.failure or (progress.trouble if progress.state is RunState.FAILED else ""):
            self._say(run, f"{title} did not get to its end: {failure}", Level.ERROR)
            return
        if progress.state.unfinished:
            done = f"{progress.moved:,} were moved, and nothing is lost; it can be finished"
            self._say(run, f"{title} was interrupted: {done}", Level.ERROR)
            return
        odd = progress.refused or progress.foreign or progress.repeated
        level = Level.WARNING if odd or progress.state is not RunState.DONE else Level.INFO
        self._say(run, f"{title}: {plan_words.whole_result(run.plan, progress)}", level)
        for refusal in progress.refusals:
            self._say(run, f"{title}: {refusal.count:,} refused. {refusal.reason}", Level.WARNING)

    def _say(self, run: Run, text: str, level: Level = Level.INFO) -> None:
        self._say_of(run.plan, text, level)

    def _say_of(self, plan: Plan, text: str, level: Level) -> None:
        queue = "" if plan.action is Action.IMPORT else plan.queue
        self._tell(Event(time.time(), Topic.COMMAND, text, level, queue))

    def _told(self, _progress: Progress) -> None:
        for run in self._runs:
            self._tell_brought(run)
            self._subscribers.tell(run)

    def _tell_brought(self, run: Run) -> None:
        queue = plan_words.single_target(run.plan)
        if queue and (more := run.progress.moved - self._told_of[run.id]) > 0:
            self._told_of[run.id] += more
            self._brought(time.time(), queue, more)
