"""Whether runs came out as their scenario expects."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Expectation, Scenario
from wqstudio.engine.figures.run_figures import figure, why_unknown
from wqstudio.engine.figures.words import relation, told, told_exactly
from wqstudio.engine.playing.performing import Run

_DONE = Expectation("drained", equals=1.0, why="All work is done in time.")
_ALL_PUBLISHED = Expectation("unpublished", equals=0.0, why="Every producer publishes all it has to.")
_NONE_MISSED = Expectation("missed", equals=0.0, why="Every fault comes about.")
NOTHING_LOST = Expectation("lost", equals=0.0, why="No task is lost.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one expectation of one run."""

    expectation: Expectation
    run: Run
    found: float | None
    """None: the run has nothing to tell the figure from."""
    wanted: str
    """The bounds with their unit, and what they are multiples of."""
    holds: bool
    because: str = ""
    """Why it was missed, as far as that is known: goes on in a sentence, and ends it."""

    @property
    def name(self) -> str:
        """By which it is known again in another run: nothing that was measured is in it."""
        if self.expectation.why:
            return self.expectation.why
        of = ", ".join(filter(None, (self.expectation.times_setting, self.expectation.times_of)))
        figure = self.expectation.figure
        bounds = (
            f"{words}{f'{bound:g} times that of {of}' if of else told(figure, bound)}"
            for words, bound, _ in _bounds(self.expectation)
        )
        return f"{self.expectation.subject}: {' and '.join(bounds)}"

    @property
    def failure(self) -> str:
        """What was measured instead, and why, as far as that is known; empty: it holds."""
        return "" if self.holds else f"{self}{f': {self.because}' if self.because else ''}"

    @property
    def why(self) -> str:
        """What is expected, in the scenario's own words, and why it was missed; empty: it has none."""
        return f"{self.expectation.why} Not so: {self.because}" if self.because else self.expectation.why

    def __str__(self) -> str:
        return f"{self.expectation.subject} is {self.said}, expected {self.wanted}"

    @property
    def said(self) -> str:
        """The figure with its unit."""
        if self.found is None:
            return "unknown"
        return told(self.expectation.figure, self.found)


def judge(scenario: Scenario, runs: Sequence[Run]) -> tuple[Verdict, ...]:
    """Of all that can be judged of these runs: what compares with a setting that was not played is left out.

    That all work is done and nothing is lost is expected of each run of which the scenario does not say otherwise.
    """
    return tuple(verdict for run in runs for verdict in _verdicts(scenario, run, runs))


def _verdicts(scenario: Scenario, run: Run, runs: Sequence[Run]) -> Iterator[Verdict]:
    played = {"", *(each.setting for each in runs)}
    own = [each for each in scenario.expectations if _is_about(each, run) and each.times_setting in played]
    implied = without_saying(scenario, {each.figure for each in own})
    for expectation in (*_told_where_missed(run, own), *own, *implied):
        verdict = _verdict(scenario, expectation, run, _factor(expectation, run, runs))
        yield verdict if verdict.holds else replace(verdict, because=_because(run, expectation))


def without_saying(scenario: Scenario, said: Collection[str]) -> tuple[Expectation, ...]:
    """What is expected of a run beside what the scenario says; ``said``: the figures that it says something of."""
    implied = (_DONE, NOTHING_LOST) if scenario.drained else (NOTHING_LOST,)
    return tuple(each for each in implied if each.figure not in said)


def _told_where_missed(run: Run, own: Iterable[Expectation]) -> Iterator[Expectation]:
    """What goes without saying, and else is part of all work being done."""
    said = {each.figure for each in own}
    if run.evidence.unpublished and _ALL_PUBLISHED.figure not in said:
        yield _ALL_PUBLISHED
    if run.evidence.missed and _NONE_MISSED.figure not in said:
        yield _NONE_MISSED


def _because(run: Run, expectation: Expectation) -> str:
    """See ``Verdict.because``: of what goes without saying, and of what is not known."""
    if figure(run.evidence, expectation.figure, expectation.of) is None:
        why = why_unknown(run.evidence, expectation.figure)
        return f"{why}." if why else ""
    if expectation is _NONE_MISSED:
        return f"{', '.join(map(str, run.missed))}."
    return _why_not_done(run) if expectation is _DONE and run.evidence.account.stored else ""


def _why_not_done(run: Run) -> str:
    evidence, queues = run.evidence, run.scenario.queues
    seconds = evidence.ended - evidence.began
    said = f"after {seconds:.0f} s, {evidence.account.stored:,} were still stored."
    wait = max((consumer.ack_wait for queue in queues for consumer in queue.consumers), default=0.0)
    if run.product is Product.NATS and figure(evidence, "crashed") and wait > seconds / 2:
        said += (
            f" What a crashed worker holds comes back after the consumer's ack wait, {wait:g} s here: give it a "
            "shorter ack_wait, or the run more seconds."
        )
    return said


def _is_about(expectation: Expectation, run: Run) -> bool:
    return expectation.setting in {"", run.setting} and expectation.product in {None, run.product}


def _factor(expectation: Expectation, run: Run, runs: Iterable[Run]) -> float | None:
    """What the bounds are multiples of: 1, or another figure, where that is known."""
    if expectation.times_setting:
        run = next(each for each in runs if each.setting == expectation.times_setting)
    elif not expectation.times_of:
        return 1.0
    return figure(run.evidence, expectation.figure, expectation.times_of or expectation.of)


def _verdict(scenario: Scenario, expectation: Expectation, run: Run, factor: float | None) -> Verdict:
    found = figure(run.evidence, expectation.figure, expectation.of)
    if factor is None or found is None:
        wanted = " and ".join(_unmeasured(scenario, expectation)) if factor is None else "a figure that is known"
        return Verdict(expectation, run, found, wanted, holds=False)
    limits = [
        (words, bound, bound * factor, fits(found, bound * factor)) for words, bound, fits in _bounds(expectation)
    ]
    said: list[str] = []
    for words, times, limit, holds in limits:
        of = relation(scenario, expectation, times)
        said.append(f"{words}{_limit(expectation.figure, limit, found, holds=holds)}{f', {of}' if of else ''}")
    return Verdict(expectation, run, found, " and ".join(said), all(holds for *_, holds in limits))


def _unmeasured(scenario: Scenario, expectation: Expectation) -> Iterator[str]:
    """The bounds, where what they are multiples of is not known."""
    for words, times, _ in _bounds(expectation):
        yield f"{words}{relation(scenario, expectation, times)}, which is unknown"


def _limit(name: str, limit: float, found: float, *, holds: bool) -> str:
    """A bound that is missed never reads as what was found."""
    same = not holds and told(name, limit) == told(name, found)
    return told_exactly(name, limit) if same else told(name, limit)


_TOLERANCE = 1e-9


def _bounds(expectation: Expectation) -> Iterator[tuple[str, float, Callable[[float, float], bool]]]:
    if expectation.equals is not None:
        yield "", expectation.equals, lambda found, limit: abs(found - limit) <= _TOLERANCE
    if expectation.at_least is not None:
        yield "at least ", expectation.at_least, lambda found, limit: found >= limit - _TOLERANCE
    if expectation.at_most is not None:
        yield "at most ", expectation.at_most, lambda found, limit: found <= limit + _TOLERANCE
