"""A fleet host: a child process that runs many workers and producers, so that load does not run in the window's.

Commands come on stdin, reports go to what was stdout when it started. It lives no longer than its parent.
"""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import assert_never

from wqstudio.brokers.factory import sessions_on
from wqstudio.brokers.port import WorkerSession
from wqstudio.domain.worker import AckMode, WorkerSpec
from wqstudio.fleet import wire
from wqstudio.fleet.outbox import Outbox
from wqstudio.fleet.producer import Producer
from wqstudio.fleet.worker import Worker

BEAT = 0.05
"""Seconds between reports of what changed."""
OPENED_AT_ONCE = 8
"""Connections being made at one time: two hundred at once would keep each other from answering in time."""
_READ = 65_536
NICENESS = 10
_PR_SET_PDEATHSIG = 1


class Host:
    """The workers and producers of this process, on one connection."""

    def __init__(self, hello: wire.Hello, outbox: Outbox) -> None:
        self._run = hello.run
        self._sessions = sessions_on(hello.connection)
        self._outbox = outbox
        self._workers: dict[int, Worker] = {}
        self._producers: dict[int, Producer] = {}
        self._opening = asyncio.Semaphore(OPENED_AT_ONCE)
        self._told: dict[int, wire.WorkerUpdate | wire.ProducerUpdate] = {}
        self._beat()

    def obey(self, command: wire.Command) -> None:  # noqa: C901 - an arm for each command
        match command:
            case wire.Hello():
                raise ValueError("a host is told its connection once")
            case wire.StartWorker(id_, spec):
                self._workers[id_] = Worker(id_, spec, self._run, partial(self._open, spec), self._outbox)
            case wire.StartProducer(id_, spec):
                self._producers[id_] = Producer(id_, spec, self._run, self._sessions.open_publisher, self._outbox)
            case wire.SetSpeed(id_, speed):
                self._on_worker(id_, lambda worker: worker.set_speed(speed))
            case wire.SetPrefetch(id_, prefetch):
                self._on_worker(id_, lambda worker: worker.set_prefetch(prefetch))
            case wire.SetRate(id_, rate):
                if (producer := self._producers.get(id_)) is not None:
                    producer.set_rate(rate)
            case wire.Pause(id_):
                self._on_either(id_, lambda one: one.pause())
            case wire.Resume(id_):
                self._on_either(id_, lambda one: one.resume())
            case wire.Stop(id_):
                self._on_either(id_, lambda one: one.stop())
            case wire.Crash(id_):
                self._on_either(id_, lambda one: one.crash())
            case _:
                assert_never(command)

    async def _open(self, spec: WorkerSpec) -> WorkerSession:
        async with self._opening:
            automatic = spec.ack_mode is AckMode.ON_RECEIPT
            return await self._sessions.open_worker(
                spec.source, spec.prefetch, name=spec.name, automatic_acks=automatic
            )

    def _on_worker(self, id_: int, action: Callable[[Worker], None]) -> None:
        """One that has ended meanwhile is past commands."""
        if (worker := self._workers.get(id_)) is not None:
            action(worker)

    def _on_either(self, id_: int, action: Callable[[Worker | Producer], None]) -> None:
        if (one := self._workers.get(id_) or self._producers.get(id_)) is not None:
            action(one)

    def _beat(self) -> None:
        """Report what changed since the beat before, and forget those that ended."""
        for worker in tuple(self._workers.values()):
            update = worker.update()
            if self._told.get(worker.id) != update:
                self._outbox.worker(update)
                self._told[worker.id] = update
            if worker.over:
                del self._workers[worker.id], self._told[worker.id]
        for producer in tuple(self._producers.values()):
            state = producer.update()
            if self._told.get(producer.id) != state:
                self._outbox.producer(state)
                self._told[producer.id] = state
            if producer.over:
                del self._producers[producer.id], self._told[producer.id]
        asyncio.get_running_loop().call_later(BEAT, self._beat)


class Inbox:
    """Commands from the parent; their end is the end of the parent, and of this process."""

    def __init__(self, fd: int, outbox: Outbox) -> None:
        os.set_blocking(fd, False)
        self._fd = fd
        self._outbox = outbox
        self._frames = wire.command_decoder()
        self._host: Host | None = None
        asyncio.get_running_loop().add_reader(fd, self._read)

    def _read(self) -> None:
        try:
            data = os.read(self._fd, _READ)
        except BlockingIOError:
            return
        if not data:
            _die()
        for command in self._frames.feed(data):
            if self._host is not None:
                self._host.obey(command)
            elif isinstance(command, wire.Hello):
                self._host = Host(command, self._outbox)


def _die() -> None:
    """At once, and with nothing flushed: a parent that is gone cannot book what would still be acknowledged."""
    os._exit(0)


async def _serve(reports: int) -> None:
    inbox = Inbox(sys.stdin.fileno(), Outbox(reports, _die))
    await asyncio.Event().wait()  # until the parent is gone
    del inbox


def _die_with_parent() -> None:
    """On Linux the kernel sees to it even while this process is busy or stopped; elsewhere the end of stdin does."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _give_way() -> None:
    """Leave the processor to the window where both want it: at full speed on two cores its frames came 5 times late."""
    if sys.platform != "win32":
        os.nice(NICENESS)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the parent decides
    _die_with_parent()
    _give_way()
    reports = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not get between the frames
    asyncio.run(_serve(reports))


if __name__ == "__main__":
    main()
