"""One simulated worker: takes messages, works on them for as long as its spec says, settles them."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from random import Random
from typing import TypeAlias

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError, DeniedError, LinkState, TakenBackError, UnreachableError
from wqstudio.brokers.sessions import Delivery, WorkerSession
from wqstudio.domain.settled import FOREIGN, SettledDelivery
from wqstudio.domain.worker import AckMode, CurrentTask, Outcome, Phase, WorkerSpec
from wqstudio.fleet.behaviour import Settlement, early, service_time, settlement
from wqstudio.fleet.bell import Bell
from wqstudio.fleet.held import Held
from wqstudio.fleet.outbox import Outbox
from wqstudio.fleet.wire import BegunRow, WorkerUpdate

VISIBLE = 0.02
"""Seconds a task must be expected to take to be reported as begun: what is shorter, no chart shows."""
_WITHOUT_YIELD = 100
"""Tasks of no length that are worked off before others on the loop have their turn."""
_INTO_A_TASK = 0.1
"""Seconds, or half of a task that is short: what was sent when it came, and the report of its beginning, are out."""
_CONFIRM_AGAIN = 0.25
"""Seconds until an acknowledgement that was not confirmed is sent again."""

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
        self._session: WorkerSession | None = None
        self._keeper: asyncio.TimerHandle | None = None
        self._prefetch: int | None = None
        self._paused = self._stopping = self._busy = False
        self._unconfirmed: Held | None = None
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
        now = time.time()
        for held in self._held:
            self._report(held, now, Outcome.CRASHED)
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
        return self._session.trouble if self._session is not None and self._over is None else ""

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
            if held.task.due <= held.begun and not self._lost(session, held):
                held.work = service_time(self._spec, held.task, held.number, self._rng)
                if held.work > 0:
                    await self._work(held)
            self._held.popleft()
            self._settle(session, held)
            if self._spec.ack_mode is AckMode.CONFIRMED:
                await self._confirm(session)
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

    def _settle(self, session: WorkerSession, held: Held) -> None:
        """Report how it ended, and tell the broker once that report is written."""
        now = time.time()
        if self._expired(session, held):
            self._report(held, now, Outcome.EXPIRED, session.release)
            return
        end = self._end_of(held)
        if self._spec.ack_mode is AckMode.ON_RECEIPT:
            # The broker has long forgotten it, so a failure can neither be given back nor be rejected.
            self._report(held, now, Outcome.ACKED if end.outcome is Outcome.ACKED else Outcome.LOST)
        elif end.outcome is Outcome.NAKED:
            self._report(held, now, Outcome.NAKED, partial(session.nak, delay=end.delay, counted=end.counted))
        elif end.outcome is Outcome.TERMINATED:
            self._report(held, now, Outcome.TERMINATED, partial(session.terminate, reason="failed at the task"))
        elif self._spec.ack_mode is AckMode.CONFIRMED:
            self._report(held, now, Outcome.ACKED)
            self._unconfirmed = held
        else:
            self._report(held, now, Outcome.ACKED, session.ack)

    def _end_of(self, held: Held) -> Settlement:
        if held.task.due > held.begun:
            return early(held.task, held.begun)
        # Drawn by a count that stands still, a failure would be followed by the same failure for ever.
        number = held.number if held.delivery.counted else FOREIGN
        return settlement(self._spec, held.task, number, held.delivery.deliveries, self._rng)

    async def _confirm(self, session: WorkerSession) -> None:
        """Acknowledge until the broker has said so, or would not count it any more."""
        await self._outbox.written()
        held, self._unconfirmed = self._unconfirmed, None
        while held is not None:
            try:
                await session.ack_confirmed(held.delivery)
            except TakenBackError:
                return
            except UnreachableError:
                if self._expired(session, held):
                    session.release(held.delivery)
                    return
                await self._bell.wait(_CONFIRM_AGAIN)
            else:
                return

    def _report(self, held: Held, now: float, outcome: Outcome, then: Callable[[Delivery], None] | None = None) -> None:
        delivery = held.delivery
        times = (held.received, held.begun, now)
        row = SettledDelivery(self.id, held.number, delivery.deliveries, *times, outcome, held.work, delivery.counted)
        self._outbox.settled(row, then, delivery)

    def _lost(self, session: WorkerSession, held: Held) -> bool:
        """What was acknowledged on receipt is the worker's, whatever becomes of its connection."""
        return self._spec.ack_mode is not AckMode.ON_RECEIPT and session.lost(held.delivery)

    def _expired(self, session: WorkerSession, held: Held) -> bool:
        """Whether the broker has certainly taken it back, and may have given it to another worker."""
        if self._spec.ack_mode is AckMode.ON_RECEIPT:
            return False
        deadline = session.ack_deadline
        return self._lost(session, held) or (deadline is not None and time.monotonic() - held.kept > deadline)

    def _keep_held(self) -> None:
        """Tell the broker now and then that what is held is still being worked on, or about to be."""
        session = self._session
        if session is None or session.ack_deadline is None or self._spec.ack_mode is AckMode.ON_RECEIPT:
            return
        self._absorb()
        if self._over is not None:
            return
        if session.link.state is LinkState.CONNECTED:
            for held in self._held:
                if not self._expired(session, held):
                    session.keep(held.delivery)
                    held.kept = time.monotonic()
        self._keeper = asyncio.get_running_loop().call_later(session.ack_deadline / 3, self._keep_held)
