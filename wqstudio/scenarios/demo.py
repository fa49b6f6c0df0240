"""The first thing a newcomer sees: a job queue, three workers of different speed, a few poison tasks."""

from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.scenario import Scenario
from wqstudio.domain.worker import FailureAction, OnFailure, ProducerSpec, TaskKind, WorkerSpec

_JOBS = QueueSpec(
    name="jobs",
    routes=("jobs.*.*",),
    max_messages=20_000,
    max_bytes=256 * 1024 * 1024,
    max_age=7 * 86_400.0,
    consumers=(ConsumerSpec(name="workers", filter="jobs.*.*", ack_wait=10.0, max_deliver=4),),
)
_DEAD = QueueSpec(name="jobs_dlq", routes=(), dead_letters_of="jobs")
_SOURCE = Source(queue="jobs", consumer="workers")
_RETRY = OnFailure(FailureAction.BACKOFF, delay=0.5, cap=4.0)


def _worker(name: str, speed: float) -> WorkerSpec:
    return WorkerSpec(name, _SOURCE, service_time=0.12, speed=speed, failure_rate=0.03, on_failure=_RETRY)


DEMO = Scenario(
    name="demo",
    title="Job queue",
    summary="Three workers of different speed share one queue; the fast one takes more, nobody waits for the slow one.",
    queues=(_JOBS, _DEAD),
    workers=(_worker("fast-1", 3.0), _worker("normal-1", 1.0), _worker("slow-1", 0.3)),
    producers=(
        ProducerSpec(
            name="high",
            queue="jobs",
            route="jobs.high.{n}",
            rate=9.0,
            mix=(
                TaskKind("send e-mail", difficulty=1, weight=6),
                TaskKind("resize image", difficulty=3, weight=3),
                TaskKind("broken order", difficulty=1, weight=0.1, poison=True),
            ),
            seed=1,
        ),
        ProducerSpec(
            name="low",
            queue="jobs",
            route="jobs.low.{n}",
            rate=6.0,
            burst=48,
            mix=(TaskKind("build report", difficulty=5, weight=1), TaskKind("clear cache", difficulty=1, weight=3)),
            seed=2,
        ),
    ),
)
