from dataclasses import replace

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.scenario import Scenario
from wqstudio.domain.worker import FailureAction, OnFailure, ProducerSpec, TaskKind, WorkerSpec
from wqstudio.ui.models.topology import Kind, Link, Topology, Way, topology

_JOBS = QueueSpec("jobs", ("jobs.>",), consumers=(ConsumerSpec("workers"),))
_SOURCE = Source("jobs", "workers")


def _scenario(*workers: WorkerSpec, queues: tuple[QueueSpec, ...] = (_JOBS,), poison: bool = False) -> Scenario:
    producer = ProducerSpec("orders", "jobs", "jobs.{n}", count=50, mix=(TaskKind("task", poison=poison),))
    return Scenario("s", "S", "", queues, workers, (producer, replace(producer, name="orders-2")))


def _named(drawn: Topology, kind: Kind) -> list[tuple[str, int]]:
    return [(one.name, one.count) for column in drawn.columns for one in column if one.kind is kind]


def _ways(drawn: Topology, way: Way) -> list[Link]:
    return [link for link in drawn.links if link.way is way]


def test_alike_ones_are_drawn_as_one_and_others_apart() -> None:
    workers = [WorkerSpec(f"fast-{n}", _SOURCE, speed=2.0) for n in (1, 2, 3)]
    drawn = topology(_scenario(*workers, WorkerSpec("slow", _SOURCE)))
    assert _named(drawn, Kind.PRODUCERS) == [("orders", 2)]
    assert _named(drawn, Kind.WORKERS) == [("fast", 3), ("slow", 1)]
    assert [one.speed for one in drawn.columns[-1]] == [2.0, 1.0]
    assert drawn.columns[-1][0].detail == "×2 · prefetch 1"
    on_nats = topology(_scenario(*workers), Product.NATS)
    assert on_nats.columns[-1][0].detail == "pull size 1"


def test_more_than_there_is_room_for_are_drawn_by_their_group() -> None:
    workers = [WorkerSpec(f"worker-{n}", _SOURCE, speed=n) for n in range(1, 11)]
    drawn = topology(_scenario(*workers))
    assert _named(drawn, Kind.WORKERS) == [("worker", 10)]
    assert drawn.columns[-1][0].detail.startswith("×1 to ×10")


def test_dead_letters_lie_below_their_queue_and_what_is_tried_again_goes_back() -> None:
    queues = (QueueSpec("jobs_dlq", (), dead_letters_of="jobs"), _JOBS)
    drawn = topology(_scenario(WorkerSpec("w", _SOURCE), queues=queues, poison=True))
    assert [one.name for one in drawn.columns[1]] == ["jobs", "jobs_dlq"]
    assert _ways(drawn, Way.DEAD) == [Link("queue jobs", "queue jobs_dlq", Way.DEAD)]
    assert _ways(drawn, Way.BACK) == [Link("workers w", "queue jobs", Way.BACK)]
    final = WorkerSpec("w", _SOURCE, on_failure=OnFailure(FailureAction.TERMINATE))
    assert not _ways(topology(_scenario(final, poison=True)), Way.BACK)


def test_a_retry_queue_lies_below_its_queue_where_there_are_such() -> None:
    queues = (_JOBS, QueueSpec("jobs_retry", (), retries_of="jobs", delay=0.5))
    scenario = _scenario(WorkerSpec("w", _SOURCE), queues=queues)
    for product in (None, Product.RABBITMQ):
        drawn = topology(scenario, product)
        assert _named(drawn, Kind.RETRIES) == [("jobs_retry", 1)]
        assert _ways(drawn, Way.ASIDE) == [Link("queue jobs", "queue jobs_retry", Way.ASIDE)]
    assert "retry queue jobs_retry (0.5 s)" in topology(scenario).spoken
    assert not _named(topology(scenario, Product.NATS), Kind.RETRIES)


def test_what_a_scheduler_passes_on_goes_to_where_its_route_leads() -> None:
    queues = (_JOBS, QueueSpec("tasks", ("tasks.*",), consumers=(ConsumerSpec("workers"),)))
    scheduler = WorkerSpec("scheduler", _SOURCE, forward="tasks.{kind}")
    drawn = topology(_scenario(scheduler, queues=queues))
    assert _ways(drawn, Way.ON) == [Link("workers scheduler", "queue tasks", Way.ON)]


def test_consumers_are_drawn_where_a_stream_has_several_and_not_on_rabbitmq() -> None:
    both = replace(_JOBS, consumers=(ConsumerSpec("high", "jobs.high.*"), ConsumerSpec("low", "jobs.low.*")))
    worker = WorkerSpec("w", Source("jobs", "low"), prior=Source("jobs", "high"))
    drawn = topology(_scenario(worker, queues=(both,)), Product.NATS)
    assert _named(drawn, Kind.CONSUMER) == [("high", 1), ("low", 1)]
    assert Link("consumer jobs high", "workers w", Way.FIRST) in drawn.links
    assert Link("queue jobs", "consumer jobs low", Way.FLOW) in drawn.links
    on_rabbit = topology(_scenario(worker, queues=(both,)), Product.RABBITMQ)
    assert not _named(on_rabbit, Kind.CONSUMER)
    assert Link("queue jobs", "workers w", Way.FLOW) in on_rabbit.links


def test_it_can_be_told_to_those_who_cannot_see_it() -> None:
    drawn = topology(_scenario(WorkerSpec("w-1", _SOURCE), WorkerSpec("w-2", _SOURCE)))
    assert drawn.spoken == "2 producer orders (50 messages, 10/s); queue jobs; 2 worker w (prefetch 1)"
