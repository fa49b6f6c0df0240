"""The model of dead letters: of a million rows those on screen are fetched, and few are kept."""

import time
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from tests.waiting import until
from wqstudio.domain.letter import LetterLine
from wqstudio.engine.looks.process import LookError
from wqstudio.ui.models.letter_cells import LetterRole, RowState
from wqstudio.ui.models.letter_pages import KEPT, PAGE
from wqstudio.ui.models.letter_rows import LetterColumn
from wqstudio.ui.models.letters import LettersModel
from wqstudio.ui.panels.letters_table import LettersTable
from wqstudio.ui.theme import Theme

MILLION = 1_000_000


class Line:
    """Letters in line, of which some have vanished since they were counted."""

    def __init__(self, count: int = MILLION) -> None:
        self.count = count
        self.asked: list[tuple[int, int]] = []
        self.gone: set[int] = set()
        self.trouble = ""

    async def page(self, first: int, count: int) -> Sequence[LetterLine]:
        self.asked.append((first, count))
        if self.trouble:
            raise LookError(self.trouble)
        return [
            LetterLine(place + 1, 12, f"letter {place}", "jobs", "jobs.a", "rejected", 3, died_at=time.time() - 60)
            for place in range(first, min(first + count, self.count))
            if place not in self.gone
        ]


@pytest_asyncio.fixture
async def line() -> Line:
    return Line()


@pytest_asyncio.fixture
async def model(line: Line) -> AsyncIterator[LettersModel]:
    model = LettersModel()
    model.show(line.page, line.count)
    yield model
    model.show(None)


def preview(model: LettersModel, row: int) -> object:
    return model.index(row, LetterColumn.PREVIEW).data()


async def seen(model: LettersModel, row: int) -> object:
    """As a view paints it, again and again until it is there."""
    await until(lambda: preview(model, row) != RowState.COMING.value)
    return preview(model, row)


async def test_a_row_comes_with_its_page_once_it_is_painted(model: LettersModel, line: Line) -> None:
    assert model.rowCount() == MILLION
    assert await seen(model, 250) == "letter 250"
    assert line.asked[-1] == (200, PAGE)
    assert preview(model, 299) == "letter 299"
    index = model.index(250, LetterColumn.WHY)
    assert index.data() == "rejected · 3 deliveries"
    assert model.index(250, LetterColumn.FROM).data(LetterRole.SECOND) == "jobs.a"
    assert "rejected" in str(index.data(Qt.ItemDataRole.AccessibleTextRole))


