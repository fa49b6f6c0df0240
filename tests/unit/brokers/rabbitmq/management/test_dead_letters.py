"""Where dead letters go, by arguments and policies, exchanges and bindings."""

from collections.abc import Collection

import pytest

from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.management.dead_letters import Routes, Target, receivers
from wqstudio.brokers.rabbitmq.management.records import BindingRecord, ExchangeRecord, QueueRecord
from wqstudio.brokers.rabbitmq.topology import queue_arguments
from wqstudio.brokers.rabbitmq.watching.dead_ends import SURE_AFTER, DeadEnds, dead_end
from wqstudio.domain.queue import QueueSpec


def queue(name: str, exchange: str | None = None, key: str | None = None, **rules: object) -> QueueRecord:
    arguments = {f"x-{rule.replace('_', '-')}": value for rule, value in rules.items()}
    if exchange is not None:
        arguments["x-dead-letter-exchange"] = exchange
    if key is not None:
        arguments["x-dead-letter-routing-key"] = key
    return QueueRecord(name, arguments=arguments)


EXCHANGES = [ExchangeRecord("d", "direct"), ExchangeRecord("t", "topic"), ExchangeRecord("f", "fanout")]
BINDINGS = [
    BindingRecord("d", "dlq", "queue", "dead"),
    BindingRecord("d", "other", "queue", "else"),
    BindingRecord("t", "dlq", "queue", "a.*.#"),
    BindingRecord("f", "t", "exchange", ""),
    BindingRecord("t", "f", "exchange", "#"),
]
ROUTES = Routes(EXCHANGES, BINDINGS)


@pytest.mark.parametrize(
    ("record", "target"),
    [
        (queue("jobs"), None),
        (queue("jobs", "", "dlq"), ("dlq",)),
        (queue("jobs", ""), ("jobs",)),
        (queue("jobs", "d", "dead"), ("dlq",)),
        (queue("jobs", "d", "nobody"), ()),
        (queue("jobs", "d"), ("dlq", "other")),
        (queue("jobs", "t", "a.b"), ("dlq",)),
        (queue("jobs", "t", "a"), ()),
        (queue("jobs", "f", "a.b.c"), ("dlq",)),
        (queue("jobs", "gone", "x"), ()),
    ],
)
def test_a_target_is_followed_through_exchanges(record: QueueRecord, target: tuple[str, ...] | None) -> None:
    found = ROUTES.target(record)
    assert (found.queues if found is not None else None) == target


def test_a_policy_counts_where_no_argument_does() -> None:
    policy = {"dead-letter-exchange": "", "dead-letter-routing-key": "of policy"}
    assert ROUTES.target(QueueRecord("jobs", effective_policy_definition=policy)) == Target(
        "", "of policy", ("of policy",)
    )
    both = QueueRecord("jobs", arguments={"x-dead-letter-routing-key": "own"}, effective_policy_definition=policy)
    assert ROUTES.target(both) == Target("", "own", ("own",))


def dead(*records: QueueRecord, consumed: Collection[str] = ()) -> set[str]:
    return set(receivers(records, {record.name: ROUTES.target(record) for record in records}, consumed))


def test_dead_letters_rest_where_they_go_no_further() -> None:
    assert dead(queue("jobs", "", "dlq"), queue("dlq")) == {"dlq"}
    assert dead(queue("jobs", "", "retry"), queue("retry", "", "jobs", message_ttl=1_000)) == set()
    assert dead(queue("jobs"), queue("retry", "", "jobs", message_ttl=1_000)) == set()
    assert dead(queue("jobs", "", "dlq", message_ttl=1_000, max_length=5), queue("dlq")) == {"dlq"}


def test_work_with_a_time_to_live_is_no_delay_before_a_retry() -> None:
    """What is rejected there dies like anywhere else. A delay is what nobody consumes, with workers behind it."""
    work = queue("eu", "", "rest", message_ttl=600_000)
    assert dead(work, queue("rest"), consumed=["eu"]) == {"rest"}
    assert dead(work, queue("rest"), consumed=["eu", "rest"]) == {"rest"}
    assert dead(work, queue("rest")) == {"rest"}
    assert dead(work, queue("rest"), consumed=["rest"]) == set()
    assert dead(queue("eu", "", "eu-dead", message_ttl=600_000), queue("eu-dead"), consumed=["eu-dead"]) == {"eu-dead"}
    assert dead(queue("eu.delay.5s", "", "eu", message_ttl=5_000), queue("eu"), consumed=["eu.delay.5s"]) == {"eu"}


