"""The report of a comparison: its runs on one page."""

from collections.abc import Iterator

from wqstudio.engine.conclusion import Contender, conclusion
from wqstudio.engine.judging import Verdict
from wqstudio.engine.playing import Run
from wqstudio.engine.replay import replayed
from wqstudio.engine.report_page import Page, Played, Verdict as Told
from wqstudio.engine.timeline_record import recorded
from wqstudio.scenarios.comparing import Compared


def contenders(compared: Compared) -> tuple[Contender, ...]:
    """What the conclusion is drawn from."""
    return tuple(
        Contender(compared.title(run), run.evidence.dispatch, run.evidence.account.published, run.evidence.drained)
        for run in compared.runs
    )


def report(compared: Compared, program: str) -> Page:
    """``program``: who made it, with the version."""
    scenario = compared.comparison.scenario
    summary = " ".join(filter(None, (scenario.summary, conclusion(contenders(compared)))))
    played = tuple(_played(run, compared) for run in compared.runs)
    return Page(scenario.title, summary, played, compared.at, scenario.watch, program)


def _played(run: Run, compared: Compared) -> Played:
    return Played(
        setting=compared.title(run),
        product=run.product.title,
        recorded=recorded(replayed(run.evidence)),
        account=run.evidence.account,
        verdicts=tuple(_told(verdict) for verdict in compared.verdicts if verdict.run is run),
        notes=tuple(_notes(run)),
    )


def _told(verdict: Verdict) -> Told:
    of = f" of {verdict.expectation.of}" if verdict.expectation.of else ""
    found = "not known" if verdict.found is None else f"{verdict.found:.4g}"
    measured = f"{verdict.expectation.figure}{of}: {verdict.wanted}"
    why = verdict.expectation.why
    return Told(verdict.holds, why or f"{measured.capitalize()}.", found, measured if why else "")


def _notes(run: Run) -> Iterator[str]:
    if not run.evidence.drained:
        yield "Not all work was done before it ended."
    yield from (f"The broker refused what was asked of it: {refusal}" for refusal in run.refusals)
