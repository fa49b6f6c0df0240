"""Scenarios: files in ``resources/scenarios``, of which ``SCENARIOS`` are all. ``adapted`` makes one fit the broker."""

from wqstudio import resources
from wqstudio.scenarios.adapting import adapted
from wqstudio.scenarios.shelf import Shelf

SCENARIOS = Shelf(resources.path("scenarios"), first=("demo",))
DEMO = "demo"
"""The name of the one that a newcomer sees first."""

FAIR_DISPATCH = "fair-dispatch"
"""The one whose settings say most when they are compared."""

__all__ = ["DEMO", "FAIR_DISPATCH", "SCENARIOS", "adapted"]
