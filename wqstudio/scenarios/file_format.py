"""What a scenario file may say: one struct for each kind of table. ``reading`` makes the nouns of it, ``writing`` the
other way round, and the JSON schema is generated from here, descriptions included.

Defaults are those of the nouns, so that a short file and a scenario made by hand mean the same.
"""

import json
from typing import Annotated, Any, Literal, TypeAlias, get_args

import msgspec
from msgspec import Meta

from wqstudio import resources
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.scenario import FaultAction
from wqstudio.domain.worker import OnFailure, ProducerSpec, TaskKind, WorkerSpec

SCHEMA = resources.path("scenarios/scenario.schema.json")

Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100)]
Count: TypeAlias = Annotated[int, Meta(ge=1, le=200)]
Whole: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000_000)]
AtLeastOne: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Prefetch: TypeAlias = Annotated[int, Meta(ge=0, le=65_535)]
"""AMQP has two bytes for it."""
Seed: TypeAlias = Annotated[int, Meta(ge=-(10**15), le=10**15)]
Limit: TypeAlias = Annotated[int, Meta(ge=-1, le=10**15)]
Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=1e9)]
Positive: TypeAlias = Annotated[float, Meta(gt=0, le=1e9)]
Delay: TypeAlias = Annotated[float, Meta(gt=0, le=4e6)]
"""RabbitMQ counts milliseconds in four bytes."""
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
ProductName: TypeAlias = Literal["nats", "rabbitmq"]
Acks: TypeAlias = Literal["after work", "confirmed", "on receipt"]
FailureName: TypeAlias = Literal["give back", "give back later", "backoff", "terminate"]
SpreadName: TypeAlias = Literal["fixed", "uniform", "exponential", "log-normal"]
ActionName: TypeAlias = Literal[
    "crash",
    "kill host",
    "restart broker",
    "start",
    "pause",
    "resume",
    "stop",
    "speed",
    "prefetch",
    "scale",
    "rate",
    "add consumer",
]
assert {action.value for action in FaultAction} == set(ActionName.__args__)  # type: ignore[attr-defined]  # a Literal's

_CONSUMER = ConsumerSpec("workers")
_QUEUE = QueueSpec("queue", ())
_FAILURE = OnFailure()
_WORKER = WorkerSpec("worker", Source(""))
_KIND = TaskKind("task")
_PRODUCER = ProducerSpec("producer", "", "")


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    pass


class ConsumerTable(_Table):
    """A durable pull consumer (NATS). RabbitMQ takes ``max_deliver`` from it, as the queue's delivery limit."""

    name: Name = _CONSUMER.name
    filter: Annotated[str, Meta(description="Subject; empty: all of the stream.")] = ""
    ack_wait: Positive = _CONSUMER.ack_wait
    max_deliver: Annotated[Limit, Meta(description="Deliveries of one message at most; -1: no limit.")] = (
        _CONSUMER.max_deliver
    )
    max_in_flight: AtLeastOne = _CONSUMER.max_in_flight


class QueueTable(_Table):
    """A work queue stream (NATS), or a queue (RabbitMQ). It is made for the run and removed after it."""

    name: Name
    routes: Annotated[
        list[Name] | None,
        Meta(description="Subjects, or routing keys, that lead here; left out: all that begins with the name."),
    ] = None
    max_messages: Limit = _QUEUE.max_messages
    max_bytes: Limit = _QUEUE.max_bytes
    max_age: Annotated[Seconds, Meta(description="Seconds; 0: messages do not expire.")] = _QUEUE.max_age
    discard: Annotated[Literal["new", "old"], Meta(description="Which message goes when it is full.")] = "new"
    in_memory: bool = _QUEUE.in_memory
    durable: Annotated[bool, Meta(description="RabbitMQ: it outlives a restart of the broker.")] = _QUEUE.durable
    dead_letters_of: Annotated[
        str,
        Meta(
            description="No work queue but the dead letters of that one; with routes, those that workers publish along "
            "them, else those that the broker puts there."
        ),
    ] = ""
    retries_of: Annotated[
        str,
        Meta(
            description="No work queue but where what workers of that one give back for later waits until it is tried "
            "again: they reject it (RabbitMQ; on NATS there is none, and they give it back with the same delay)."
        ),
    ] = ""
    delay: Annotated[Delay | None, Meta(description="Seconds that it waits there.")] = None
    consumers: Annotated[
        list[ConsumerTable] | None, Meta(description='Left out: one named "workers", for all of the stream.')
    ] = None


class SourceTable(_Table):
    """Where workers take messages from."""

    queue: Name
    consumer: Annotated[str, Meta(description="Left out: the queue's only one.")] = ""
    patience: Annotated[Seconds, Meta(description="How long it waits here before it turns to its queue.")] = 0.0


