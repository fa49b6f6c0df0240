"""A fleet host: a child process that runs many workers and producers, so that load does not run in the window's.

Commands come on stdin, reports go to what was stdout when it started. It lives no longer than its parent.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import assert_never

from wqstudio.brokers.session_factory import sessions_on
from wqstudio.brokers.sessions import WorkerSession
from wqstudio.domain.worker import AckMode, WorkerSpec
from wqstudio.fleet import wire
from wqstudio.fleet.childhood import be_child, die
from wqstudio.fleet.outbox import Outbox
from wqstudio.fleet.producer import Producer
from wqstudio.fleet.worker import Worker

BEAT = 0.05
"""Seconds between reports of what changed."""
OPENED_AT_ONCE = 8
"""Connections being made at one time: two hundred at once would keep each other from answering in time."""


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

    def obey(self, command: wire.Command) -> None:  # noqa: C901, PLR0912 - an arm for each command
        match command:
            case wire.Hello():
                raise ValueError("a host is told its connection once")
            case wire.StartWorker(id_, spec):
                self._workers[id_] = Worker(id_, spec, self._run, partial(self._open, spec), self._outbox)
            case wire.StartProducer(id_, spec):
                opening = partial(self._sessions.open_publisher, persistent=spec.persistent)
                self._producers[id_] = Producer(id_, spec, self._run, opening, self._outbox)
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
            case wire.Die():
                die()
            case wire.AtWork(id_, at_work):
                self._on_worker(id_, lambda worker: worker.once_at_work(partial(self.obey, at_work)))
            case _:
                assert_never(command)

    async def _open(self, spec: WorkerSpec) -> WorkerSession:
        async with self._opening:
            automatic = spec.ack_mode is AckMode.ON_RECEIPT
            return await self._sessions.open_worker(
                spec.source, spec.prefetch, name=spec.name, automatic_acks=automatic, prior=spec.prior
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


class _Inbox:
    """Makes the host of the first command, and has it obey the others."""

    def __init__(self, reports: int) -> None:
        self._outbox = Outbox(reports, die)
        self._host: Host | None = None

    def take(self, command: wire.Command) -> None:
        if self._host is not None:
            self._host.obey(command)
        elif isinstance(command, wire.Hello):
            self._host = Host(command, self._outbox)


if __name__ == "__main__":
    be_child(wire.command_decoder(), lambda reports: _Inbox(reports).take)
