"""One simulated producer: publishes tasks at a rate, each until the broker has confirmed it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import NamedTuple

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError, LinkState, RefusedError, UnreachableError
from wqstudio.brokers.sessions import PublisherSession
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import Phase, ProducerSpec
from wqstudio.fleet.bell import Bell
from wqstudio.fleet.mix import Mix
from wqstudio.fleet.outbox import Outbox
from wqstudio.fleet.pace import Pace
from wqstudio.fleet.wire import ProducerUpdate

WINDOW = 256
"""Messages that may be under way at once."""
_FIRST_RETRY, _LAST_RETRY = 0.05, 0.4
"""Seconds before the second try and, doubling, at most before any later one."""


class _Message(NamedTuple):
    """The identity stays the same from try to try, so the broker stores it once."""

    sequence: int
    route: str
    body: bytes
    task: str
    due: float
    sent: float = 0.0
    """Unix time in seconds: of the first try that may have come through, else of the last one."""
    gone: bool = False
    """A try may have come through: nobody has said that it did not."""
    repeated: bool = False
    """Submitted a second time. The first is the one that counts."""
    refused: bool = False
    """Before, and tried again since."""


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
        self._mix = Mix(spec)
        self._window = 1 if spec.synchronous else WINDOW
        self._pace = Pace(spec.rate, spec.burst, asyncio.get_running_loop().time())
        self._bell = Bell()
        self._session: PublisherSession | None = None
        self._under_way = 0
        """Messages sent and not confirmed, those included that wait for another try."""
        self._obstructed = 0
        """Those that wait; while there are any, nothing new is sent."""
        self._sequence = 0
        self._twin: _Message | None = None
        """To be submitted next, once more."""
        self._now = 0.0
        """Unix time in seconds since when nothing was waited for: of all that leaves in one write."""
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
        return ProducerUpdate(
            self.id, self._phase(), self._confirmed, self._under_way, self._refused, self._why(), self._trouble()
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
        self._now = time.time()
        while not self._stopping and not self._complete:
            if self._paused or self._obstructed or self._under_way >= self._window:
                await self._wait()
            elif (wait := self._pace.wait(now := clock())) > 0:
                await self._wait(wait)
            else:
                self._pace.sent(now)
                self._under_way += 1
                self._try(session, self._next())

    async def _wait(self, most: float | None = None) -> None:
        await self._bell.wait(most)
        self._now = time.time()

    @property
    def _complete(self) -> bool:
        return self._spec.count is not None and self._sequence >= self._spec.count and self._twin is None

    def _next(self) -> _Message:
        if (twin := self._twin) is not None:
            self._twin = None
            return twin
        sequence, self._sequence = self._sequence, self._sequence + 1
        route, body, due = self._mix.draw(sequence)
        message = _Message(sequence, route, body, str(TaskId(self._run_id, self.id, sequence)), due)
        if self._spec.repeat and self._sequence % self._spec.repeat == 0:
            self._twin = message._replace(repeated=True)
        return message

    def _try(self, session: PublisherSession, message: _Message, retry: float = _FIRST_RETRY) -> None:
        """``retry``: seconds until it is tried again, should it have to be."""
        if not message.gone:
            message = message._replace(sent=self._now, gone=session.link.state is LinkState.CONNECTED)
        stored = session.publish(message.route, message.body, message.task, message.due)
        stored.add_done_callback(partial(self._tried, session, message, retry))

    def _tried(self, session: PublisherSession, message: _Message, retry: float, stored: asyncio.Future[None]) -> None:
        error = stored.exception()
        if self._over is not None:
            return
        if error is None:
            self._confirm(message)
        elif isinstance(error, RefusedError | UnreachableError):
            self._put_off(session, message, retry, error)
        else:
            self._failed(error)

    def _confirm(self, message: _Message) -> None:
        self._reason = ""
        if not message.repeated:
            self._confirmed += 1
            self._outbox.confirmed(self.id, message.sequence, message.sent)
        self._land()

    def _put_off(
        self, session: PublisherSession, message: _Message, retry: float, error: RefusedError | UnreachableError
    ) -> None:
        self._reason = str(error)
        refused = isinstance(error, RefusedError)
        if refused:
            message = message._replace(gone=False)
        if refused and not (message.refused or message.repeated):
            self._refused += 1
            message = message._replace(refused=True)
        if refused and self._stopping:
            self._land()  # it is not stored, and nobody waits for it any more
            return
        self._obstructed += 1
        asyncio.get_running_loop().call_later(retry, self._again, session, message, min(2 * retry, _LAST_RETRY))

    def _again(self, session: PublisherSession, message: _Message, retry: float) -> None:
        self._obstructed -= 1
        if self._over is None:
            self._now = time.time()
            self._try(session, message, retry)

    def _land(self) -> None:
        """A full window is filled again once half of it is free: many messages then leave in one write."""
        self._under_way -= 1
        if self._under_way <= self._window // 2:
            self._bell.ring()

    def _failed(self, error: BaseException) -> None:
        if self._over is None:
            self._abandon(Phase.FAILED, str(error) if isinstance(error, BrokerError) else repr(error))

    def _abandon(self, phase: Phase, reason: str) -> None:
        self._end(phase, reason)
        self._task.cancel()
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
