"""What a scenario expects, in sentences, with its bounds as people read them."""

from collections.abc import Iterable

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Expectation, Scenario
from wqstudio.engine.figures.words import meaning, told
from wqstudio.engine.playing.judging import Verdict, without_saying

_TIMES = {0.5: "half", 1.0: "", 2.0: "twice"}
"""Of another figure, where there is a word for it."""


def expected(scenario: Scenario, product: Product) -> tuple[Expectation, ...]:
    """All that is judged there: what the scenario says, and what else is expected of one of its runs at least."""
    own = [one for one in scenario.expectations if one.product in {None, product}]
    settings = [setting.name for setting in scenario.settings] or [""]
    said = [{one.figure for one in own if one.setting in {"", setting}} for setting in settings]
    return (*own, *without_saying(scenario, set.intersection(*said)))


def held(expectation: Expectation, verdicts: Iterable[Verdict]) -> bool | None:
    """In every run that was judged by it; None: none was."""
    found = [verdict.holds for verdict in verdicts if verdict.expectation == expectation]
    return all(found) if found else None


def expectation(expectation: Expectation) -> str:
    """What has to be, as a sentence: the scenario's own where it has one."""
    return expectation.why or f"{meaning(expectation)}: {bounds(expectation)}."


def bounds(expectation: Expectation) -> str:
    """How much it has to be, with its unit, or as a multiple of what: "at most 0.8 times that of round-robin"."""
    others = ", in ".join(filter(None, (expectation.times_of, expectation.times_setting)))
    limits = (
        ("", expectation.equals),
        ("at least", expectation.at_least),
        ("at most", expectation.at_most),
    )
    wanted = " and ".join(
        _joined(words, _TIMES.get(bound, f"{bound:g} times") if others else told(expectation.figure, bound))
        for words, bound in limits
        if bound is not None
    )
    return _joined(wanted, f"that of {others}" if others else "")


def _joined(*words: str) -> str:
    return " ".join(filter(None, words))


def conditions(expectation: Expectation) -> str:
    """Where it is looked at, when that is not everywhere."""
    only = [f"in {expectation.setting}"] if expectation.setting else []
    only += [f"on {expectation.product.title}"] if expectation.product is not None else []
    return ", ".join(only)


def exactly(expectation: Expectation) -> str:
    """What is measured, how much it has to be and where; what a sentence of its own leaves out."""
    where = conditions(expectation)
    if not expectation.why:
        return f"{expectation.subject}{f' ({where})' if where else ''}"
    return f"{expectation.subject}: {bounds(expectation)}{f' ({where})' if where else ''}"
