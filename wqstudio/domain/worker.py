"""Simulated workers and producers: what they are told, and what is known of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, IntEnum
from itertools import count

from wqstudio.domain.queue import Source


class Spread(Enum):
    """How service times scatter about their mean."""

    FIXED = "fixed"
    UNIFORM = "uniform"
    """Between half and one and a half of the mean."""
    EXPONENTIAL = "exponential"
    LOG_NORMAL = "log-normal"
    """With a standard deviation of half the mean, long to the right as real work is."""


class AckMode(Enum):
    AFTER_WORK = "after the work"
    CONFIRMED = "after the work, confirmed by the broker"
    """NATS: double acknowledgement (request instead of publish)."""
    ON_RECEIPT = "on receipt"
    """Automatic acknowledgement: a crash loses what the worker holds."""


class FailureAction(Enum):
    NAK = "give back at once"
    NAK_DELAYED = "give back after a delay"
    BACKOFF = "give back with exponential backoff"
    TERMINATE = "terminate, never redeliver"


@dataclass(frozen=True, slots=True)
class OnFailure:
    """What a worker does with a task it failed at. Seconds; backoff doubles from ``delay`` up to ``cap``."""

    action: FailureAction = FailureAction.NAK
    delay: float = 1.0
    cap: float = 60.0
    tries: int = 0
    """Deliveries of a message after the last of which it is given up: terminated (RabbitMQ: rejected); 0: no limit.

    RabbitMQ's classic queues count no deliveries: there what is tried again is a copy that does.
    """
    on_sight: bool = False
    """What has had its tries is given back all the same, and given up when it comes once more, without another try."""
    dead_letter: str = ""
    """Route along which the worker publishes what it gives up, in which ``{kind}`` is the task's title as one word;
    the original is let go once the copy is stored. Empty: the broker alone says what becomes of it.
    """
    by_rejection: bool = False
    """RabbitMQ: what is given back for later is rejected, and the queue's own retry queue brings it back."""


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """``service_time`` is the mean in seconds for one unit of difficulty at speed 1."""

    name: str
    source: Source
    """Where it takes messages from."""
    service_time: float = 0.1
    spread: Spread = Spread.LOG_NORMAL
    speed: float = 1.0
    """Factor on the pace: 2 works twice as fast."""
    failure_rate: float = 0.0
    """Share of deliveries, 0 to 1, at which the worker fails."""
    prefetch: int = 1
    """RabbitMQ prefetch count (0: unlimited), or messages asked for by one NATS pull (at least 1)."""
    ack_mode: AckMode = AckMode.AFTER_WORK
    on_failure: OnFailure = OnFailure()
    seed: int = 0
    """To workers of the same seed a task is the same work, and fails alike, whichever of them gets it."""
    prior: Source | None = None
    """Where it looks first each time; it takes from ``source`` only while nothing waits there (NATS)."""
    forward: str = ""
    """Route along which it publishes what it is done with, for others to do it there: a scheduler, where tasks have a
    time before which they must not be worked on. As ``OnFailure.dead_letter``.
    """
    keeps: bool = True
    """Tells the broker now and then that what it holds is in progress, so that the ack wait begins anew (NATS).

    One that does not acknowledges what it has done however late, as a program does that knows of no ack wait.
    """

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.source,) if self.prior is None else (self.prior, self.source)

    @property
    def queues(self) -> tuple[str, ...]:
        """That it takes from."""
        return tuple(dict.fromkeys(source.queue for source in self.sources))


@dataclass(frozen=True, slots=True)
class TaskKind:
    """One kind in a producer's mix; ``weight`` is its share relative to the others'."""

    title: str
    difficulty: float = 1.0
    weight: float = 1.0
    poison: bool = False
    permanent: bool = False
    """Fails for good, as every worker can tell: it is given up at once, and not tried again."""
    due: float = 0.0
    """Seconds after it was published before which it must not be worked on.

    A worker that gets it earlier gives it back until then, which counts as a delivery; RabbitMQ delays by steps, so it
    may come up to a third of that time late. One that acknowledges on receipt cannot give it back, and loses it.
    """


