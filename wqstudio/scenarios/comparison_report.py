"""What came of a comparison: its conclusion, and the report of its runs on one page."""

from wqstudio.engine.report.conclusion import conclusion
from wqstudio.engine.report.of_runs import contender, page_of
from wqstudio.engine.report.page import Page
from wqstudio.scenarios.comparing import Compared


def concluded(compared: Compared) -> tuple[str, ...]:
    """In a sentence or two, the most important first; empty: there is nothing to compare yet."""
    return conclusion([contender(compared.title(run), run) for run in compared.runs])


def report(compared: Compared, program: str) -> Page:
    """``program``: who made it, with the version."""
    comparison = compared.comparison
    return page_of(comparison.scenario, compared.runs, compared.verdicts, program, comparison.settings)
