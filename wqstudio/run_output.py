"""What came of playing scenarios, as text, as JSON and as JUnit XML."""

import json as json_format
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias
from xml.etree import ElementTree as ET

from wqstudio.domain.connection import Product
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.ledger import WorkerAccount
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.scenario import Scenario
from wqstudio.engine.drawing.xml_text import readable
from wqstudio.engine.figures.rows import absence, how_it_ended
from wqstudio.engine.figures.run_figures import FIGURES, figure
from wqstudio.engine.playing.judging import Verdict
from wqstudio.engine.playing.performing import Run
from wqstudio.scenarios.sittings import Result, Sitting

_OF_WORKERS = ("speed", "deliveries", "lived", "busy", "busy_share", "waiting", "idle", "idle_while_waiting", "hoarded")
"""Of ``WorkerFigures``, as they are called there."""


@dataclass(frozen=True, slots=True)
class Failure:
    """It could not be played."""

    sitting: Sitting
    reason: str
    stopped: bool = False
    """Since whoever had it played has ended that: nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """It cannot be played on the broker at hand, and was not asked for by its name."""

    scenario: Scenario
    products: tuple[Product, ...]
    """Of the broker at hand."""
    reason: str

    def __str__(self) -> str:
        return f"skip {self.scenario.name}: {self.reason}"


Outcome: TypeAlias = Result | Failure | Skipped


def went_well(outcomes: Sequence[Outcome]) -> bool:
    """All that can be played here came out as expected."""
    return all(isinstance(each, Skipped) or (isinstance(each, Result) and each.held) for each in outcomes)


def line_of(result: Result, seconds: float) -> str:
    """In a line, for progress."""
    failed = [verdict for verdict in result.verdicts if not verdict.holds]
    unbalanced = sum(not run.evidence.account.balanced for run in result.runs)
    if result.held:
        said = [f"all {len(result.verdicts)} expectations hold"]
    else:
        said = [_of(each.run, str(each), result) for each in failed] + ["the sums do NOT agree"] * bool(unbalanced)
    said += [_of(run, away, result) for run in result.runs if (away := _absence(run))]
    return f"{'ok  ' if result.held else 'FAIL'} {result.sitting}: {'; '.join(said)} ({seconds:.1f} s)"


def _of(run: Run, words: str, result: Result) -> str:
    return f"{run.setting}: {words}" if len(result.runs) > 1 else words


def _absence(run: Run) -> str:
    """Of the broker, where nothing had asked for it; empty: it was there."""
    dispatch = run.evidence.dispatch
    return absence(dispatch) if isinstance(dispatch, Figures) and dispatch.away_by_accident else ""


def as_list(built_in: Sequence[Scenario], own: Sequence[Scenario], *, json: bool) -> str:
    """``own``: a person's own files, which are marked as such."""
    scenarios = [*((each, False) for each in built_in), *((each, True) for each in own)]
    if json:
        cards = [_card(scenario) | {"yours": yours} for scenario, yours in scenarios]
        return json_format.dumps(cards, indent=2, ensure_ascii=False)
    width = max((len(scenario.name) for scenario, _ in scenarios), default=0)
    return "\n".join(
        f"{each.name:<{width}}  {', '.join(product.title for product in each.products):<14}  {each.title}"
        f"{' (yours)' if yours else ''}"
        for each, yours in scenarios
    )


def _card(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "topic": scenario.topic,
        "summary": scenario.summary,
        "watch": scenario.watch,
        "on": [product.value for product in scenario.products],
        "settings": [setting.name for setting in scenario.settings],
    }


def as_json(outcomes: Sequence[Outcome]) -> str:
    """All runs are under ``runs``; what is told of one alone stands at the top as well."""
    runs = [_run(run, result) for result in outcomes if isinstance(result, Result) for run in result.runs]
    whole = {
        **(runs[0] if len(runs) == 1 else {}),
        "as_expected": went_well(outcomes),
        "runs": runs,
        "not_played": [
            _unplayed(failure.sitting.scenario, failure.sitting.products, failure.reason)
            for failure in outcomes
            if isinstance(failure, Failure)
        ],
        "skipped": [
            _unplayed(each.scenario, each.products, each.reason) for each in outcomes if isinstance(each, Skipped)
        ],
    }
    return json_format.dumps(whole, indent=2, ensure_ascii=False)


def _unplayed(scenario: Scenario, products: Sequence[Product], reason: str) -> dict[str, Any]:
    """``products``: of the brokers on which it was not played."""
    return {"scenario": scenario.name, "products": [product.value for product in products], "reason": reason}


def _run(run: Run, result: Result) -> dict[str, Any]:
    account, verdicts = run.evidence.account, _verdicts(run, result)
    return {
        "scenario": run.scenario.name,
        "product": run.product.value,
        "setting": run.setting,
        "seconds": round(run.evidence.ended - run.evidence.began, 3),
        "balanced": account.balanced,
        "as_expected": account.balanced and all(verdict.holds for verdict in verdicts),
        **asdict(account),
        "workers": [_worker(worker, run.evidence.dispatch) for worker in account.workers],
        "figures": {name: figure(run.evidence, name) for name in FIGURES},
        "refusals": run.refusals,
        "missed": [str(fault) for fault in run.missed],
        "expectations": [_verdict(verdict) for verdict in verdicts],
    }


def _worker(account: WorkerAccount, dispatch: Reading[Figures]) -> dict[str, Any]:
    """What became of its deliveries, and how its time went where that is known."""
    known = () if isinstance(dispatch, Unknown) else dispatch.workers
    found = next((each for each in known if each.name == account.name), None)
    return {**asdict(account), **{name: None if found is None else getattr(found, name) for name in _OF_WORKERS}}


