"""Which policy is in force, and what limit it makes."""

import msgspec
import pytest

from wqstudio.brokers.rabbitmq.management.delivery_limit import (
    DeliveryLimit,
    before_lifting,
    in_force,
    lifted,
    version_of,
)
from wqstudio.brokers.rabbitmq.management.governing import governing, strongest
from wqstudio.brokers.rabbitmq.management.records import PolicyRecord, QueueRecord

QUEUE = QueueRecord("jobs.dead", type="quorum")


def _policy(name: str, pattern: str = ".*", priority: int = 0, apply_to: str = "queues") -> PolicyRecord:
    return PolicyRecord(name, pattern=pattern, priority=priority, apply_to=apply_to)


def test_the_one_of_the_highest_priority_that_fits_governs() -> None:
    policies = [
        _policy("low"),
        _policy("high", r"\.dead$", 5, "quorum_queues"),
        _policy("classic", priority=9, apply_to="classic_queues"),
        _policy("exchanges", priority=9, apply_to="exchanges"),
        _policy("other", "^dead", 9),
    ]
    found = governing(policies, QUEUE)
    assert found is not None
    assert found.name == "high"
    assert governing(policies[2:], QUEUE) is None


def test_of_a_pattern_that_only_erlang_reads_the_queues_own_word_counts() -> None:
    odd = _policy("odd", r"[[:alpha:]]+\z")
    assert governing([odd], QUEUE) is None
    assert governing([odd], QueueRecord("jobs", policy="odd")) == odd


def test_whoever_is_careful_counts_each_that_may_be_in_force() -> None:
    odd, plain, other = _policy("odd", r"[[:alpha:]]+\z"), _policy("plain"), PolicyRecord("other", "elsewhere", ".*")
    policies = [odd, plain, msgspec.structs.replace(other, apply_to="all")]
    assert strongest(policies, QUEUE) == [plain]
    assert strongest(policies, QUEUE, careful=True) == [odd, plain]
    equal = [_policy("first"), plain]
    assert governing(equal, QueueRecord("jobs", policy="plain")) == plain


@pytest.mark.parametrize(
    ("argument", "policy", "version", "limit"),
    [
        (None, None, (3, 10), None),
        (None, None, (4, 0, 5), DeliveryLimit(20)),
        (None, -1, (4, 0), None),
        (-1, None, (4, 0), None),
        (None, 7, (3, 13), DeliveryLimit(7)),
        (5, 7, (4, 0), DeliveryLimit(5, by_argument=True)),
        (7, 5, (3, 10), DeliveryLimit(5, by_argument=True)),
        (7, -1, (4, 0), DeliveryLimit(7, by_argument=True)),
    ],
)
def test_the_limit_in_force(
    argument: int | None, policy: int | None, version: tuple[int, ...], limit: DeliveryLimit | None
) -> None:
    queue = QueueRecord(
        "q",
        type="quorum",
        arguments={} if argument is None else {"x-delivery-limit": argument},
        effective_policy_definition={} if policy is None else {"delivery-limit": policy},
    )
    assert in_force(queue, version) == limit


def test_classic_queues_count_nothing() -> None:
    assert in_force(QueueRecord("q", arguments={"x-delivery-limit": 3}), (4, 0)) is None


@pytest.mark.parametrize("version", [(3, 10), (4, 0)])
def test_what_a_look_has_lifted_is_still_a_limit_to_others(version: tuple[int, ...]) -> None:
    queue = QueueRecord(
        "q", type="quorum", policy="wqstudio-checkout-x", effective_policy_definition=lifted({}, version)
    )
    assert in_force(queue, version) is None
    assert before_lifting(queue, version) == DeliveryLimit(None)


def test_versions_are_read_as_far_as_they_are_numbers() -> None:
    assert [version_of(text) for text in ("4.0.5", "3.13.0-rc.1", "")] == [(4, 0, 5), (3, 13, 0), ()]
