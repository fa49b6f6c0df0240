"""What a report tells of a scenario that was played."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from wqstudio.domain.dispatch import Figures
from wqstudio.domain.scenario import Scenario, Setting
from wqstudio.engine.drawing.recorded import recorded_run
from wqstudio.engine.figures.rows import Unit, shown
from wqstudio.engine.figures.words import meaning
from wqstudio.engine.playing.judging import Verdict as Judged
from wqstudio.engine.playing.performing import Run
from wqstudio.engine.report.conclusion import Contender, conclusion
from wqstudio.engine.report.page import Group, Page, Played, Verdict


def page_of(
    scenario: Scenario,
    runs: Sequence[Run],
    verdicts: Sequence[Judged],
    program: str,
    settings: Sequence[Setting] | None = None,
) -> Page:
    """``scenario`` as it is written; ``runs`` of it, one at least; ``program``: who played it, with the version.

    ``settings``: those that were played, where they are others than the scenario's.
    """
    settings = scenario.settings if settings is None else settings
    titles = {setting.name: setting.title or setting.name for setting in settings}
    called = [_called(run, titles, runs) for run in runs]
    played = tuple(_played(run, title, verdicts) for title, run in zip(called, runs, strict=True))
    groups = tuple(_groups(runs, played, titles))
    compared = len(runs) > 1 and scenario.drained
    return Page(
        title=scenario.title,
        summary=scenario.summary,
        played=played,
        at=min(run.evidence.began for run in runs),
        watch=scenario.watch,
        program=program,
        conclusion=conclusion([*map(contender, called, runs)]) if compared and not groups else (),
        groups=tuple(
            replace(group, conclusion=_concluded(group, runs, played) if compared else ()) for group in groups
        ),
    )


def _groups(runs: Sequence[Run], played: Sequence[Played], titles: Mapping[str, str]) -> Iterator[Group]:
    """Of several settings on several brokers: first the brokers in each setting, then the settings on each broker."""
    settings, products = dict.fromkeys(run.setting for run in runs), dict.fromkeys(run.product for run in runs)
    if len(settings) < 2 or len(runs) <= max(len(settings), len(products)):
        return
    each = [*zip(runs, played, strict=True)]
    where = " and ".join(product.title for product in products)
    for setting in settings:
        together = tuple(one for run, one in each if run.setting == setting)
        if len(together) > 1:
            yield Group(f"{titles.get(setting, setting)}: {where}", together)
    for product in products:
        together = tuple(one for run, one in each if run.product is product)
        if len(together) > 1:
            yield Group(f"On {product.title}", together)


def _concluded(group: Group, runs: Sequence[Run], played: Sequence[Played]) -> tuple[str, ...]:
    run_of = {id(one): run for one, run in zip(played, runs, strict=True)}
    return conclusion([contender(one.setting, run_of[id(one)]) for one in group.played])


def contender(title: str, run: Run) -> Contender:
    """As it stands to the others."""
    evidence = run.evidence
    return Contender(title, evidence.dispatch, evidence.account.published, evidence.drained, evidence.account.lost)


def _called(run: Run, titles: Mapping[str, str], runs: Sequence[Run]) -> str:
    """By its broker, too, where its setting, or none, is played on several of them."""
    setting = titles.get(run.setting, run.setting)
    several = any(each.setting == run.setting and each.product is not run.product for each in runs)
    return " on ".join(filter(None, (setting, run.product.title if several else "")))


def _played(run: Run, setting: str, verdicts: Sequence[Judged]) -> Played:
    evidence = run.evidence
    return Played(
        setting=setting,
        product=run.product.title,
        recorded=recorded_run(evidence),
        account=evidence.account,
        verdicts=tuple(_verdict(verdict) for verdict in verdicts if verdict.run is run),
        notes=tuple(_notes(run)),
    )


def _verdict(judged: Judged) -> Verdict:
    """People read the sentence of the scenario, or else what the figure means, and below it what was measured."""
    expectation = judged.expectation
    if not expectation.why:
        return Verdict(judged.holds, f"{meaning(expectation)}: {judged.wanted}.", judged.said, expectation.subject)
    return Verdict(judged.holds, judged.why, judged.said, f"{expectation.subject}: {judged.wanted}")


def _notes(run: Run) -> Iterator[str]:
    if run.scenario.drained and not run.evidence.drained:
        yield "The time was up before all work was done."
    dispatch = run.evidence.dispatch
    if isinstance(dispatch, Figures) and dispatch.away_by_accident:
        away = shown(dispatch.away_by_accident, Unit.SECONDS)
        yield f"The broker was away for {away} by accident: not to be compared with runs that had it."
    yield from (f"Refused: {refusal}" for refusal in run.refusals)
    yield from (f"Never came about: {fault}." for fault in run.missed)
