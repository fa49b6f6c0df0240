from dataclasses import replace

import pytest

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Setting
from wqstudio.engine.playing.performing import Progress
from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.comparing import Comparison, Standing, seconds_left, told_apart
from wqstudio.scenarios.proposals import beginning
from wqstudio.scenarios.sittings import Round

_SCENARIO = next(scenario for scenario in SCENARIOS if scenario.name == "work-queue")


def test_the_tasks_are_the_same_and_what_the_setting_says_is_not() -> None:
    settings = (Setting("one", prefetch=1), Setting("more", prefetch=50, count=2, speeds=(2.0, 0.5)))
    one, more = Comparison(_SCENARIO, settings, Product.NATS).rounds
    assert one.scenario.producers == more.scenario.producers
    assert {worker.prefetch for worker in one.scenario.workers} == {1}
    assert [(worker.prefetch, worker.speed) for worker in more.scenario.workers] == [(50, 2.0), (50, 0.5)]
    (silent,) = Comparison(_SCENARIO, (Setting("silent", keeps=False),), Product.NATS).rounds
    assert {worker.keeps for worker in silent.scenario.workers} == {False}


def test_a_setting_may_be_about_the_other_broker() -> None:
    settings = (Setting("here", "Here"), Setting("there", "There", product=Product.RABBITMQ))
    comparison = Comparison(_SCENARIO, settings, Product.NATS)
    assert comparison.products == (Product.NATS, Product.RABBITMQ)
    assert comparison.rounds[1].scenario.producers[0].route.startswith("wqstudio/")


def test_only_its_own_settings_are_judged_whatever_they_are_called() -> None:
    own = (Setting("a", prefetch=1), Setting("b", prefetch=0))
    scenario = replace(_SCENARIO, settings=own)
    assert Comparison(scenario, (replace(own[0], title="First"), own[1]), Product.NATS).unchanged
    assert not Comparison(scenario, (replace(own[0], prefetch=5), own[1]), Product.NATS).unchanged


def test_settings_that_are_called_alike_are_told_apart() -> None:
    assert [each.name for each in told_apart((Setting("a"), Setting("b"), Setting("a")))] == ["a", "b", "a-3"]


def _standing(number: int, progress: Progress | None, left: float | None = None) -> Standing:
    rounds = Comparison(_SCENARIO, beginning(_SCENARIO, Product.NATS, _SCENARIO.products), Product.NATS).rounds
    return Standing(number, len(rounds), rounds[number - 1], progress, left)


def test_how_far_it_is_counts_the_runs_before_and_the_tasks_of_this_one() -> None:
    assert _standing(1, None).share == 0.0
    assert _standing(2, None).share == 0.5
    assert _standing(2, Progress(1.0, None, 150)).share == 0.75  # half of its 300 tasks


def test_how_long_it_will_take_yet_goes_by_the_pace_so_far_and_never_beyond_the_time_there_is() -> None:
    assert seconds_left(None, _SCENARIO) is None
    assert seconds_left(Progress(None, None, 0), _SCENARIO) is None
    assert seconds_left(Progress(2.0, None, 100), _SCENARIO) == pytest.approx(4.0)
    assert seconds_left(Progress(2.0, None, 1), _SCENARIO) == _SCENARIO.seconds - 2.0
    slow = Progress(2.0, None, 290, working_off=7.5)
    assert seconds_left(slow, _SCENARIO) == 7.5  # nearly all is done, but one worker sits on what is left
    assert seconds_left(replace(slow, working_off=None), _SCENARIO) is None
    timed = replace(_SCENARIO, drained=False)
    assert seconds_left(Progress(2.0, None, 100), timed) == timed.seconds - 2.0
    late = Progress(timed.seconds + 1.0, None, 100, granted=4.0)  # the broker was away for as long
    assert seconds_left(late, timed) == 3.0
    assert Standing(1, 1, Round("", Product.NATS, timed), late, 3.0).share < 1.0
