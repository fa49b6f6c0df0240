"""What simulated workers publish themselves: dead letters that they give up, and tasks that are others' to do."""

import time
from datetime import UTC, datetime, timedelta

from tests.contract.labs import Lab
from tests.contract.watch import POISON, RUN, Watch, make_queue
from wqstudio.brokers.port import Broker
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.task import DUE_HEADER, TASK_HEADER, TaskId
from wqstudio.domain.worker import FailureAction, OnFailure, Outcome, Phase, TaskKind

DEAD = QueueSpec("jobs-dlq", ("jobs-dlq.*",), dead_letters_of="jobs")
PERMANENT = b'{"task": "t", "permanent": true}'


def _policy(lab: Lab, tries: int = 2) -> OnFailure:
    return OnFailure(FailureAction.NAK, tries=tries, dead_letter=lab.route("jobs-dlq.{kind}"))


async def test_what_is_given_up_is_published_as_a_dead_letter_that_says_why(
    lab: Lab, broker: Broker, watch: Watch
) -> None:
    await make_queue(broker)
    await broker.ensure(DEAD)
    await watch.put(1, POISON)
    await watch.worker(name="w-1", service_time=0, on_failure=_policy(lab))
    await watch.until(lambda: len(watch.settled) == 2)
    assert [row.outcome for row in watch.settled] == [Outcome.NAKED, Outcome.TERMINATED]
    account = await watch.account(broker)
    assert (account.terminated, account.stored, account.lost, account.duplicated) == (1, 0, 0, 0)
    ((headers, body),) = await lab.stored("jobs-dlq")
    assert body == POISON
    assert headers[TASK_HEADER] == str(TaskId(RUN, 1_000, 0))
    told = {name.removeprefix("Dead-Letter-"): value for name, value in headers.items() if "Dead-Letter" in name}
    failed_at = datetime.fromisoformat(told.pop("Failed-At"))
    assert timedelta() <= datetime.now(UTC) - failed_at < timedelta(seconds=60)
    home = {"Original-Queue": "jobs"}
    if lab.traits.makes_consumers:
        home = {"Original-Stream": "jobs", "Original-Subject": "jobs.a"}
    assert told == {
        "Reason": "retries used up", "Error": "failed at the task", "Deliveries": "2", "Worker": "w-1", **home
    }  # fmt: skip


async def test_what_fails_for_good_is_not_tried_again(lab: Lab, broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    await broker.ensure(DEAD)
    await watch.put(3, PERMANENT)
    await watch.worker(service_time=0, on_failure=_policy(lab, tries=9))
    await watch.until(lambda: len(watch.settled) == 3)
    assert {(row.outcome, row.deliveries) for row in watch.settled} == {(Outcome.TERMINATED, 1)}
    await watch.account(broker)
    assert [headers["Dead-Letter-Reason"] for headers, _ in await lab.stored("jobs-dlq")] == ["permanent failure"] * 3


async def test_what_has_no_place_among_the_dead_letters_yet_is_kept_and_tried_again(
    lab: Lab, broker: Broker, watch: Watch
) -> None:
    await make_queue(broker)
    await watch.put(1, PERMANENT)
    id_ = await watch.worker(service_time=0, on_failure=_policy(lab))
    await watch.until(lambda: watch.settled)
    assert watch.settled[0].outcome is Outcome.NAKED
    await watch.until(lambda: "jobs-dlq" in watch.fleet.workers[id_].reason)
    await broker.ensure(DEAD)
    await watch.until(lambda: watch.settled[-1].outcome is Outcome.TERMINATED)
    await watch.until(lambda: not watch.fleet.workers[id_].reason)
    account = await watch.account(broker)
    assert (account.terminated, account.stored, account.lost) == (1, 0, 0)
    assert len(await lab.stored("jobs-dlq")) == 1


async def test_a_scheduler_passes_tasks_on_once_they_are_due(lab: Lab, broker: Broker, watch: Watch) -> None:
    await broker.ensure(QueueSpec("scheduled", ("scheduled.*",), consumers=(ConsumerSpec("workers"),)))
    await make_queue(broker)
    scheduler = await watch.worker(
        source=Source("scheduled", "workers"), service_time=0, prefetch=10, forward=lab.route("jobs.{kind}")
    )
    worker = await watch.worker(service_time=0, prefetch=10)
    due = time.time() + 0.8  # at the earliest
    await watch.producer(
        queue="scheduled", route=lab.route("scheduled.tasks"), rate=0, count=3, mix=(TaskKind("later", due=0.8),)
    )
    await watch.until(lambda: len(watch.acked) == 3)
    # Who acknowledged may be heard of first.
    await watch.until(lambda: watch.outcomes(scheduler).count(Outcome.FORWARDED) == 3)
    early = [row for row in watch.settled if row.worker == scheduler and row.work != row.work]
    assert len(early) >= 3
    assert watch.outcomes(worker) == [Outcome.ACKED] * 3
    assert all(row.received >= due and row.deliveries == 1 for row in watch.settled if row.worker == worker)
    passed_on = [row for row in watch.settled if row.worker == scheduler and row not in early]
    assert [row.outcome for row in passed_on] == [Outcome.FORWARDED] * 3
    state = watch.fleet.workers[scheduler]
    assert (state.acked, state.forwarded, state.failed) == (0, 3, len(early))
    await watch.fleet.stop(scheduler)
    await watch.until(lambda: f"{state.spec.name} stopped; it passed on 3 messages" in watch.events)
    account = await watch.account(broker, "scheduled", "jobs")
    booked = next(each for each in account.workers if each.name == state.spec.name and each.forwarded)
    assert (booked.acknowledged, booked.forwarded, booked.failed) == (0, 3, len(early))
    assert (account.published, account.acknowledged, account.duplicated, account.lost) == (3, 3, 0, 0)


async def test_when_a_task_is_due_is_said_by_a_header(lab: Lab, broker: Broker, watch: Watch) -> None:
    await make_queue(broker)
    producer = await watch.producer(rate=0, count=1, mix=(TaskKind("later", due=60.0),))
    await watch.until(lambda: watch.fleet.producers[producer].phase is Phase.STOPPED)
    ((headers, body),) = await lab.stored("jobs")
    left = datetime.fromisoformat(headers[DUE_HEADER]) - datetime.now(UTC)
    assert timedelta(seconds=30) < left <= timedelta(seconds=60)
    assert b"due" not in body
