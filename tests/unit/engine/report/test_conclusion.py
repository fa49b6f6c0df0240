from dataclasses import replace

from tests.unit.engine.recordings import made_up, row, task
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.engine.report.conclusion import Contender, conclusion


def _hoarding(title: str = "No limit", *, drained: bool = True, published: int = 2) -> Contender:
    """Two tasks of a second, both with the first worker, while the second has nothing to do."""
    rows = [row(1, task(n), (0.0, float(n), n + 1.0)) for n in (0, 1)]
    figures = made_up(rows, ("one", "two"), 2).figures
    assert isinstance(figures, Figures)
    return Contender(title, replace(figures, finished=drained), published, drained)


def _sharing(title: str = "Prefetch 1") -> Contender:
    return Contender(
        title, made_up([row(1 + n, task(n), (0, 0, 1)) for n in (0, 1)], ("one", "two"), 2).figures, 2, True
    )


def _said(*contenders: Contender) -> str:
    return " ".join(conclusion(contenders)).replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_who_was_sooner_by_how_much_and_who_idled_meanwhile() -> None:
    assert _said(_hoarding(), _sharing()) == (
        "“Prefetch 1” finished in 1.00 s, “No limit” in 2.00 s: 50 % sooner. "
        "Under “No limit”, two idled 100 % of the time in which work was waiting. "
        "No sharing out of these tasks could be done much sooner than “Prefetch 1”."
    )


def test_who_hardly_lived_is_not_told_of_as_idle() -> None:
    slow = _hoarding()
    assert isinstance(slow.figures, Figures)
    one, two = slow.figures.workers
    brief = replace(slow.figures, workers=(replace(one, idle=0.0), replace(two, lived=0.1)))
    assert "idled" not in _said(replace(slow, figures=brief), _sharing())


def test_of_three_the_first_and_the_last_are_told_of_in_whatever_order_they_ran() -> None:
    said = _said(_hoarding("10"), _sharing("1"), _hoarding("50"))
    assert said.startswith("“1” finished soonest, in 1.00 s, ")
    assert "last, in 2.00 s: 50 % sooner" in said


def test_those_that_took_the_same_time_are_told_of_together() -> None:
    assert _said(_hoarding("A"), _hoarding("B")) == (
        "“A” and “B” took the same time, 2.00 s. The best possible would have been 1.00 s."
    )


def test_of_tasks_that_take_no_time_the_best_possible_is_nothing_to_tell() -> None:
    runs = [_hoarding("A"), _hoarding("B")]
    timeless = [replace(run, figures=_timeless(run.figures)) for run in runs]
    assert _said(*timeless) == "“A” and “B” took the same time, 2.00 s."


def _timeless(figures: Reading[Figures]) -> Figures:
    assert isinstance(figures, Figures)
    return replace(figures, best_possible=0.0, efficiency=Unknown("no task took any time"))


def test_times_that_differ_where_they_are_shown_are_not_called_the_same() -> None:
    slower = _hoarding("B")
    assert isinstance(slower.figures, Figures)
    slower = replace(slower, figures=replace(slower.figures, makespan=2.02))
    assert _said(slower, _hoarding("A")).startswith("“B” and “A” took about the same time, 2.00 s to 2.02 s. ")


def test_one_that_was_not_done_is_not_called_sooner() -> None:
    assert _said(_sharing(), _hoarding(drained=False, published=9)) == (
        "“No limit” did 2 of 9 tasks, and was not done in time."
    )


def test_one_that_lost_tasks_says_so_and_is_not_called_sooner() -> None:
    figures = _sharing().figures
    assert isinstance(figures, Figures)
    losing = Contender("On receipt", replace(figures, finished=False), 5, drained=True, lost=3)
    assert _said(_hoarding("After work"), losing) == "“On receipt” lost 3 of 5 tasks, and is not compared."


def test_one_whose_broker_was_away_by_accident_says_so_and_is_not_called_later() -> None:
    figures = _hoarding().figures
    assert isinstance(figures, Figures)
    unlucky = replace(_hoarding(), figures=replace(figures, away=0.75, away_by_accident=0.5))
    assert _said(unlucky, _sharing()) == "“No limit” had no broker for 500 ms, by accident, and is not compared."


def test_one_that_did_nothing_says_why() -> None:
    nothing = Contender("Pull 10", Unknown("no delivery has been acknowledged yet"), 9, drained=False)
    assert _said(_sharing(), nothing) == (
        "“Pull 10” did nothing that could be measured: no delivery has been acknowledged yet."
    )
