from dataclasses import replace

import pytest

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario, Setting
from wqstudio.domain.worker import AckMode
from wqstudio.scenarios.reading import read
from wqstudio.scenarios.sittings import Result, side_by_side, sittings
from wqstudio.scenarios.varying import varied

SCENARIO = read(
    """
    [[queues]]
    name = "tasks"
    consumers = [{ name = "workers", max_deliver = 5 }]
    [[queues]]
    name = "dead"
    dead_letters_of = "tasks"
    [[workers]]
    name = "worker"
    count = 3
    [[workers]]
    name = "other"
    [[producers]]
    messages = 10
    """,
    "s.toml",
    "s",
)
NATS, RABBITMQ = Product.NATS, Product.RABBITMQ


def _rounds(scenario: Scenario, *asked: object) -> list[list[tuple[str, Product]]]:
    return [[(each.setting, each.product) for each in sitting.rounds] for sitting in sittings(scenario, *asked)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "asked", "rounds"),
    [
        ({}, (), [[("", NATS)], [("", RABBITMQ)]]),
        ({"played_on": (NATS,)}, (), [[("", NATS)]]),
        ({"played_on": (NATS,)}, ((RABBITMQ,),), [[("", RABBITMQ)]]),
        ({"products": (NATS,)}, ((RABBITMQ,),), []),
        (
            {"settings": (Setting("a"), Setting("b"))},
            (),
            [[("a", NATS), ("b", NATS)], [("a", RABBITMQ), ("b", RABBITMQ)]],
        ),
        ({"settings": (Setting("a"), Setting("b"))}, ((NATS,), "b"), [[("b", NATS)]]),
        (
            {"settings": (Setting("a"), Setting("b", product=RABBITMQ))},
            (),
            [[("a", NATS)], [("a", RABBITMQ), ("b", RABBITMQ)]],
        ),
        (
            {"settings": (Setting("a", product=NATS), Setting("b", product=RABBITMQ))},
            (),
            [[("a", NATS), ("b", RABBITMQ)]],
        ),
        ({"settings": (Setting("a", product=NATS), Setting("b", product=RABBITMQ))}, ((NATS,),), [[("a", NATS)]]),
    ],
)
def test_what_is_played_together(
    changes: dict[str, object], asked: tuple[object, ...], rounds: list[list[tuple[str, Product]]]
) -> None:
    assert _rounds(replace(SCENARIO, **changes), *asked) == rounds  # type: ignore[arg-type]


def test_a_round_is_varied_and_adapted() -> None:
    scenario = replace(SCENARIO, settings=(Setting("a", prefetch=0), Setting("b", prefetch=5)))
    nats, rabbitmq = sittings(scenario)
    assert {worker.prefetch for worker in nats.rounds[0].scenario.workers} == {1_000}  # all that may be in flight
    assert {worker.prefetch for worker in rabbitmq.rounds[0].scenario.workers} == {0}
    assert {worker.prefetch for worker in nats.rounds[1].scenario.workers} == {5}
    assert rabbitmq.rounds[0].scenario.workers[0].source.consumer == ""


def test_a_setting_changes_what_it_names_and_nothing_else() -> None:
    setting = Setting("a", target="worker", count=5, speeds=(1.0, 2.0), ack_mode=AckMode.ON_RECEIPT, max_deliver=2)
    scenario = varied(SCENARIO, setting)
    assert [worker.name for worker in scenario.workers] == [f"worker-{n}" for n in range(1, 6)] + ["other"]
    assert [worker.speed for worker in scenario.workers] == [1.0, 2.0, 2.0, 2.0, 2.0, 1.0]
    assert [worker.ack_mode for worker in scenario.workers[4:]] == [AckMode.ON_RECEIPT, AckMode.AFTER_WORK]
    assert scenario.queues[0].consumers[0].max_deliver == 2
    assert scenario.queues[1] == SCENARIO.queues[1]
    assert scenario.producers == SCENARIO.producers
    assert [worker.name for worker in varied(SCENARIO, Setting("b", target="worker", count=1)).workers] == [
        "worker-1",
        "other",
    ]
    assert not any(producer.persistent for producer in varied(SCENARIO, Setting("c", persistent=False)).producers)


def test_what_was_played_on_both_brokers_is_seen_side_by_side_setting_by_setting() -> None:
    several = replace(SCENARIO, settings=(Setting("a"), Setting("b")))
    one, all_of_them = (
        side_by_side(Result(sitting, (), ()) for sitting in sittings(several, None, setting)) for setting in ("b", "")
    )
    assert [[(each.setting, each.product) for each in result.sitting.rounds] for result in one] == [
        [("b", NATS), ("b", RABBITMQ)]
    ]
    assert [[(each.setting, each.product) for each in result.sitting.rounds] for result in all_of_them] == [
        [("a", NATS), ("a", RABBITMQ), ("b", NATS), ("b", RABBITMQ)]
    ]


def test_settings_that_only_one_broker_has_stay_with_the_others() -> None:
    some = (Setting("a"), Setting("b"), Setting("c", product=RABBITMQ))
    (joined,) = side_by_side(Result(one, (), ()) for one in sittings(replace(SCENARIO, settings=some)))
    assert [each.setting for each in joined.sitting.rounds] == ["a", "a", "b", "b", "c"]
