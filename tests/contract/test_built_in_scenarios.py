"""Some of the scenarios that come with the studio, short ones that a busy computer does not change, on each of their
brokers, and the one that README shows. ``packaging/test.sh --scenarios`` plays all that come with the studio.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

import wqstudio
from wqstudio.domain.connection import Connection, Product
from wqstudio.domain.scenario import Scenario
from wqstudio.engine.playing.player import Player
from wqstudio.engine.report.of_runs import page_of
from wqstudio.engine.studio import Studio
from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.reading import read
from wqstudio.scenarios.sittings import Result, play, side_by_side, sittings

README = Path(wqstudio.__file__).parents[1] / "README.md"


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
def played(player_on: Callable[[Product], Awaitable[Player]]) -> Callable[[Scenario | None], Awaitable[list[Result]]]:
    async def played(scenario: Scenario | None) -> list[Result]:
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
    played: Callable[[Scenario | None], Awaitable[list[Result]]], name: str, products: list[Product]
) -> None:
    results = await played(SCENARIOS.named(name))
    assert [run.product for result in results for run in result.runs] == products
    for result in results:  # what its card says, more or less
        took, takes = sum(run.evidence.ended - run.evidence.began for run in result.runs), result.sitting.scenario.takes
        assert takes is not None
        assert takes / 4 < took < 4 * takes + 5


async def test_the_scenario_that_readme_shows_comes_out_as_it_says(
    played: Callable[[Scenario | None], Awaitable[list[Result]]],
) -> None:
    shown = README.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    results = await played(read(shown, "README.md", "readme"))
    assert [run.product for result in results for run in result.runs] == [Product.NATS] * 2 + [Product.RABBITMQ] * 2


async def test_what_was_played_on_both_brokers_is_seen_side_by_side(
    played: Callable[[Scenario | None], Awaitable[list[Result]]],
) -> None:
    results = await played(SCENARIOS.named("idempotent-jobs"))
    assert len(results) == 2
    (both,) = side_by_side(results)
    page = page_of(both.sitting.scenario, both.runs, both.verdicts, "wqstudio 1")
    assert [played.setting for played in page.played] == ["NATS", "RabbitMQ"]
    assert [len(played.verdicts) for played in page.played] == [len(result.verdicts) for result in results]
    assert side_by_side(results[:1]) == results[:1]
