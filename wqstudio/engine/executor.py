"""The one door for commands: every change to queues and to who works on them passes here and is checked first.

Dead letters, which are moved in many steps, go through the gate where they are opened (``write_gate.py``).
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from wqstudio.brokers.port import Broker, BrokerError
from wqstudio.domain.commands import Command, EnsureQueue, RemoveOwnQueues, StartProducer, StartWorker, describe
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.domain.fate import endings
from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.worker import WorkerSpec
from wqstudio.engine.write_gate import check_writable
from wqstudio.fleet.behaviour import delays, early_delays
from wqstudio.fleet.supervisor import Fleet

_WORKER_WOULD = "A simulated worker acknowledges its messages, which removes them"
_PRODUCER_WOULD = "A simulated producer puts made-up tasks among its messages"


class UnconfirmedError(BrokerError):
    """What was asked for touches somebody else's queue; it is done when the command comes again, confirmed."""


class Executor:
    """Runs commands on one connection. What was done, and what was refused, is told as events."""

    def __init__(
        self,
        broker: Broker,
        fleet: Fleet,
        on_event: Callable[[Event], None],
        *,
        read_only: bool,
        owns: Callable[[str], bool],
    ) -> None:
        """``owns`` tells whether a queue of that name carries the studio's mark, as far as is known."""
        self._broker = broker
        self._fleet = fleet
        self._on_event = on_event
        self._read_only = read_only
        self._owns = owns
        self._touchable: set[str] = set()
        """Queues that are the studio's own, or that the user has allowed it to load."""
        self._made: set[str] = set()
        self._specs: dict[str, QueueSpec] = {}
        self._loaded: set[str] = set()

    @property
    def read_only(self) -> bool:
        return self._read_only

    @property
    def made(self) -> frozenset[str]:
        """Queues that were made through this door and are there still."""
        return frozenset(self._made)

    @property
    def specs(self) -> Mapping[str, QueueSpec]:
        """How queues were asked for through this door, by name, those that were there already among them."""
        return self._specs

    @property
    def loaded(self) -> frozenset[str]:
        """Queues into which producers were started through this door, whatever has become of these, and that it has not
        removed since.
        """
        return frozenset(self._loaded)

    async def run(self, command: Command) -> int | None:
        """The id of the worker or producer started, else None.

        Raises ReadOnlyError or UnconfirmedError before anything is touched, else what the broker answers. All but a
        question to confirm are told as events too.
        """
        try:
            self._check(command)
            return await self._dispatch(command)
        except UnconfirmedError:
            raise
        except BrokerError as error:
            self._tell(Topic.COMMAND, f"Could not {describe(command)}: {error}", Level.ERROR)
            raise

    def _check(self, command: Command) -> None:
        check_writable(describe(command), read_only=self._read_only)
        if isinstance(command, StartWorker):
            if command.spec.prior is not None:
                self._broker.check_prior(command.spec.prior.queue, command.spec.source.queue)
            self._check_touch(_worked_on(command.spec), command.confirmed, _WORKER_WOULD)
        elif isinstance(command, StartProducer):
            self._check_touch((command.spec.queue,), command.confirmed, _PRODUCER_WOULD)

    def _check_touch(self, queues: Sequence[str], confirmed: bool, consequence: str) -> None:
        for queue in queues:
            self._broker.check_work(queue)
        if confirmed:
            self._touchable.update(queues)
        foreign = [queue for queue in queues if queue not in self._touchable and not self._owns(queue)]
        if foreign:
            were = "was" if len(foreign) == 1 else "were"
            raise UnconfirmedError(
                f"{' and '.join(foreign)} {were} not made by the studio and may hold real work. {consequence}."
            )

    async def _dispatch(self, command: Command) -> int | None:
        match command:
            case EnsureQueue(spec):
                if await self._broker.ensure(spec):
                    self._made.add(spec.name)
                    self._specs.pop(spec.name, None)  # whatever there was is gone
                self._touchable.add(spec.name)
                self._specs[spec.name] = _with_consumers(self._specs.get(spec.name), spec)
                return None
            case RemoveOwnQueues(names):
                for name in await self._broker.remove_owned(names):
                    self._made.discard(name)
                    self._loaded.discard(name)
                    self._touchable.discard(name)
                    self._specs.pop(name, None)
                    self._tell(Topic.QUEUE, f"Removed {name}, which the studio had made", queue=name)
                return None
            case StartWorker(spec, _):
                for queue in _worked_on(spec):
                    self._broker.expect_retries(queue, delays(spec.on_failure))
                return await self._fleet.start_worker(spec, endings(spec, self._specs))
            case StartProducer(spec, _):
                self._loaded.add(spec.queue)
                if waits := early_delays(spec):
                    self._broker.expect_retries(spec.queue, waits)
                return await self._fleet.start_producer(spec)
            case _:
                assert_never(command)

    def _tell(self, topic: Topic, text: str, level: Level = Level.INFO, queue: str = "") -> None:
        self._on_event(Event(time.time(), topic, text, level, queue))


def _with_consumers(before: QueueSpec | None, spec: QueueSpec) -> QueueSpec:
    """With those that were made earlier: to make a queue again takes none away."""
    named = {consumer.name for consumer in spec.consumers}
    kept = [one for one in before.consumers if one.name not in named] if before is not None else []
    return replace(spec, consumers=(*kept, *spec.consumers))


def _worked_on(spec: WorkerSpec) -> tuple[str, ...]:
    """Queues that a worker takes from."""
    return tuple(source.queue for source in (spec.prior, spec.source) if source is not None)
