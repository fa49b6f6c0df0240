from dataclasses import replace

import pytest

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import Source
from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios import SCENARIOS, adapted
from wqstudio.scenarios.adapting import generalized


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_on_nats_a_scenario_is_played_as_it_is_written_but_for_retry_queues(scenario: Scenario) -> None:
    played = adapted(scenario, Product.NATS)
    assert played.queues == tuple(queue for queue in scenario.queues if not queue.retries_of)
    assert played.usual(Product.NATS) == scenario.usual(Product.NATS)
    assert played == replace(scenario, queues=played.queues, workers=played.workers)
    for worker, written in zip(played.workers, scenario.workers, strict=True):
        assert worker == replace(written, on_failure=replace(written.on_failure, by_rejection=False))


def test_what_workers_publish_goes_through_the_studios_exchange_and_is_written_as_scenarios_are() -> None:
    jobs = SCENARIOS.named("background-jobs")
    assert jobs is not None
    played = adapted(jobs, Product.RABBITMQ)
    assert {worker.on_failure.dead_letter for worker in played.workers} == {"wqstudio/jobs-dlq.{kind}"}
    scheduled = SCENARIOS.named("scheduled-tasks")
    assert scheduled is not None
    assert [worker.forward for worker in adapted(scheduled, Product.RABBITMQ).workers] == [
        "wqstudio/tasks.{kind}",
        "",
        "",
    ]
    for scenario in (jobs, scheduled):
        assert generalized(adapted(scenario, Product.RABBITMQ), Product.RABBITMQ) == scenario


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_on_rabbitmq_queues_are_consumed_and_routes_go_through_the_studios_exchange(scenario: Scenario) -> None:
    played = adapted(scenario, Product.RABBITMQ)
    assert played.queues == scenario.queues
    for worker, written in zip(played.workers, scenario.workers, strict=True):
        assert worker.source == Source(written.source.queue)
        assert worker.name == written.name
    for producer, original in zip(played.producers, scenario.producers, strict=True):
        to_queue_itself = original.route == original.queue
        assert producer.route == (original.route if to_queue_itself else f"wqstudio/{original.route}")


@pytest.mark.parametrize("product", Product)
def test_what_was_adapted_can_be_written_as_scenarios_are(product: Product) -> None:
    assert generalized(adapted(SCENARIOS[0], product), product) == SCENARIOS[0]
