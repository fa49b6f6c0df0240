"""Where a scenario file lets tasks go that are not done, and what is wrong with that."""

import re

import pytest

from wqstudio.domain.queue import ConsumerSpec, QueueSpec
from wqstudio.domain.worker import AckMode, FailureAction, OnFailure
from wqstudio.scenarios.problems import ScenarioError
from wqstudio.scenarios.reading import read

_SAID = re.compile(r'my:(\d+: [a-z]+ \d+(?:, [a-z]+ \d+)?(?:, field "[^"]*")?): (.*)')
RETRYING = """\
[[queues]]
name = "tasks"
[[queues]]
name = "tasks_retry"
retries_of = "tasks"
delay = 0.5
[[queues]]
name = "dead"
dead_letters_of = "tasks"
routes = ["dead.*"]
[[workers]]
on_failure = { action = "give back later", tries = 3, dead_letter = "dead.{kind}" }
[[producers]]
messages = 10
"""
SCHEDULED = """\
[[queues]]
name = "scheduled"
[[queues]]
name = "tasks"
[[workers]]
name = "scheduler"
queue = "scheduled"
forward = "tasks.{kind}"
[[producers]]
queue = "scheduled"
messages = 10
"""


def test_a_retry_queue_and_its_delay_are_read() -> None:
    scenario = read(RETRYING, "a.toml", "a")
    assert scenario.queues == (
        QueueSpec("tasks", ("tasks.>",), consumers=(ConsumerSpec("workers"),)),
        QueueSpec("tasks_retry", (), retries_of="tasks", delay=0.5),
        QueueSpec("dead", ("dead.*",), dead_letters_of="tasks"),
    )
    assert scenario.workers[0].on_failure == OnFailure(
        FailureAction.NAK_DELAYED, 0.5, tries=3, dead_letter="dead.{kind}", by_rejection=True
    )
    assert [queue.is_worked_on for queue in scenario.queues] == [True, False, False]


def test_what_is_given_back_at_once_needs_no_retry_queue() -> None:
    scenario = read(RETRYING.replace("give back later", "give back"), "a.toml", "a")
    assert not scenario.workers[0].on_failure.by_rejection


def test_a_route_onwards_is_read() -> None:
    assert read(SCHEDULED, "a.toml", "a").workers[0].forward == "tasks.{kind}"


