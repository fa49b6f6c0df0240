"""What is expected of a scenario that nobody has said anything of, and what is not."""

import pytest

from tests.played import scenario_of
from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Expectation, Scenario
from wqstudio.scenarios.certainties import LONGEST, ending, expecting
from wqstudio.scenarios.reading import read

QUEUE = """
[[queues]]
name = "tasks"
"""
WORKER = """
[[workers]]
name = "steady"
service = 0.01
"""
PRODUCER = """
[[producers]]
messages = 40
rate = 20
"""


def _of(text: str) -> Scenario:
    endless = "messages =" not in text
    return expecting(ending(read(f'ends = "time"\n{text}' if endless else text, "test.toml", "test")))


def _expected(scenario: Scenario, figure: str) -> list[Expectation]:
    return [each for each in scenario.expectations if each.figure == figure]


def test_of_plain_work_all_is_expected() -> None:
    scenario = _of(QUEUE + WORKER + PRODUCER)
    assert scenario.drained
    assert [(each.figure, each.equals) for each in scenario.expectations] == [
        ("balanced", 1),
        ("lost", 0),
        ("published", 40),
        ("acknowledged", 40),
    ]
    assert all(each.why for each in scenario.expectations)


@pytest.mark.parametrize(
    "text",
    [
        QUEUE + WORKER + PRODUCER.replace("messages = 40", ""),
        QUEUE + WORKER + PRODUCER + "mix = [{ poison = true }]",
        QUEUE + WORKER + "failure_rate = 0.1" + PRODUCER,
        QUEUE + WORKER + PRODUCER + '[[faults]]\nat = 1\naction = "crash"\ntarget = "steady"',
        QUEUE + WORKER + PRODUCER + '[[faults]]\nat = 1\naction = "pause"\ntarget = "steady"',
        QUEUE + WORKER + PRODUCER + '[[faults]]\nat = 1\naction = "stop"\ntarget = "producer"',
        QUEUE + 'consumers = [{ name = "workers", filter = "tasks.other" }]' + WORKER + PRODUCER,
        QUEUE + WORKER.replace("0.01", "1000") + PRODUCER,
    ],
    ids=["endless", "poison", "failures", "crash", "pause", "stopped producer", "others' tasks", "too long"],
)
def test_what_may_never_end_goes_by_the_clock(text: str) -> None:
    scenario = _of(text)
    assert not scenario.drained
    assert scenario.seconds < LONGEST
    assert not _expected(scenario, "published")


def test_it_is_waited_for_those_who_are_slowest() -> None:
    """One that hoards may have all of the work."""
    slow = WORKER.replace("steady", "slow") + "speed = 0.01\n"
    scenario = _of(QUEUE + WORKER + slow + PRODUCER)
    assert scenario.drained
    assert 40 * 0.01 / 0.01 < scenario.seconds < LONGEST


def test_that_work_is_done_is_expected_of_what_goes_by_the_clock() -> None:
    endless = PRODUCER.replace("messages = 40", "")
    (done,) = _expected(_of(QUEUE + WORKER + endless), "acknowledged")
    assert done.at_least == 1
    assert not _expected(_of(QUEUE + WORKER + endless + "mix = [{ poison = true }]"), "acknowledged")
    assert not _expected(_of(QUEUE + WORKER.replace("0.01", "20") + endless), "acknowledged")


@pytest.mark.parametrize(
    "text",
    [
        QUEUE + WORKER + 'acks = "on receipt"' + PRODUCER,
        QUEUE + 'max_messages = 10\ndiscard = "old"' + WORKER + PRODUCER,
        QUEUE + "max_age = 10" + WORKER + PRODUCER,
    ],
    ids=["on receipt", "drops its oldest", "expire"],
)
def test_where_tasks_may_be_lost_that_is_said(text: str) -> None:
    scenario = _of(text)
    (lost,) = _expected(scenario, "lost")
    assert (lost.equals, lost.at_least) == (None, 0)
    assert lost.why
    assert all(each.equals is None for each in _expected(scenario, "acknowledged"))


def test_a_limit_of_age_that_nothing_reaches_loses_nothing() -> None:
    (lost,) = _expected(_of(QUEUE + "max_age = 604800" + WORKER + PRODUCER), "lost")
    assert lost.equals == 0


def test_what_rabbitmq_drops_is_said_of_rabbitmq() -> None:
    limited = QUEUE + 'consumers = [{ name = "workers", max_deliver = 3 }]'
    on_nats, on_rabbitmq = _expected(_of(limited + WORKER + PRODUCER), "lost")
    assert (on_nats.product, on_nats.equals) == (Product.NATS, 0)
    assert (on_rabbitmq.product, on_rabbitmq.at_least) == (Product.RABBITMQ, 0)
    buried = f'{limited}\n[[queues]]\nname = "dead"\ndead_letters_of = "tasks"\n'
    (lost,) = _expected(_of(buried + WORKER + PRODUCER), "lost")
    assert lost.equals == 0


def test_what_was_tried_too_often_is_not_expected_to_be_done() -> None:
    limited = f"""{QUEUE}consumers = [{{ name = "workers", max_deliver = 3 }}]
        [[queues]]
        name = "dead"
        dead_letters_of = "tasks"
        """
    work = f"{limited}{WORKER}{WORKER.replace('steady', 'other')}".replace("service", 'queue = "tasks"\nservice')
    load = PRODUCER + 'queue = "tasks"\n'
    crash = '[[faults]]\nat = 1\naction = "crash"\ntarget = "other"'
    assert _expected(_of(work + load), "acknowledged")
    assert not _expected(_of(work + load + crash), "acknowledged")


def test_the_scenario_is_the_same_but_for_its_end() -> None:
    before = scenario_of(QUEUE + WORKER + PRODUCER)
    after = expecting(ending(before))
    assert (after.queues, after.workers, after.producers) == (before.queues, before.workers, before.producers)
