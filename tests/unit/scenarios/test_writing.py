from dataclasses import replace
from typing import Any

from hypothesis import given, strategies as st

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.scenario import Expectation, Fault, FaultAction, Scenario, Setting, Start
from wqstudio.domain.worker import AckMode, FailureAction, OnFailure, ProducerSpec, Spread, TaskKind, WorkerSpec
from wqstudio.engine.figures.run_figures import OF_PRODUCERS, OF_WORKERS, PARTS, WHOLE
from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.reading import read
from wqstudio.scenarios.writing import written

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
_SHARES = st.floats(0, 1)
_SECONDS = st.floats(0, 1e4)
_ABOVE_0 = st.floats(1e-3, 1e4)
_WHOLES = st.integers(0, 10**9)
_PREFETCHES = st.integers(0, 65_535)
_LIMITS = st.integers(-1, 1_000)

_CONSUMERS = st.builds(
    ConsumerSpec,
    name=st.just("c"),
    filter=st.sampled_from(["", "q.>", "q.*", "q.a"]),
    ack_wait=_ABOVE_0,
    max_deliver=_LIMITS,
    max_in_flight=st.integers(1, 5_000),
)
_QUEUES = st.builds(
    QueueSpec,
    name=st.just("q"),
    routes=st.just(("q.>",)) | st.just(("q.*", "x.>")),
    max_messages=_LIMITS,
    max_bytes=_LIMITS,
    max_age=_SECONDS,
    discard_new=st.booleans(),
    in_memory=st.booleans(),
    durable=st.booleans(),
    consumers=st.tuples(_CONSUMERS),
)
_DEAD = QueueSpec("dead", ("dead.*",), dead_letters_of="q")
_RETRIES = st.builds(QueueSpec, st.just("retry"), st.just(()), retries_of=st.just("q"), delay=_ABOVE_0)
_POLICIES = st.builds(
    OnFailure,
    st.sampled_from(FailureAction),
    _SECONDS,
    _SECONDS,
    st.integers(1, 10**9),
    st.booleans(),
    st.just("dead.{kind}"),
)
_WORKERS = st.builds(
    WorkerSpec,
    name=st.just(""),
    source=st.just(Source("q", "c")),
    service_time=_SECONDS,
    spread=st.sampled_from(Spread),
    speed=_ABOVE_0,
    failure_rate=_SHARES,
    prefetch=_PREFETCHES,
    ack_mode=st.sampled_from(AckMode),
    on_failure=_POLICIES,
    seed=st.integers(-5, 5),
    prior=st.none() | st.just(Source("q", "c")),
    keeps=st.booleans(),
)
_KINDS = st.builds(
    TaskKind,
    title=_TEXTS,
    difficulty=_SECONDS,
    weight=_ABOVE_0,
    poison=st.booleans(),
    permanent=st.booleans(),
    due=_SECONDS,
)
_PRODUCERS = st.builds(
    ProducerSpec,
    name=st.just(""),
    queue=st.just("q"),
    route=st.sampled_from(["q.{n}", "q.{kind}"]),
    rate=_SECONDS,
    burst=st.integers(1, 100),
    count=st.none() | st.integers(1, 10**6),
    mix=st.lists(_KINDS, min_size=1, max_size=3).map(tuple),
    padding=_WHOLES,
    seed=st.integers(-5, 5),
    synchronous=st.booleans(),
    persistent=st.booleans(),
    partitions=st.integers(1, 9),
    repeat=_WHOLES,
) | st.builds(ProducerSpec, name=st.just(""), queue=st.just("q"), route=st.just("q.{n}"), dots=st.just(value=True))
_PLAIN_FAULTS = st.builds(
    Fault,
    at=st.floats(0, 9),
    action=st.sampled_from([FaultAction.CRASH, FaultAction.KILL_HOST, FaultAction.STOP]),
    target=st.just("w-1"),
    at_work=st.booleans(),
)
_FAULTS = _PLAIN_FAULTS | st.builds(
    Fault,
    at=st.floats(0, 9),
    action=st.sampled_from([FaultAction.SPEED, FaultAction.SCALE]),
    target=st.just("w"),
    value=st.integers(1, 9).map(float),
)
_FAULTS |= st.builds(
    Fault, at=st.floats(0, 9), action=st.just(FaultAction.START), target=st.just("w"), when_full=st.booleans()
)
_ADDING = st.builds(
    Fault, at=st.just(1.0), action=st.just(FaultAction.ADD_CONSUMER), target=st.just("q"), consumer=_CONSUMERS
)
_BOUNDS = {"at_least": st.floats(0, 0.5), "at_most": st.none() | st.floats(0.5, 1), "equals": st.none() | st.just(1.0)}
_EXPECTATIONS = st.builds(Expectation, figure=st.sampled_from(sorted(WHOLE)), why=_TEXTS, **_BOUNDS) | st.builds(
    Expectation,
    figure=st.sampled_from(sorted(PARTS.keys() - OF_PRODUCERS - OF_WORKERS)),
    of=st.sampled_from(["", "w", "p-1"]),
    times_of=st.sampled_from(["", "w-1"]),
    setting=st.sampled_from(["", "a"]),
    times_setting=st.sampled_from(["", "b"]),
    **_BOUNDS,
)
_EXPECTATIONS |= st.builds(Expectation, figure=st.sampled_from(sorted(OF_PRODUCERS)), of=st.just("p-1"), **_BOUNDS)
_EXPECTATIONS |= st.builds(Expectation, figure=st.sampled_from(sorted(OF_WORKERS)), of=st.just("w-1"), **_BOUNDS)
_SETTINGS: dict[str, Any] = {
    "title": _TEXTS,
    "target": st.just("w"),
    "prefetch": st.none() | _PREFETCHES,
    "count": st.none() | st.integers(1, 200),
    "speeds": st.none() | st.lists(_ABOVE_0, min_size=1, max_size=3).map(tuple),
    "ack_mode": st.none() | st.sampled_from(AckMode),
    "on_failure": st.none() | _POLICIES,
    "max_deliver": st.none() | _LIMITS,
    "ack_wait": st.none() | _ABOVE_0,
}
_COMPARED = st.tuples(
    st.builds(Setting, name=st.just("a"), **_SETTINGS),
    st.builds(
        Setting,
        name=st.just("b"),
        product=st.just(Product.RABBITMQ),
        durable=st.none() | st.booleans(),
        persistent=st.none() | st.booleans(),
        **_SETTINGS,
    ),
)


