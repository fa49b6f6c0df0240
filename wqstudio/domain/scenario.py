"""A scenario: a topology, those who load it, what goes wrong and when, and what has to come of it."""

import re
from dataclasses import dataclass
from enum import Enum

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import ConsumerSpec, QueueSpec
from wqstudio.domain.worker import AckMode, OnFailure, ProducerSpec, WorkerSpec

_NUMBER = re.compile(r"[-_ #.]?\d+$")


class Start(Enum):
    """Who is there first."""

    READY = "ready"
    """Every worker is ready before the first message."""
    FILLED = "filled"
    """The producers have finished before the first worker starts; their ``count`` says when that is."""


class FaultAction(Enum):
    """The value is what stands in a file."""

    CRASH = "crash"
    """Workers drop their connections, with what they hold."""
    KILL_HOST = "kill host"
    """The process that a worker runs in is killed, with every worker in it (for which those are, see
    ``Fleet.start_worker``)."""
    RESTART_BROKER = "restart broker"
    START = "start"
    """Workers, or producers, that come only then: they are not there from the beginning."""
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    """In good order: workers finish what they hold, producers what is under way."""
    SPEED = "speed"
    PREFETCH = "prefetch"
    SCALE = "scale"
    """A group of alike workers to so many: others start, or the last ones stop in good order."""
    RATE = "rate"
    """Messages a second of producers."""
    ADD_CONSUMER = "add consumer"
    """To a queue; what is wrong with the consumer is for the broker to say, and is counted as a refusal."""

    @property
    def takes_value(self) -> bool:
        return self in {FaultAction.SPEED, FaultAction.PREFETCH, FaultAction.SCALE, FaultAction.RATE}

    @property
    def needs_broker_to(self) -> str:
        """What only a broker that is there can do, after "to"; empty: it is done to workers and producers alone."""
        match self:
            case FaultAction.RESTART_BROKER:
                return "be restarted once more"
            case FaultAction.START | FaultAction.SCALE:
                return "let them connect"
            case FaultAction.RESUME:
                return "give them work"
            case FaultAction.ADD_CONSUMER:
                return "make it"
            case _:
                return ""

    @property
    def needs_somebody(self) -> bool:
        """It is done to workers or producers that are there."""
        return self not in {
            FaultAction.RESTART_BROKER,
            FaultAction.START,
            FaultAction.SCALE,
            FaultAction.ADD_CONSUMER,
        }

    @property
    def takes_turn(self) -> bool:
        """It can wait until its target is at work: what ends a worker, so that it shows whether it has come about."""
        return self in {FaultAction.CRASH, FaultAction.KILL_HOST, FaultAction.STOP}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something done to those who play: a fault proper, or a change that a person would make."""

    at: float
    """Seconds after the play has begun, as figures count them (``Evidence.began``), but not before everybody is at
    work; what needs the broker, while that restarts, as soon as it is back (``FaultAction.needs_broker_to``)."""
    action: FaultAction
    target: str = ""
    """A worker, a producer, a group of them (``group_of``) or a queue, by name; empty: the broker."""
    value: float = 0.0
    consumer: ConsumerSpec | None = None
    """What is added."""
    product: Product | None = None
    """Only there; None: on each broker."""
    at_work: bool = False
    """From ``at`` on, as soon as the target is in the middle of a task; by the clock it may be between two."""
    when_full: bool = False
    """Of workers that are started: from ``at`` on, as soon as everybody who still publishes into their queues has been
    turned away. How long it takes to fill a queue is up to the machine. Whatever comes after it comes later, too."""

    def __str__(self) -> str:
        if self.when_full:
            return f"{self._deed} once its queue is full"
        return f"{self._deed} in the middle of a task" if self.at_work else self._deed

    @property
    def _deed(self) -> str:
        match self.action:
            case FaultAction.RESTART_BROKER:
                return str(self.action.value)
            case FaultAction.KILL_HOST:
                return f"kill the host of {self.target}"
            case FaultAction.ADD_CONSUMER:
                return f"add consumer {self.consumer.name if self.consumer else ''} to {self.target}"
            case FaultAction.SPEED | FaultAction.PREFETCH | FaultAction.RATE:
                return f"set the {self.action.value} of {self.target} to {self.value:g}"
            case FaultAction.SCALE:
                return f"scale {self.target} to {self.value:g}"
            case _:
                return f"{self.action.value} {self.target}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a figure of the run has to be. Of the bounds those count that are not None; at least one is there."""

    figure: str
    """One of ``engine.figures.run_figures``."""
    equals: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    of: str = ""
    """The worker, the group of workers or the producer whose figure it is; empty: the whole run's."""
    setting: str = ""
    """Where settings are compared: of that one's run. Empty: of each run."""
    times_setting: str = ""
    """The bounds are multiples of the same figure in this setting's run."""
    times_of: str = ""
    """The bounds are multiples of the same figure of this worker, group or producer."""
    product: Product | None = None
    """Only there; None: on each broker."""
    why: str = ""
    """What it means to people, in a sentence."""

    @property
    def subject(self) -> str:
        """What is measured."""
        return f"{self.figure} of {self.of}" if self.of else self.figure


