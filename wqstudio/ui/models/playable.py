"""Whether a scenario can be played on the broker that is connected, and on which local one it could."""

from dataclasses import dataclass

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import FaultAction, Scenario


@dataclass(frozen=True, slots=True)
class Stage:
    """The broker that is connected."""

    product: Product
    own: bool
    """The studio started it, to play with."""
    read_only: bool


@dataclass(frozen=True, slots=True)
class Obstacle:
    why: str
    """In a sentence."""
    product: Product
    """Of the local broker that would do."""


def obstacle(scenario: Scenario, stage: Stage) -> Obstacle | None:
    """None: it can be played here."""
    here = stage.product
    if here not in scenario.products:
        there = scenario.products[0]
        return Obstacle(f"This is a pattern of {there.title}, and connected is {here.title}.", there)
    if stage.read_only:
        return Obstacle("This connection is read-only, so nothing can be played on it.", here)
    if not stage.own and any(
        fault.action is FaultAction.RESTART_BROKER and fault.product in {None, here} for fault in scenario.faults
    ):
        return Obstacle("It restarts the broker, which the studio does only to one that it runs itself.", here)
    return None