@st.composite
def _scenarios(draw: st.DrawFn) -> Scenario:
    workers = draw(st.lists(_WORKERS, min_size=1, max_size=2))
    on_rabbitmq = all(worker.prior is None and worker.keeps for worker in workers)
    queue = draw(_QUEUES)
    bounded = max(queue.max_messages, queue.max_bytes) >= 0 and queue.discard_new
    retries = draw(st.none() | _RETRIES) if on_rabbitmq and not bounded else None
    if retries:  # RabbitMQ's limit does not count what comes back that way
        queue = replace(queue, consumers=tuple(replace(consumer, max_deliver=-1) for consumer in queue.consumers))
    workers = [replace(worker, on_failure=_as_played(worker.on_failure, retries)) for worker in workers]
    alike = draw(st.integers(1, 4))
    named = [
        WorkerSpec(**{**_fields(worker), "name": f"{group}-{number + 1}"})
        for group, worker in zip("wv", workers, strict=False)
        for number in range(alike)
    ]
    products = (Product.NATS, Product.RABBITMQ) if on_rabbitmq else (Product.NATS,)
    producers = draw(st.lists(_PRODUCERS, min_size=1, max_size=2))
    return Scenario(
        name=draw(st.sampled_from(["one", "two-3"])),
        title=draw(_TEXTS.filter(bool)),
        summary=draw(_TEXTS),
        queues=(queue, _DEAD, *([retries] if retries else [])),
        workers=tuple(named),
        producers=tuple(
            ProducerSpec(**{**_fields(producer), "name": f"p-{number + 1}"})
            for number, producer in enumerate(producers)
        ),
        products=products,
        played_on=draw(st.sampled_from([(), (Product.NATS,)])),
        topic=draw(_TEXTS),
        watch=draw(st.lists(_TEXTS, max_size=2).map(tuple)),
        start=Start.READY,
        seconds=draw(st.floats(10, 100)),
        takes=draw(st.none() | st.floats(1, 100)),
        takes_on=tuple(draw(st.dictionaries(st.sampled_from(products), st.floats(1, 100))).items()),
        drained=False,
        faults=tuple(draw(st.lists(_FAULTS if on_rabbitmq else _FAULTS | _ADDING, max_size=3))),
        expectations=tuple(draw(st.lists(_EXPECTATIONS, max_size=3))) if on_rabbitmq else (),
        settings=tuple(
            replace(
                one,
                on_failure=one.on_failure and _as_played(one.on_failure, retries),
                max_deliver=None if retries else one.max_deliver,
            )
            for one in draw(_COMPARED)
        )
        if on_rabbitmq
        else (),
    )


def _as_played(policy: OnFailure, retries: QueueSpec | None) -> OnFailure:
    """A retry queue has the say of what is given back for later."""
    if retries is None or policy.action is not FailureAction.NAK_DELAYED:
        return policy
    return replace(policy, delay=retries.delay, by_rejection=True)


def _fields(spec: WorkerSpec | ProducerSpec) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in spec.__dataclass_fields__}


@given(_scenarios())
def test_what_is_written_reads_as_the_same_scenario(scenario: Scenario) -> None:
    assert read(written(scenario), "written.toml", "other") == scenario


def test_every_built_in_scenario_is_written_as_it_is_read() -> None:
    for scenario in SCENARIOS:
        assert read(written(scenario), scenario.name, "other") == scenario


def test_a_queue_with_the_usual_consumer_says_nothing_of_it() -> None:
    scenario = read('title = "t"\n[[queues]]\nname = "q"\n[[workers]]\n', "t", "t")
    assert "consumers" not in written(scenario)


def test_alike_workers_become_one_table() -> None:
    text = written(
        Scenario(
            name="many",
            title="Many",
            summary="",
            queues=(QueueSpec("q", ("q.>",), consumers=(ConsumerSpec("c"),)),),
            workers=(
                *(WorkerSpec(f"high-{number}", Source("q", "c")) for number in range(1, 11)),
                WorkerSpec("low-1", Source("q", "c"), speed=2.0),
            ),
            producers=(),
        )
    )
    assert text.count("[[workers]]") == 2
    assert 'name = "high-{n}"\ncount = 10\n' in text
    assert 'name = "low-1"\n' in text
    assert "prefetch" not in text
