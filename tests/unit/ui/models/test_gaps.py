from dataclasses import replace

from wqstudio.brokers.port import Words
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import Unknown
from wqstudio.domain.snapshot import Snapshot
from wqstudio.ui.models.gaps import gap

WORDS = Words("RabbitMQ", "queue", "queues", "consumer", "ready", "unacked", "prefetch")
WHY = Unknown("the management API does not answer; enable its plugin.")
KNOWN = QueueState("jobs", "quorum queue", 3, 0, 3, 0, 0, 0, None, 0, 0, 0)
LENGTH_ONLY = replace(KNOWN, name="mail", in_flight=WHY, published=WHY, consumers=WHY, bytes=WHY)


def snapshot(*queues: QueueState) -> Snapshot:
    return Snapshot(1.0, 0.1, "RabbitMQ 3.10", {queue.name: queue for queue in queues})


def test_a_listing_that_is_unknown_is_a_gap() -> None:
    found = gap(Snapshot(1.0, 0.1, "RabbitMQ 3.10", WHY), WORDS)
    assert found is not None
    assert found.text == "The queues are unknown. The management API does not answer; enable its plugin."


def test_what_is_missing_of_every_queue_is_named() -> None:
    found = gap(snapshot(LENGTH_ONLY, replace(LENGTH_ONLY, name="jobs")), WORDS)
    assert found is not None
    assert found.what == "Of the queues these are unknown: consumers, unacked, size, rates"
    assert found.why == WHY.reason


def test_one_queue_that_cannot_be_read_is_no_gap() -> None:
    assert gap(snapshot(LENGTH_ONLY, KNOWN), WORDS) is None


def test_what_a_broker_never_counts_is_no_gap() -> None:
    assert gap(snapshot(replace(KNOWN, redelivered=Unknown("not counted"), oldest=Unknown("not told"))), WORDS) is None


def test_an_empty_broker_is_no_gap() -> None:
    assert gap(snapshot(), WORDS) is None
