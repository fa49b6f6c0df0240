"""What a worker's session holds of a message in hand, to settle it by."""

from typing import NamedTuple

from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.amqp.channel import Channel
from wqstudio.brokers.rabbitmq.amqp.codec import MalformedTableError, Table
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered
from wqstudio.brokers.rabbitmq.amqp.properties import headers_of
from wqstudio.brokers.sessions import Delivery
from wqstudio.domain.task import DUE_HEADER, TASK_HEADER

_COUNTS = ("x-delivery-count", "x-acquired-count")
"""What quorum queues add from the second delivery on: failures, which until 4.3 were all; from then on, deliveries."""


class Held(NamedTuple):
    """What ``Delivery.tag`` is: delivery tags begin anew with each channel."""

    channel: Channel
    message: Delivered

    def delivery(self, queue: str) -> Delivery:
        headers = self._headers()
        deliveries, counted = self._deliveries(headers, queue)
        task, due = _text(headers, TASK_HEADER), _text(headers, DUE_HEADER)
        return Delivery(self.message.body, task, deliveries, self, due, counted)

    def _headers(self) -> Table:
        try:
            return headers_of(self.message.properties)
        except MalformedTableError:
            return {}  # another program's; a worker needs none of them

    def _deliveries(self, headers: Table, queue: str) -> tuple[int, bool]:
        """Quorum queues count; classic ones tell only whether it is the first. Copies bring their own count, and what
        a retry queue brings back tells how often it was rejected.

        With whether it is known for certain.
        """
        before = headers.get(marks.RETRIES_HEADER, 0)
        counts = [count for name in _COUNTS if isinstance(count := headers.get(name), int)]
        again = max(counts, default=int(self.message.redelivered)) + _rejections(headers, queue)
        return 1 + again + (before if isinstance(before, int) else 0), bool(counts) or not self.message.redelivered


def _text(headers: Table, name: str) -> str:
    return value if isinstance(value := headers.get(name, ""), str) else ""


def _rejections(headers: Table, queue: str) -> int:
    """By ``queue``, if what came last was the wait in a retry queue of its own: ``x-death`` begins with that.

    Else its history is of an earlier life, which somebody has ended by moving it back.
    """
    deaths = headers.get("x-death")
    if not isinstance(deaths, list) or not all(isinstance(death, dict) for death in deaths):
        return 0
    if not deaths or deaths[0].get("reason") != "expired" or marks.is_unseen_retry_queue(str(deaths[0].get("queue"))):
        return 0
    mine = [death for death in deaths if (death.get("queue"), death.get("reason")) == (queue, "rejected")]
    return sum(count for death in mine if isinstance(count := death.get("count"), int))


def held_of(delivery: Delivery) -> Held:
    assert isinstance(delivery.tag, Held), "a delivery of another session"
    return delivery.tag
