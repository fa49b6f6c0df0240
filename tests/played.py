"""Scenarios as tests write them, played."""

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario
from wqstudio.engine.playing.performing import Run
from wqstudio.engine.playing.player import Player
from wqstudio.engine.studio import Studio
from wqstudio.scenarios.adapting import adapted
from wqstudio.scenarios.reading import read


def scenario_of(text: str, product: Product = Product.NATS) -> Scenario:
    """As it is played there."""
    return adapted(read(text, "test.toml", "test"), product)


async def played(player: Player, studio: Studio, text: str) -> Run:
    return await player.play(scenario_of(text, studio.connection.product))
