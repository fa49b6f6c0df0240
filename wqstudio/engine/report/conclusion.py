"""What came of comparing runs, in a sentence or two that a person can quote."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wqstudio.domain.dispatch import Figures
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.engine.figures.rows import Unit, shown

_ALIKE = 0.02
"""Share by which makespans may differ and still be called the same."""
_WORTH_TELLING = 0.05
"""Share of idling from which on it is told."""
_NEAR = 1.05
"""Times the best possible up to which a run is called as good as that."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One run of a comparison."""

    title: str
    """Of its setting, as people call it."""
    figures: Reading[Figures]
    published: int
    """Tasks."""
    drained: bool
    """All work was done in time."""
    lost: int = 0
    """Tasks."""


def conclusion(contenders: Sequence[Contender]) -> tuple[str, ...]:
    """Sentences, the most important first. Empty: there is nothing to compare yet.

    Titles are set off: people call a setting anything, also by words that would go on in the sentence.
    """
    quoted = [replace(each, title=f"“{each.title}”") for each in contenders]
    return (*_unfinished(quoted), *_finished(quoted))


def _unfinished(contenders: Sequence[Contender]) -> Iterator[str]:
    for each in contenders:
        if isinstance(each.figures, Unknown):
            yield f"{each.title} did nothing that could be measured: {each.figures.reason}."
        elif not each.drained:
            yield f"{each.title} did {each.figures.tasks:,} of {each.published:,} tasks, and was not done in time."
        if each.lost:
            yield f"{each.title} lost {each.lost:,} of {each.published:,} tasks, and is not compared."
        if isinstance(each.figures, Figures) and (away := each.figures.away_by_accident):
            yield f"{each.title} had no broker for {_seconds(away)}, by accident, and is not compared."


def _finished(contenders: Sequence[Contender]) -> Iterator[str]:
    """Of those that did it all, with a broker: who lost some of the work is no sooner done with it."""
    known = [(each.title, each.figures) for each in contenders if isinstance(each.figures, Figures)]
    done = [(title, figures) for title, figures in known if figures.finished and not figures.away_by_accident]
    if len(done) < 2:
        return
    (soonest, best), *_, (latest, worst) = sorted(done, key=lambda each: each[1].makespan)
    if worst.makespan - best.makespan <= _ALIKE * worst.makespan:
        yield f"{_and([title for title, _ in done])} took {_alike(best.makespan, worst.makespan)}."
    else:
        superlative = ("soonest, ", "last, ") if len(done) > 2 else ("", "")
        sooner = (worst.makespan - best.makespan) / worst.makespan
        yield (
            f"{soonest} finished {superlative[0]}in {_seconds(best.makespan)}, {latest} {superlative[1]}"
            f"in {_seconds(worst.makespan)}: {_percent(sooner)} sooner."
        )
        yield from _why(latest, worst)
    yield from _against_best(soonest, best)


def _alike(least: float, most: float) -> str:
    """As the figures say it that stand beside."""
    soonest, latest = _seconds(least), _seconds(most)
    return f"the same time, {soonest}" if soonest == latest else f"about the same time, {soonest} to {latest}"


def _why(title: str, figures: Figures) -> Iterator[str]:
    """Who idled most in the slowest run."""
    idler = figures.idlest
    if idler is not None and idler.idle_while_waiting >= _WORTH_TELLING:
        share = _percent(idler.idle_while_waiting)
        yield f"Under {title}, {idler.name} idled {share} of the time in which work was waiting."


def _against_best(title: str, figures: Figures) -> Iterator[str]:
    """Nothing of tasks that take no time, which nobody can be quick or slow at."""
    if isinstance(figures.efficiency, Unknown):
        return
    if figures.makespan <= _NEAR * figures.best_possible:
        yield f"No sharing out of these tasks could be done much sooner than {title}."
    else:
        yield f"The best possible would have been {_seconds(figures.best_possible)}."


def _and(titles: Sequence[str]) -> str:
    return f"{', '.join(titles[:-1])} and {titles[-1]}"


def _seconds(value: float) -> str:
    return shown(value, Unit.SECONDS)


def _percent(share: float) -> str:
    return f"{share * 100:.0f}\N{NARROW NO-BREAK SPACE}%"
