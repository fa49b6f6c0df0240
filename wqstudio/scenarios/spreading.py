"""Scenarios made on one broker, for every broker on which their pattern exists."""

from dataclasses import replace

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios.problems import ScenarioError
from wqstudio.scenarios.reading import read
from wqstudio.scenarios.writing import written


def everywhere(scenario: Scenario) -> Scenario:
    """For all brokers, where it uses nothing that only one of them has; else as it is."""
    spread = replace(scenario, products=tuple(Product))
    return spread if _exists(spread) else scenario


def _exists(scenario: Scenario) -> bool:
    """On all of its brokers, as far as a file may say so. Several consumers of a queue are NATS's alone; what does not
    outlive a restart is RabbitMQ's: NATS keeps what its stream keeps.
    """
    if any(len(queue.consumers) > 1 or not queue.durable for queue in scenario.queues):
        return False
    if not all(producer.persistent for producer in scenario.producers):
        return False
    try:
        read(written(scenario), scenario.name, scenario.name)
    except ScenarioError:
        return False
    return True
