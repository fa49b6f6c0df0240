from dataclasses import replace

from wqstudio.domain.changes import Changes, diff
from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.domain.reading import Unknown
from wqstudio.domain.snapshot import Snapshot

CONSUMER = ConsumerState("jobs", "workers", 1, 2, 0, 0, 0, 0, None)
JOBS = QueueState("jobs", "work queue stream", 1, 1, 1, 0, 0, 0, None, 0, 0, 0, consumers=(CONSUMER,))
OTHER = replace(JOBS, name="other", consumers=())


def _snapshot(*queues: QueueState) -> Snapshot:
    return Snapshot(0.0, 0.0, "test", {queue.name: queue for queue in queues})


def test_the_first_snapshot_adds_all() -> None:
    changes = diff(None, _snapshot(JOBS, OTHER))
    assert changes.queues.added == ("jobs", "other")
    assert changes.consumers.added == (("jobs", "workers"),)


def test_nothing_new_is_nothing_to_do() -> None:
    assert not diff(_snapshot(JOBS), replace(_snapshot(JOBS), at=5.0))


def test_what_differs_is_named() -> None:
    busier = replace(JOBS, consumers=(replace(CONSUMER, in_flight=3),))
    changes = diff(_snapshot(JOBS, OTHER), _snapshot(busier))
    assert changes.queues.changed == ("jobs",)
    assert changes.queues.removed == ("other",)
    assert changes.consumers.changed == (("jobs", "workers"),)


def test_unknown_is_not_empty() -> None:
    blind = replace(_snapshot(), queues=Unknown("permission denied"))
    assert diff(_snapshot(JOBS), blind) == Changes()


def test_consumers_that_cannot_be_read_are_not_removed() -> None:
    blind = replace(JOBS, consumers=Unknown("timed out"))
    assert diff(_snapshot(JOBS), _snapshot(blind)).consumers.removed == ()
