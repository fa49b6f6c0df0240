"""How the figures that scenarios expect something of read: with their units, and bounds with what they are of."""

import re

from wqstudio.domain.scenario import Expectation, Scenario
from wqstudio.engine.figures.rows import Unit, shown
from wqstudio.engine.figures.run_figures import FIGURES

_OF_SHARES = ", 0 to 1"
_OF_TRUTHS = re.compile(r"^1 where (.*), else 0$")


def meaning(expectation: Expectation) -> str:
    """What is measured, for those who do not know the figure by its name, as a sentence begins."""
    words = FIGURES[expectation.figure].words.removesuffix(_OF_SHARES)
    if truth := _OF_TRUTHS.match(words):
        words = truth[1]
    of = f" ({expectation.of})" if expectation.of else ""
    return f"{words[0].upper()}{words[1:]}{of}"


def told(figure: str, value: float) -> str:
    """3.64 s, 86.3 %, 52,000, yes."""
    unit = FIGURES[figure].unit
    if unit in {Unit.COUNT, Unit.TRUTH} and value != round(value):
        return _exactly(value)
    return _plain(shown(value, unit))


def told_exactly(figure: str, value: float) -> str:
    """To a millionth, for values that read the same otherwise."""
    match FIGURES[figure].unit:
        case Unit.SECONDS | Unit.MESSAGE_SECONDS:
            return f"{_exactly(value)} s"
        case Unit.SHARE:
            return f"{_exactly(value * 100)} %"
        case Unit.RATE:
            return f"{_exactly(value)}/s"
        case _:
            return _exactly(value)


def relation(scenario: Scenario, expectation: Expectation, times: float) -> str:
    """Half of No limit's makespan; empty where the bound is a number of its own."""
    if not (expectation.times_setting or expectation.times_of):
        return ""
    titles = {setting.name: setting.title or setting.name for setting in scenario.settings}
    whose = titles.get(expectation.times_setting, "")
    of = expectation.times_of or expectation.of
    named = f"{f'{whose}, ' if whose else ''}{of}" if of else whose
    figure = f"{named}'s {expectation.figure}"
    match times:
        case 0.5:
            return f"half of {figure}"
        case 1.0:
            return figure
        case 2.0:
            return f"twice {figure}"
        case _ if 0 < times < 1:
            return f"{_exactly(times * 100)} % of {figure}"
        case _:
            return f"{_exactly(times)} times {figure}"


def _exactly(value: float) -> str:
    text = f"{value:,.6f}".rstrip("0").rstrip(".")
    return text or "0"


def _plain(text: str) -> str:
    """With spaces that can be typed and searched for."""
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ")
