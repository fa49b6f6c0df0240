"""Some of the scenarios that come with the studio, short ones that a busy computer does not change, on each of their
brokers. ``packaging/test.sh --scenarios`` plays them all.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from wqstudio.domain.connection import Connection, Product
from wqstudio.engine.playing import Player
from wqstudio.engine.report_of_runs import page_of
from wqstudio.engine.studio import Studio
from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.sittings import Result, play, side_by_side, sittings


@pytest.fixture
async def player_on(request: pytest.FixtureRequest) -> AsyncIterator[Callable[[Product], Awaitable[Player]]]:
    """On a fresh broker, which is started when it is first asked for."""
    async with AsyncExitStack() as stack:

        async def player(product: Product) -> Player:
            broker = "nats_server" if product is Product.NATS else "rabbit_host"
            connection: Connection = request.getfixturevalue(broker).connection
            studio = await Studio.open(connection)
            stack.push_async_callback(studio.close)
            return Player(studio)

        yield player


@pytest.fixture
def played(player_on: Callable[[Product], Awaitable[Player]]) -> Callable[[str], Awaitable[list[Result]]]:
    async def played(name: str) -> list[Result]:
        scenario = SCENARIOS.named(name)
        assert scenario is not None
        results = [await play(sitting, player_on) for sitting in sittings(scenario)]
        failed = [
            f"{verdict.run.product}: {verdict}" for each in results for verdict in each.verdicts if not verdict.holds
        ]
        assert failed == []
        assert all(result.held for result in results)
        return results

    return played


@pytest.mark.parametrize(
    ("name", "products"),
    [
        ("partitions", [Product.NATS]),
        ("second-consumer", [Product.NATS]),
        ("retry-count", [Product.RABBITMQ]),
        ("poison-messages", [Product.NATS, Product.RABBITMQ]),
    ],
)
async def test_what_a_scenario_expects_holds_on_each_of_its_brokers(
    played: Callable[[str], Awaitable[list[Result]]], name: str, products: list[Product]
) -> None:
    assert [run.product for result in await played(name) for run in result.runs] == products


async def test_what_was_played_on_both_brokers_is_seen_side_by_side(
    played: Callable[[str], Awaitable[list[Result]]],
) -> None:
    results = await played("idempotent-jobs")
    assert len(results) == 2
    (both,) = side_by_side(results)
    page = page_of(both.sitting.scenario, both.runs, both.verdicts, "wqstudio 1")
    assert [played.setting for played in page.played] == ["NATS", "RabbitMQ"]
    assert [len(played.verdicts) for played in page.played] == [len(result.verdicts) for result in results]
    assert side_by_side(results[:1]) == results[:1]
