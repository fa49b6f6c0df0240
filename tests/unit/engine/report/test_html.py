import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.unit.engine.recordings import START, every_outcome, made_up, row, task
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.ledger import Account
from wqstudio.domain.reading import Unknown
from wqstudio.engine.drawing.figures_csv import write_figures
from wqstudio.engine.drawing.recorded import Recorded
from wqstudio.engine.figures.differences import difference, is_better
from wqstudio.engine.figures.rows import Better, Measured, Unit, rows_of, shown
from wqstudio.engine.report.html import page_html
from wqstudio.engine.report.page import Page, Played, Verdict

ACCOUNT = Account("run", 7, 4, 1, 1, 1, 0, acknowledgements=0, foreign=0)
_VOID = {"meta", "br", "hr", "img", "link", "input"}


class _Reader(HTMLParser):
    """Reads a page and insists that every element is closed where it was opened."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), tag
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style" and data.strip():
            self.texts.append(data.strip())

    @property
    def text(self) -> str:
        return " ".join(self.texts).replace("\N{NARROW NO-BREAK SPACE}", " ")


def _page(*played: Played) -> Page:
    return Page("Fair <dispatch>", "What it was.", played, START, watch=("The slow one.",), program="wqstudio 1.0")


def _hoarding() -> Recorded:
    """Two tasks of a second, both with the first worker, while the second has nothing to do."""
    return made_up([row(1, task(n), (0.0, float(n), n + 1.0)) for n in (0, 1)], ("one", "two"), published=2)


def _sharing() -> Recorded:
    return made_up([row(1 + n, task(n), (0.0, 0.0, 1.0)) for n in (0, 1)], ("one", "two"), published=2)


def test_a_page_needs_nothing_else_and_runs_nothing() -> None:
    page = page_html(_page(Played("", "NATS", every_outcome("<img src=x>"), ACCOUNT)))
    reader = _Reader(page)
    assert not {"script", "link", "img", "iframe", "object", "form", "a"} & {tag for tag, _ in reader.tags}
    assert not {
        name for _, attributes in reader.tags for name in attributes if name in {"src", "href"} or name[:2] == "on"
    }
    outside = re.findall(r"https?://[^\"' ]+|url\([^#][^)]*\)|@import", page)
    assert set(outside) == {"http://www.w3.org/2000/svg"}
    assert page.count("prefers-color-scheme: dark") == 2
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert "<img src=x>" in reader.text
    assert "Fair <dispatch>" in reader.text


def test_a_page_of_one_run_tells_all_there_is() -> None:
    met = Verdict(True, "No task is lost.", "0")
    missed = Verdict(False, "All are acknowledged.", "4 of 7", "Some were rejected.")
    played = Played("", "NATS 2.15", every_outcome(), ACCOUNT, (met, missed), ("The broker refused a consumer.",))
    text = _Reader(page_html(_page(played))).text
    for words in (
        "What it was.",
        "The slow one.",
        "NATS 2.15",
        "wqstudio 1.0",
        "✗ 1 of 2 expectations not met",
        "All are acknowledged. 4 of 7 Some were rejected.",
        "The broker refused a consumer.",
        "Finished in 5.00 s",
        "Lost None of these. 1",
        "✓ agree",
    ):
        assert words in text
    assert "better" not in text
    for figure in rows_of([played.measured]):
        assert figure.name in text
        assert figure.definition in text


def test_what_was_done_is_told_with_its_time() -> None:
    rows = [row(1, task(0), (0.0, 0.0, 1.0))]
    done = [(0.2, "crash <one>"), *((0.5, f"pause {n}") for n in range(12))]
    text = _Reader(page_html(_page(Played("", "NATS", made_up(rows, ["one"], 1, done))))).text
    assert "Meanwhile: after 200 ms crash <one>; after 500 ms pause 0; " in text
    assert "pause 10; and 1 more." in text
    assert "Dotted lines are what was done" in text
    assert "It goes on at the right: scroll sideways." in text  # hidden where there is room
    assert "Meanwhile" not in _Reader(page_html(_page(Played("", "NATS", _sharing())))).text


def test_several_pages_stand_in_one_document_below_a_list_of_them() -> None:
    missed = Verdict(False, "All are acknowledged.", "4 of 7")
    good, bad = _page(Played("", "NATS", _sharing())), _page(Played("", "RabbitMQ", every_outcome(), None, (missed,)))
    page = page_html(good, replace(bad, title="Outcomes"))
    reader = _Reader(page)
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [str(attributes["href"]) for tag, attributes in reader.tags if tag == "a"]
    assert links == ["#run-0", "#run-1", "#runs", "#runs"]
    assert {link[1:] for link in links} <= set(ids)
    assert "2 scenarios, 2 runs, 1 scenario not as expected ✓ Fair <dispatch> NATS ✗ Outcomes RabbitMQ" in reader.text
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)


def test_runs_are_counted_as_they_were_played_and_not_by_scenario() -> None:
    both = _page(Played("fair", "NATS", _sharing()), Played("fair", "RabbitMQ", _sharing()))
    page = page_html(both, _page(Played("", "NATS", _sharing())))
    assert "<title>2 scenarios, 3 runs</title>" in page
    assert "2 scenarios, 3 runs, all as expected" in _Reader(page).text


def test_of_several_runs_each_figure_has_its_difference() -> None:
    met = Verdict(True, "Nobody idles.", "0 %")
    page = _page(Played("fair", "NATS", _sharing(), None, (met,)), Played("greedy", "NATS", _hoarding(), ACCOUNT))
    text = _Reader(page_html(replace(page, conclusion=("“fair” was <sooner>.", "“greedy” idled.")))).text
    assert "“fair” was <sooner>. “greedy” idled." in text
    assert "✓ The expectation is met" in text
    assert re.search(r"Makespan .*?acknowledgement\. 1\.00 s 2\.00 s \+1\.00 s \(×2\.00\), worse", text)
    assert re.search(
        r"Efficiency Best possible by makespan; time [^.]* is lost\. 100\.0 % 50\.0 % −50\.0 points, worse",
        text,
    )
    assert re.search(r"Tasks acknowledged Each counted once\. 2 2 the same", text)
    assert re.search(r"greedy : finished in 2\.00 s, best possible 1\.00 s, two idle 100\.0 % while work", text)
    assert text.count("fair") >= 4
    lists = re.findall(r"<div class='beside'>\n<div>\n<h3>fair</h3>", page_html(page))
    assert len(lists) == 1
    assert "– 7" in text  # the account that is not there, and the one that is


def test_that_the_broker_was_away_is_said() -> None:
    recorded = every_outcome()
    assert isinstance(recorded.figures, Figures)
    away = replace(recorded, figures=replace(recorded.figures, away=11.0))
    assert "the broker away for 11.0" in page_html(_page(Played("", "NATS", away)))
    assert "the broker away" not in page_html(_page(Played("", "NATS", recorded)))


def test_a_run_that_was_not_done_is_not_said_to_have_finished() -> None:
    made = _hoarding()
    assert isinstance(made.figures, Figures)
    unfinished = replace(made, figures=replace(made.figures, finished=False))
    text = _Reader(page_html(_page(Played("", "NATS", unfinished, ACCOUNT)))).text
    assert "Not finished, two idle" in text
    assert "finished in" not in text


def test_a_run_that_lost_work_is_said_to_have() -> None:
    made = _hoarding()
    assert isinstance(made.figures, Figures)
    lossy = replace(made, figures=replace(made.figures, finished=False, lost=7))
    text = _Reader(page_html(_page(Played("", "NATS", lossy, ACCOUNT)))).text
    assert "Lost 7, two idle" in text
    assert "ot finished" not in text


def test_a_run_that_the_clock_ended_as_it_was_to_ran_its_time() -> None:
    made = _hoarding()
    assert isinstance(made.figures, Figures)
    ran = replace(made, figures=replace(made.figures, finished=False, ran_for=30.0))
    text = _Reader(page_html(_page(Played("", "NATS", ran, ACCOUNT)))).text
    assert "Ran its time, 30.0 s, two idle" in text
    assert "ot finished" not in text


def test_a_run_that_lost_work_is_neither_better_nor_worse_by_what_it_did_not_do() -> None:
    made = _sharing()
    assert isinstance(made.figures, Figures)
    lossy = replace(made, figures=replace(made.figures, finished=False))
    page = _page(Played("After work", "NATS", _hoarding()), Played("On receipt", "NATS", lossy))
    text = _Reader(page_html(page)).text
    assert re.search(r"Makespan .*?acknowledgement\. 2\.00 s – ", text)
    why = "did not do all: not compared"
    assert re.search(rf"Throughput Tasks [^.]*\. 1\.00/s 2\.00/s \+1\.00/s \(×2\.00\), {why}", text)
    assert re.search(rf"Fairness, Jain's index .*?\)\. 0\.50 1\.00 \+0\.50, {why}", text)
    assert re.search(rf"Waiting, p99 .*? longer\. [\d.]+ m?s 0 s −[\d.]+ m?s, {why}", text)


def test_runs_without_figures_say_why() -> None:
    nothing = made_up([], ("one",), published=1)
    text = _Reader(page_html(_page(Played("idle", "NATS", nothing), Played("busy", "NATS", _sharing())))).text
    assert "idle: No figures: no delivery has been acknowledged yet." in text
    assert "– 1.00" in text
    alone = _Reader(page_html(_page(Played("", "NATS", nothing)))).text
    assert "No figures: no delivery has been acknowledged yet." in alone
    assert "Makespan" not in alone


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.0, Unit.SECONDS, "0 s"),
        (0.0000123, Unit.SECONDS, "12.3 µs"),
        (0.34, Unit.SECONDS, "340 ms"),
        (41.26, Unit.SECONDS, "41.3 s"),
        (1234.0, Unit.SECONDS, "1,234 s"),
        (0.225, Unit.SHARE, "22.5 %"),
        (0.956, Unit.INDEX, "0.96"),
        (1204.0, Unit.COUNT, "1,204"),
        (31.19, Unit.RATE, "31.2/s"),
        (Unknown("nothing waited"), Unit.SECONDS, "–"),
        (float("inf"), Unit.RATE, "–"),
    ],
)
def test_figures_read_well(value: float, unit: Unit, words: str) -> None:
    assert shown(value, unit).replace("\N{NARROW NO-BREAK SPACE}", " ") == words


def test_differences_are_told_where_there_are_any() -> None:
    makespan = rows_of([])[0]
    assert difference(Unknown("?"), 1.0, makespan) == difference(1.0, Unknown("?"), makespan) == ""
    assert difference(2.0, 2.0, makespan) == "the same"
    assert difference(2.0, 2.01, makespan) == "about the same"
    for value, before in ((1.0, 0.0), (1.0, 1e-5), (1e-5, 1.0)):
        assert "×" not in difference(value, before, makespan)
    assert is_better(1.0, 2.0, Better.LESS) is is_better(2.0, 1.0, Better.MORE) is True
    assert is_better(2.0, 1.0, Better.LESS) is False
    assert is_better(1.0, 1.01, Better.LESS) is is_better(1.0, 2.0, Better.NEITHER) is None


def test_figures_are_exported_with_units_and_definitions() -> None:
    runs = {"fair": _sharing().figures, "greedy": _hoarding().figures}
    known = {name: figures for name, figures in runs.items() if isinstance(figures, Figures)}
    fewer = replace(known["greedy"], workers=known["greedy"].workers[:1])
    out = io.StringIO()
    write_figures({"fair": Measured(known["fair"]), "greedy": Measured(fewer, ACCOUNT)}, out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    makespan = next(each for each in rows if each["figure"] == "Makespan")
    assert (makespan["fair"], makespan["greedy"], makespan["unit"], makespan["of"]) == ("1", "2", "s", "")
    assert makespan["definition"]
    busy = {each["of"]: (each["fair"], each["greedy"]) for each in rows if each["figure"] == "Busy"}
    assert busy == {"one": ("1", "2"), "two": ("1", "")}
    assert next((each["fair"], each["greedy"]) for each in rows if each["figure"] == "Tasks lost") == ("", "1")
