"""What a broker does not tell at all, so that the window says it once and not in every panel."""

from collections.abc import Sequence
from dataclasses import dataclass

from wqstudio.brokers.port import Words
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Gap:
    what: str
    why: str

    @property
    def text(self) -> str:
        return f"{self.what}. {self.why[:1].upper()}{self.why[1:].rstrip('.')}."


def gap(snapshot: Snapshot, words: Words) -> Gap | None:
    """What is missing of every queue; None where at least of one it is known.

    What some brokers never count is no gap: who asks for that figure is told there.
    """
    if isinstance(snapshot.queues, Unknown):
        return Gap(f"The {words.queues} are unknown", snapshot.queues.reason)
    queues = list(snapshot.queues.values())
    if not queues or (why := _shared_reason([queue.consumers for queue in queues])) is None:
        return None
    missing = [f"{words.consumer}s", *_missing_figures(queues, words)]
    return Gap(f"Of the {words.queues} these are unknown: {', '.join(missing)}", why)


def _missing_figures(queues: Sequence[QueueState], words: Words) -> list[str]:
    readings: dict[str, list[Reading[int]]] = {
        words.waiting: [queue.waiting for queue in queues],
        words.in_flight: [queue.in_flight for queue in queues],
        "size": [queue.bytes for queue in queues],
        "rates": [queue.published for queue in queues],
    }
    return [name for name, values in readings.items() if all(isinstance(value, Unknown) for value in values)]


def _shared_reason(readings: Sequence[Reading[object]]) -> str | None:
    """None unless all are unknown; where the reasons differ, the first of them."""
    reasons = [reading.reason for reading in readings if isinstance(reading, Unknown)]
    return reasons[0] if len(reasons) == len(readings) else None
