"""The figures of a run, as words that a person can quote, each with what it means."""

from collections.abc import Iterator
from dataclasses import dataclass

from wqstudio.domain.dispatch import Figures, Percentiles, WorkerFigures
from wqstudio.domain.dispatch_rows import TAKEN_UP
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.engine.figures.rows import absence
from wqstudio.ui import format as fmt
from wqstudio.ui.names import visible
from wqstudio.ui.theme import Concept

_NOTICEABLE = 0.01
"""Share from which on it is said that somebody was idle."""


@dataclass(frozen=True, slots=True)
class Phrase:
    name: str
    """Of the widget."""
    text: str
    tip: str
    concept: Concept | None = None


def phrases(figures: Reading[Figures], *, over: bool) -> Iterator[Phrase]:
    """``over``: nobody works any more, so that they are final."""
    if isinstance(figures, Unknown):
        yield Phrase(
            "figuresUnknown", f"No figures: {figures.reason}", "Figures are worked out from all deliveries of a run."
        )
        return
    yield from _lengths(figures, over=over)
    if figures.away_by_accident:
        yield Phrase(
            "figuresAway",
            f"broker away {fmt.measured(figures.away_by_accident)}",
            "By accident: no fault had asked for it. The run is not to be compared with one that had its broker.",
            Concept.DEAD,
        )
    yield _idle(figures)
    yield Phrase(
        "figuresFairness",
        f"fairness {figures.fairness:.2f}",
        "Jain's index of the shares of their time that workers were busy: 1 where all were equally busy, "
        "1 divided by their number where one did everything.",
    )
    yield Phrase(
        "figuresThroughput",
        f"throughput {fmt.rate(figures.throughput)}",
        "Acknowledged tasks a second, from beginning to end of the run.",
    )
    yield from _times(figures)
    yield from _repeats(figures)


def _lengths(figures: Figures, *, over: bool) -> Iterator[Phrase]:
    if over and figures.lost:
        yield Phrase(
            "figuresMakespan",
            f"lost {figures.lost:,}",
            "Tasks that are nowhere, and were never acknowledged: the run did not do all it was to do, so it has no "
            "makespan, and cannot be called faster or better than another.",
            Concept.DEAD,
        )
        return
    if over and figures.ran_for is not None:
        yield Phrase(
            "figuresMakespan",
            f"ran its time, {fmt.measured(figures.ran_for)}",
            "It was to run for so long, whatever was left to do then.",
        )
        return
    if over and not figures.finished:
        yield Phrase(
            "figuresMakespan",
            f"not finished after {fmt.measured(figures.makespan)}",
            "Work was left when the run was over, or was stopped. The time is from the first publication to the last "
            "acknowledgement.",
        )
        return
    made = fmt.measured(figures.makespan)
    yield Phrase(
        "figuresMakespan",
        f"finished in {made}" if over else f"{made} so far",
        "From the first publication to the last acknowledgement (makespan)"
        + ("." if over else "; the run goes on, and all figures with it."),
    )
    yield Phrase(
        "figuresBest",
        f"best possible {fmt.measured(figures.best_possible)}",
        "No sharing out of these tasks to workers of these speeds ends sooner. Giving each task, in order, to the "
        f"worker that is free first takes {fmt.measured(figures.list_schedule)}. Efficiency, best possible by actual: "
        f"{_efficiency(figures.efficiency)}.{_lost(figures)}",
    )


def _efficiency(share: Reading[float]) -> str:
    return f"not defined, as {share.reason}" if isinstance(share, Unknown) else _percent(share)


def _lost(figures: Figures) -> str:
    if not figures.away:
        return ""
    return f" With {absence(figures)}: that is lost time, and the best possible is without it."


def _idle(figures: Figures) -> Phrase:
    tip = (
        "Share of the time while at least one task was published and begun by nobody, in which a worker worked on "
        "nothing. Singled out is who lived for a fifth of the run at least.\n"
        + "\n".join(map(_idler, figures.workers[:20]))
    )
    if len(figures.workers) > 20:
        tip += f"\nand {len(figures.workers) - 20:,} more"
    worst = figures.idlest
    if worst is None or worst.idle_while_waiting < _NOTICEABLE:
        others = any(worker.idle_while_waiting >= _NOTICEABLE for worker in figures.workers)
        whom = "of those who stayed, nobody" if others else "nobody"
        return Phrase("figuresIdle", f"{whom} idle while work was waiting", tip)
    share = _percent(worst.idle_while_waiting)
    return Phrase("figuresIdle", f"{visible(worst.name)} idle {share} while work was waiting", tip, Concept.WAITING)


def _idler(worker: WorkerFigures) -> str:
    return f"{visible(worker.name)} (×{worker.speed:g}): {_percent(worker.idle_while_waiting)}"


def _times(figures: Figures) -> Iterator[Phrase]:
    if isinstance(figures.waited, Percentiles):
        yield Phrase(
            "figuresWaited",
            f"median wait {fmt.measured(figures.waited.p50)}",
            f"From a task's publication until work on it began: half waited no longer. {_spread(figures.waited)}",
        )
    if isinstance(figures.hoarded, Percentiles) and figures.hoarded.p99 >= TAKEN_UP:
        yield Phrase(
            "figuresHoarded",
            f"hoarded up to {fmt.measured(figures.hoarded.p99)}",
            "How long deliveries lay with a worker before it began them, while nobody else could have them: 99 of 100 "
            f"no longer. {_spread(figures.hoarded)}",
            Concept.IN_FLIGHT,
        )


def _repeats(figures: Figures) -> Iterator[Phrase]:
    yield Phrase(
        "figuresRedelivered",
        f"redelivered {figures.redeliveries:,}",
        "Deliveries that were not the first of their message.",
        Concept.REDELIVERED if figures.redeliveries else None,
    )
    if figures.duplicates:
        yield Phrase(
            "figuresDuplicates",
            f"done twice {figures.duplicates:,}",
            "Acknowledgements of a task beyond its first: work that was done again.",
            Concept.DEAD,
        )


def _spread(figures: Percentiles) -> str:
    p50, p90, p99 = map(fmt.duration, (figures.p50, figures.p90, figures.p99))
    return f"Half: {p50}; nine of ten: {p90}; 99 of 100: {p99}."


def _percent(share: float) -> str:
    return f"{share * 100:.0f}\N{NARROW NO-BREAK SPACE}%"
