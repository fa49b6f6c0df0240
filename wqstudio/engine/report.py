"""A report of one or several runs: one HTML page that needs nothing else, no network, no script.

Whoever has played fills in a ``Page``; what is drawn and computed comes from the records.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from wqstudio.domain.dispatch import Figures
from wqstudio.domain.ledger import Account
from wqstudio.domain.reading import Unknown
from wqstudio.engine.report_figures import (
    ROWS,
    WORKER_COLUMNS,
    FigureRow,
    Unit,
    difference,
    is_better,
    shown,
)
from wqstudio.engine.report_style import STYLE
from wqstudio.engine.timeline_ink import dark_style
from wqstudio.engine.timeline_record import Recorded
from wqstudio.engine.timeline_svg import Scheme, Strip, timeline_svg

_WORTH_TELLING = 0.01
"""Share of idling from which on it is in the sentence above the timeline."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was expected of a run, and what came of it."""

    met: bool
    expectation: str
    """A sentence, as "idle while work was waiting is at most 5 %"."""
    found: str
    """The figure as it was, with its unit, or why there is none."""
    why: str = ""
    """What it means to people."""


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """One run."""

    setting: str
    """As people call it; may be empty where there is one run alone."""
    product: str
    """The broker, with its version where that is known."""
    recorded: Recorded
    account: Account | None = None
    """None: no account was made up."""
    verdicts: tuple[Verdict, ...] = ()
    notes: tuple[str, ...] = ()
    """What else has to be said: what was refused, what was left behind."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """What a report tells. The first of several runs is what the others are compared with."""

    title: str
    summary: str
    """What it was, in a sentence or two."""
    played: tuple[Played, ...]
    """One run at least; of two to four the differences are shown."""
    at: float
    """Unix time at which it was played."""
    watch: tuple[str, ...] = ()
    """What to watch for, each in a sentence."""
    program: str = "wqstudio"
    """Who made the report, with the version."""


def page_html(page: Page) -> str:
    """The whole page."""
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(page.title)}</title>",
        f"<style>{STYLE}{dark_style()}</style>",
        "</head>",
        "<body>",
        "<main>",
        *_head(page),
        *_verdicts(page),
        *_timeline(page),
        *_figures(page),
        *_workers(page),
        *_ledger(page),
        "</main>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _head(page: Page) -> Iterator[str]:
    when = datetime.fromtimestamp(page.at).astimezone()
    products = dict.fromkeys(played.product for played in page.played)
    yield "<header>"
    yield f"<h1>{escape(page.title)}</h1>"
    if page.summary:
        yield f"<p class='lead'>{escape(page.summary)}</p>"
    facts = [escape(product) for product in products]
    facts.append(f"<time datetime='{when.isoformat(timespec='seconds')}'>{when.day} {when:%B %Y, %H:%M}</time>")
    facts.append(escape(page.program))
    yield f"<p class='muted'>{' · '.join(facts)}</p>"
    if page.watch:
        yield "<ul class='watch'>"
        yield from (f"<li>{escape(sentence)}</li>" for sentence in page.watch)
        yield "</ul>"
    yield "</header>"


def _verdicts(page: Page) -> Iterator[str]:
    verdicts = [verdict for played in page.played for verdict in played.verdicts]
    notes = [(played.setting, note) for played in page.played for note in played.notes]
    if not verdicts and not notes:
        return
    yield "<section aria-labelledby='verdict'>"
    yield "<h2 id='verdict'>Verdict</h2>"
    if verdicts:
        yield _summed_up(verdicts)
        for played in page.played:
            yield from _verdict_list(played, named=len(page.played) > 1)
    for setting, note in notes:
        yield f"<p class='note'>{escape(f'{setting}: {note}' if setting else note)}</p>"
    yield "</section>"


def _summed_up(verdicts: Sequence[Verdict]) -> str:
    missed = sum(not verdict.met for verdict in verdicts)
    if missed:
        return f"<p class='sum missed'>✗ {missed} of {_count(len(verdicts), 'expectation')} not met</p>"
    words = "The expectation is" if len(verdicts) == 1 else f"All {len(verdicts):,} expectations are"
    return f"<p class='sum met'>✓ {words} met</p>"


def _verdict_list(played: Played, *, named: bool) -> Iterator[str]:
    if not played.verdicts:
        return
    if named:
        yield f"<h3>{escape(played.setting)}</h3>"
    yield "<ul class='verdicts'>"
    for verdict in played.verdicts:
        sign, word, class_ = ("✓", "met", "met") if verdict.met else ("✗", "not met", "missed")
        why = f"<span class='muted'>{escape(verdict.why)}</span>" if verdict.why else ""
        yield (
            f"<li class='{class_}'><span class='sign' role='img' aria-label='{word}'>{sign}</span>"
            f"<span>{escape(verdict.expectation)} <span class='found'>{escape(verdict.found)}</span>{why}</span></li>"
        )
    yield "</ul>"


def _timeline(page: Page) -> Iterator[str]:
    several = len(page.played) > 1
    strips = [Strip(played.setting if several else "", played.recorded) for played in page.played]
    yield "<section aria-labelledby='timeline'>"
    yield "<h2 id='timeline'>Timeline</h2>"
    for played in page.played:
        yield from _quotable(played)
    yield "<figure>"
    yield timeline_svg(strips, Scheme.LIGHT).strip()
    said = "A lane is a worker, a bar a delivery; below, how many messages waited."
    said += " All share one axis." if several else ""
    yield f"<figcaption class='muted'>{said} Rest the pointer on a bar to read of it.</figcaption>"
    yield "</figure>"
    yield "</section>"


def _quotable(played: Played) -> Iterator[str]:
    """The figures that say most, in a sentence."""
    figures = played.recorded.figures
    if isinstance(figures, Unknown):
        return
    words = [
        f"finished in {shown(figures.makespan, Unit.SECONDS)}",
        f"best possible {shown(figures.best_possible, Unit.SECONDS)}",
    ]
    most = max(figures.workers, key=lambda worker: worker.idle_while_waiting, default=None)
    if most is not None and most.idle_while_waiting >= _WORTH_TELLING:
        words.append(f"{most.name} idle {shown(most.idle_while_waiting, Unit.SHARE)} while work was waiting")
    sentence = escape(", ".join(words))
    if played.setting:
        yield f"<p><strong>{escape(played.setting)}</strong>: {sentence}.</p>"
    else:
        yield f"<p>{sentence[0].upper()}{sentence[1:]}.</p>"


def _figures(page: Page) -> Iterator[str]:
    yield "<section aria-labelledby='figures'>"
    yield "<h2 id='figures'>Figures</h2>"
    known = [played.recorded.figures for played in page.played]
    for played, figures in zip(page.played, known, strict=True):
        if isinstance(figures, Unknown):
            words = f"No figures: {figures.reason}."
            yield f"<p class='note'>{escape(f'{played.setting}: {words}' if played.setting else words)}</p>"
    if any(isinstance(figures, Figures) for figures in known):
        yield "<div class='wide'><table>"
        yield _table_head(["Figure", *(played.setting or "Value" for played in page.played)])
        yield "<tbody>"
        yield from (_figure_row(row, page.played) for row in ROWS)
        yield "</tbody></table></div>"
    yield "</section>"


def _figure_row(row: FigureRow, played: Sequence[Played]) -> str:
    values = [_value(row, each) for each in played]
    cells = [f"<td>{shown(values[0], row.unit)}</td>"]
    cells += [f"<td>{shown(value, row.unit)}{_difference(row, value, values[0])}</td>" for value in values[1:]]
    name = f"<th scope='row'>{escape(row.name)}<span class='muted'>{escape(row.definition)}</span></th>"
    return f"<tr>{name}{''.join(cells)}</tr>"


def _value(row: FigureRow, played: Played) -> float | Unknown:
    figures = played.recorded.figures
    return figures if isinstance(figures, Unknown) else row.of(figures)


def _difference(row: FigureRow, value: float | Unknown, first: float | Unknown) -> str:
    words = difference(value, first, row)
    if not words:
        return ""
    match is_better(value, first, row.better):
        case None:
            return f"<span class='difference'>{words}</span>"
        case True:
            return f"<span class='difference met'>{words}, better</span>"
        case False:
            return f"<span class='difference missed'>{words}, worse</span>"


def _workers(page: Page) -> Iterator[str]:
    known = [played for played in page.played if isinstance(played.recorded.figures, Figures)]
    if not known:
        return
    yield "<section aria-labelledby='workers'>"
    yield "<h2 id='workers'>Workers</h2>"
    for played in known:
        figures = played.recorded.figures
        assert isinstance(figures, Figures)
        yield "<div class='wide'><table>"
        if len(page.played) > 1:
            yield f"<caption>{escape(played.setting)}</caption>"
        yield _table_head(["Worker", *(name for name, _, _ in WORKER_COLUMNS)])
        yield "<tbody>"
        for worker in figures.workers:
            cells = "".join(f"<td>{shown(of(worker), unit)}</td>" for _, unit, of in WORKER_COLUMNS)
            yield f"<tr><th scope='row'>{escape(worker.name)}</th>{cells}</tr>"
        yield "</tbody></table></div>"
    yield "</section>"


_LEDGER = (
    ("Published", "published", "Confirmed by the broker, or seen later."),
    ("Acknowledged", "acknowledged", "By a worker, at least once."),
    ("Rejected for good", "terminated", "Never acknowledged; a worker told the broker not to deliver it again."),
    ("Still stored", "stored", "Waiting, in flight or stuck."),
    ("Lost", "lost", "None of these."),
    ("Duplicated", "duplicated", "Acknowledgements beyond a task's first, and copies stored beyond one."),
)


def _ledger(page: Page) -> Iterator[str]:
    if all(played.account is None for played in page.played):
        return
    yield "<section aria-labelledby='ledger'>"
    yield "<h2 id='ledger'>Ledger</h2>"
    yield "<div class='wide'><table>"
    yield _table_head(["Tasks", *(played.setting or "Number" for played in page.played)])
    yield "<tbody>"
    for name, field, words in _LEDGER:
        cells = "".join(f"<td>{_sum(played.account, field)}</td>" for played in page.played)
        yield f"<tr><th scope='row'>{name}<span class='muted'>{words}</span></th>{cells}</tr>"
    agree = "".join(f"<td>{_agreement(played.account)}</td>" for played in page.played)
    yield f"<tr><th scope='row'>The sums<span class='muted'>Each task has one fate.</span></th>{agree}</tr>"
    yield "</tbody></table></div>"
    yield "</section>"


def _sum(account: Account | None, field: str) -> str:
    return "–" if account is None else f"{getattr(account, field):,}"


def _agreement(account: Account | None) -> str:
    if account is None:
        return "–"
    return "<span class='met'>✓ agree</span>" if account.balanced else "<span class='missed'>✗ do not agree</span>"


def _table_head(names: Sequence[str]) -> str:
    cells = "".join(f"<th scope='col'>{escape(name)}</th>" for name in names)
    return f"<thead><tr>{cells}</tr></thead>"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
