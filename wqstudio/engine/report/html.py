"""A report of one or several runs: one HTML page that needs nothing else, no network, no script.

Whoever has played fills in a ``Page``; what is drawn and computed comes from the records.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape

from wqstudio.domain.dispatch import Figures
from wqstudio.domain.reading import Unknown
from wqstudio.engine.drawing.ink import dark_style
from wqstudio.engine.drawing.timeline_svg import Scheme, Strip, timeline_svg
from wqstudio.engine.drawing.xml_text import readable
from wqstudio.engine.figures.rows import Unit, absence, how_it_ended, shown
from wqstudio.engine.report.page import Page, Played, Verdict
from wqstudio.engine.report.style import STYLE
from wqstudio.engine.report.tables import figures_table, ledger_table, workers_tables

_LENGTH = 0.001
"""Seconds from which on work counts as taking time."""
_WORTH_TELLING = 0.01
"""Share of idling from which on it is in the sentence above the timeline."""
_MOST_INCIDENTS = 12
"""Told one by one; the picture has them all."""


def page_html(*pages: Page) -> str:
    """One document; several pages stand in it one after the other, below a list of them."""
    title = pages[0].title if len(pages) == 1 else _many(pages)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}{dark_style()}</style>",
        "</head>",
        "<body>",
        "<main>",
        *_contents(pages),
        *(part for number, page in enumerate(pages) for part in _article(page, number, listed=len(pages) > 1)),
        "</main>",
        "</body>",
        "</html>",
    ]
    return readable("\n".join(parts) + "\n")


def _contents(pages: Sequence[Page]) -> Iterator[str]:
    if len(pages) < 2:
        return
    missed = sum(not page.met for page in pages)
    yield "<nav id='runs' aria-label='Runs'>"
    yield f"<p class='sum {'missed' if missed else 'met'}'>{_many(pages)}, {_as_expected(missed)}</p>"
    yield "<ul class='verdicts contents'>"
    for number, page in enumerate(pages):
        where = " and ".join(dict.fromkeys(played.product for played in page.played))
        link = f"<a href='#run-{number}'>{escape(page.title)}</a> <span class='muted'>{escape(where)}</span>"
        yield f"<li class='{'met' if page.met else 'missed'}'>{_sign(met=page.met)}<span>{link}</span></li>"
    yield "</ul>"
    yield "</nav>"


def _many(pages: Sequence[Page]) -> str:
    """A page is of a scenario, in all of its settings, on each broker."""
    return f"{len(pages)} scenarios, {_count(sum(len(page.played) for page in pages), 'run')}"


def _as_expected(missed: int) -> str:
    return f"{_count(missed, 'scenario')} not as expected" if missed else "all as expected"


def _article(page: Page, number: int, *, listed: bool) -> Iterator[str]:
    yield f"<article id='run-{number}'>"
    yield from _head(page, listed=listed)
    yield from _verdicts(page)
    yield from _timeline(page, number)
    yield from figures_table(page)
    yield from workers_tables(page)
    yield from ledger_table(page)
    yield "</article>"


def _head(page: Page, *, listed: bool) -> Iterator[str]:
    """``listed``: among others, to whose list a link leads back."""
    when = datetime.fromtimestamp(page.at).astimezone()
    products = dict.fromkeys(played.product for played in page.played)
    yield "<header>"
    yield f"<h1>{escape(page.title)}</h1>"
    if page.summary:
        yield f"<p class='lead'>{escape(page.summary)}</p>"
    facts = [escape(product) for product in products]
    facts.append(f"<time datetime='{when.isoformat(timespec='seconds')}'>{when.day} {when:%B %Y, %H:%M}</time>")
    facts.append(escape(page.program))
    if listed:
        facts.append("<a href='#runs'>all runs</a>")
    yield f"<p class='muted'>{' · '.join(facts)}</p>"
    if page.conclusion:
        first, *reasons = map(escape, page.conclusion)
        yield f"<p class='lead'><strong>{first}</strong> {' '.join(reasons)}</p>"
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
    yield "<section>"
    yield "<h2>Verdict</h2>"
    if verdicts:
        yield _summed_up(verdicts)
        yield "<div class='beside'>"
        for played in page.played:
            yield from _verdict_list(played, named=len(page.played) > 1)
        yield "</div>"
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
    yield "<div>"
    if named:
        yield f"<h3>{escape(played.setting)}</h3>"
    yield "<ul class='verdicts'>"
    for verdict in played.verdicts:
        measured = f"<span class='muted'>{escape(verdict.measured)}</span>" if verdict.measured else ""
        yield (
            f"<li class='{'met' if verdict.met else 'missed'}'>{_sign(met=verdict.met)}<span>"
            f"{escape(verdict.expectation)} <span class='found'>{escape(verdict.found)}</span>{measured}</span></li>"
        )
    yield "</ul>"
    yield "</div>"


def _takes_time(figures: Figures) -> bool:
    """Tasks without length leave every worker idle, which says nothing of how they were shared out."""
    return not isinstance(figures.served, Unknown) and figures.served.p90 >= _LENGTH


def _sign(*, met: bool) -> str:
    sign, words = ("✓", "as expected") if met else ("✗", "not as expected")
    return f"<span class='sign' role='img' aria-label='{words}'>{sign}</span>"


def _timeline(page: Page, number: int) -> Iterator[str]:
    several = len(page.played) > 1
    strips = [Strip(played.setting if several else "", played.recorded) for played in page.played]
    yield "<section>"
    yield "<h2>Timeline</h2>"
    for played in page.played:
        yield from _quotable(played)
        yield from _incidents(played)
    yield "<figure>"
    yield f"<div class='drawing'>{timeline_svg(strips, Scheme.LIGHT, number).strip()}</div>"
    said = "A lane is a worker, a bar a delivery; below, how many messages waited, and dashed how many were hoarded: "
    said += "held by a worker that had not begun them."
    said += " Dotted lines are what was done meanwhile." if any(each.recorded.incidents for each in page.played) else ""
    said += " All share one axis." if several else ""
    said += " Rest the pointer on a bar to read of it."
    sideways = "<span class='narrow'> It goes on at the right: scroll sideways.</span>"
    yield f"<figcaption class='muted'>{said}{sideways}</figcaption>"
    yield "</figure>"
    yield "</section>"


def _quotable(played: Played) -> Iterator[str]:
    """The figures that say most, in a sentence."""
    figures = played.recorded.figures
    if isinstance(figures, Unknown):
        return
    words = [how_it_ended(figures)]
    if figures.finished:
        words.append(f"best possible {shown(figures.best_possible, Unit.SECONDS)}")
    if away := absence(figures):
        words.append(away)
    most = figures.idlest
    if most is not None and most.idle_while_waiting >= _WORTH_TELLING and _takes_time(figures):
        words.append(f"{most.name} idle {shown(most.idle_while_waiting, Unit.SHARE)} while work was waiting")
    sentence = escape(", ".join(words))
    if played.setting:
        yield f"<p><strong>{escape(played.setting)}</strong>: {sentence}.</p>"
    else:
        yield f"<p>{sentence[0].upper()}{sentence[1:]}.</p>"


def _incidents(played: Played) -> Iterator[str]:
    """In words, with their times."""
    recorded = played.recorded
    said = [
        f"after {shown(max(0.0, each.at - recorded.start), Unit.SECONDS)} {escape(each.words)}"
        for each in recorded.incidents[:_MOST_INCIDENTS]
    ]
    if more := len(recorded.incidents) - len(said):
        said.append(f"and {more:,} more")
    if said:
        yield f"<p class='muted'>Meanwhile: {'; '.join(said)}.</p>"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