async def test_memory_stays_bounded_from_end_to_end(model: LettersModel) -> None:
    for row in range(0, MILLION, MILLION // 60):
        await seen(model, row)
    assert model.in_memory <= KEPT * PAGE
    assert preview(model, 0) == RowState.COMING.value  # dropped long ago, and fetched again:
    assert await seen(model, 0) == "letter 0"


async def test_what_is_scrolled_past_is_not_fetched(model: LettersModel, line: Line) -> None:
    for row in range(0, MILLION, 1_000):
        preview(model, row)
    await seen(model, 999_000)
    await until(lambda: not model._fetching or not model._fetching._wanted)
    assert len(line.asked) <= 5


async def test_ages_go_on(model: LettersModel, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr("wqstudio.ui.models.letters.time.time", lambda: now)
    await seen(model, 0)
    when = model.index(0, LetterColumn.WHEN)
    assert when.data() == "60\N{NARROW NO-BREAK SPACE}s ago"
    monkeypatch.setattr("wqstudio.ui.models.letters.time.time", lambda: now + 5)
    model.tick()
    assert when.data() == "65\N{NARROW NO-BREAK SPACE}s ago"


async def test_rows_come_and_go_at_the_end(model: LettersModel, line: Line) -> None:
    line.count = 150
    model.show(line.page, 150)
    assert await seen(model, 149) == "letter 149"
    line.count = 160
    model.resize(160)
    assert await seen(model, 155) == "letter 155"
    assert preview(model, 149) == "letter 149"


async def test_every_change_is_one_that_views_can_follow(line: Line) -> None:
    model = LettersModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    line.count = 250  # the tester walks through all rows at every change
    model.show(line.page, 250)
    for count in (0, 250, 120, 130, 0, 30):
        model.resize(count)
        model.forget()
        if count:
            assert await seen(model, 0) == f"letter {count - 1 if model.newest_first else 0}"
        model.set_newest_first(not model.newest_first)
        model.tick()
    model.show(None)
    tester.deleteLater()


async def test_newest_first_is_the_same_line_from_its_end(model: LettersModel, line: Line) -> None:
    model.set_newest_first(True)
    assert await seen(model, 0) == f"letter {MILLION - 1}"
    assert await seen(model, 1_234) == f"letter {MILLION - 1_235}"
    line.count += 5
    model.resize(line.count)
    assert await seen(model, 0) == f"letter {MILLION + 4}"
    chosen = await model.read([range(3), range(150, 152)])
    assert [each.id for each in chosen] == [MILLION - 146, MILLION - 145, MILLION + 3, MILLION + 4, MILLION + 5]


async def test_letters_that_vanished_leave_rows_that_say_so(model: LettersModel, line: Line) -> None:
    line.gone = {2, 3}
    assert await seen(model, 2) == "letter 4"
    await until(lambda: preview(model, 98) == RowState.GONE.value)
    await until(lambda: preview(model, 99) == RowState.GONE.value)
    asked = len(line.asked)
    assert await seen(model, 150) == "letter 150"
    assert len(line.asked) == asked + 1


async def test_a_failed_page_says_why_and_is_fetched_again_on_demand(model: LettersModel, line: Line) -> None:
    told: list[str] = []
    model.failed.connect(told.append)
    line.trouble = "no answer"
    preview(model, 0)
    await until(lambda: told == ["no answer"])
    asked = len(line.asked)
    preview(model, 0)
    preview(model, 500)
    assert len(line.asked) == asked
    line.trouble = ""
    model.retry()
    assert await seen(model, 0) == "letter 0"
    assert told == ["no answer", ""]


async def test_chosen_rows_that_were_never_seen_are_read_when_they_are_needed(model: LettersModel, line: Line) -> None:
    await seen(model, 0)
    rows = [range(98, 2_100)]
    assert model.known(rows) is None
    chosen = await model.read(rows)
    assert [each.id for each in chosen] == list(range(99, 2_101))
    assert (100, 1_000) in line.asked
    assert model.in_memory == PAGE


async def test_chosen_rows_are_read_though_a_thousand_of_them_in_a_row_have_gone(
    model: LettersModel, line: Line
) -> None:
    line.gone = set(range(500, 3_700))
    chosen = await model.read([range(4_000)])
    assert [each.id for each in chosen] == [*range(1, 501), *range(3_701, 4_001)]


async def test_what_was_chosen_by_its_looks_is_meant_wherever_it_is_now(model: LettersModel, line: Line) -> None:
    line.gone = {2}
    assert await seen(model, 3) == "letter 4"
    model.note([range(3, 4)])
    for page in range(1, KEPT + 2):
        await seen(model, page * PAGE)
    assert model.line(3) is None
    assert [each.preview for each in await model.read([range(3, 4)])] == ["letter 4"]
    assert [each.preview for each in model.known([range(3, 4)]) or ()] == ["letter 4"]


async def test_what_was_chosen_before_others_in_its_place_were_known_is_meant(model: LettersModel, line: Line) -> None:
    assert await seen(model, 5) == "letter 5"
    line.gone = {0, 1}
    model.forget(at_once=False)
    assert preview(model, 5) == "letter 5"
    model.note([range(5, 6)])
    assert [each.preview for each in await model.read([range(5, 6)])] == ["letter 5"]
    await until(lambda: preview(model, 5) == "letter 7")
    assert [each.preview for each in model.known([range(5, 6)]) or ()] == ["letter 5"]
    model.note([range(5, 6)])
    assert [each.preview for each in model.known([range(5, 6)]) or ()] == ["letter 7"]


async def test_other_letters_in_the_same_places_are_read_anew(model: LettersModel, line: Line) -> None:
    assert await seen(model, 5) == "letter 5"
    line.gone = set(range(100))
    model.forget()
    await until(lambda: preview(model, 5) == RowState.GONE.value)


async def test_a_table_of_a_million_is_painted_at_once_with_all_of_it_selected(
    model: LettersModel, theme: Theme, qtbot: QtBot
) -> None:
    table = LettersTable(model, theme)
    qtbot.addWidget(table)
    table.show()
    await seen(model, 0)
    began = time.monotonic()
    qtbot.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    table.repaint()
    assert table.all_chosen
    assert table.rows == [range(MILLION)]
    qtbot.keyClick(table, Qt.Key.Key_Home)
    qtbot.keyClick(table, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    table.repaint()
    assert not table.all_chosen
    assert table.rows == [range(MILLION)]
    assert time.monotonic() - began < 2  # a walk through all rows takes ten times as long
    qtbot.keyClick(table, Qt.Key.Key_Home)  # also lets Qt forget the modifier, which selectRow would heed elsewhere
    assert table.rows == [range(1)]