def _verdicts(run: Run, result: Result) -> list[Verdict]:
    return [verdict for verdict in result.verdicts if verdict.run is run]


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "figure": verdict.expectation.figure,
        "of": verdict.expectation.of,
        "expected": verdict.wanted,
        "found": verdict.found,
        "holds": verdict.holds,
        "why": verdict.why,
    }


def as_text(results: Sequence[Result]) -> str:
    return "\n\n".join(_text(run, result) for result in results for run in result.runs)


def _text(run: Run, result: Result) -> str:
    account = run.evidence.account
    where = ", ".join(filter(None, (run.product.title, _setting(run, result))))
    lines = [
        f"{run.scenario.title} ({where}): {', '.join([f'{account.published} published', *_ending(run)])}",
        f"  acknowledged  {account.acknowledged:>7}",
        f"  terminated    {account.terminated:>7}",
        f"  still stored  {account.stored:>7}",
        f"  lost          {account.lost:>7}",
        f"  duplicated    {account.duplicated:>7}",
        "",
        *_workers(account.workers),
    ]
    lines += ["", f"  {'the sums agree' if account.balanced else 'the sums do NOT agree'}"]
    lines += [_line(verdict) for verdict in _verdicts(run, result)]
    return "\n".join(lines)


def _ending(run: Run) -> Iterator[str]:
    if isinstance(run.evidence.dispatch, Figures):
        yield how_it_ended(run.evidence.dispatch)
        if away := absence(run.evidence.dispatch):
            yield away


def _workers(workers: Sequence[WorkerAccount]) -> Iterator[str]:
    """A table; what schedulers passed on is in it where there are any."""
    passed_on = any(worker.forwarded for worker in workers)
    heading = f"{'passed on':>12}" if passed_on else ""
    yield f"  {'worker':<14}{'acked':>7}{heading}{'given back':>12}{'redelivered':>13}"
    for worker in workers:
        forwarded = f"{worker.forwarded:>12}" if passed_on else ""
        yield f"  {worker.name:<14}{worker.acknowledged:>7}{forwarded}{worker.failed:>12}{worker.redelivered:>13}"


def _setting(run: Run, result: Result) -> str:
    """By the name that ``--setting`` takes, and by the title that bounds and the window have."""
    titles = {each.name: each.title for each in result.sitting.scenario.settings}
    title = titles.get(run.setting, "")
    return f"{run.setting}: {title}" if title else run.setting


def _line(verdict: Verdict) -> str:
    mark = "holds" if verdict.holds else "FAILS"
    return f"  {mark}  {verdict}{f'  {verdict.why}' if verdict.why else ''}"


def as_junit(outcomes: Sequence[Outcome]) -> str:
    """A suite for each sitting, a case for each expectation and each ledger."""
    root = ET.Element("testsuites", name="wqstudio")
    suites = [_suite(outcome) for outcome in outcomes]
    root.extend(suites)
    for sum_ in ("tests", "failures", "errors", "skipped"):
        root.set(sum_, str(sum(int(suite.attrib[sum_]) for suite in suites)))
    root.set("time", f"{sum(float(suite.attrib['time']) for suite in suites):.3f}")
    ET.indent(root)
    text = readable(ET.tostring(root, encoding="unicode"))
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _suite(outcome: Outcome) -> ET.Element:
    match outcome:
        case Result():
            return _played_suite(outcome)
        case Failure(sitting, reason, stopped):
            return _suite_of_one(str(sitting), sitting.scenario, "skipped" if stopped else "error", reason)
        case Skipped(scenario, _, reason):
            return _suite_of_one(scenario.name, scenario, "skipped", reason)


def _suite_of_one(name: str, scenario: Scenario, why: Literal["error", "skipped"], reason: str) -> ET.Element:
    errors, skipped = ("1", "0") if why == "error" else ("0", "1")
    suite = _empty_suite(name, tests="1", errors=errors, skipped=skipped)
    case = ET.SubElement(suite, "testcase", classname=scenario.name, name="is played", time="0.000")
    ET.SubElement(case, why, message=reason)
    return suite


def _empty_suite(name: str, **sums: str) -> ET.Element:
    none = {"tests": "0", "failures": "0", "errors": "0", "skipped": "0", "time": "0.000"}
    return ET.Element("testsuite", {"name": name, **none, **sums})


def _played_suite(result: Result) -> ET.Element:
    cases = [case for run in result.runs for case in _cases(run, result)]
    failed = sum(len(case) > 0 for case in cases)
    seconds = sum(float(case.attrib["time"]) for case in cases)
    suite = _empty_suite(str(result.sitting), tests=str(len(cases)), failures=str(failed), time=f"{seconds:.3f}")
    suite.extend(cases)
    return suite


def _cases(run: Run, result: Result) -> list[ET.Element]:
    """The first has the time of the run, since it was played once for all of them and times are added up."""
    where = ".".join(filter(None, (run.scenario.name, run.product.value, run.setting)))
    cases = [_case(where, "the ledger balances", "" if run.evidence.account.balanced else "the sums do not agree")]
    cases[0].set("time", f"{run.evidence.ended - run.evidence.began:.3f}")
    return [*cases, *(_case(where, verdict.name, verdict.failure) for verdict in _verdicts(run, result))]


def _case(where: str, name: str, failure: str) -> ET.Element:
    case = ET.Element("testcase", classname=where, name=name, time="0.000")
    if failure:
        ET.SubElement(case, "failure", message=failure)
    return case
