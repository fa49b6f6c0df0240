from dataclasses import replace

import pytest

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario, Setting
from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.comparing import FEWEST, MOST, Comparison
from wqstudio.scenarios.proposals import across, beginning, proposals

_BOTH = tuple(Product)
_PLAIN = next(scenario for scenario in SCENARIOS if scenario.name == "work-queue")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_scenario_has_settings_to_begin_with_and_more_that_can_be_compared(scenario: Scenario) -> None:
    for product in scenario.products:
        offered = [beginning(scenario, product, scenario.products)]
        offered += [proposal.settings for proposal in proposals(scenario, product, scenario.products)]
        for settings in offered:
            assert FEWEST <= len(settings) <= MOST
            rounds = Comparison(scenario, settings, product).rounds
            assert [each.setting for each in rounds] == [setting.name for setting in settings]


def _titles(scenario: Scenario, product: Product, offered: tuple[Product, ...] = _BOTH) -> list[str]:
    return [proposal.title for proposal in proposals(scenario, product, offered)]


def test_they_are_about_what_a_worker_holds_the_brokers_and_the_workers() -> None:
    assert _titles(_PLAIN, Product.RABBITMQ) == [
        "As it is, and no limit",
        "Prefetch 1, 10, 50 and no limit",
        "NATS against RabbitMQ",
        "Fewer and more workers",
        "Alike workers, and a slow one among them",
    ]
    assert _titles(_PLAIN, Product.NATS, (Product.NATS,))[:2] == [
        "As it is, and ten at a time",
        "Pull size 1, 10, 50 and no limit",
    ]
    greedy = replace(_PLAIN, workers=tuple(replace(worker, prefetch=50) for worker in _PLAIN.workers))
    assert _titles(greedy, Product.NATS)[0] == "As it is, and one at a time"


def test_what_cannot_be_played_here_is_not_what_one_begins_with() -> None:
    across = next(scenario for scenario in SCENARIOS if scenario.name == "both-brokers")
    assert {setting.product for setting in beginning(across, Product.NATS, _BOTH)} == set(_BOTH)
    assert {setting.product for setting in beginning(across, Product.NATS, (Product.NATS,))} == {None}


def test_each_setting_can_be_compared_across_the_brokers() -> None:
    few, slow = Setting("few", "Few", prefetch=1), Setting("slow", "Slow", speeds=(0.2,))
    found = list(across((few, slow, replace(few, name="again"), Setting("as", "As it is")), _BOTH))
    assert [proposal.title for proposal in found] == ["NATS against RabbitMQ: Few", "NATS against RabbitMQ: Slow"]
    (both, *alone) = across((few, slow), _BOTH)
    assert both.title == "NATS against RabbitMQ: Few and Slow"
    assert [(each.prefetch, each.speeds) for each in both.settings] == [(1, None)] * 2 + [(None, (0.2,))] * 2
    assert [each.product for each in both.settings] == [*_BOTH, *_BOTH]
    assert alone == found
    assert found[0].settings == (
        Setting("few-nats", "Few on NATS", prefetch=1, product=Product.NATS),
        Setting("few-rabbitmq", "Few on RabbitMQ", prefetch=1, product=Product.RABBITMQ),
    )
    assert list(across((few, slow), (Product.NATS,))) == []
