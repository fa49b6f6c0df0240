"""One simulated worker: takes messages, works on them for as long as its spec says, settles them."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import TypeAlias

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError, DeniedError, LinkState
from wqstudio.brokers.sessions import Delivery, WorkerSession
from wqstudio.domain.worker import AckMode, CurrentTask, Outcome, Phase, WorkerSpec
from wqstudio.fleet.behaviour import service_time
from wqstudio.fleet.bell import Bell
from wqstudio.fleet.held import Held
from wqstudio.fleet.outbox import Outbox
from wqstudio.fleet.settling import Settling
from wqstudio.fleet.wire import BegunRow, WorkerUpdate

VISIBLE = 0.02
"""Seconds a task must be expected to take to be reported as begun: what is shorter, no chart shows."""
_WITHOUT_YIELD = 100
"""Tasks of no length that are worked off before others on the loop have their turn."""
_INTO_A_TASK = 0.1
"""Seconds, or half of a task that is short: what was sent when it came, and the report of its beginning, are out."""

OpenSession: TypeAlias = Callable[[], Awaitable[WorkerSession]]


class Worker:
    """Runs from construction until its phase is over. Commands come in by plain calls at any time."""

    def __init__(self, id_: int, spec: WorkerSpec, run: str, open_session: OpenSession, outbox: Outbox) -> None:
        self.id = id_
        self._spec = spec
        self._speed = spec.speed
        self._run_id = run
        self._outbox = outbox
        self._rng = Random(f"{spec.seed}.{id_}")  # noqa: S311 - simulation, not secrets
        self._held: deque[Held] = deque()
        self._bell = Bell()
        self._settling = Settling(id_, spec, self._rng, outbox, self._bell)
        self._session: WorkerSession | None = None
        self._keeper: asyncio.TimerHandle | None = None
        self._prefetch: int | None = None
        self._paused = self._stopping = self._busy = False
        self._over: Phase | None = None
        self._reason = ""
        self._current: CurrentTask | None = None
        self._once_at_work: Callable[[], None] | None = None
        self._task = spawn(self._live(open_session), f"worker {spec.name}", self._failed)

    # --- commands

    def set_speed(self, speed: float) -> None:
        self._speed = speed
        self._bell.ring()

    def set_prefetch(self, prefetch: int) -> None:
        self._prefetch = prefetch
        if self._session is not None:
            self._session.set_prefetch(prefetch)

    def pause(self) -> None:
        self._paused = True
        self._ask_for_no_more()

    def resume(self) -> None:
        self._paused = False
        self._bell.ring()

    def stop(self) -> None:
        self._stopping = True
        self._bell.ring()
        self._ask_for_no_more()

    def crash(self) -> None:
        self._absorb()
        if self._over is None:
            self._task.cancel()
            self._abandon(Phase.CRASHED, "")

    def once_at_work(self, action: Callable[[], None]) -> None:
        """Do it in the middle of a task: of the one it is at, else of the next that takes any time."""
        self._once_at_work = action
        self._bell.ring()

    def update(self) -> WorkerUpdate:
        """As it is now; ``held`` of one that is over is what it left unsettled."""
        self._absorb()
        update = WorkerUpdate(self.id, self._phase(), len(self._held), self._current, self._why(), self._trouble())
        self._busy = False
        return update

    @property
    def over(self) -> bool:
        return self._over is not None

    # --- life

    async def _live(self, open_session: OpenSession) -> None:
        self._session = session = await open_session()
        if self._prefetch is not None:
            session.set_prefetch(self._prefetch)
        self._keep_held()
        while not self._stopping:
            if self._paused:
                await self._bell.wait()
                continue
            await self._outbox.room()
            if not self._held:  # what came while it was paused is there already, and the broker sends nothing more
                self._receive(await session.take())
            await self._work_off(session)
        await session.pause()
        self._absorb()
        await self._work_off(session)
        await self._outbox.written()
        await session.close()
        self._end(Phase.STOPPED, "")

    def _failed(self, error: BaseException) -> None:
        self._absorb()
        if self._over is None:
            self._abandon(Phase.FAILED, str(error) if isinstance(error, BrokerError) else repr(error))

    def _abandon(self, phase: Phase, reason: str) -> None:
        for held in self._held:
            self._settling.report(held, Outcome.CRASHED)
        if self._session is not None:
            self._session.abort()
        self._end(phase, reason)

    def _end(self, phase: Phase, reason: str) -> None:
        self._over = phase
        self._reason = reason
        self._current = None
        if self._keeper is not None:
            self._keeper.cancel()

    def _ask_for_no_more(self) -> None:
        if self._session is not None and self._over is None:
            spawn(self._session.pause(), f"pause {self._spec.name}")

    def _phase(self) -> Phase:
        if self._over is not None:
            return self._over
        if self._session is None:
            return Phase.STARTING
        if self._stopping:
            return Phase.STOPPING
        if self._paused:
            return Phase.PAUSED
        return Phase.WORKING if self._held or self._busy else Phase.WAITING

    def _trouble(self) -> str:
        if self._session is None or self._over is not None:
            return ""
        return self._session.trouble or self._settling.no_copy

    def _why(self) -> str:
        if self._over is not None or self._session is None or self._session.link.state is LinkState.CONNECTED:
            return self._trouble() or self._reason
        return f"no connection: {self._session.link.reason or 'it is being made again'}"

    # --- messages

    def _absorb(self) -> None:
        """What a pull brings while a task is worked on is held too."""
        if self._session is None or self._over is not None:
            return
        try:
            self._receive(self._session.arrived())
        except DeniedError as error:  # what is held can never be settled
            self._task.cancel()
            self._abandon(Phase.FAILED, str(error))

    def _receive(self, deliveries: Sequence[Delivery]) -> None:
        if not deliveries:
            return
        self._busy = True
        now, kept = time.time(), time.monotonic()
        for delivery in deliveries:
            self._held.append(Held(delivery, self._run_id, now, kept))
            if self._spec.ack_mode is AckMode.ON_RECEIPT and self._session is not None:
                self._session.ack(delivery)

    async def _work_off(self, session: WorkerSession) -> None:
        """Work on everything held, in order of arrival."""
        worked = 0
        while self._held and self._over is None:
            while self._paused and not self._stopping:
                await self._bell.wait()
            held = self._held[0]
            held.begun = time.time()
            if self._settling.is_to_be_tried(session, held):
                held.work = service_time(self._spec, held.task, held.number, self._rng)
                if held.work > 0:
                    await self._work(held)
            end = await self._settling.end(session, held)
            self._held.popleft()
            self._settling.settle(session, held, end)
            if self._spec.ack_mode is AckMode.CONFIRMED:
                await self._settling.confirm(session)
            worked += 1
            if worked % _WITHOUT_YIELD == 0:
                await asyncio.sleep(0)
                await self._outbox.room()

    async def _work(self, held: Held) -> None:
        """A change of speed takes effect at once on what is left."""
        amount, done = held.work, 0.0
        if (expected := amount / self._speed) >= VISIBLE:
            told = (held.received, held.begun, expected, amount, held.delivery.counted)
            self._outbox.begun(BegunRow(self.id, held.number, held.delivery.deliveries, *told))
        while done < amount:
            speed, since = self._speed, time.monotonic()
            self._current = CurrentTask(
                held.task.title, time.time(), amount / speed, done / amount, held.delivery.deliveries
            )
            rest = (amount - done) / speed
            rung = await self._bell.wait(rest if self._once_at_work is None else min(rest / 2, _INTO_A_TASK))
            if not rung and self._once_at_work is None:
                break
            if not rung:
                await self._do_at_work()
            done += (time.monotonic() - since) * speed
        self._current = None

    async def _do_at_work(self) -> None:
        action, self._once_at_work = self._once_at_work, None
        if action is not None:
            action()
        if self._over is not None:
            await asyncio.sleep(0)  # a crash has cancelled this very task, which ends here

    def _keep_held(self) -> None:
        """Tell the broker now and then that what is held is still being worked on, or about to be."""
        session = self._session
        if session is None or session.ack_deadline is None:
            return
        if self._spec.ack_mode is AckMode.ON_RECEIPT or not self._spec.keeps:
            return
        self._absorb()
        if self._over is not None:
            return
        if session.link.state is LinkState.CONNECTED:
            for held in self._held:
                if not self._settling.expired(session, held):
                    session.keep(held.delivery)
                    held.kept = time.monotonic()
        self._keeper = asyncio.get_running_loop().call_later(session.ack_deadline / 3, self._keep_held)