@dataclass(frozen=True, slots=True)
class Setting:
    """A variation in which the same tasks are played for comparison. None: as the scenario has it."""

    name: str
    title: str = ""
    target: str = ""
    """The worker or group that is varied; empty: all workers."""
    prefetch: int | None = None
    count: int | None = None
    speeds: tuple[float, ...] | None = None
    """Of the workers varied, one after the other; the last goes for those left."""
    ack_mode: AckMode | None = None
    on_failure: OnFailure | None = None
    keeps: bool | None = None
    """See ``WorkerSpec.keeps``."""
    durable: bool | None = None
    """Of all work queues."""
    persistent: bool | None = None
    """Of all messages."""
    max_deliver: int | None = None
    """Of all consumers."""
    ack_wait: float | None = None
    """Of all consumers; seconds."""
    product: Product | None = None
    """Played there; None: on the broker that the run is about."""


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    """As typed after ``wqstudio run``."""
    title: str
    summary: str
    queues: tuple[QueueSpec, ...]
    workers: tuple[WorkerSpec, ...]
    producers: tuple[ProducerSpec, ...]
    products: tuple[Product, ...] = (Product.NATS, Product.RABBITMQ)
    """On whose brokers the pattern exists."""
    played_on: tuple[Product, ...] = ()
    """Where it is played while nobody names a broker; empty: on each of ``products``."""
    topic: str = ""
    """What it is about, in a word or two; the gallery puts those of a topic together."""
    watch: tuple[str, ...] = ()
    """What to watch for, each in a sentence."""
    start: Start = Start.READY
    seconds: float = 30.0
    """How long at most, each of its settings."""
    takes: float | None = None
    """Seconds that it usually takes on one broker, with all of its settings; None: nobody has said."""
    takes_on: tuple[tuple[Product, float], ...] = ()
    """Where it usually takes another time, as a restart does that takes one broker longer."""
    drained: bool = True
    """It ends as soon as all work is done and every fault has come; False: after ``seconds``."""
    faults: tuple[Fault, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    settings: tuple[Setting, ...] = ()

    def usual(self, product: Product) -> float | None:
        """Seconds that it takes there."""
        return dict(self.takes_on).get(product, self.takes)

    def group(self, name: str) -> tuple[WorkerSpec, ...]:
        """The workers that ``name`` means: one of that name, or else all of that group."""
        exact = tuple(worker for worker in self.workers if worker.name == name)
        return exact or tuple(worker for worker in self.workers if group_of(worker.name) == name)

    def called(self, name: str) -> frozenset[str]:
        """The workers and producers that ``name`` means, by their names; as ``group``."""
        names = {*(worker.name for worker in self.workers), *(producer.name for producer in self.producers)}
        return frozenset({name} & names or {one for one in names if group_of(one) == name})

    @property
    def latecomers(self) -> frozenset[str]:
        """Names of those that are not there from the beginning, but are started by a fault."""
        starts = (fault.target for fault in self.faults if fault.action is FaultAction.START)
        return frozenset(name for target in starts for name in self.called(target))


def group_of(name: str) -> str:
    """What alike workers have in common: their name without the number at its end."""
    return _NUMBER.sub("", name) or name
