"""Dead letters back to work, or out of the world: each confirmed elsewhere before it is removed, each step journaled.

A run goes through its queue in passes. When the connection is lost, or the studio was killed, the next pass finds the
letters that were under way by their fingerprints and finishes them: those that are known to be copied are only removed
(unless their queue has lost the copy, as far as the broker tells that), the others are looked for at their destination
and, where that cannot be known, copied again. A broker that was killed
may have forgotten that a letter was removed (RabbitMQ 4 classic queues, for some seconds): it is moved again, for
another letter may be just like it. So a crash can make a copy twice (counted in ``Progress.doubled``), and never none.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, ExitStack
from dataclasses import replace
from functools import partial

from wqstudio.brokers.letters import Movable, Outlet
from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.redrive import Action, Bound, MoveState, OnRefusal, Plan, Progress, RedriveId, RunState
from wqstudio.engine.journal.journal import Journal, Move
from wqstudio.engine.letters.matching import MatchError
from wqstudio.engine.moves.books import Books
from wqstudio.engine.moves.carrying import Job, Warn
from wqstudio.engine.moves.controls import Controls
from wqstudio.engine.moves.missing import Missing
from wqstudio.engine.moves.moving import Moving, PassEnd
from wqstudio.engine.moves.plan_checks import (
    LimitStandsError,
    PlanError,
    check,
    check_way,
    elsewhere,
    exported_elsewhere,
    made_anew,
)
from wqstudio.engine.moves.removals import ALIVE, NOT_THERE
from wqstudio.engine.moves.tending import tended

TRIES = 10
"""Passes, one after another, that end with a lost connection and have moved nothing, before it is left for later."""
AGAIN_AFTER = 1.0
"""Seconds."""

_BROKEN_OFF = "The studio was ended meanwhile."

OpenMovable = Callable[[], AbstractAsyncContextManager[Movable]]
OpenOutlet = Callable[[], Awaitable[Outlet]]
LiveRemark = Callable[[], Awaitable[str]]
"""Why other messages of the source may be live work, in a sentence; empty: they are dead letters, or may be moved."""
ReadChosen = Callable[[], Sequence[bytes]]
"""The fingerprints of the letters that a file of exported ones means. LetterFileError, PlanError."""


async def _may_be_moved() -> str:
    return ""


def none_exported() -> Sequence[bytes]:
    return ()


def _why_not_alone(queue: str, other: RedriveId) -> str:
    return f"Run {other} moves messages of {queue} already, perhaps the same ones: wait for its end, or cancel it."


def new_run() -> RedriveId:
    return secrets.token_hex(6)


class Redrive:
    """One run of a plan, from its beginning or from where it was interrupted; ``run`` is called once."""

    def __init__(
        self,
        run: RedriveId,
        plan: Plan,
        journal: Journal,
        broker: str,
        *,
        open_letters: OpenMovable,
        open_outlet: OpenOutlet,
        live_remark: LiveRemark = _may_be_moved,
        on_progress: Callable[[Progress], None] = lambda _: None,
        warn: Warn | None = None,
        chosen: ReadChosen = none_exported,
    ) -> None:
        """``broker`` names the place in the journal; ``warn``: see ``Job``. ``chosen`` is asked, in a thread, what a
        new run is about whose plan says that its letters were exported.

        ``live_remark`` is asked of a run that is gone on with: its queue may not be what it was.
        """
        check(plan)
        self._run = run
        self._broker = broker
        self._plan = plan
        self._journal = journal
        self._open_letters, self._open_outlet = open_letters, open_outlet
        self._books = Books(journal, run, on_progress)
        self.controls = Controls(plan.rate)
        self._live_remark = live_remark
        self._warn = warn
        self._chosen = chosen
        self._claims = ExitStack()
        """Of the queue, where others could move the same letters meanwhile."""
        self._alone_in: set[bytes] = set()
        """The identities of these queues."""
        self._is_noted = False
        self._begins = True
        """The last pass was to begin letters, too."""
        self._stays = ""
        """Why letters that match were not begun any more."""
        self.remark = ""
        """What else there was that the last pass could not come across; see ``Movable.remark``."""
        self._missing = Missing()
        self._in_doubt = 0
        """See ``Moving.in_doubt``, of the last pass."""
        self._alive: Collection[bytes] = ()
        """Fingerprints of what was half done, and is no dead letter any more; see ``Movable.alive``."""

    @property
    def plan(self) -> Plan:
        return self._plan

    @property
    def progress(self) -> Progress:
        return self._books.progress

    @property
    def id(self) -> RedriveId:
        """Of the run, by which the journal knows it."""
        return self._run

    async def run(self) -> Progress:
        """How it ended. A refused letter is no exception.

        Raises JournalError, and what the broker will not do at all; the run can then be gone on with later, if it had
        begun a letter: else it has failed, and is over. PlanError: so far it had begun none. MatchError: a pattern took
        too long on a letter, and the run was stopped there.
        """
        with self._journal.claimed(self._run), self._claims:
            await self._books.open(self._broker, self._plan)
            try:
                state = await self._passes()
            except MatchError as error:
                self._books.add_trouble(str(error))
                await self._books.end(RunState.STOPPED)
                raise
            except PlanError as error:
                self._books.note(trouble=str(error))
                if self._books.intended:
                    await self._books.end(RunState.INTERRUPTED)
                    raise BrokerError(str(error)) from error
                await self._books.end(RunState.STOPPED)
                raise
            except BaseException as error:
                self._books.note(trouble=str(error) or _BROKEN_OFF)
                await self._books.end(RunState.INTERRUPTED)
                raise
            if self._stays and state is RunState.DONE:
                self._books.add_trouble(self._stays)
            elif state is RunState.DONE:
                self._count_missed()
            await self._books.end(RunState.STOPPED if state is RunState.DONE and not self._begins else state)
        return self.progress

    async def _passes(self) -> RunState:
        tries = 0
        while not self.controls.cancelled:
            await self._wait_while_paused()
            moved = self.progress.moved
            try:
                end = await self._pass()
            except UnreachableError as error:
                self._books.was_cut_off = True
                self._missing.cut()
                tries = 0 if self.progress.moved > moved else tries + 1
                await self._books.tell(trouble=str(error))
                if tries >= TRIES:
                    return RunState.INTERRUPTED
                await self.controls.rest(AGAIN_AFTER)
                continue
            finally:
                self._books.resumed = True
            match end:
                case PassEnd.REFUSED if not await self._books.half_done():
                    return RunState.STOPPED
                case PassEnd.THROUGH if not self._may_have_missed_some():
                    return RunState.DONE
                case PassEnd.INCOMPLETE if self._missing.are_given_up():
                    return await self._without_the_rest()
                case PassEnd.INCOMPLETE | PassEnd.THROUGH:
                    await self.controls.rest(AGAIN_AFTER)
                case PassEnd.REFUSED | PassEnd.HALTED:  # after a refusal, with what an earlier pass has begun
                    self._missing.begin_anew()
        return RunState.CANCELLED

    async def _pass(self) -> PassEnd:
        async with AsyncExitStack() as stack:
            letters = await stack.enter_async_context(self._open_letters())
            await self._make_safe(letters)
            await self._be_alone(letters.sources)
            await self._note_beginning(letters)
            await self._check_identity(letters)
            outlet = await self._open_outlet()
            stack.push_async_callback(outlet.close)
            await self._books.note_memory(outlet.memory)
            await stack.enter_async_context(tended(outlet, self._books, self.controls))
            await self._check_way(outlet)
            if letters.lasting_ids and await self._held_by_others(letters) == 0:
                self._missing.saw_everything()
            elif self._missing.are_possible:
                self._missing.saw(await self._held_by_others(letters))
            self.remark = letters.remark
            self._stays = await self._why_no_more(letters)
            self._begins = not self._stays and not self._is_stopped_by_a_refusal()
            job = Job(
                self._books.plan,
                f"{self._run}.",
                self._books,
                self.controls,
                self._be_alone,
                begins=self._begins,
                warn=self._warn,
            )
            moving = Moving(job, letters, outlet)
            stack.push_async_callback(moving.abort)
            end = await moving.go()
            self._in_doubt = moving.in_doubt
            if end is PassEnd.INCOMPLETE:
                half_done = await self._books.half_done()
                self._alive = await letters.alive([move.fingerprint for move in half_done])
            return end

    async def _be_alone(self, queues: Mapping[str, bytes]) -> None:
        """JournalError, with the other run's name. By the queue itself: other addresses may lead to it, too."""
        for queue, identity in sorted(queues.items()):
            if identity not in self._alone_in:
                alone = self._journal.alone(identity.hex(), queue, self._run, partial(_why_not_alone, queue))
                await asyncio.to_thread(self._claims.enter_context, alone)
                self._alone_in.add(identity)

    async def _note_beginning(self, letters: Movable) -> None:
        """Once, before any letter is begun: a later pass, perhaps days later, keeps to what was there then."""
        if self._is_noted or self._books.continued:
            return
        self._is_noted = True
        bound = Bound(letters.count, letters.newest) if self._plan.is_open else None
        identity = self._plan.identity or letters.identity
        await self._books.note_beginning(replace(self._plan, bound=bound, identity=identity))
        if self._plan.exported and identity != letters.identity:
            raise PlanError(exported_elsewhere(self._plan.queue))
        chosen = await asyncio.to_thread(self._chosen)
        await self._books.intend(chosen[: self._plan.limit], MoveState.CHOSEN)

    async def _check_way(self, outlet: Outlet) -> None:
        """Before any letter is begun. PlanError."""
        if self._books.continued or self._books.intended:
            return
        if (warning := await check_way(self._plan, outlet)) and self._warn is not None:
            self._warn(warning)

    async def _check_identity(self, letters: Movable) -> None:
        """PlanError: this is another queue of that name, where nothing that was begun can be found, or be missed."""
        identity = self._books.plan.identity or await self._books.first_fingerprint()
        if not letters.identity or not identity or identity.startswith(letters.identity):
            return
        if self._plan.ids is None or await self._books.half_done():
            raise PlanError(elsewhere(self._plan.queue, self._broker, self._books))

    async def _why_no_more(self, letters: Movable) -> str:
        """Why no letter may be begun that was not before; empty: the run goes on with whatever it means."""
        plan = self._plan
        if self._is_full():
            return ""
        if plan.ids is not None:
            return "" if await self._is_where_they_were_chosen(letters) else made_anew(plan.queue)
        if plan.exhausted or plan.exported or not self._books.continued:
            return ""
        remark = await self._live_remark()
        return f"{remark} What this run had begun there is finished; nothing else was touched." if remark else ""

    def _is_stopped_by_a_refusal(self) -> bool:
        """Also by one before a connection was lost, or by that of an earlier process."""
        return self._plan.on_refusal is OnRefusal.STOP and self.progress.refused > 0

    async def _is_where_they_were_chosen(self, letters: Movable) -> bool:
        """Journals of earlier releases do not say, but for what was begun."""
        if self._plan.identity:
            return letters.identity == self._plan.identity
        return not self._books.continued or (await self._books.first_fingerprint()).startswith(letters.identity)

    def _is_full(self) -> bool:
        return self._plan.limit is not None and self._books.intended >= self._plan.limit

    async def _make_safe(self, letters: Movable) -> None:
        if self._plan.lift_limit:
            await letters.lift_limit()
        if letters.cost.refusal:
            raise (LimitStandsError if letters.cost.liftable else PlanError)(letters.cost.refusal)
        await letters.check_removable()

    async def _wait_while_paused(self) -> None:
        if self.controls.halted:
            await self._books.tell(state=RunState.PAUSED, rate=0.0, left=None)
            await self.controls.going()
        await self._books.tell(state=RunState.RUNNING)

    async def _without_the_rest(self) -> RunState:
        """Letters under way that others may hold are not given up: they come back to the queue, or do not."""
        if why := self._missing.sentence:
            await self._books.tell(trouble=f"Some that were under way are not there. {why} Finish it later.")
            return RunState.INTERRUPTED
        await self._close_rest()
        return RunState.DONE

    def _may_have_missed_some(self) -> bool:
        """A connection that was lost may have had letters that were never begun."""
        return self._books.never_begun > 0 and not self._is_full() and self._missing.may_come_back()

    async def _held_by_others(self, letters: Movable) -> Reading[int]:
        return await letters.held_elsewhere(self._missing.cut_for)

    def _count_missed(self) -> None:
        """Of what was chosen, the letters that no pass has met were gone before this run came to them."""
        if self._plan.ids is not None and self._begins and not self._is_full():
            missed = max(0, len(self._plan.ids) - self._books.intended)  # one that came back has two numbers
            self._books.note(gone=self.progress.gone + missed)

    async def _close_rest(self) -> None:
        """Letters that are nowhere to be found have gone where they should, or somebody else took them: surely so where
        the broker was never asked to remove them. Where nobody could be asked who holds them, those that were copied
        may be there twice; so may those that were taken while nobody knew whether they were copied.
        """
        if self._in_doubt:
            await self._books.tell(doubled=self.progress.doubled + self._in_doubt)
        if isinstance(self._missing.held, Unknown):
            copied = _count(await self._books.half_done(), MoveState.COPIED)
            await self._books.tell(doubled=self.progress.doubled + copied)
        rest = await (self._books.unsettled() if self._begins else self._books.half_done())
        living = [move for move in rest if move.fingerprint in self._alive]
        await self._books.leave(living, dict.fromkeys(self._alive, ALIVE))
        rest = [move for move in rest if move.fingerprint not in self._alive]
        if self._plan.action is Action.REQUEUE and (overtaken := self._books.removals.overtaken(rest)):
            await self._books.tell(overtaken=self.progress.overtaken + overtaken)
        if self._plan.action is Action.DISCARD:
            self._books.removals.note_moved_by_others(await self._books.moved_by_others(rest))
        closed = [self._closed(move) for move in rest]
        if self._plan.action is Action.DISCARD and (unsure := _count(closed, MoveState.REMOVED)):
            await self._books.tell(unsure=self.progress.unsure + unsure)
        await self._books.record(closed)

    def _closed(self, move: Move) -> Move:
        if move.state is MoveState.CHOSEN:
            return move._replace(state=MoveState.GONE, reason=NOT_THERE)
        if move.state is MoveState.COPIED or self._plan.action is Action.DISCARD:
            return self._books.removals.ended(move, self._plan.action, gone=True)
        copy = "a copy of it may have been stored" if self._in_doubt else "no copy of it was found"
        return move._replace(state=MoveState.GONE, reason=f"{NOT_THERE}, and {copy}")


def _count(moves: Collection[Move], state: MoveState) -> int:
    return sum(move.state is state for move in moves)
