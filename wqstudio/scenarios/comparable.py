"""Scenarios made ready for comparing: each run of them is of the same tasks, comes to an end, and may be anywhere."""

from dataclasses import replace

from wqstudio.domain.scenario import Scenario
from wqstudio.domain.worker import ProducerSpec
from wqstudio.scenarios.spreading import everywhere

_PUBLISHED_FOR = 10.0
"""Seconds' worth of messages that somebody publishes who would never end."""
_AT_ONCE = 500
"""Messages of somebody who never ends and publishes as fast as can be."""
_SECONDS = 60.0
"""That a run may take at least."""


def comparable(scenario: Scenario) -> Scenario:
    """It is over once its tasks are worked off, and is for every broker on which the pattern exists."""
    ending = replace(
        scenario,
        producers=tuple(map(_ending, scenario.producers)),
        seconds=max(_SECONDS, scenario.seconds),
        drained=True,
    )
    return everywhere(ending)


def _ending(producer: ProducerSpec) -> ProducerSpec:
    if producer.count is not None:
        return producer
    return replace(producer, count=max(1, round(producer.rate * _PUBLISHED_FOR)) if producer.rate else _AT_ONCE)