class FailureTable(_Table):
    """What a worker does with a task it failed at."""

    action: FailureName = "give back"
    delay: Annotated[Seconds, Meta(description="Seconds; the first one of a backoff, which doubles.")] = _FAILURE.delay
    cap: Annotated[Seconds, Meta(description="Seconds; the longest one of a backoff.")] = _FAILURE.cap
    tries: Annotated[Whole, Meta(description="Deliveries after the last of which it is given up; 0: no limit.")] = (
        _FAILURE.tries
    )
    on_sight: Annotated[
        bool, Meta(description="What has had its tries comes once more, and is given up without another one.")
    ] = _FAILURE.on_sight
    dead_letter: Annotated[
        str,
        Meta(
            description="Route along which the worker publishes what it gives up, with headers that say why; {kind} is "
            "the task's title. Left out: the broker alone says what becomes of it."
        ),
    ] = _FAILURE.dead_letter


class WorkerTable(_Table):
    """A worker, or ``count`` alike ones."""

    name: Annotated[Name, Meta(description="{n} stands for the number, from 1.")] = "worker-{n}"
    count: Count = 1
    queue: Annotated[str, Meta(description="Left out: the only work queue.")] = ""
    consumer: Annotated[str, Meta(description="Left out: the queue's only one.")] = ""
    prior: Annotated[SourceTable | None, Meta(description="Where it looks first each time (NATS).")] = None
    service: Annotated[Seconds, Meta(description="Mean seconds for a unit of difficulty.")] = _WORKER.service_time
    spread: SpreadName = "log-normal"
    speed: Annotated[Positive, Meta(description="2 works twice as fast.")] = _WORKER.speed
    failure_rate: Share = _WORKER.failure_rate
    prefetch: Annotated[Prefetch, Meta(description="Or pull size; 0: no limit.")] = _WORKER.prefetch
    acks: Acks = "after work"
    on_failure: FailureTable = msgspec.field(default_factory=FailureTable)
    seed: Seed = _WORKER.seed
    forward: Annotated[
        str,
        Meta(
            description="Route along which it publishes each task, once that is due, for others to do it; {kind} is "
            "the task's title."
        ),
    ] = _WORKER.forward
    keeps: Annotated[
        bool,
        Meta(
            description="Tells the broker that what it holds is in progress, so that the ack wait begins anew (NATS); "
            "false: what takes longer is given to another worker as well."
        ),
    ] = _WORKER.keeps


class KindTable(_Table):
    """A kind of task in a producer's mix."""

    title: Annotated[str, Meta(max_length=60)] = _KIND.title
    difficulty: Seconds = _KIND.difficulty
    weight: Annotated[Positive, Meta(description="Its share, relative to the others'.")] = _KIND.weight
    poison: Annotated[bool, Meta(description="Fails at every worker.")] = _KIND.poison
    permanent: Annotated[
        bool, Meta(description="Fails for good, as every worker can tell: it is given up at once.")
    ] = _KIND.permanent
    due: Annotated[Seconds, Meta(description="Seconds before which it must not be worked on.")] = _KIND.due


class ProducerTable(_Table):
    """A producer, or ``count`` alike ones."""

    name: Annotated[Name, Meta(description="{n} stands for the number, from 1.")] = "producer"
    count: Count = 1
    queue: Annotated[str, Meta(description="Left out: the only work queue.")] = ""
    route: Annotated[
        str,
        Meta(description="{n} is the task's number, {kind} its title, {partition} its partition. Left out: the first."),
    ] = ""
    messages: Annotated[AtLeastOne | None, Meta(description="Left out: until it is stopped.")] = None
    rate: Annotated[Seconds, Meta(description="Messages a second; 0: as fast as can be.")] = _PRODUCER.rate
    burst: AtLeastOne = _PRODUCER.burst
    mix: Annotated[list[KindTable], Meta(min_length=1)] = msgspec.field(default_factory=lambda: [KindTable()])
    padding: Annotated[Whole, Meta(description="Bytes added to each body.")] = _PRODUCER.padding
    seed: Seed = _PRODUCER.seed
    dots: Annotated[bool, Meta(description="Bodies are texts in which each dot is a unit of work.")] = _PRODUCER.dots
    synchronous: Annotated[bool, Meta(description="One message after the other is confirmed.")] = _PRODUCER.synchronous
    persistent: Annotated[bool, Meta(description="RabbitMQ: messages outlive a restart of the broker.")] = (
        _PRODUCER.persistent
    )
    partitions: AtLeastOne = _PRODUCER.partitions
    repeat: Annotated[Whole, Meta(description="Every n-th task is submitted twice; 0: none is.")] = _PRODUCER.repeat


