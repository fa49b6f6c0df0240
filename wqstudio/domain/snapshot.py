"""All that is known of a broker at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import Reading


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The answer to one poll.

    ``queues`` is unknown as a whole when the broker would not list them; a queue whose own numbers
    could not be read is present with unknown readings.
    """

    at: float
    """Unix time in seconds at which the poll began; every number is at least as fresh as this.

    Save for what the broker itself measures only now and then: RabbitMQ's statistics are up to 8 s older.
    """
    took: float
    """Seconds the poll took."""
    server: str
    """Product and version, as the window's title shows it: "NATS 2.15.1"."""
    queues: Reading[Mapping[str, QueueState]] = field(default_factory=dict)

    def age(self, now: float) -> float:
        """Seconds since the numbers were read."""
        return max(0.0, now - self.at)
