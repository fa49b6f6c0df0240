"""How often a message was delivered, by what the queue and the copies of it tell."""

import pytest

from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.amqp.codec import encode_table
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered
from wqstudio.brokers.rabbitmq.amqp.properties import Properties
from wqstudio.brokers.rabbitmq.sessions.holding import Held


def _death(queue: str, reason: str, count: int) -> dict[str, object]:
    return {"queue": queue, "reason": reason, "count": count, "exchange": "", "routing-keys": [queue]}


@pytest.mark.parametrize(
    ("headers", "redelivered", "deliveries", "counted"),
    [
        ({}, False, 1, True),
        ({}, True, 2, False),
        ({"x-delivery-count": 3}, True, 4, True),
        ({"x-delivery-count": 0, "x-acquired-count": 2}, True, 3, True),
        ({marks.RETRIES_HEADER: 3}, False, 4, True),
        ({marks.RETRIES_HEADER: 3}, True, 5, False),
        ({marks.RETRIES_HEADER: 3, "x-delivery-count": 1}, True, 5, True),
        ({marks.RETRIES_HEADER: "many", "x-delivery-count": "no"}, False, 1, True),
        ({"x-death": [_death("jobs_retry", "expired", 2), _death("jobs", "rejected", 2)]}, False, 3, True),
        ({"x-death": [_death("jobs_retry", "expired", 2), _death("jobs", "rejected", 2)]}, True, 4, False),
        ({"x-death": [_death("jobs_retry", "expired", 3), _death("others", "rejected", 3)]}, False, 1, True),
        ({"x-death": [_death("jobs", "rejected", 2), _death("jobs_retry", "expired", 1)]}, False, 1, True),
        ({"x-death": [_death("jobs.wqs-retry-500", "expired", 1), _death("jobs", "rejected", 1)]}, False, 1, True),
        ({"x-death": "no list"}, False, 1, True),
        ({"x-death": []}, False, 1, True),
    ],
)
def test_deliveries_are_counted_over_returns_and_copies(
    headers: dict[str, object], deliveries: int, *, redelivered: bool, counted: bool
) -> None:
    properties = Properties(headers=encode_table(headers)).encode()
    message = Delivered("tag", 1, redelivered, "", "jobs", properties, b"")
    delivery = Held(None, message).delivery("jobs")  # type: ignore[arg-type]  # it is not settled
    assert (delivery.deliveries, delivery.counted) == (deliveries, counted)
