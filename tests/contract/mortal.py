"""Runs of dead-letter work in processes that die, or are steered, at a chosen step between two effects.

One program that has imported everything forks a process for each run: a second for each would be too long. Orders come
on standard input and answers go to standard output, each a pickle in base64 on a line.
"""

import asyncio
import base64
import contextlib
import functools
import os
import pickle
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

from tests.contract.breaking import Party, break_connection
from wqstudio.brokers.letters import Letters
from wqstudio.brokers.nats.copies import NatsCopies
from wqstudio.brokers.nats.letters import NatsLetters
from wqstudio.brokers.nats.outlet import NatsOutlet
from wqstudio.brokers.rabbitmq.letters import RabbitLetters
from wqstudio.brokers.rabbitmq.outlet import RabbitOutlet
from wqstudio.domain.connection import Connection
from wqstudio.domain.redrive import Plan, Progress
from wqstudio.engine import moving, redrive
from wqstudio.engine.dead_letters import DeadLetterWork
from wqstudio.engine.journal import Journal
from wqstudio.engine.redrive import Redrive

BATCH = 4
"""Letters under way in each stage, so that few letters make many steps."""
_RESUMED_AFTER = 0.05


class Blow(Enum):
    """What comes over a run at its step."""

    NOTHING = "nothing"
    KILL = "kill -9"
    CANCEL = "cancel"
    PAUSE = "pause"
    CUT = "every connection lost"
    CUT_AND_CANCEL = "every connection lost, and cancelled before it is made again"


@dataclass(frozen=True)
class Order:
    connection: Connection
    journal: Path
    run: str
    plan: Plan
    positions: tuple[int, ...] | None = None
    """In the queue, of those that are chosen; None: as the plan says."""
    blow: Blow = Blow.NOTHING
    step: int = 0


class Mortals:
    """Started by construction."""

    def __init__(self) -> None:
        self._process = asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.contract.mortal", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        self._running: asyncio.subprocess.Process | None = None

    async def run(self, order: Order) -> Progress | None:
        """How it ended; None: it was killed."""
        if self._running is None:
            self._running = await self._process
        process = self._running
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(base64.b64encode(pickle.dumps(order)) + b"\n")
        answer: Progress | str | None = pickle.loads(base64.b64decode(await process.stdout.readline()))
        assert not isinstance(answer, str), answer
        return answer

    async def close(self) -> None:
        if self._running is not None:
            assert self._running.stdin is not None
            self._running.stdin.close()
            await self._running.wait()


class _Fuse:
    def __init__(self, order: Order) -> None:
        self._left = order.step
        self._blow = order.blow
        self._loop = asyncio.get_running_loop()
        self.redrive: Redrive | None = None
        self.parties: dict[type[Party], Party] = {}
        """Who has a connection, the latest of each kind."""

    def step(self) -> None:
        """From any thread."""
        self._left -= 1
        if self._left == 0 and self._blow is Blow.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        elif self._left == 0:
            self._loop.call_soon_threadsafe(self._steer)

    @property
    def dies_here(self) -> bool:
        return self._left == 1 and self._blow is Blow.KILL

    def _steer(self) -> None:
        assert self.redrive is not None
        if self._blow in {Blow.CUT, Blow.CUT_AND_CANCEL}:
            for party in self.parties.values():
                with contextlib.suppress(AssertionError, AttributeError):  # it is closed already
                    break_connection(party)
        if self._blow in {Blow.CANCEL, Blow.CUT_AND_CANCEL}:
            self.redrive.controls.cancel()
        elif self._blow is Blow.PAUSE:
            self.redrive.controls.pause()
            self._loop.call_later(_RESUMED_AFTER, self.redrive.controls.resume)


def _steps_around(owner: Any, name: str, fuse: _Fuse) -> None:
    """Before it, in the middle of it, and after it."""
    plain: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @functools.wraps(plain)
    async def stepping(*arguments: Any) -> Any:
        fuse.parties[owner] = arguments[0]
        fuse.step()
        doing = asyncio.ensure_future(plain(*arguments))
        if fuse.dies_here:
            await asyncio.sleep(0.001)
        fuse.step()
        result = await doing
        fuse.step()
        return result

    setattr(owner, name, stepping)


def _steps_around_writing(fuse: _Fuse) -> None:
    plain = Journal.record

    def stepping(*arguments: Any) -> None:
        fuse.step()
        plain(*arguments)
        fuse.step()

    setattr(Journal, "record", stepping)  # noqa: B010 - for what types think of it


async def _run(order: Order) -> Progress:
    fuse = _Fuse(order)
    for owner, name in (
        (NatsOutlet, "put"), (RabbitOutlet, "put"),
        (NatsLetters, "remove"), (NatsCopies, "remove"), (RabbitLetters, "remove"),
    ):  # fmt: skip
        _steps_around(owner, name, fuse)
    _steps_around_writing(fuse)
    moving.BATCH = BATCH
    redrive.AGAIN_AFTER = 0.1
    with closing(Journal(order.journal)) as journal:
        work = DeadLetterWork(order.connection, journal)
        plan, looking = order.plan, None
        if order.positions is not None:
            plan, looking = await _chosen(work, order)
        fuse.redrive = work.run(order.run, plan, lambda _: None, looking)
        return await fuse.redrive.run()


async def _chosen(
    work: DeadLetterWork, order: Order
) -> tuple[Plan, Callable[[], AbstractAsyncContextManager[Letters]]]:
    """As in a window: chosen in a look, and moved from that look while it lasts."""
    letters = await work.look(order.plan.queue)
    page = await letters.page(0, 100)
    ids = tuple(held.id for place, held in enumerate(page) if place in (order.positions or ()))
    first = True

    @asynccontextmanager
    async def looking() -> AsyncIterator[Letters]:
        nonlocal first
        if first:
            first = False
            try:
                yield letters
            finally:
                await letters.close()
        else:
            async with work.looking(order.plan.queue) as again:
                yield again

    return replace(order.plan, ids=ids), looking


def _child(order: Order, result: int) -> None:
    try:
        answer: Progress | str = asyncio.run(_run(order))
    except Exception as error:  # noqa: BLE001 - whoever waits for the answer has to be told
        answer = repr(error)
    os.write(result, pickle.dumps(answer))


def main() -> None:
    for line in sys.stdin.buffer:
        order: Order = pickle.loads(base64.b64decode(line))
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            _child(order, writing)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            told = pipe.read() or pickle.dumps(None)
        os.waitpid(child, 0)
        print(base64.b64encode(told).decode(), flush=True)


if __name__ == "__main__":
    from tests.contract.mortal import main as imported  # so that orders are of the class that is pickled

    imported()
