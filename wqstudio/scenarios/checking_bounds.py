"""What an expectation bounds its figure by: a bound that says nothing of a run is a mistake."""

from collections.abc import Iterator
from math import isfinite

from wqstudio.engine.figures.rows import Unit
from wqstudio.engine.figures.run_figures import FIGURES
from wqstudio.scenarios.file_format import ExpectationTable
from wqstudio.scenarios.positions import Path
from wqstudio.scenarios.problems import Problem


def bound_problems(path: Path, expectation: ExpectationTable) -> Iterator[Problem]:
    yield from _of_bounds(path, expectation)
    yield from _of_multiples(path, expectation)


def _of_bounds(path: Path, expectation: ExpectationTable) -> Iterator[Problem]:
    low, high = expectation.at_least, expectation.at_most
    bounds = {"is": expectation.equals, "at_least": low, "at_most": high}
    if all(bound is None for bound in bounds.values()):
        yield Problem(path, 'a bound is missing: say "is", "at_least" or "at_most"')
    for field, bound in bounds.items():
        if bound is not None and not isfinite(bound):
            yield Problem((*path, field), f"{bound} is not a bound that a figure could meet and miss; say a number")
        elif bound is not None and bound < 0:
            yield Problem((*path, field), f"no figure is below 0, got {bound:g}")
        elif bound is not None and bound > 1 and _is_share(expectation):
            said = f"{expectation.figure} is a share, from 0 to 1; for {bound:g} % say {bound / 100:g}"
            yield Problem((*path, field), said)
    if low is not None and high is not None and low > high:
        yield Problem((*path, "at_most"), f"nothing is at least {low:g} and at most {high:g}; swap the two")


def _is_share(expectation: ExpectationTable) -> bool:
    """Of which the bounds are no multiples."""
    figure = FIGURES.get(expectation.figure)
    multiple = expectation.times_of or expectation.times_setting
    return figure is not None and figure.unit is Unit.SHARE and not multiple


def _of_multiples(path: Path, expectation: ExpectationTable) -> Iterator[Problem]:
    """Of itself every figure is once as much, whatever comes of the run."""
    of, setting = expectation.times_of or expectation.of, expectation.times_setting or expectation.setting
    if (of, setting) != (expectation.of, expectation.setting):
        return
    for field in ("times_of", "times_setting"):
        if named := getattr(expectation, field):
            yield Problem((*path, field), f"it is compared with itself, {named}; name another, or none")
