"""Figures and bounds as people read them."""

import pytest

from wqstudio.domain.scenario import Expectation, Scenario, Setting
from wqstudio.engine.figures.rows import Unit
from wqstudio.engine.figures.run_figures import FIGURES
from wqstudio.engine.figures.words import relation, told, told_exactly

SCENARIO = Scenario("one", "One", "", (), (), (), settings=(Setting("none", "No limit"), Setting("few")))


@pytest.mark.parametrize(
    ("figure", "value", "text"),
    [
        ("efficiency", 0.8633, "86.3 %"),
        ("makespan", 3.639, "3.64 s"),
        ("acknowledged", 52_000, "52,000"),
        ("makespan", 52_000.4, "52,000 s"),
        ("throughput", 12_345.6, "12,346/s"),
        ("acknowledged", 12.5, "12.5"),
        ("drained", 1, "yes"),
        ("balanced", 0, "no"),
        ("fairness", 0.987, "0.99"),
    ],
)
def test_a_figure_is_told_with_its_unit(figure: str, value: float, text: str) -> None:
    assert told(figure, value) == text


def test_what_is_told_is_in_the_unit_that_the_definition_names() -> None:
    def of(*units: Unit) -> set[str]:
        return {name for name, figure in FIGURES.items() if figure.unit in units}

    def saying(words: str) -> set[str]:
        return {name for name, figure in FIGURES.items() if words in figure.words}

    seconds = {name for name, figure in FIGURES.items() if figure.words.startswith("seconds")}
    assert of(Unit.SECONDS, Unit.MESSAGE_SECONDS) == {*seconds, "seconds"}
    assert of(Unit.SHARE, Unit.INDEX) == saying(", 0 to 1")
    assert of(Unit.TRUTH) == saying(", else 0")


def test_values_that_read_the_same_are_told_apart() -> None:
    assert told("makespan", 3.6391) == told("makespan", 3.6389)
    assert (told_exactly("makespan", 3.6391), told_exactly("makespan", 3.6389)) == ("3.6391 s", "3.6389 s")


@pytest.mark.parametrize(
    ("times", "text"),
    [
        (0.5, "half of No limit's makespan"),
        (1, "No limit's makespan"),
        (0.85, "85 % of No limit's makespan"),
        (1.5, "1.5 times No limit's makespan"),
    ],
)
def test_a_bound_says_what_it_is_of(times: float, text: str) -> None:
    assert relation(SCENARIO, Expectation("makespan", at_most=times, times_setting="none"), times) == text


def test_a_bound_of_its_own_is_of_nothing() -> None:
    assert relation(SCENARIO, Expectation("makespan", at_most=2), 2) == ""
