from dataclasses import replace

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import ConsumerSpec
from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.comparable import comparable

_DEMO = SCENARIOS[0]


def _by_hand(scenario: Scenario) -> Scenario:
    """As it is captured: on the broker where it was done."""
    return replace(scenario, products=(Product.NATS,), played_on=(), expectations=(), drained=False, seconds=30)


def test_who_never_ends_publishes_what_he_would_in_ten_seconds() -> None:
    made = comparable(_by_hand(_DEMO))
    assert [producer.rate for producer in made.producers] == [9, 6]
    assert [producer.count for producer in made.producers] == [90, 60]
    assert (made.drained, made.seconds) == (True, 60)
    at_once = tuple(
        replace(producer, rate=0.0, count=count) for producer, count in zip(_DEMO.producers, (None, 7), strict=True)
    )
    assert [producer.count for producer in comparable(replace(_by_hand(_DEMO), producers=at_once)).producers] == [
        500,
        7,
    ]


def test_it_is_for_both_brokers_where_both_have_the_pattern() -> None:
    scenario = _by_hand(_DEMO)
    assert comparable(scenario).products == tuple(Product)
    work = scenario.queues[0]
    two = replace(work, consumers=(*work.consumers, ConsumerSpec("others", "jobs.other.*")))
    assert comparable(replace(scenario, queues=(two, *scenario.queues[1:]))).products == (Product.NATS,)
    prior = tuple(replace(worker, prior=worker.source) for worker in scenario.workers)
    assert comparable(replace(scenario, workers=prior)).products == (Product.NATS,)


def test_what_does_not_outlive_a_restart_is_for_rabbitmq_alone() -> None:
    scenario = replace(_by_hand(_DEMO), products=(Product.RABBITMQ,))
    passing = tuple(replace(queue, durable=False) for queue in scenario.queues)
    light = tuple(replace(producer, persistent=False) for producer in scenario.producers)
    assert comparable(replace(scenario, queues=passing)).products == (Product.RABBITMQ,)
    assert comparable(replace(scenario, producers=light)).products == (Product.RABBITMQ,)
    assert comparable(scenario).products == tuple(Product)
