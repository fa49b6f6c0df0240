from dataclasses import replace

import pytest

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Expectation, Fault, FaultAction, Scenario, Setting
from wqstudio.domain.worker import AckMode, ProducerSpec
from wqstudio.ui.models import scenario_words as words
from wqstudio.ui.models.playable import Stage, obstacle

_ENDLESS = ProducerSpec("p", "q", "q.{n}")
_SCENARIO = Scenario("s", "S", "", (), (), (_ENDLESS,), seconds=12, drained=False)


def test_what_never_ends_by_itself_is_played_until_somebody_stops_it() -> None:
    assert words.length(_SCENARIO) == "endless"
    assert words.length(replace(_SCENARIO, drained=True)) == "12\N{NARROW NO-BREAK SPACE}s at most"
    counted = replace(_SCENARIO, producers=(replace(_ENDLESS, count=3),))
    assert words.length(counted) == "12\N{NARROW NO-BREAK SPACE}s"
    assert not words.open_ended(replace(_SCENARIO, faults=(Fault(1, FaultAction.CRASH, "w"),)))


@pytest.mark.parametrize(
    ("expectation", "said", "exactly"),
    [
        (Expectation("lost", equals=0), "Lost: 0.", ""),
        (
            Expectation("acknowledged", at_least=3, of="fast", times_of="slow", why="The fast one is given more."),
            "The fast one is given more.",
            "acknowledged of fast: at least 3 times that of slow",
        ),
        (
            Expectation("seconds", at_most=0.5, setting="fair", times_setting="dealt", product=Product.NATS, why="W."),
            "W.",
            "seconds: at most 0.5 times that in dealt (in fair, on NATS)",
        ),
    ],
)
def test_expectations_are_sentences_with_the_numbers_beside_them(
    expectation: Expectation, said: str, exactly: str
) -> None:
    assert words.expectation(expectation) == said
    assert words.exactly(expectation) == exactly


def test_settings_and_faults_say_what_they_change() -> None:
    assert words.setting(Setting("a", prefetch=0, ack_mode=AckMode.ON_RECEIPT, durable=False)) == (
        "prefetch without limit, acknowledged on receipt, transient queues"
    )
    assert words.setting(Setting("a", count=3, target="slow", speeds=(1.0, 0.5))) == "3 slow, speeds ×1, ×0.5"
    assert words.setting(Setting("a")) == "as the scenario is written"
    assert words.fault(Fault(1, FaultAction.RESTART_BROKER)) == "Restart the broker"
    assert words.fault(Fault(1, FaultAction.CRASH, "w-1", product=Product.NATS)) == "Crash w-1 (on NATS)"


@pytest.mark.parametrize(("value", "said"), [(None, "–"), (12.0, "12"), (0.12345, "0.123"), (12345.6, "12,346")])
def test_figures_that_were_found(value: float | None, said: str) -> None:
    assert words.found(value) == said


def test_what_cannot_be_played_here_says_why_and_where_it_could() -> None:
    own, strange = Stage(Product.NATS, own=True, read_only=False), Stage(Product.NATS, own=False, read_only=False)
    assert obstacle(_SCENARIO, own) is None
    rabbit = obstacle(replace(_SCENARIO, products=(Product.RABBITMQ,)), own)
    assert rabbit is not None
    assert (rabbit.why, rabbit.product) == ("This is a pattern of RabbitMQ, and connected is NATS.", Product.RABBITMQ)
    looking = obstacle(_SCENARIO, replace(own, read_only=True))
    assert looking is not None
    assert "read-only" in looking.why
    restarting = replace(_SCENARIO, faults=(Fault(1, FaultAction.RESTART_BROKER),))
    assert obstacle(restarting, own) is None
    blocked = obstacle(restarting, strange)
    assert blocked is not None
    assert "restarts the broker" in blocked.why
