from collections.abc import Iterator

import pytest
from hypothesis import given, settings, strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from wqstudio.domain.listing import Cell, Column, Listing, Measure, Row
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.ui.models.listing import CellRole, ListingModel

COLUMNS = (Column("Name", tip="What it is called"), Column("Messages", Measure.COUNT), Column("Memory", Measure.BYTES))
SPACE = "\N{NARROW NO-BREAK SPACE}"

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def model() -> Iterator[ListingModel]:
    model = ListingModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield model
    tester.deleteLater()


def row(name: str, messages: Cell = 0, memory: Cell = 0, queue: str = "") -> Row:
    return Row((name, messages, memory), queue)


def listing(*rows: Row, title: str = "Channels", columns: tuple[Column, ...] = COLUMNS) -> Listing:
    return Listing(title, columns, {f"key of {each.cells[0]}": each for each in rows})


def names(model: ListingModel) -> list[str]:
    return [model.index(position, 0).data() for position in range(model.rowCount())]


def test_cells_read_as_figures_do_everywhere(model: ListingModel) -> None:
    model.show(listing(row("a", 12_345, 4_200_000)))
    assert [model.index(0, column).data() for column in range(3)] == ["a", f"12.3{SPACE}k", f"4.2{SPACE}MB"]
    alignments = [model.index(0, column).data(Qt.ItemDataRole.TextAlignmentRole) for column in range(3)]
    assert [bool(each & Qt.AlignmentFlag.AlignRight) for each in alignments] == [False, True, True]
    assert "12345" in model.index(0, 1).data(Qt.ItemDataRole.ToolTipRole)
    assert model.headerData(0, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole) == "What it is called"


def test_what_is_unknown_says_why(model: ListingModel) -> None:
    model.show(listing(row("a", Unknown("it did not answer"))))
    cell = model.index(0, 1)
    assert cell.data() == "–"
    assert cell.data(CellRole.QUIET)
    assert "it did not answer" in cell.data(Qt.ItemDataRole.ToolTipRole)
    assert model.copied([0]) == "a\tunknown\t0"


def test_a_change_touches_only_its_own_row(model: ListingModel, qtbot: QtBot) -> None:
    model.show(listing(row("a"), row("b"), row("c")))
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged) as changed:
        model.show(listing(row("a"), row("b", 7), row("c")))
    first, last = changed.args[:2]
    assert (first.row(), last.row()) == (1, 1)
    assert model.index(1, 1).data() == "7"


def test_rows_that_come_and_go_leave_the_others(model: ListingModel, qtbot: QtBot) -> None:
    model.show(listing(row("a"), row("c")))
    stays = QPersistentModelIndex(model.index(1, 0))
    with qtbot.assertNotEmitted(model.modelReset):
        model.show(listing(row("b"), row("c"), row("d")))
    assert names(model) == ["b", "c", "d"]
    assert stays.row() == 1


def test_figures_sort_by_value_and_what_is_missing_is_last_whichever_way(model: ListingModel) -> None:
    model.show(listing(row("a", 9), row("b", 10), row("c", Unknown("?")), row("d", ""), row("e", 1000)))
    model.sort(1)
    assert names(model) == ["a", "b", "e", "c", "d"]
    model.sort(1, Qt.SortOrder.DescendingOrder)
    assert names(model) == ["e", "b", "a", "c", "d"]


def test_a_filter_looks_at_words(model: ListingModel) -> None:
    model.show(listing(row("orders"), row("Orders.dead"), row("mail")))
    model.set_filter("ORDER")
    assert names(model) == ["orders", "Orders.dead"]
    assert (model.rowCount(), model.total) == (2, 3)
    model.set_filter("")
    assert model.rowCount() == 3


def test_rows_that_cannot_be_read_now_stay_and_those_of_another_listing_go(model: ListingModel) -> None:
    model.show(listing(row("a"), row("b")))
    model.show(Listing("Channels", COLUMNS, Unknown("it did not answer")))
    assert names(model) == ["a", "b"]
    model.show(Listing("Policies", COLUMNS[:1], Unknown("it did not answer")))
    assert (model.rowCount(), model.columnCount()) == (0, 1)


def test_a_row_leads_to_its_queue(model: ListingModel) -> None:
    model.show(listing(row("a", queue="jobs")))
    assert model.queue_at(model.index(0, 0)) == "jobs"
    assert "jobs" in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


cells: st.SearchStrategy[Reading[int]] = st.one_of(st.integers(0, 5), st.just(Unknown("?")))
states = st.dictionaries(st.sampled_from("abcdefgh"), cells, max_size=8)
steps = st.lists(st.tuples(states, st.sampled_from(["", "a", "x"]), st.integers(0, 2), st.booleans()), max_size=6)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_any_course_of_events_ends_with_the_rows_there_are(
    course: list[tuple[dict[str, Reading[int]], str, int, bool]],
) -> None:
    model = ListingModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    held: list[tuple[QPersistentModelIndex, str]] = []
    for state, text, column, descending in course:
        model.show(listing(*(row(name, value) for name, value in state.items())))
        model.set_filter(text)
        model.sort(column, Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder)
        assert sorted(names(model)) == sorted(name for name in state if text in name)
        assert all(index.data() == name for index, name in held if index.isValid())
        held = [(QPersistentModelIndex(model.index(position, 0)), name) for position, name in enumerate(names(model))]
    tester.deleteLater()
    assert model.rowCount(QModelIndex()) == len(names(model))
