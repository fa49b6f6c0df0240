"""What came of a scenario, in words: the headline, each expectation with what was found, and the sums."""

from collections.abc import Sequence
from dataclasses import dataclass

from wqstudio.engine.playing.judging import Verdict
from wqstudio.engine.playing.performing import Run
from wqstudio.scenarios.sittings import Result
from wqstudio.ui import format as fmt
from wqstudio.ui.models import expectation_words as words
from wqstudio.ui.models.headline import Figure
from wqstudio.ui.theme import Concept


@dataclass(frozen=True, slots=True)
class Line:
    """One expectation, judged."""

    holds: bool
    text: str
    measured: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One run."""

    title: str
    """Its setting; empty: there was one run."""
    lines: tuple[Line, ...]
    """Those that do not hold first."""
    refusals: tuple[str, ...]
    figures: tuple[Figure, ...]
    """The sums of its ledger."""
    balanced: bool


def headline(verdicts: Sequence[Verdict], *, stopped: bool) -> str:
    broken = sum(not verdict.holds for verdict in verdicts)
    early = ", though it was stopped early" if stopped else ""
    if broken:
        return f"{broken} of {len(verdicts)} expectations {'does' if broken == 1 else 'do'} not hold{early}"
    match len(verdicts):
        case 1:
            return f"What was expected holds{early}"
        case 2:
            return f"Both expectations hold{early}"
        case count:
            return f"All {count} expectations hold{early}"


def chapters(result: Result) -> list[Chapter]:
    several = len(result.runs) > 1
    return [
        Chapter(
            title=title(run, result) if several else "",
            lines=tuple(sorted(map(_line, _about(run, result)), key=lambda line: line.holds)),
            refusals=run.refusals,
            figures=_figures(run),
            balanced=run.evidence.account.balanced,
        )
        for run in result.runs
    ]


def _about(run: Run, result: Result) -> list[Verdict]:
    return [verdict for verdict in result.verdicts if verdict.run is run]


def _line(verdict: Verdict) -> Line:
    found = verdict.said if verdict.found is not None else "nothing to tell it from"
    measured = f"{verdict.expectation.subject}: {found}, expected {verdict.wanted}"
    return Line(verdict.holds, verdict.why or words.expectation(verdict.expectation), measured)


def title(run: Run, result: Result) -> str:
    """Of its setting."""
    named = (each for each in result.sitting.scenario.settings if each.name == run.setting)
    setting = next(named, None)
    return run.setting if setting is None else setting.title or setting.name


def _figures(run: Run) -> tuple[Figure, ...]:
    account = run.evidence.account
    counts = (
        ("published", account.published, Concept.PUBLISHED),
        ("acknowledged", account.acknowledged, Concept.ACKED),
        ("terminated", account.terminated, Concept.DEAD),
        ("still stored", account.stored, Concept.WAITING),
        ("lost", account.lost, None),
        ("duplicated", account.duplicated, Concept.REDELIVERED),
    )
    seconds = Figure("played", fmt.measured(run.evidence.ended - run.evidence.began))
    return (
        *(Figure(caption, f"{count:,}", concept, quiet=not count) for caption, count, concept in counts),
        seconds,
    )
