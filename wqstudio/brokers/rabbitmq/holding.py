"""What a worker's session holds of a message in hand, to settle it by."""

from typing import NamedTuple

from wqstudio.brokers.rabbitmq import marks
from wqstudio.brokers.rabbitmq.channel import Channel
from wqstudio.brokers.rabbitmq.codec import MalformedTableError, Table
from wqstudio.brokers.rabbitmq.framing import Delivered
from wqstudio.brokers.rabbitmq.properties import headers_of
from wqstudio.brokers.sessions import Delivery
from wqstudio.domain.task import TASK_HEADER

_COUNTS = ("x-delivery-count", "x-acquired-count")
"""What quorum queues add from the second delivery on: failures, which until 4.3 were all; from then on, deliveries."""


class Held(NamedTuple):
    """What ``Delivery.tag`` is: delivery tags begin anew with each channel."""

    channel: Channel
    message: Delivered

    def delivery(self) -> Delivery:
        headers = self._headers()
        task = headers.get(TASK_HEADER, "")
        deliveries, counted = self._deliveries(headers)
        return Delivery(self.message.body, task if isinstance(task, str) else "", deliveries, self, counted)

    def _headers(self) -> Table:
        try:
            return headers_of(self.message.properties)
        except MalformedTableError:
            return {}  # another program's; a worker needs none of them

    def _deliveries(self, headers: Table) -> tuple[int, bool]:
        """Quorum queues count; classic ones tell only whether it is the first. Copies bring their own count.

        With whether it is known for certain.
        """
        before = headers.get(marks.RETRIES_HEADER, 0)
        counts = [count for name in _COUNTS if isinstance(count := headers.get(name), int)]
        again = max(counts, default=int(self.message.redelivered))
        return 1 + again + (before if isinstance(before, int) else 0), bool(counts) or not self.message.redelivered


def held_of(delivery: Delivery) -> Held:
    assert isinstance(delivery.tag, Held), "a delivery of another session"
    return delivery.tag