def test_one_that_leads_nowhere_else_is_no_way_through() -> None:
    """As under a policy that gives all queues the same exchange, those of dead letters too."""
    assert dead(queue("jobs", "", "dlq"), queue("dlq", "", "dlq")) == {"dlq"}
    assert dead(queue("jobs", "", "dlq"), queue("dlq", "gone")) == {"dlq"}
    assert dead(queue("loop", "", "loop")) == set()


@pytest.mark.parametrize(
    ("record", "gap"),
    [
        (queue("jobs", "gone", "x"), "the exchange gone is not there"),
        (queue("jobs", "d", "nobody"), "for the routing key nobody"),
        (queue("jobs", "empty"), "no queue is bound to the exchange empty; bind one"),
        (queue("jobs", "governed", "x"), ""),
        (queue("jobs", "d", "dead"), ""),
    ],
)
def test_what_is_missing_on_the_way_is_named(record: QueueRecord, gap: str) -> None:
    governed = ExchangeRecord("governed", policy="alternate")
    target = Routes([*EXCHANGES, ExchangeRecord("empty"), governed], BINDINGS).target(record)
    assert target is not None
    assert gap in target.gap
    assert bool(gap) == bool(target.gap)


def test_what_an_exchange_has_no_binding_for_goes_to_its_alternate() -> None:
    first = ExchangeRecord("first", "direct", {"alternate-exchange": "f"})
    bound = BindingRecord("first", "other", "queue", "k")
    routes = Routes([*EXCHANGES, first], [*BINDINGS, bound])
    found = {key: routes.target(queue("jobs", "first", key)) for key in ("k", "a.b", None)}
    assert {key: target.queues for key, target in found.items() if target is not None} == {
        "k": ("other",),
        "a.b": ("dlq",),
        None: ("other", "dlq"),
    }


def test_a_dead_end_is_told_of_once_it_lasts() -> None:
    jobs, ends = queue("jobs", "", "dlq"), DeadEnds()
    target = ROUTES.target(jobs)
    assert not ends.read(jobs, target, {"jobs"}, 100.0)
    assert not ends.read(jobs, target, {"jobs"}, 100.0 + SURE_AFTER / 2)
    assert ends.read(jobs, target, {"jobs"}, 100.0 + SURE_AFTER)
    assert not ends.read(jobs, target, {"jobs", "dlq"}, 110.0)
    assert not ends.read(jobs, target, {"jobs"}, 111.0)
    ends.forget_all_but(set())
    assert not ends.read(jobs, target, {"jobs"}, 130.0)


def test_a_queue_that_the_studio_made_without_a_place_for_dead_letters_is_no_dead_end() -> None:
    own = QueueRecord("jobs", arguments=queue_arguments(QueueSpec("jobs", ("jobs.#",))))
    foreign = queue("jobs", marks.DEAD_LETTER_EXCHANGE, "jobs")
    assert "is not there" in dead_end(foreign, ROUTES.target(foreign), {"jobs"})
    assert not dead_end(own, ROUTES.target(own), {"jobs"})


@pytest.mark.parametrize(
    ("pattern", "key", "matches"),
    [
        ("#", "", True),
        ("#", "a.b.c", True),
        ("a.#", "a", True),
        ("*.*", "a.b", True),
        ("*", "a.b", False),
        ("a.#.z", "a.b.c.z", True),
        ("a.#.z", "a.b.c", False),
        ("#.".join([""] * 20) + "z", "a." * 40 + "y", False),
    ],
)
def test_topics_match_as_rabbitmq_has_it(pattern: str, key: str, matches: bool) -> None:
    routes = Routes([ExchangeRecord("x", "topic")], [BindingRecord("x", "dlq", "queue", pattern)])
    found = routes.target(queue("jobs", "x", key))
    assert found is not None
    assert bool(found.queues) == matches
