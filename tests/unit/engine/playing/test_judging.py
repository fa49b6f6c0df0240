"""What is expected of which run."""

from dataclasses import replace

import pytest

from tests.unit.engine.recordings import every_outcome
from wqstudio.domain.connection import Product
from wqstudio.domain.delivery import NO_DELIVERIES
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.ledger import Account
from wqstudio.domain.queue import ConsumerSpec, QueueSpec
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.scenario import Expectation, Scenario, Setting
from wqstudio.engine.figures.run_figures import Evidence
from wqstudio.engine.playing.judging import judge, without_saying
from wqstudio.engine.playing.performing import Run

NOTHING_DONE = Unknown("nothing was done")


def _scenario(*expectations: Expectation) -> Scenario:
    settings = (Setting("a"), Setting("b"))
    return Scenario("test", "Test", "", (), (), (), expectations=expectations, settings=settings)


def _run(
    setting: str,
    product: Product = Product.NATS,
    *,
    lost: int = 0,
    stored: int = 0,
    drained: bool = True,
    dispatch: Reading[Figures] = NOTHING_DONE,
) -> Run:
    evidence = Evidence(
        account=Account("run", lost + stored, 0, 0, stored, lost, 0, acknowledgements=0, foreign=0),
        settled=NO_DELIVERIES,
        confirmed=(),
        workers={},
        producers={},
        began=0.0,
        ended=1.0,
        drained=drained,
        refusals=0,
        turned_away={},
        dead_letters=0,
        lanes=(),
        dispatch=dispatch,
    )
    return Run(_scenario(), setting, product, evidence, ())


def _failing(scenario: Scenario, *runs: Run) -> list[tuple[str, str]]:
    return [(verdict.run.setting, verdict.expectation.figure) for verdict in judge(scenario, runs) if not verdict.holds]


def test_what_is_said_of_one_setting_goes_without_saying_for_the_others() -> None:
    scenario = _scenario(Expectation("drained", equals=0, setting="a"), Expectation("lost", equals=0, setting="a"))
    runs = _run("a", drained=False), _run("b", lost=3, drained=False)
    assert _failing(scenario, *runs) == [("b", "drained"), ("b", "lost")]


@pytest.mark.parametrize(("product", "failing"), [(Product.RABBITMQ, []), (Product.NATS, [("a", "lost")])])
def test_what_is_said_of_one_broker_goes_without_saying_for_the_other(
    product: Product, failing: list[tuple[str, str]]
) -> None:
    scenario = _scenario(Expectation("lost", at_least=1, product=Product.RABBITMQ))
    assert _failing(scenario, _run("a", product, lost=3)) == failing


def test_what_compares_with_a_setting_that_was_not_played_says_nothing() -> None:
    scenario = _scenario(Expectation("lost", at_least=1, times_setting="b"))
    assert _failing(scenario, _run("a", lost=3)) == [("a", "lost")]


@pytest.mark.parametrize(
    ("unfinished", "told"),
    [
        ("a", "makespan is 1.00 s, expected at most half of a's makespan, which is unknown"),
        ("b", "makespan is unknown, expected a figure that is known"),
    ],
)
def test_a_run_that_was_not_done_is_no_sooner_done(unfinished: str, told: str) -> None:
    """However short its makespan is: it ends with the last acknowledgement there was."""
    figures = every_outcome().figures
    assert isinstance(figures, Figures)
    runs = [
        _run(each, dispatch=replace(figures, makespan=makespan, finished=each != unfinished))
        for each, makespan in (("a", 5.0), ("b", 1.0))
    ]
    scenario = _scenario(Expectation("makespan", at_most=0.5, setting="b", times_setting="a"))
    (verdict,) = [each for each in judge(scenario, runs) if each.expectation.figure == "makespan"]
    assert not verdict.holds
    assert str(verdict) == told
    assert verdict.because == ("work was left undone, or lost." if unfinished == "b" else "")


def test_why_a_figure_is_not_known_is_said() -> None:
    """Of tasks that take no time there is no efficiency."""
    figures = every_outcome().figures
    assert isinstance(figures, Figures)
    idle = _run("a", dispatch=replace(figures, finished=True, efficiency=Unknown("no task took any time")))
    scenario = _scenario(Expectation("efficiency", at_least=0.5, why="It is quick."))
    (verdict,) = [each for each in judge(scenario, [idle]) if not each.holds]
    assert verdict.why == "It is quick. Not so: no task took any time."


def test_what_was_not_done_is_said_to_be_stored_yet() -> None:
    (verdict, _) = judge(_scenario(), [_run("", stored=3, drained=False)])
    assert verdict.why == "All work is done in time. Not so: after 1 s, 3 were still stored."
    assert verdict.name == "All work is done in time."
    assert verdict.failure == "drained is no, expected yes: after 1 s, 3 were still stored."
    assert verdict.expectation in without_saying(_scenario(), ()), "so that a list of these can say that it was missed"


def test_an_expectation_goes_by_one_name_whatever_was_measured() -> None:
    bounds = (Expectation("lost", at_most=2), Expectation("lost", at_least=0.5, times_setting="a"))
    names = {tuple(verdict.name for verdict in judge(_scenario(*bounds), [_run("a", lost=lost)])) for lost in (1, 7)}
    assert names == {("lost: at most 2", "lost: at least 0.5 times that of a", "All work is done in time.")}


def test_what_is_compared_with_one_who_plays_in_several_settings_has_a_name_for_each() -> None:
    bounds = [
        Expectation("acknowledged", at_least=2, of="one", times_of="two", times_setting=setting)
        for setting in ("", "a", "b")
    ]
    names = [each.name for each in judge(_scenario(*bounds), [_run("a"), _run("b")])]
    about_two = dict.fromkeys(name for name in names if "times" in name)
    assert list(about_two) == [
        f"acknowledged of one: at least 2 times that of {of}" for of in ("two", "a, two", "b, two")
    ]


def test_an_ack_wait_that_outlasts_the_run_is_named_where_workers_crashed() -> None:
    queue = QueueSpec("tasks", ("tasks.>",), consumers=(ConsumerSpec("workers", ack_wait=30.0),))
    run = _run("", stored=3, drained=False)
    run = replace(run, evidence=replace(run.evidence, settled=every_outcome().deliveries))
    for product, named in ((Product.NATS, True), (Product.RABBITMQ, False)):
        played = replace(run, product=product, scenario=replace(_scenario(), queues=(queue,)))
        (verdict, *_) = judge(_scenario(), [played])
        assert ("ack wait, 30 s here" in verdict.why) is named
