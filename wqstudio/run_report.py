"""The HTML report of what was played: a page for each scenario, all its runs on it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from wqstudio import __version__
from wqstudio.domain.scenario import Scenario
from wqstudio.engine import report
from wqstudio.engine.judging import Verdict
from wqstudio.engine.playing import Run
from wqstudio.scenarios.sittings import Result


def pages(results: Sequence[Result], file: Path) -> Iterator[tuple[Path, str]]:
    """Files and what is to be in them: ``file``, or one beside it for each of several scenarios."""
    scenarios = list(dict.fromkeys(result.sitting.scenario.name for result in results))
    in_order = sorted(results, key=lambda result: scenarios.index(result.sitting.scenario.name))
    for name, of_one in groupby(in_order, lambda result: result.sitting.scenario.name):
        place = file if len(scenarios) == 1 else file.with_name(f"{file.stem}-{name}{file.suffix}")
        yield place, report.page_html(page(list(of_one)))


def page(results: Sequence[Result]) -> report.Page:
    """Of one scenario, played once or on several brokers."""
    scenario = results[0].sitting.scenario
    runs = [(run, result) for result in results for run in result.runs]
    return report.Page(
        title=scenario.title,
        summary=scenario.summary,
        played=tuple(_played(run, result, scenario) for run, result in runs),
        at=runs[0][0].evidence.began,
        watch=scenario.watch,
        program=f"wqstudio {__version__}",
    )


def _played(run: Run, result: Result, scenario: Scenario) -> report.Played:
    return report.Played(
        setting=next((each.title or each.name for each in scenario.settings if each.name == run.setting), ""),
        product=run.server,
        recorded=run.evidence.recorded,
        account=run.evidence.account,
        verdicts=tuple(_verdict(each) for each in result.verdicts if each.run is run),
        notes=tuple(f"Refused: {refusal}" for refusal in run.refusals),
    )


def _verdict(verdict: Verdict) -> report.Verdict:
    return report.Verdict(
        met=verdict.holds,
        expectation=f"{verdict.subject} is {verdict.wanted}",
        found="unknown" if verdict.found is None else f"{verdict.found:.4g}",
        why=verdict.expectation.why,
    )
