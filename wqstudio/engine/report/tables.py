"""The tables of a report: figures, workers and ledger."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from wqstudio.domain.dispatch import Figures
from wqstudio.domain.ledger import Account
from wqstudio.domain.reading import Unknown
from wqstudio.engine.figures.differences import difference, verdict, withheld
from wqstudio.engine.figures.rows import (
    LEDGER,
    PASSED_ON,
    WORKER_COLUMNS,
    FigureRow,
    Measured,
    rows_of,
    shown,
)
from wqstudio.engine.report.page import Group, Page, Played


def figures_table(page: Page) -> Iterator[str]:
    yield "<section>"
    yield "<h2>Figures</h2>"
    known = [played.recorded.figures for played in page.played]
    for played, figures in zip(page.played, known, strict=True):
        if isinstance(figures, Unknown):
            words = f"No figures: {figures.reason}."
            yield f"<p class='note'>{escape(f'{played.setting}: {words}' if played.setting else words)}</p>"
    if any(isinstance(figures, Figures) for figures in known):
        for group in page.compared:
            yield from _figures(group)
    yield "</section>"


def _figures(group: Group) -> Iterator[str]:
    yield from _group_title(group)
    if group.conclusion:
        yield f"<p>{escape(' '.join(group.conclusion))}</p>"
    rows = rows_of(played.measured for played in group.played)
    yield from _beside_each_other(group, ("Figure", "Value"), (_figure_row(row, group.played) for row in rows))


def _group_title(group: Group) -> Iterator[str]:
    if group.title:
        yield f"<h3>{escape(group.title)}</h3>"


def _beside_each_other(group: Group, head: tuple[str, str], rows: Iterable[str]) -> Iterator[str]:
    """A column for each run. ``head``: of the first column, and of a run that has no setting."""
    first, other = head
    yield "<div class='wide'><table class='figures'>"
    yield _table_head([first, *(played.setting or other for played in group.played)])
    yield "<tbody>"
    yield from rows
    yield "</tbody></table></div>"


def _figure_row(row: FigureRow, played: Sequence[Played]) -> str:
    first, *others = (each.measured for each in played)
    cells = [f"<td>{shown(row.of(first), row.unit)}</td>"]
    cells += [f"<td>{shown(row.of(each), row.unit)}{_difference(row, each, first)}</td>" for each in others]
    name = f"<th scope='row'>{escape(row.name)}<span class='muted'>{escape(row.definition)}</span></th>"
    return f"<tr>{name}{''.join(cells)}</tr>"


def _difference(row: FigureRow, run: Measured, first: Measured) -> str:
    words = difference(row.of(run), row.of(first), row)
    if not words:
        return ""
    match verdict(row, run, first):
        case None:
            said = ", ".join(filter(None, (words, withheld(row, run, first))))
            return f"<span class='difference'>{said}</span>"
        case True:
            return f"<span class='difference met'>{words}, better</span>"
        case False:
            return f"<span class='difference missed'>{words}, worse</span>"


def workers_tables(page: Page) -> Iterator[str]:
    known = [played for played in page.played if isinstance(played.recorded.figures, Figures)]
    if not known:
        return
    yield "<section>"
    yield "<h2>Workers</h2>"
    for played in known:
        figures = played.recorded.figures
        assert isinstance(figures, Figures)
        yield "<div class='wide'><table>"
        if len(page.played) > 1:
            yield f"<caption>{escape(played.setting)}</caption>"
        passed_on = any(worker.forwarded for worker in figures.workers)
        columns = [column for column in WORKER_COLUMNS if passed_on or column is not PASSED_ON]
        yield _table_head(["Worker", *(name for name, _, _ in columns)])
        yield "<tbody>"
        for worker in figures.workers:
            cells = "".join(f"<td>{shown(of(worker), unit)}</td>" for _, unit, of in columns)
            yield f"<tr><th scope='row'>{escape(worker.name)}</th>{cells}</tr>"
        yield "</tbody></table></div>"
    yield "</section>"


def ledger_table(page: Page) -> Iterator[str]:
    if all(played.account is None for played in page.played):
        return
    yield "<section>"
    yield "<h2>Ledger</h2>"
    for group in page.compared:
        yield from _group_title(group)
        yield from _beside_each_other(group, ("Tasks", "Number"), _ledger_rows(group))
    yield "</section>"


def _ledger_rows(group: Group) -> Iterator[str]:
    yield from (_figure_row(row, group.played) for row in LEDGER)
    agree = "".join(f"<td>{_agreement(played.account)}</td>" for played in group.played)
    yield f"<tr><th scope='row'>The sums<span class='muted'>Each task has one fate.</span></th>{agree}</tr>"


def _agreement(account: Account | None) -> str:
    if account is None:
        return "–"
    return "<span class='met'>✓ agree</span>" if account.balanced else "<span class='missed'>✗ do not agree</span>"


def _table_head(names: Sequence[str]) -> str:
    cells = "".join(f"<th scope='col'>{escape(name)}</th>" for name in names)
    return f"<thead><tr>{cells}</tr></thead>"