@pytest.mark.parametrize(
    ("text", "old", "new", "where", "what"),
    [
        (
            RETRYING,
            "delay = 0.5\n",
            "",
            "3: queue 2",
            'field "delay" is missing: after how many seconds is it tried again?',
        ),
        (
            RETRYING,
            'retries_of = "tasks"',
            'retries_of = "task"',
            '5: queue 2, field "retries_of"',
            'there is no work queue "task"; did you mean "tasks"?',
        ),
        (
            RETRYING,
            'retries_of = "tasks"',
            'retries_of = "tasks"\nconsumers = [{}]',
            '6: queue 2, field "consumers"',
            "no worker takes from here: leave its consumers out",
        ),
        (
            RETRYING,
            'retries_of = "tasks"',
            'retries_of = "tasks"\nroutes = ["a"]',
            '6: queue 2, field "routes"',
            "only what is rejected comes here; leave its routes out",
        ),
        (
            RETRYING,
            'name = "tasks"\n',
            'name = "tasks"\ndelay = 1\n',
            '3: queue 1, field "delay"',
            "only a retry queue has one; say of which queue in retries_of",
        ),
        (
            RETRYING,
            'name = "tasks"\n',
            'name = "tasks"\nmax_messages = 9\n',
            '3: queue 1, field "max_messages"',
            'while it is full, RabbitMQ would drop what tasks_retry brings back; leave it out, or say discard = "old"',
        ),
        (
            RETRYING,
            'name = "tasks"\n',
            'name = "tasks"\nconsumers = [{ max_deliver = 4 }]\n',
            '3: queue 1, consumer 1, field "max_deliver"',
            (
                "RabbitMQ does not count what is rejected, and tasks_retry brings it back; leave it out, or say tries "
                "in on_failure"
            ),
        ),
        (
            RETRYING,
            "messages = 10\n",
            (
                'messages = 10\n[[settings]]\nname = "a"\nmax_deliver = 2\n'
                '[[settings]]\nname = "b"\non = "nats"\nmax_deliver = 2\n'
            ),
            '17: setting 1, field "max_deliver"',
            (
                "RabbitMQ does not count what is rejected, and tasks_retry brings it back; leave it out, or say tries "
                "in on_failure"
            ),
        ),
        (
            RETRYING,
            "[[workers]]",
            '[[queues]]\nname = "again"\nretries_of = "tasks"\ndelay = 1\n[[workers]]',
            '13: queue 4, field "retries_of"',
            "tasks has tasks_retry already, and can have one only",
        ),
        (
            RETRYING,
            'tries = 3, dead_letter = "dead.{kind}"',
            "tries = 3",
            '12: worker 1, field "on_failure"',
            'field "dead_letter" is missing: what is given up is rejected, and tasks_retry would bring it back',
        ),
        (
            RETRYING,
            "tries = 3",
            "delay = 2, tries = 3",
            '12: worker 1, field "on_failure.delay"',
            "tasks_retry says it: 0.5 s; leave it out here",
        ),
        (
            RETRYING,
            '"dead.{kind}"',
            '"lost.{kind}"',
            '12: worker 1, field "on_failure.dead_letter"',
            "lost.{kind} leads to no queue of dead letters; there are: dead (dead.*)",
        ),
        (
            RETRYING,
            '"dead.{kind}"',
            '"dead.{n}"',
            '12: worker 1, field "on_failure.dead_letter"',
            "a worker knows a task's title and no number of it: write {kind} there",
        ),
        (
            RETRYING,
            '"dead.{kind}"',
            '"dead.*"',
            '12: worker 1, field "on_failure.dead_letter"',
            "that is a pattern; a task is published along one route, such as with {kind} for *",
        ),
        (
            RETRYING,
            "tries = 3",
            "on_sight = true",
            '12: worker 1, field "on_failure.on_sight"',
            "after how many tries? Say so in tries",
        ),
        (
            SCHEDULED,
            '"tasks.{kind}"',
            '"task.{kind}"',
            '8: worker 1, field "forward"',
            "task.{kind} leads to no work queue other than its own; there are: tasks (tasks.>)",
        ),
        (
            SCHEDULED,
            '"tasks.{kind}"',
            '"scheduled.{kind}"',
            '8: worker 1, field "forward"',
            "scheduled.{kind} leads to no work queue other than its own; there are: tasks (tasks.>)",
        ),
        (
            SCHEDULED,
            'forward = "tasks.{kind}"',
            'forward = "tasks.{kind}"\nacks = "on receipt"',
            '9: worker 1, field "acks"',
            "what is acknowledged on receipt cannot be passed on safely; say after work",
        ),
    ],
)
def test_what_is_wrong_with_where_tasks_go_is_said(text: str, old: str, new: str, where: str, what: str) -> None:
    assert text.count(old) == 1
    assert _complaints(text.replace(old, new)) == [(where, what)]


@pytest.mark.parametrize("target", ["", 'target = "scheduler"', 'target = "scheduler-2"'])
def test_no_setting_has_what_is_passed_on_acknowledged_on_receipt(target: str) -> None:
    text = SCHEDULED if "-2" not in target else SCHEDULED.replace('name = "scheduler"', 'name = "scheduler"\ncount = 2')
    settings = f'[[settings]]\nname = "a"\n{target}\nacks = "on receipt"\n[[settings]]\nname = "b"\n'
    assert [(where.split(": ")[1], what) for where, what in _complaints(text + settings)] == [
        (
            'setting 1, field "acks"',
            "what is acknowledged on receipt cannot be passed on safely; say after work",
        )
    ]


