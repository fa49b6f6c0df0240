"""Scenarios: one file each, listed here. They are written for NATS; ``adapted`` makes them fit the broker at hand."""

from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios.adapting import adapted
from wqstudio.scenarios.demo import DEMO

SCENARIOS: tuple[Scenario, ...] = (DEMO,)

__all__ = ["SCENARIOS", "adapted"]