@dataclass(frozen=True, slots=True)
class ProducerSpec:
    """Publishes to ``route``, in which ``{n}`` becomes the task's sequence number, ``{kind}`` its title as one word,
    and ``{partition}`` a number below ``partitions``: CRC-32 of that word, modulo, so that a kind stays
    in its partition.

    ``rate`` is in messages a second (0: as fast as confirms come back), sent ``burst`` at a time;
    ``count`` is how many in all (None: until stopped).
    """

    name: str
    queue: str
    route: str
    rate: float = 10.0
    burst: int = 1
    count: int | None = None
    mix: tuple[TaskKind, ...] = (TaskKind("task"),)
    padding: int = 0
    """Bytes added to each body."""
    seed: int = 0
    dots: bool = False
    """Bodies are plain text in which each dot is a unit of work, as RabbitMQ's tutorials have it; else JSON."""
    synchronous: bool = False
    """The next message leaves only once the one before is confirmed."""
    persistent: bool = True
    """RabbitMQ writes it to disk, as quorum queues always do; what a JetStream keeps is up to the stream."""
    partitions: int = 1
    repeat: int = 0
    """Every n-th task is submitted twice under one identity; 0: none is."""


class Phase(Enum):
    STARTING = "starting"
    WAITING = "waiting"
    """Ready, nothing to do."""
    WORKING = "working"
    PAUSED = "paused"
    STOPPING = "stopping"
    """Finishes what it holds, takes nothing new."""
    STOPPED = "stopped"
    CRASHED = "crashed"
    FAILED = "failed"
    """Could not go on; the reason says why."""

    @property
    def over(self) -> bool:
        return self in {Phase.STOPPED, Phase.CRASHED, Phase.FAILED}


def nameless(id_: int, what: str = "worker") -> str:
    """What one is called of whom no more than its id is known."""
    return f"{what} {id_}"


class Outcome(IntEnum):
    """How a delivery ended. A number, since it crosses the wire once for each message."""

    ACKED = 0
    NAKED = 1
    """The broker has it again, to be delivered later."""
    TERMINATED = 2
    CRASHED = 3
    """The worker went away while it held the message, which the broker gives out again."""
    EXPIRED = 4
    """The broker took the message back before the worker was done."""
    LOST = 5
    """The worker had acknowledged it on receipt, and failed at it or went away while it held it: the broker has
    forgotten it, and nobody does it."""
    FORWARDED = 6
    """Published anew for others to do, and let go of here: nothing went wrong, and the task is not done yet."""


def left_behind(mode: AckMode) -> Outcome:
    """What becomes of what a worker holds when it goes away."""
    return Outcome.LOST if mode is AckMode.ON_RECEIPT else Outcome.CRASHED


@dataclass(frozen=True, slots=True)
class CurrentTask:
    title: str
    begun: float
    """Unix time in seconds."""
    expected: float
    """Seconds it will take at the present speed."""
    done_share: float = 0.0
    """Share done, 0 to 1, at ``begun`` (above 0 after a change of speed, which restarts the reckoning)."""
    deliveries: int = 1

    def progress(self, now: float) -> float:
        """Share done, 0 to 1."""
        if self.expected <= 0:
            return 1.0
        return min(1.0, self.done_share + max(0.0, now - self.begun) / self.expected)


@dataclass(frozen=True, slots=True)
class WorkerState:
    id: int
    spec: WorkerSpec
    phase: Phase
    host: int
    """The number of the host process that runs it."""
    held: int = 0
    """Messages delivered to it and not settled."""
    received: int = 0
    """Deliveries that had come to it when it told what it holds: these, and what it had settled by then."""
    acked: int = 0
    forwarded: int = 0
    failed: int = 0
    redelivered: int = 0
    """Deliveries it was given that were not the first of their message."""
    current: CurrentTask | None = None
    reason: str = ""
    place: int = 0
    """Among those there were when it came, from 0: the first that was free. Its colour goes by it."""


@dataclass(frozen=True, slots=True)
class ProducerState:
    id: int
    spec: ProducerSpec
    phase: Phase
    host: int
    confirmed: int = 0
    unconfirmed: int = 0
    """Sent, and not confirmed by the broker yet."""
    refused: int = 0
    """Refused by the broker (a full stream), tried again until taken."""
    reason: str = ""


def free_place(workers: Iterable[WorkerState]) -> int:
    """The first that none of them has."""
    taken = {worker.place for worker in workers}
    return next(place for place in count() if place not in taken)


def next_number(prefix: str, workers: Iterable[WorkerState], due: Iterable[str] = ()) -> int:
    """The first from 1 on for which no worker is called ``prefix-number``, nor is to be: ``due`` are names of such."""
    taken = {worker.spec.name for worker in workers} | set(due)
    number = 1
    while f"{prefix}-{number}" in taken:
        number += 1
    return number
