"""One simulated producer: publishes tasks at a rate, each until the broker has confirmed it."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import accumulate
from random import Random

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError, LinkState, RefusedError, UnreachableError
from wqstudio.brokers.sessions import PublisherSession
from wqstudio.domain.task import Task, TaskId, encode
from wqstudio.domain.worker import Phase, ProducerSpec, TaskKind
from wqstudio.fleet.bell import Bell
from wqstudio.fleet.outbox import Outbox
from wqstudio.fleet.pace import Pace
from wqstudio.fleet.wire import ProducerUpdate

WINDOW = 256
"""Messages that may be under way at once."""
_FIRST_RETRY, _LAST_RETRY = 0.05, 0.4
"""Seconds before the second try and, doubling, at most before any later one."""


class Producer:
    """Runs from construction until its phase is over. Commands come in by plain calls at any time."""

    def __init__(
        self,
        id_: int,
        spec: ProducerSpec,
        run: str,
        open_session: Callable[[], Awaitable[PublisherSession]],
        outbox: Outbox,
    ) -> None:
        self.id = id_
        self._spec = spec
        self._run_id = run
        self._outbox = outbox
        self._rng = Random(spec.seed)  # noqa: S311 - simulation, not secrets
        self._weights = [*accumulate(kind.weight for kind in spec.mix)]
        self._bodies = {kind: _body(kind, spec.padding) for kind in spec.mix}
        self._pace = Pace(spec.rate, spec.burst, asyncio.get_running_loop().time())
        self._bell = Bell()
        self._session: PublisherSession | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._obstructed = 0
        """Tasks waiting to be tried again; while there are any, no new one is sent."""
        self._sequence = 0
        self._confirmed = self._refused = 0
        self._paused = self._stopping = False
        self._over: Phase | None = None
        self._reason = ""
        self._task = spawn(self._live(open_session), f"producer {spec.name}", self._failed)

    # --- commands

    def set_rate(self, rate: float) -> None:
        self._pace.set_rate(rate, asyncio.get_running_loop().time())
        self._bell.ring()

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._bell.ring()

    def stop(self) -> None:
        self._stopping = True
        self._bell.ring()

    def crash(self) -> None:
        if self._over is None:
            self._abandon(Phase.CRASHED, "")

    def update(self) -> ProducerUpdate:
        under_way = len(self._under_way)
        return ProducerUpdate(
            self.id, self._phase(), self._confirmed, under_way, self._refused, self._why(), self._trouble()
        )

    @property
    def over(self) -> bool:
        return self._over is not None

    # --- life

    async def _live(self, open_session: Callable[[], Awaitable[PublisherSession]]) -> None:
        self._session = session = await open_session()
        await self._produce(session)
        while self._under_way:
            await self._bell.wait()
        await self._outbox.written()
        await session.close()
        self._end(Phase.STOPPED, "")

    async def _produce(self, session: PublisherSession) -> None:
        clock = asyncio.get_running_loop().time
        while not self._stopping and not self._complete:
            if self._paused or self._obstructed or len(self._under_way) >= WINDOW:
                await self._bell.wait()
            elif (wait := self._pace.wait(clock())) > 0:
                await self._bell.wait(wait)
            else:
                self._pace.sent(clock())
                self._launch(session)

    @property
    def _complete(self) -> bool:
        return self._spec.count is not None and self._sequence >= self._spec.count

    def _launch(self, session: PublisherSession) -> None:
        sequence, self._sequence = self._sequence, self._sequence + 1
        task = spawn(self._publish(session, sequence), f"{self._spec.name} task {sequence}", self._failed)
        self._under_way.add(task)
        task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._bell.ring()

    async def _publish(self, session: PublisherSession, sequence: int) -> None:
        """Until it is confirmed. The identity stays the same, so the broker stores it once."""
        kind = self._rng.choices(self._spec.mix, cum_weights=self._weights)[0]
        task = str(TaskId(self._run_id, self.id, sequence))
        route = self._spec.route.replace("{n}", str(sequence))
        retry = _FIRST_RETRY
        while (error := await self._try(session, route, self._bodies[kind], task)) is not None:
            self._reason = str(error)
            if self._stopping and isinstance(error, RefusedError):
                return  # it is not stored, and nobody waits for it any more
            self._obstructed += 1
            try:
                await asyncio.sleep(retry)
            finally:
                self._obstructed -= 1
            retry = min(2 * retry, _LAST_RETRY)
        self._reason = ""
        self._confirmed += 1
        self._outbox.confirmed(self.id, sequence)

    async def _try(
        self, session: PublisherSession, route: str, body: bytes, task: str
    ) -> RefusedError | UnreachableError | None:
        """Why it has to be tried again, if it has to. Any other error ends the producer."""
        try:
            await session.publish(route, body, task)
        except RefusedError as error:
            self._refused += 1
            return error
        except UnreachableError as error:
            return error
        return None

    def _failed(self, error: BaseException) -> None:
        if self._over is None:
            self._abandon(Phase.FAILED, str(error) if isinstance(error, BrokerError) else repr(error))

    def _abandon(self, phase: Phase, reason: str) -> None:
        self._end(phase, reason)
        for task in (self._task, *self._under_way):
            task.cancel()
        if self._session is not None:
            self._session.abort()

    def _end(self, phase: Phase, reason: str) -> None:
        self._over = phase
        self._reason = reason

    def _phase(self) -> Phase:
        if self._over is not None:
            return self._over
        if self._session is None:
            return Phase.STARTING
        if self._stopping or self._complete:
            return Phase.STOPPING
        return Phase.PAUSED if self._paused else Phase.WORKING

    def _trouble(self) -> str:
        return self._session.trouble if self._session is not None and self._over is None else ""

    def _why(self) -> str:
        if self._over is not None or self._session is None or self._session.link.state is LinkState.CONNECTED:
            return self._trouble() or self._reason
        return f"no connection: {self._session.link.reason or 'it is being made again'}"


def _body(kind: TaskKind, padding: int) -> bytes:
    return encode(Task(kind.title, kind.difficulty, kind.poison), padding)
