from pathlib import Path

import pytest

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.scenario import Fault, FaultAction, Start
from wqstudio.domain.worker import AckMode, FailureAction, OnFailure, ProducerSpec, TaskKind, WorkerSpec
from wqstudio.scenarios.problems import ScenarioError
from wqstudio.scenarios.reading import read, read_file

_POSITIVE = "a number above 0 and up to 1,000,000,000"
SHORT = """\
[[queues]]
name = "jobs"

[[workers]]

[[producers]]
messages = 10
"""


def test_a_short_file_is_enough() -> None:
    scenario = read(SHORT, "short.toml", "short")
    assert (scenario.name, scenario.title) == ("short", "short")
    assert scenario.products == (Product.NATS, Product.RABBITMQ)
    assert scenario.queues == (QueueSpec("jobs", ("jobs.>",), consumers=(ConsumerSpec("workers"),)),)
    assert scenario.workers == (WorkerSpec("worker-1", Source("jobs", "workers")),)
    assert scenario.producers == (ProducerSpec("producer", "jobs", "jobs.{n}", count=10),)
    assert (scenario.start, scenario.drained) == (Start.READY, True)


def test_a_long_file_says_everything_else() -> None:
    scenario = read(
        """
        name = "all-of-it"
        on = ["nats"]
        start = "filled"
        ends = "time"
        seconds = 5
        [[queues]]
        name = "tasks"
        routes = ["tasks.*.high", "tasks.*.low.>"]
        consumers = [{ name = "first", filter = "tasks.*.high" }, { name = "second", filter = "tasks.*.low.>" }]
        [[queues]]
        name = "dead"
        dead_letters_of = "tasks"
        [[workers]]
        name = "high-{n}"
        count = 2
        consumer = "first"
        prior = { queue = "tasks", consumer = "second" }
        acks = "on receipt"
        on_failure = { action = "backoff", delay = 0.5, cap = 4, tries = 3 }
        [[workers]]
        name = "low"
        count = 3
        consumer = "second"
        [[producers]]
        name = "p"
        messages = 5
        mix = [{ title = "a", due = 1 }, { title = "b", poison = true }]
        [[faults]]
        at = 1.5
        action = "scale"
        target = "low"
        value = 5
        [[faults]]
        at = 2
        action = "add consumer"
        target = "tasks"
        consumer = { name = "third" }
        [[expectations]]
        figure = "acknowledged"
        of = "low"
        is = 3
        [[settings]]
        name = "one"
        prefetch = 1
        [[settings]]
        name = "all"
        prefetch = 0
        speeds = [1, 2.5]
        """,
        "all.toml",
        "all",
    )
    assert scenario.name == "all-of-it"
    assert [worker.name for worker in scenario.workers] == ["high-1", "high-2", "low-1", "low-2", "low-3"]
    first = scenario.workers[0]
    assert (first.source, first.prior) == (Source("tasks", "first"), Source("tasks", "second"))
    assert first.ack_mode is AckMode.ON_RECEIPT
    assert first.on_failure == OnFailure(FailureAction.BACKOFF, 0.5, 4.0, 3)
    assert scenario.queues[1] == QueueSpec("dead", (), dead_letters_of="tasks")
    assert scenario.producers[0].route == "tasks.{kind}.high"
    assert scenario.producers[0].mix == (TaskKind("a", due=1.0), TaskKind("b", poison=True))
    assert [fault.action for fault in scenario.faults] == [FaultAction.SCALE, FaultAction.ADD_CONSUMER]
    assert scenario.faults[1].consumer == ConsumerSpec("third")
    assert (scenario.expectations[0].equals, scenario.expectations[0].of) == (3.0, "low")
    assert scenario.settings[1].speeds == (1.0, 2.5)


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        ("title = ", ['my.toml:1: field "title": not TOML: ']),
        ('title = "x"', ['my.toml:1: field "queues" is missing']),
        ("queues = []", ['my.toml:1: field "queues": expected a list that is not empty, not an empty list']),
        (
            SHORT.replace("[[workers]]", '[[workers]]\n[[workers]]\nname = "b"\nprefetch = "many"'),
            ['my.toml:7: worker 2, field "prefetch": expected a whole number from 0 to 65,535, not "many"'],
        ),
        (
            SHORT.replace('name = "jobs"', 'name = "a b.c"'),
            ['my.toml:2: queue 1, field "name": names on NATS are without spaces and without . * > / \\'],
        ),
        (
            SHORT.replace("[[workers]]", "[[workers]]\nservice = 1e400"),
            ['my.toml:5: worker 1, field "service": '],
        ),
        (
            SHORT.replace("[[workers]]", "[[workers]]\nspeed = nan"),
            ['my.toml:5: worker 1, field "speed": '],
        ),
        (
            SHORT.replace("[[workers]]", "[[workers]]\nprefech = 2"),
            ['my.toml:5: worker 1, field "prefech": there is no such field; did you mean "prefetch"?'],
        ),
        (
            SHORT.replace("[[workers]]", '[[workers]]\non_failure = { action = "bakoff" }'),
            ['my.toml:5: worker 1, field "on_failure.action": expected one of "backoff", "give back", '],
        ),
        (
            SHORT.replace('"jobs"', '"jobs"\nconsumers = [\n  { ack_wait = 5 },\n  { ack_wait = 0 },\n]'),
            [f'my.toml:5: queue 1, consumer 2, field "ack_wait": expected {_POSITIVE}, not 0'],
        ),
        (
            SHORT + "mix = [{ weight = 1 }, { weight = 2024-01-01 }]",
            [f'my.toml:8: producer 1, kind 2, field "weight": expected {_POSITIVE}, not 2024-01-01'],
        ),
        (
            SHORT + '[[faults]]\naction = "crash"',
            ['my.toml:8: fault 1: field "at" is missing'],
        ),
        (
            'name = "Big"\n' + SHORT,
            ['my.toml:1: field "name": expected a text of lower-case letters, digits and -, not "Big"'],
        ),
        (
            SHORT + '[[faults]]\nat = 1\naction = "crash"\ntarget = "worke"',
            ['my.toml:11: fault 1, field "target": there is no worker or producer "worke"; did you mean "worker"?'],
        ),
        (
            SHORT.replace("[[workers]]", '[[workers]]\nqueue = "job"\n[[workers]]\nname = "worker-1"'),
            [
                'my.toml:5: worker 1, field "queue": there is no work queue "job"; did you mean "jobs"?',
                'my.toml:7: worker 2, field "name": worker-1 is the name of somebody else already',
            ],
        ),
        (
            SHORT.replace("messages = 10", 'route = "job.{n}"'),
            [
                'my.toml:6: producer 1: field "messages" is missing: ending once all work is done needs a',
                'my.toml:7: producer 1, field "route": job.{n} does not lead to jobs (jobs.>)',
            ],
        ),
        (
            SHORT + '[[queues]]\nname = "more"',
            [
                'my.toml:4: worker 1: field "queue" is missing: there are 2 work queues',
                'my.toml:6: producer 1: field "queue" is missing: there are 2 work queues',
            ],
        ),
        (
            SHORT + '[[settings]]\nname = "a"\ndurable = false\non = "nats"',
            [
                'my.toml:8: field "settings": 2 to 4 settings can be compared, not 1',
                'my.toml:10: setting 1, field "durable": NATS keeps what its stream keeps; say on = "rabbitmq"',
            ],
        ),
        (
            SHORT + '[[expectations]]\nfigure = "acked"\n[[expectations]]\nfigure = "lost"\nof = "worker"\nis = 0',
            [
                'my.toml:8: expectation 1: a bound is missing: say "is", "at_least" or "at_most"',
                'my.toml:9: expectation 1, field "figure": there is no figure "acked"',
                'my.toml:12: expectation 2, field "of": lost is a figure of the whole run',
            ],
        ),
        (
            SHORT + '[[faults]]\nat = 40\naction = "scale"\ntarget = "worker"',
            [
                'my.toml:8: fault 1: field "value" is missing: scale to what?',
                'my.toml:9: fault 1, field "at": by then it is over: it is played for 30 s at most',
            ],
        ),
        (
            SHORT + '[[faults]]\nat = 1\naction = "add consumer"\ntarget = "jobs"',
            [
                'my.toml:8: fault 1: field "consumer" is missing: what is added?',
                'my.toml:8: fault 1: only NATS has consumers apart from those who consume; say on = "nats"',
            ],
        ),
        (
            SHORT + '[[faults]]\nat = 1\naction = "speed"\ntarget = "worker"\nvalue = 2\nwhen = "at work"',
            ['my.toml:13: fault 1, field "when": speed waits for nobody\'s work; only these '],
        ),
        (
            SHORT.replace("[[workers]]", "[[workers]]\nkeeps = false"),
            ['my.toml:5: worker 1, field "keeps": RabbitMQ has no ack wait: it waits for no word'],
        ),
        (
            SHORT + '[[settings]]\nname = "a"\nkeeps = false\non = "nats"\n[[settings]]\nname = "b"\nkeeps = false',
            ['my.toml:14: setting 2, field "keeps": RabbitMQ has no ack wait: it waits for no word'],
        ),
        (
            SHORT + '[[faults]]\nat = 1\naction = "pause"\ntarget = "worker"\nwhen = "full"',
            ['my.toml:12: fault 1, field "when": pause waits for no full queue; only "start" can'],
        ),
        (
            SHORT + '[[faults]]\nat = 1\naction = "start"\ntarget = "producer"\nwhen = "full"',
            ['my.toml:11: fault 1, field "target": there is no worker "producer"'],
        ),
        (
            SHORT + '[[faults]]\nat = 1\naction = "stop"\ntarget = "producer"\nwhen = "at work"',
            ['my.toml:11: fault 1, field "target": there is no worker "producer"'],
        ),
        (
            SHORT + '[[faults]]\nat = 1\naction = "crash"\ntarget = "worker"\nwhen = "working"',
            ['my.toml:12: fault 1, field "when": expected one of "at work", "full", not "working"'],
        ),
    ],
)
def test_what_is_wrong_is_said_with_line_and_field(text: str, complaints: list[str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(text, "my.toml", "my")
    said = str(caught.value).splitlines()
    assert len(said) == len(complaints), said
    for line, complaint in zip(said, complaints, strict=True):
        assert line.startswith(complaint)


QUEUES = """\
on = [{on}]
[[queues]]
name = {name}
{more}
[[workers]]
[[producers]]
messages = 10
"""
_NATS_NAME = "names on NATS are without spaces and without . * > / \\"
_SUBJECT = "subjects on NATS are words with a dot between each two, without spaces"
_SHARED = "have subjects in common; on NATS each belongs to one stream"
_ONE_CONSUMER = "want the same tasks; on a work queue of NATS each has one consumer"
_TAIL = "> stands for all words that follow; it comes last, after a dot"


def _complaints(text: str) -> list[str]:
    try:
        read(text, "my.toml", "my")
    except ScenarioError as error:
        return [line.removeprefix("my.toml:") for line in str(error).splitlines()]
    return []


@pytest.mark.parametrize(
    ("on", "name", "complaint"),
    [
        ("nats", "a b", f'3: queue 1, field "name": {_NATS_NAME}'),
        ("nats", "a.b", f'3: queue 1, field "name": {_NATS_NAME}'),
        ("nats", "a*", f'3: queue 1, field "name": {_NATS_NAME}'),
        ("nats", "ß" * 100, ""),
        ("nats", "✓" * 90, '3: queue 1, field "name": at most 255 bytes are possible; it has 270'),
        ("nats", "amq.jobs", f'3: queue 1, field "name": {_NATS_NAME}'),
        ("rabbitmq", "a b.c", ""),
        ("rabbitmq", "amq.jobs", '3: queue 1, field "name": RabbitMQ keeps names that begin with amq. to itself'),
        ("rabbitmq", "✓" * 90, '3: queue 1, field "name": at most 255 bytes are possible; it has 270'),
    ],
)
def test_a_name_that_the_broker_would_refuse_is_said(on: str, name: str, complaint: str) -> None:
    assert _complaints(QUEUES.format(on=f'"{on}"', name=f'"{name}"', more="")) == [complaint] * bool(complaint)


@pytest.mark.parametrize(
    ("on", "more", "complaints"),
    [
        ("nats", 'routes = ["jobs.*.>", "other"]', []),
        ("nats", 'routes = ["jobs..x"]', [f'4: queue 1, field "routes", item 1: {_SUBJECT}']),
        ("nats", 'routes = ["jobs.a b"]', [f'4: queue 1, field "routes", item 1: {_SUBJECT}']),
        ("rabbitmq", 'routes = ["jobs..x", "jobs.a b"]', []),
        (
            "nats",
            'routes = ["$JS.EVENT.x", "$JS.API.x"]',
            ['4: queue 1, field "routes", item 2: $JS.API.x reaches into what NATS keeps to itself ($JS.API.>)'],
        ),
        ("nats", f'routes = ["jobs.{"✓" * 90}"]', []),
        (
            "rabbitmq",
            f'routes = ["jobs.{"✓" * 90}"]',
            ['4: queue 1, field "routes", item 1: at most 255 bytes are possible; it has 275'],
        ),
        ("rabbitmq", 'routes = ["amq.topic/*.done.#"]', []),
        ("rabbitmq", 'routes = ["jobs.>.x"]', [f'4: queue 1, field "routes", item 1: {_TAIL}']),
        ("rabbitmq", 'routes = ["jobs>"]', [f'4: queue 1, field "routes", item 1: {_TAIL}']),
        (
            "nats",
            'routes = ["jobs.a*"]',
            ['4: queue 1, field "routes", item 1: * stands for a whole word, between dots'],
        ),
        (
            "nats",
            'routes = ["jobs.>", "jobs.*.a"]',
            [
                f'4: queue 1, field "routes", item 2: jobs.*.a and jobs.> of jobs {_SHARED}',
            ],
        ),
        ("rabbitmq", 'routes = ["jobs.>", "jobs.*.a"]', []),
        (
            "nats",
            'consumers = [{ name = "a b", filter = "jobs..x" }]',
            [
                f'4: queue 1, consumer 1, field "filter": {_SUBJECT}',
                f'4: queue 1, consumer 1, field "name": {_NATS_NAME}',
            ],
        ),
        ("rabbitmq", 'consumers = [{ name = "a b" }]', []),
        (
            "nats",
            'consumers = [{ name = "workers", filter = "other.>" }]',
            ['4: queue 1, consumer 1, field "filter": no message of jobs is filtered by that (jobs.>)'],
        ),
    ],
)
def test_routes_and_consumers_that_the_broker_would_refuse_are_said(on: str, more: str, complaints: list[str]) -> None:
    assert _complaints(QUEUES.format(on=f'"{on}"', name='"jobs"', more=more)) == complaints


def test_two_consumers_of_the_same_tasks_are_said_where_one_alone_is_possible() -> None:
    consumers = 'consumers = [{ name = "all" }, { name = "some", filter = "jobs.a.>" }]'
    text = QUEUES.format(on='"nats"', name='"jobs"', more=consumers).replace(
        "[[workers]]", '[[workers]]\nconsumer = "all"'
    )
    assert _complaints(text) == [
        f'4: queue 1, consumer 2, field "filter": all and some {_ONE_CONSUMER}',
    ]
    assert not _complaints(text.replace('"nats"', '"rabbitmq"'))


def test_streams_share_no_subject() -> None:
    text = QUEUES.format(on='"nats"', name='"jobs"', more='[[queues]]\nname = "more"\nroutes = ["jobs.a.*"]')
    said = _complaints(
        text.replace("[[workers]]", '[[workers]]\nqueue = "jobs"').replace("messages", 'queue = "jobs"\nmessages')
    )
    assert said == [
        f'6: queue 2, field "routes", item 1: jobs.a.* and jobs.> of jobs {_SHARED}',
    ]


@pytest.mark.parametrize(
    ("on", "route", "complaint"),
    [
        ("nats", "jobs.*", "that is a pattern; a task is published along one route, such as with {kind} or {n} for *"),
        ("nats", "jobs.a b", _SUBJECT),
        ("rabbitmq", "jobs.a b", ""),
        ("nats", f"jobs.{'✓' * 90}", ""),
        ("rabbitmq", f"jobs.{'✓' * 90}", "at most 255 bytes are possible; it has 275"),
        ("rabbitmq", f"jobs.{'{kind}' * 5}", "at most 255 bytes are possible; it has 305"),
    ],
)
def test_a_route_along_which_nothing_can_be_published_is_said(on: str, route: str, complaint: str) -> None:
    text = (
        QUEUES.format(on=f'"{on}"', name='"jobs"', more="") + f'route = "{route}"\nmix = [{{ title = "{"k" * 60}" }}]'
    )
    assert _complaints(text) == [f'8: producer 1, field "route": {complaint}'] * bool(complaint)


def test_a_fault_can_wait_until_its_target_is_at_work() -> None:
    scenario = read(SHORT + '[[faults]]\nat = 1\naction = "crash"\ntarget = "worker"\nwhen = "at work"', "a.toml", "a")
    assert scenario.faults == (Fault(1.0, FaultAction.CRASH, "worker", at_work=True),)
    assert str(scenario.faults[0]) == "crash worker in the middle of a task"


def test_workers_can_be_started_once_their_queue_is_full() -> None:
    scenario = read(SHORT + '[[faults]]\nat = 1\naction = "start"\ntarget = "worker"\nwhen = "full"', "a.toml", "a")
    assert scenario.faults == (Fault(1.0, FaultAction.START, "worker", when_full=True),)
    assert str(scenario.faults[0]) == "start worker once its queue is full"


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"none\.toml: No such file"):
        read_file(tmp_path / "none.toml")
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match=r"odd\.toml: not a text file"):
        read_file(tmp_path / "odd.toml")


def test_a_file_has_the_name_of_its_scenario(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SHORT)
    assert read_file(tmp_path / "mine.toml").name == "mine"
