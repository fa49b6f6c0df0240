"""What crosses the pipes between the window's process and a fleet host.

Commands go to the host, reports come back. What is sent once for each message is an array, not a map.
"""

from typing import TypeAlias, assert_never

import msgspec

from wqstudio.domain.connection import Connection, NatsConnection, RabbitConnection
from wqstudio.domain.worker import CurrentTask, Phase, ProducerSpec, WorkerSpec
from wqstudio.fleet.frames import FrameDecoder

# --- commands -----------------------------------------------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, tag=True):
    """The first frame: with it the credentials travel, which argv and the environment would show to others."""

    run: str
    nats: NatsConnection | None = None
    rabbitmq: RabbitConnection | None = None
    """One of the two; msgspec cannot tell dataclasses apart by their fields."""

    @classmethod
    def to(cls, connection: Connection, run: str) -> "Hello":
        match connection:
            case NatsConnection():
                return cls(run, nats=connection)
            case RabbitConnection():
                return cls(run, rabbitmq=connection)
            case _:
                assert_never(connection)

    @property
    def connection(self) -> Connection:
        connection = self.nats or self.rabbitmq
        if connection is None:
            raise ValueError("a host has to be told its connection")
        return connection


class StartWorker(msgspec.Struct, frozen=True, tag=True):
    id: int
    spec: WorkerSpec


class StartProducer(msgspec.Struct, frozen=True, tag=True):
    id: int
    spec: ProducerSpec


class SetSpeed(msgspec.Struct, frozen=True, tag=True):
    id: int
    speed: float


class SetPrefetch(msgspec.Struct, frozen=True, tag=True):
    id: int
    prefetch: int


class SetRate(msgspec.Struct, frozen=True, tag=True):
    id: int
    rate: float


class Pause(msgspec.Struct, frozen=True, tag=True):
    id: int


class Resume(msgspec.Struct, frozen=True, tag=True):
    id: int


class Stop(msgspec.Struct, frozen=True, tag=True):
    """Finish what is held or unconfirmed, take or send nothing new."""

    id: int


class Crash(msgspec.Struct, frozen=True, tag=True):
    """Drop the connection, with whatever is held."""

    id: int


class Die(msgspec.Struct, frozen=True, tag=True):
    """The host itself goes at once, with everyone in it."""


class AtWork(msgspec.Struct, frozen=True, tag=True):
    """Do that once the worker is in the middle of a task."""

    id: int
    command: Stop | Crash | Die


Command: TypeAlias = (
    Hello
    | StartWorker
    | StartProducer
    | SetSpeed
    | SetPrefetch
    | SetRate
    | Pause
    | Resume
    | Stop
    | Crash
    | Die
    | AtWork
)

# --- reports ------------------------------------------------------------------------------------------------------


class BegunRow(msgspec.Struct, array_like=True, gc=False):
    """``BegunDelivery`` on the wire."""

    worker: int
    task: int
    deliveries: int
    received: float
    begun: float
    expected: float
    work: float
    counted: bool = True


class ConfirmedRow(msgspec.Struct, array_like=True, gc=False):
    """``ConfirmedTasks`` on the wire."""

    producer: int
    first: int
    count: int
    sent: float


class WorkerUpdate(msgspec.Struct, frozen=True, array_like=True):
    """What only the host knows of a worker; its counts follow from the settled rows."""

    id: int
    phase: Phase
    held: int
    current: CurrentTask | None
    reason: str
    trouble: str
    """What people should read when it begins, and when it is over."""


class ProducerUpdate(msgspec.Struct, frozen=True, array_like=True):
    id: int
    phase: Phase
    confirmed: int
    unconfirmed: int
    refused: int
    reason: str
    trouble: str
    """As a worker's."""


class Report(msgspec.Struct, array_like=True):
    """One turn of the host's loop."""

    settled: bytes = b""
    """Rows of ``domain.delivery.DELIVERY``."""
    begun: list[BegunRow] = []
    confirmed: list[ConfirmedRow] = []
    workers: list[WorkerUpdate] = []
    producers: list[ProducerUpdate] = []


def command_decoder() -> FrameDecoder[Command]:
    return FrameDecoder(Command)


def report_decoder() -> FrameDecoder[Report]:
    return FrameDecoder(Report)
