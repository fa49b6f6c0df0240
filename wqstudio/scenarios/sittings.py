"""What is played and judged together: a scenario on one broker, or across those that its settings name."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario, Setting
from wqstudio.engine.playing.judging import Verdict, judge
from wqstudio.engine.playing.performing import Run
from wqstudio.engine.playing.player import Player
from wqstudio.scenarios.adapting import adapted
from wqstudio.scenarios.varying import varied

PlayerOn: TypeAlias = Callable[[Product], Awaitable[Player]]
"""The one who plays on that product's broker; asked before each round, since a broker may have to be started first."""


@dataclass(frozen=True, slots=True)
class Round:
    """One play: ``scenario`` is varied and adapted."""

    setting: str
    """Its name; empty: as the scenario is written."""
    product: Product
    scenario: Scenario

    def __str__(self) -> str:
        return f"{self.scenario.name} on {self.product.title}{f', {self.setting}' if self.setting else ''}"


@dataclass(frozen=True, slots=True)
class Sitting:
    scenario: Scenario
    """As it is written."""
    rounds: tuple[Round, ...]

    @property
    def products(self) -> tuple[Product, ...]:
        return tuple(dict.fromkeys(each.product for each in self.rounds))

    def __str__(self) -> str:
        return f"{self.scenario.name} on {' and '.join(product.title for product in self.products)}"


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    sitting: Sitting
    runs: tuple[Run, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def held(self) -> bool:
        """Every expectation holds, and every ledger balances."""
        return all(verdict.holds for verdict in self.verdicts) and all(
            run.evidence.account.balanced for run in self.runs
        )


def side_by_side(results: Iterable[Result]) -> list[Result]:
    """With one result for each scenario: its runs on several brokers are seen beside each other, setting by setting.

    They are played apart, since one broker may be there while the other is not.
    """
    joined: list[Result] = []
    for result in results:
        at = next((at for at, each in enumerate(joined) if _is_other_broker(each.sitting, result.sitting)), None)
        if at is None:
            joined.append(result)
        else:
            joined[at] = _joined(joined[at], result)
    return joined


def _is_other_broker(one: Sitting, other: Sitting) -> bool:
    """Some of it was played on both."""
    return (
        one.scenario == other.scenario
        and bool({each.setting for each in one.rounds}.intersection(each.setting for each in other.rounds))
        and not set(one.products).intersection(other.products)
    )


def _joined(one: Result, other: Result) -> Result:
    """Setting by setting, the broker that was first before the other."""
    rounds, runs = (*one.sitting.rounds, *other.sitting.rounds), (*one.runs, *other.runs)
    order = [*dict.fromkeys(each.setting for each in rounds)]
    return Result(
        Sitting(one.sitting.scenario, tuple(sorted(rounds, key=lambda each: order.index(each.setting)))),
        tuple(sorted(runs, key=lambda run: order.index(run.setting))),
        (*one.verdicts, *other.verdicts),
    )


def sittings(scenario: Scenario, products: Collection[Product] | None = None, setting: str = "") -> list[Sitting]:
    """``products`` None: as the scenario says. ``setting``: that one alone. Empty where nothing of it is wanted."""
    wanted = (scenario.played_on or scenario.products) if products is None else products
    settings = [each for each in scenario.settings if setting in {"", each.name}]
    named = {each.product for each in scenario.settings}
    if None not in named and len(named) > 1:  # brokers are compared
        across = [_round(scenario, each, each.product) for each in settings if each.product and each.product in wanted]
        return [Sitting(scenario, tuple(across))] if across else []
    found: list[Sitting] = []
    for product in scenario.products:
        rounds = [_round(scenario, each, product) for each in settings if each.product in {None, product}]
        if product in wanted and not (scenario.settings and not rounds):
            found.append(Sitting(scenario, tuple(rounds) or (_round(scenario, None, product),)))
    return found


def _round(scenario: Scenario, setting: Setting | None, product: Product) -> Round:
    as_set = scenario if setting is None else varied(scenario, setting)
    return Round("" if setting is None else setting.name, product, adapted(as_set, product))


async def play(
    sitting: Sitting, player_on: PlayerOn, on_round: Callable[[Round], None] | None = None, *, keep: bool = False
) -> Result:
    """Raises what ``Player.play`` and ``player_on`` raise. ``on_round`` is told of each round before it begins."""
    runs: list[Run] = []
    for each in sitting.rounds:
        if on_round is not None:
            on_round(each)
        player = await player_on(each.product)
        runs.append(await player.play(each.scenario, each.setting, keep=keep))
    return Result(sitting, tuple(runs), judge(sitting.scenario, runs))
