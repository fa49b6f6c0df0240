"""Scenarios: one file each, listed here."""

from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios.demo import DEMO

SCENARIOS: tuple[Scenario, ...] = (DEMO,)
