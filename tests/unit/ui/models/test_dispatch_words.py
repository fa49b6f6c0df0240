from dataclasses import replace

from tests.unit.engine.recordings import every_outcome
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.reading import Unknown
from wqstudio.ui.models.dispatch_words import phrases


def test_a_run_is_told_in_a_sentence_of_which_each_part_is_defined() -> None:
    figures = every_outcome().figures
    assert isinstance(figures, Figures)
    told = {phrase.name: phrase for phrase in phrases(figures, over=True)}
    assert told["figuresMakespan"].text.startswith("finished in 5.0")
    assert told["figuresBest"].text.startswith("best possible")
    assert told["figuresRedelivered"].text == "redelivered 3"
    assert told["figuresFairness"].text.startswith("fairness ")
    assert "Jain's index" in told["figuresFairness"].tip
    assert "two" in told["figuresIdle"].tip
    assert all(phrase.tip.endswith((".", "%")) for phrase in told.values())


def test_who_hardly_lived_is_not_called_idle_and_is_in_the_tip() -> None:
    figures = every_outcome().figures
    assert isinstance(figures, Figures)
    one, two = figures.workers
    busy = replace(one, idle=0.0)
    brief = replace(two, lived=0.2, waiting=0.2, idle=0.2)
    told = {phrase.name: phrase for phrase in phrases(replace(figures, workers=(busy, brief)), over=True)}
    assert told["figuresIdle"].text == "of those who stayed, nobody idle while work was waiting"
    assert "two (×1): 100" in told["figuresIdle"].tip
    told = {phrase.name: phrase for phrase in phrases(replace(figures, workers=(busy,)), over=True)}
    assert told["figuresIdle"].text == "nobody idle while work was waiting"


def test_of_the_time_without_a_broker_is_said_how_much_was_an_accident() -> None:
    figures = every_outcome().figures
    assert isinstance(figures, Figures)
    tips = {phrase.name: phrase.tip for phrase in phrases(replace(figures, away=10.0, away_by_accident=1.0), over=True)}
    said = "With the broker away for 10.0 s, 1.00 s of it by accident: that is lost time"
    assert said in tips["figuresBest"].replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_a_run_that_was_not_done_has_not_finished() -> None:
    figures = every_outcome().figures
    assert isinstance(figures, Figures)
    told = {phrase.name: phrase.text for phrase in phrases(replace(figures, finished=False), over=True)}
    assert told["figuresMakespan"].startswith("not finished after ")
    assert "figuresBest" not in told


def test_a_run_that_lost_work_says_how_much() -> None:
    figures = every_outcome().figures
    assert isinstance(figures, Figures)
    told = {phrase.name: phrase.text for phrase in phrases(replace(figures, finished=False, lost=7), over=True)}
    assert told["figuresMakespan"] == "lost 7"
    assert "figuresBest" not in told


def test_a_run_that_the_clock_ended_as_it_was_to_ran_its_time() -> None:
    figures = every_outcome().figures
    assert isinstance(figures, Figures)
    ran = replace(figures, finished=False, ran_for=30.0)
    told = {phrase.name: phrase.text for phrase in phrases(ran, over=True)}
    assert told["figuresMakespan"].startswith("ran its time, 30")
    assert "figuresBest" not in told


def test_what_goes_on_is_told_so_far() -> None:
    (first, *_) = phrases(every_outcome().figures, over=False)
    assert first.text.endswith("so far")


def test_what_cannot_be_known_says_why() -> None:
    (only,) = phrases(Unknown("nothing has been acknowledged yet"), over=False)
    assert only.text == "No figures: nothing has been acknowledged yet"
