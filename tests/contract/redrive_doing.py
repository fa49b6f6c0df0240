"""Carries out what is done to dead letters, and accounts for each of them in the end."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.contract.fuse import Blow
from tests.contract.graveyards import DEAD, WORK, Graveyard, NatsGraveyard, everything
from tests.contract.mortal import Mortals, NotCarriedOutError, Order
from tests.contract.redrive_steps import (
    BODIES,
    Discard,
    EditAndRequeue,
    Finish,
    KillBroker,
    LimitWork,
    RemoveWork,
    Requeue,
    RestartBroker,
    RestoreWork,
    Run,
    Selection,
    Step,
    Take,
    Undo,
    kills_broker,
)
from tests.waiting import until
from wqstudio.domain.redrive import Action, Match, MoveState, Plan, Progress, RunState
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves.plan_checks import PlanError
from wqstudio.engine.moves.redrive import new_run

_EDITED = b", edited"
"""What an edit adds to a body."""
_FINISHED_WITHIN = 10
"""Tries: RabbitMQ may take a moment to give back what a process held that was killed."""
_GIVEN_BACK_WITHIN = 30.0
"""Seconds."""


@dataclass(frozen=True)
class Account:
    """Of all letters."""

    lost: frozenset[bytes]
    """In no place, and discarded by no run that the journal knows."""
    doubled: int
    """So many there are too many, in all places together."""
    told: int
    """So many at most, say the runs."""


async def account(graveyard: Graveyard, steps: Sequence[Step], mortals: Mortals, file: Path) -> Account:
    """Of ``BODIES``, once they have died in the graveyard, all that is done, and what is half done finished."""
    await graveyard.lay(BODIES)
    if any(map(kills_broker, steps)):
        await asyncio.to_thread(graveyard.remember)
    with closing(Journal(file)) as journal:
        journal.mark(place_of(graveyard.connection), DEAD, keeps=True)
        doing = _Doing(graveyard, mortals, DeadLetterWork(graveyard.connection, journal), journal, file)
        for step in steps:
            await doing.take(step)
        return await doing.account()


@dataclass
class _Doing:
    graveyard: Graveyard
    mortals: Mortals
    work: DeadLetterWork
    journal: Journal
    file: Path
    taken: list[bytes] = field(default_factory=list)
    """By workers."""
    destroyed: list[bytes] = field(default_factory=list)
    """By whoever deleted the work queue."""
    work_is_gone: bool = False
    seen: dict[bytes, bytes] = field(default_factory=dict)
    """Bodies by fingerprint, of all that could be discarded."""

    async def take(self, step: Step) -> None:
        match step:
            case Take(count):
                if there := 0 if self.work_is_gone else min(count, await self.graveyard.waiting()):
                    self.taken += await self.graveyard.take(there, settle=True)
            case KillBroker():
                await self.graveyard.leave()
                await self._revive()
            case RestartBroker():
                await self.graveyard.close()
                await asyncio.to_thread(self.graveyard.restart)
            case LimitWork() | RemoveWork() | RestoreWork():
                await self._trouble(step)
            case Finish():
                for entry in self.work.interrupted():
                    await self._run(entry.id, entry.plan, step)
            case _:
                await self._begin(step)

    async def _begin(self, step: Requeue | EditAndRequeue | Discard | Undo) -> None:
        match step:
            case Requeue(which):
                home = None if step.to_origin else self.graveyard.home
                await self._run(new_run(), _plan(which, Plan(DEAD, destination=home)), step, which.positions)
            case EditAndRequeue(position):
                plan = Plan(DEAD, destination=self.graveyard.home)
                await self._run(new_run(), plan, step, (position,), _EDITED)
            case Discard(which):
                await self._look()
                await self._run(new_run(), _plan(which, Plan(DEAD, Action.DISCARD)), step, which.positions)
            case Undo():
                if (undo := self._undoable()) is not None:
                    await self._run(new_run(), undo, step)

    async def _trouble(self, step: LimitWork | RemoveWork | RestoreWork) -> None:
        match step:
            case RestoreWork():
                await self._restore_work()
            case LimitWork(most) if not self.work_is_gone:
                await self.graveyard.limit_work(most)
            case RemoveWork() if not self.work_is_gone:
                self.destroyed += await self.graveyard.bodies(WORK)
                await self.graveyard.remove(WORK)
                self.work_is_gone = True
            case _:
                pass

    async def _restore_work(self) -> None:
        if self.work_is_gone:
            await self.graveyard.make()
            self.work_is_gone = False
        await self.graveyard.free_work()

    async def _look(self) -> None:
        letters = await self.work.look(DEAD)
        self.seen |= {letters.fingerprint(held): held.body for held in await letters.page(0, 10 * len(BODIES))}
        await letters.close()

    async def _run(
        self, run: str, plan: Plan, step: Run, positions: tuple[int, ...] | None = None, edited: bytes = b""
    ) -> None:
        order = Order(self.graveyard.connection, self.file, run, plan, positions, edited, step.blow, step.step)
        if step.blow.ends_broker:
            progress = await self._run_in_danger(order)
        else:
            progress = await self._run_safely(order)
        if not step.blow.ends_process and not self.work_is_gone:
            assert progress is not None
            assert progress.state in {RunState.DONE, RunState.CANCELLED, *_may_also_be(step.blow)}

    async def _run_safely(self, order: Order) -> Progress | None:
        try:
            return await self.mortals.run(order)
        except NotCarriedOutError:
            if not self.work_is_gone:
                raise
            return None

    async def _run_in_danger(self, order: Order) -> Progress | None:
        """Of the broker; which dies in any case, in the end if the run was over before."""
        order = replace(order, broker=self.graveyard.pid)
        await self.graveyard.leave()
        running = asyncio.ensure_future(self._run_safely(order))
        await until(lambda: self.graveyard.is_dead or running.done())
        await self._revive()
        return await running

    async def _revive(self) -> None:
        await asyncio.to_thread(self.graveyard.kill)
        await asyncio.to_thread(self.graveyard.start)

    def _undoable(self) -> Plan | None:
        for entry in self.journal.entries():
            try:
                return self.work.undo_plan(entry.id)
            except PlanError:
                continue
        return None

    # --- in the end

    async def account(self) -> Account:
        await self._restore_work()
        for _ in range(_FINISHED_WITHIN):
            if self.work.interrupted():
                await self.take(Finish())
        assert self.work.interrupted() == []
        discarded, requeued = self._over(Action.DISCARD), self._over(Action.REQUEUE)
        whole = _whole([*self.taken, *await self._rest({*self.taken, *self.destroyed, *discarded})])
        return Account(
            lost=frozenset(BODIES) - set(whole) - discarded - set(_whole(self.destroyed)),
            doubled=sum(max(0, count - (body not in discarded or body in requeued)) for body, count in whole.items()),
            told=sum(entry.progress.doubled for entry in self.journal.entries()),
        )

    def _over(self, action: Action) -> set[bytes]:
        """What was done on purpose: the journal has each of them, as far as it was ever looked at. One may be discarded
        that was requeued before: a server that was killed had forgotten that it was removed.
        """
        runs = [entry.id for entry in self.journal.entries() if entry.plan.action is action]
        marks = [mark for run in runs for mark in self.journal.fingerprints(run, MoveState.REMOVED)]
        return {self.seen[mark] for mark in marks if mark in self.seen}

    async def _rest(self, known: set[bytes]) -> list[bytes]:
        """What is in both queues. RabbitMQ gives back what a process held that was killed just now, bit by bit."""
        found = await everything(self.graveyard)
        if isinstance(self.graveyard, NatsGraveyard):
            return found
        end = time.monotonic() + _GIVEN_BACK_WITHIN
        while not set(BODIES) <= set(_whole([*found, *known])) and time.monotonic() < end:
            found += await everything(self.graveyard)
        return found + await everything(self.graveyard)


def _plan(which: Selection, plan: Plan) -> Plan:
    return replace(plan, match=Match(regex=which.regex), limit=which.limit)


def _may_also_be(blow: Blow) -> set[RunState]:
    if blow.ends_broker:
        return {RunState.INTERRUPTED, RunState.FAILED}
    return {RunState.INTERRUPTED} if blow is Blow.CUT_AND_CANCEL else set()


def _whole(bodies: Iterable[bytes]) -> Counter[bytes]:
    """As they were before they were edited."""
    return Counter(body.removesuffix(_EDITED) for body in bodies)
