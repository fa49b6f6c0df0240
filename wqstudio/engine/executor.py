"""The one door for writes: every change to a broker passes here and is checked first."""

import time
from collections.abc import Callable, Mapping
from typing import assert_never

from wqstudio.brokers.port import Broker, BrokerError
from wqstudio.domain.commands import Command, EnsureQueue, RemoveOwnQueues, StartProducer, StartWorker, describe
from wqstudio.domain.events import Event, Level, Topic
from wqstudio.domain.queue import QueueSpec
from wqstudio.fleet.behaviour import delays, early_delays
from wqstudio.fleet.supervisor import Fleet

_WORKER_WOULD = "A simulated worker acknowledges its messages, which removes them"
_PRODUCER_WOULD = "A simulated producer puts made-up tasks among its messages"


class ReadOnlyError(BrokerError):
    """The connection was opened for looking only."""


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
        """Queues into which producers were started through this door, whatever has become of them."""
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
        if self._read_only:
            raise ReadOnlyError(
                f"this connection is read-only, so the studio does not {describe(command)}; "
                "connect again without the read-only tick to allow it"
            )
        if isinstance(command, StartWorker):
            self._broker.check_work(command.spec.source.queue)
            self._check_touch(command.spec.source.queue, command.confirmed, _WORKER_WOULD)
        elif isinstance(command, StartProducer):
            self._broker.check_work(command.spec.queue)
            self._check_touch(command.spec.queue, command.confirmed, _PRODUCER_WOULD)

    def _check_touch(self, queue: str, confirmed: bool, consequence: str) -> None:
        if confirmed:
            self._touchable.add(queue)
        if queue not in self._touchable and not self._owns(queue):
            raise UnconfirmedError(f"{queue} was not made by the studio and may hold real work. {consequence}.")

    async def _dispatch(self, command: Command) -> int | None:
        match command:
            case EnsureQueue(spec):
                if await self._broker.ensure(spec):
                    self._made.add(spec.name)
                self._touchable.add(spec.name)
                self._specs[spec.name] = spec
                return None
            case RemoveOwnQueues(names):
                for name in await self._broker.remove_owned(names):
                    self._made.discard(name)
                    self._touchable.discard(name)
                    self._specs.pop(name, None)
                    self._tell(Topic.QUEUE, f"Removed {name}, which the studio had made", queue=name)
                return None
            case StartWorker(spec, _):
                self._broker.expect_retries(spec.source.queue, delays(spec.on_failure))
                return await self._fleet.start_worker(spec)
            case StartProducer(spec, _):
                self._loaded.add(spec.queue)
                if waits := early_delays(spec):
                    self._broker.expect_retries(spec.queue, waits)
                return await self._fleet.start_producer(spec)
            case _:
                assert_never(command)

    def _tell(self, topic: Topic, text: str, level: Level = Level.INFO, queue: str = "") -> None:
        self._on_event(Event(time.time(), topic, text, level, queue))
