"""Where dead letters go, by arguments and policies, exchanges and bindings."""

import pytest

from wqstudio.brokers.rabbitmq.dead_letters import Routes, Target, receivers
from wqstudio.brokers.rabbitmq.records import BindingRecord, ExchangeRecord, QueueRecord


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


def dead(*records: QueueRecord) -> set[str]:
    return set(receivers(records, {record.name: ROUTES.target(record) for record in records}))


def test_dead_letters_rest_where_they_go_no_further() -> None:
    assert dead(queue("jobs", "", "dlq"), queue("dlq")) == {"dlq"}
    assert dead(queue("jobs", "", "retry"), queue("retry", "", "jobs", message_ttl=1_000)) == set()
    assert dead(queue("jobs"), queue("retry", "", "jobs", message_ttl=1_000)) == set()
    assert dead(queue("jobs", "", "dlq", message_ttl=1_000, max_length=5), queue("dlq")) == {"dlq"}


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
