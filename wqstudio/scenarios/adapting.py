"""One scenario for all brokers: what differs is where workers take messages from, how a route is written, and where
what is given back for later waits.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from wqstudio.brokers.rabbitmq.amqp.marks import EXCHANGE
from wqstudio.domain.connection import Product
from wqstudio.domain.queue import Source
from wqstudio.domain.scenario import Scenario
from wqstudio.domain.worker import WorkerSpec


def adapted(scenario: Scenario, product: Product) -> Scenario:
    """As it is played on that product's brokers. Queues are the adapters' business: their specs stay as they are."""
    faults = tuple(fault for fault in scenario.faults if fault.product in {None, product})
    return _written_for(replace(scenario, faults=faults, takes=scenario.usual(product)), product)


def _written_for(scenario: Scenario, product: Product) -> Scenario:
    match product:
        case Product.NATS:
            return replace(
                scenario,
                queues=tuple(queue for queue in scenario.queues if not queue.retries_of),
                workers=tuple(_pulling(worker, scenario) for worker in scenario.workers),
            )
        case Product.RABBITMQ:
            return replace(
                scenario,
                workers=tuple(map(_on_queue, scenario.workers)),
                producers=tuple(
                    replace(producer, route=_through_exchange(producer.route, producer.queue))
                    for producer in scenario.producers
                ),
            )
        case _:
            assert_never(product)


def generalized(scenario: Scenario, product: Product) -> Scenario:
    """As ``adapted`` was given it: what is played on that product's brokers, as scenarios are written."""
    match product:
        case Product.NATS:
            return scenario
        case Product.RABBITMQ:
            consumers = {queue.name: queue.consumers[0].name for queue in scenario.queues if queue.consumers}
            return replace(
                scenario,
                workers=tuple(
                    _publishing(
                        replace(worker, source=Source(worker.source.queue, consumers.get(worker.source.queue, ""))),
                        _directly,
                    )
                    for worker in scenario.workers
                ),
                producers=tuple(replace(producer, route=_directly(producer.route)) for producer in scenario.producers),
            )
        case _:
            assert_never(product)


def _pulling(worker: WorkerSpec, scenario: Scenario) -> WorkerSpec:
    """A pull asks for a number: without a limit, for all that its consumer may have in flight.

    JetStream delays by itself what is given back, and has no retry queues.
    """
    worker = replace(worker, on_failure=replace(worker.on_failure, by_rejection=False))
    if worker.prefetch:
        return worker
    limits = [
        consumer.max_in_flight
        for queue in scenario.queues
        for consumer in queue.consumers
        if Source(queue.name, consumer.name) == worker.source
    ]
    return replace(worker, prefetch=min(limits, default=1))


def _on_queue(worker: WorkerSpec) -> WorkerSpec:
    """RabbitMQ knows no consumer apart from those who consume."""
    return _publishing(replace(worker, source=Source(worker.source.queue)), _through_exchange)


def _publishing(worker: WorkerSpec, written: Callable[[str], str]) -> WorkerSpec:
    """With the routes along which it publishes ``written``, where it does."""
    policy = worker.on_failure
    return replace(
        worker,
        forward=worker.forward and written(worker.forward),
        on_failure=replace(policy, dead_letter=policy.dead_letter and written(policy.dead_letter)),
    )


def _through_exchange(route: str, queue: str = "") -> str:
    """Into ``queue`` by its own name leads the default exchange, and no binding."""
    return route if route == queue else f"{EXCHANGE}/{route}"


def _directly(route: str) -> str:
    return route.removeprefix(f"{EXCHANGE}/")