def test_a_setting_may_have_others_than_a_forwarder_acknowledge_on_receipt() -> None:
    other = '[[workers]]\nname = "other"\nqueue = "tasks"\n'
    settings = '[[settings]]\nname = "a"\ntarget = "other"\nacks = "on receipt"\n[[settings]]\nname = "b"\n'
    assert read(SCHEDULED + other + settings, "a.toml", "a").settings[0].ack_mode is AckMode.ON_RECEIPT


TWO_QUEUES = (
    RETRYING.replace("[[workers]]", '[[workers]]\nname = "retrying"\nqueue = "tasks"').replace(
        "messages", 'queue = "tasks"\nmessages'
    )
    + """\
[[queues]]
name = "more"
[[workers]]
name = "other"
queue = "more"
[[settings]]
name = "a"
[[settings]]
name = "b"
target = "retrying"
on_failure = { action = "give back later", tries = 2, dead_letter = "dead.{kind}" }
"""
)


def test_what_a_setting_says_of_failures_is_about_the_queue_of_those_meant() -> None:
    failing = read(TWO_QUEUES, "a.toml", "a").settings[1].on_failure
    assert failing is not None
    assert (failing.by_rejection, failing.delay) == (True, 0.5)
    elsewhere = (
        read(TWO_QUEUES.replace('target = "retrying"', 'target = "other"'), "a.toml", "a").settings[1].on_failure
    )
    assert elsewhere is not None
    assert not elsewhere.by_rejection


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        (
            'target = "retrying"\n',
            "",
            'setting 2, field "on_failure"',
            (
                "tasks_retry is for what fails in tasks, and those meant take from tasks and more; "
                "say in target whose failures are meant"
            ),
        ),
        (
            'tries = 2, dead_letter = "dead.{kind}"',
            "tries = 2",
            'setting 2, field "on_failure"',
            'field "dead_letter" is missing: what is given up is rejected, and tasks_retry would bring it back',
        ),
        (
            "tries = 2",
            "tries = 2, delay = 3",
            'setting 2, field "on_failure.delay"',
            "tasks_retry says it: 0.5 s; leave it out here",
        ),
    ],
)
def test_what_is_wrong_with_failures_of_a_setting_is_said(old: str, new: str, where: str, what: str) -> None:
    assert TWO_QUEUES.count(old) == 1
    assert [(place.split(": ")[1], said) for place, said in _complaints(TWO_QUEUES.replace(old, new))] == [
        (where, what)
    ]


def test_dead_letters_of_a_queue_whose_rejections_come_back_need_routes() -> None:
    needless = "what tasks rejects goes to tasks_retry; workers publish dead letters along routes"
    assert _complaints(RETRYING.replace('routes = ["dead.*"]\n', "")) == [
        ("7: queue 3", f'field "routes" is missing: {needless}'),
        (
            '11: worker 1, field "on_failure.dead_letter"',
            'the broker itself puts dead letters into dead; give it routes = ["dead.*"]',
        ),
    ]


def test_one_queue_may_have_dead_letters_of_the_broker_and_another_those_of_its_workers() -> None:
    both = RETRYING.replace("[[workers]]", '[[workers]]\nqueue = "tasks"')
    both = both.replace("messages", 'queue = "tasks"\nmessages')
    others = '[[queues]]\nname = "more"\n[[queues]]\nname = "more_dead"\ndead_letters_of = "more"\n'
    assert read(both + others, "a.toml", "a").queues[-1].routes == ()


def _complaints(text: str) -> list[tuple[str, str]]:
    """Line and place, and what is wrong there."""
    with pytest.raises(ScenarioError) as caught:
        read(text, "my", "my")
    said = [_SAID.fullmatch(line) for line in str(caught.value).splitlines()]
    return [(each[1], each[2]) for each in said if each is not None]