class FaultTable(_Table):
    """Something done to those who play."""

    at: Annotated[
        Seconds,
        Meta(
            description="Seconds after the play has begun. While the broker restarts, what needs it (start, scale, "
            "resume, add consumer, another restart) is put off until it is back, which the event log and the timeline "
            "tell; all else happens on time."
        ),
    ]
    action: ActionName
    target: Annotated[str, Meta(description="A worker, a producer, a group of them, or a queue.")] = ""
    value: Annotated[Seconds | None, Meta(description="Speed, prefetch, number of workers, or rate.")] = None
    consumer: Annotated[ConsumerTable | None, Meta(description="What is added.")] = None
    on: Annotated[ProductName | None, Meta(description="Only there.")] = None
    when: Annotated[
        Literal["at work", "full"] | None,
        Meta(
            description="From then on, as soon as the worker is in the middle of a task; or, of workers that are "
            "started, once their queue has turned away everybody who still publishes into it; left out: at once."
        ),
    ] = None


class ExpectationTable(_Table):
    """What a figure of the run has to be."""

    figure: Name
    equals: Annotated[float | None, Meta(description="Exactly so much.")] = msgspec.field(default=None, name="is")
    at_least: float | None = None
    at_most: float | None = None
    of: Annotated[str, Meta(description="A worker, a group of them, or a producer; left out: the whole run.")] = ""
    setting: Annotated[str, Meta(description="Of the run in that setting; left out: of each run.")] = ""
    times_setting: Annotated[str, Meta(description="The bounds are multiples of that setting's figure.")] = ""
    times_of: Annotated[str, Meta(description="The bounds are multiples of that worker's or producer's figure.")] = ""
    on: Annotated[ProductName | None, Meta(description="Only there.")] = None
    why: Annotated[str, Meta(description="What it means to people.")] = ""


class SettingTable(_Table):
    """A variation in which the same tasks are played for comparison. What is left out stays."""

    name: Name
    title: str = ""
    target: Annotated[str, Meta(description="A worker or a group; left out: all workers.")] = ""
    prefetch: Prefetch | None = None
    count: Annotated[Count | None, Meta(description="Number of workers in the target group.")] = None
    speeds: Annotated[
        Annotated[list[Positive], Meta(min_length=1)] | None,
        Meta(description="Of one worker after the other; the last is for those left."),
    ] = None
    acks: Acks | None = None
    keeps: Annotated[bool | None, Meta(description="Whether workers tell that they are at it (NATS).")] = None
    on_failure: FailureTable | None = None
    durable: bool | None = None
    persistent: bool | None = None
    max_deliver: Limit | None = None
    ack_wait: Positive | None = None
    on: Annotated[ProductName | None, Meta(description="Played there.")] = None


class ScenarioFile(_Table, kw_only=True):
    """A scenario of wqstudio: a topology, those who load it, what goes wrong and when, and what has to come of it."""

    name: Annotated[
        str, Meta(pattern="^[a-z0-9-]*$", description="As typed after `wqstudio run`; left out: the file's.")
    ] = ""
    title: Annotated[str, Meta(description="As people call it; left out: its name.")] = ""
    topic: Annotated[str, Meta(description="What it is about, in a word or two.")] = ""
    summary: Annotated[str, Meta(description="In a sentence.")] = ""
    watch: Annotated[list[str], Meta(description="What to watch for, each in a sentence.")] = []
    on: Annotated[list[ProductName], Meta(min_length=1, description="Where the pattern exists.")] = msgspec.field(
        default_factory=lambda: ["nats", "rabbitmq"]
    )
    played_on: Annotated[
        list[ProductName], Meta(description="Where it is played while nobody names a broker; left out: on each.")
    ] = []
    start: Annotated[
        Literal["ready", "filled"],
        Meta(description="Workers are ready before the first message, or the queue is filled before they start."),
    ] = "ready"
    seconds: Annotated[float, Meta(gt=0, le=86_400, description="How long at most.")] = 30.0
    takes: Annotated[Positive | None, Meta(description="Seconds that it usually takes, with all settings.")] = None
    takes_on: Annotated[
        dict[ProductName, Positive],
        Meta(
            description="Seconds on a broker where it usually takes another time.",
            extra_json_schema={"propertyNames": {"enum": list(get_args(ProductName))}},  # msgspec says so since 0.23
        ),
    ] = {}
    ends: Annotated[Literal["drained", "time"], Meta(description="When all work is done, or after `seconds`.")] = (
        "drained"
    )
    queues: Annotated[list[QueueTable], Meta(min_length=1)]
    workers: list[WorkerTable] = []
    producers: list[ProducerTable] = []
    faults: list[FaultTable] = []
    expectations: list[ExpectationTable] = []
    settings: list[SettingTable] = []


def schema() -> dict[str, Any]:
    """For editors, and to say what is expected where something else was written."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(ScenarioFile)}


def schema_text() -> str:
    """As it is kept in ``SCHEMA``."""
    return f"{json.dumps(schema(), indent=2, ensure_ascii=False)}\n"


if __name__ == "__main__":  # after a change: python -m wqstudio.scenarios.file_format
    SCHEMA.write_text(schema_text(), encoding="utf-8")
