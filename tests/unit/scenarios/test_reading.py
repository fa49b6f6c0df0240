from pathlib import Path

import pytest

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.scenario import FaultAction, Start
from wqstudio.domain.worker import AckMode, FailureAction, OnFailure, ProducerSpec, TaskKind, WorkerSpec
from wqstudio.scenarios.problems import ScenarioError
from wqstudio.scenarios.reading import read, read_file

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
        routes = ["tasks.*.high", "tasks.low.>"]
        consumers = [{ name = "first", filter = "tasks.*.high" }, { name = "second", filter = "tasks.low.>" }]
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
        ("title = ", ["my.toml:1: not TOML: "]),
        ('title = "x"', ['my.toml:1: field "queues" is missing']),
        ("queues = []", ['my.toml:1: field "queues": expected a list that is not empty, got an empty list']),
        (
            SHORT.replace("[[workers]]", '[[workers]]\n[[workers]]\nname = "b"\nprefetch = "many"'),
            ['my.toml:7: worker 2, field "prefetch": expected int >= 0, got "many"'],
        ),
        (
            SHORT.replace('name = "jobs"', 'name = "a b.c"'),
            ['my.toml:2: queue 1, field "name": names on NATS are without spaces and without . * > / \\'],
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
            ['my.toml:5: queue 1, consumer 2, field "ack_wait": expected float > 0, got 0'],
        ),
        (
            SHORT + "mix = [{ weight = 1 }, { weight = 2024-01-01 }]",
            ['my.toml:8: producer 1, kind 2, field "weight": expected float > 0, got 2024-01-01'],
        ),
        (
            SHORT + '[[faults]]\naction = "crash"',
            ['my.toml:8: fault 1: field "at" is missing'],
        ),
        (
            'name = "Big"\n' + SHORT,
            ['my.toml:1: field "name": expected string of small letters, digits and -, got "Big"'],
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
    ],
)
def test_what_is_wrong_is_said_with_line_and_field(text: str, complaints: list[str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(text, "my.toml", "my")
    said = str(caught.value).splitlines()
    assert len(said) == len(complaints), said
    for line, complaint in zip(said, complaints, strict=True):
        assert line.startswith(complaint)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"none\.toml: No such file"):
        read_file(tmp_path / "none.toml")
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match=r"odd\.toml: not a text file"):
        read_file(tmp_path / "odd.toml")


def test_a_file_has_the_name_of_its_scenario(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(SHORT)
    assert read_file(tmp_path / "mine.toml").name == "mine"
