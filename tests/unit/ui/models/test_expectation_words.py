import pytest

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Expectation, Scenario, Setting
from wqstudio.ui.models import expectation_words as words


@pytest.mark.parametrize(
    ("expectation", "said", "exactly"),
    [
        (Expectation("lost", equals=0), "Tasks that are nowhere, and were never acknowledged: 0.", "lost"),
        (Expectation("drained", equals=1), "All work was done in time: yes.", "drained"),
        (
            Expectation("share", at_least=0.5, of="slow", setting="fair"),
            "Share of all tasks acknowledged (slow): at least 50.0 %.",
            "share of slow (in fair)",
        ),
        (
            Expectation("acknowledged", at_least=3, of="fast", times_of="slow", why="The fast one is given more."),
            "The fast one is given more.",
            "acknowledged of fast: at least 3 times that of slow",
        ),
        (
            Expectation("makespan", at_most=0.8, setting="fair", times_setting="dealt", product=Product.NATS, why="W."),
            "W.",
            "makespan: at most 0.8 times that of dealt (in fair, on NATS)",
        ),
    ],
)
def test_expectations_are_sentences_with_the_numbers_beside_them(
    expectation: Expectation, said: str, exactly: str
) -> None:
    assert words.expectation(expectation) == said
    assert words.exactly(expectation) == exactly


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        (Expectation("finished", at_most=2), "at most 2.00 s"),
        (Expectation("idle while waiting", at_least=0.05), "at least 5.0 %"),
        (Expectation("throughput", at_least=25), "at least 25.0/s"),
        (Expectation("published", equals=52_000), "52,000"),
        (Expectation("drained", equals=1), "yes"),
        (Expectation("share", at_least=0.1, at_most=0.3), "at least 10.0 % and at most 30.0 %"),
        (
            Expectation("busy", at_most=0.5, times_of="slow", times_setting="dealt"),
            "at most half that of slow, in dealt",
        ),
        (Expectation("busy", at_least=1, times_of="slow"), "at least that of slow"),
        (
            Expectation("busy", at_least=1.3, at_most=2, times_of="slow"),
            "at least 1.3 times and at most twice that of slow",
        ),
    ],
)
def test_bounds_have_their_units_or_say_what_they_are_multiples_of(expectation: Expectation, said: str) -> None:
    assert words.bounds(expectation) == said


def test_what_is_said_of_every_setting_no_longer_goes_without_saying() -> None:
    settings = (Setting("a"), Setting("b"))
    lossy = [Expectation("lost", at_least=1, setting=each) for each in ("a", "b")]
    for expectations, figures in ((lossy, ["lost", "lost", "drained"]), (lossy[:1], ["lost", "drained", "lost"])):
        made = Scenario("x", "X", "", (), (), (), expectations=tuple(expectations), settings=settings)
        assert [one.figure for one in words.expected(made, Product.NATS)] == figures
