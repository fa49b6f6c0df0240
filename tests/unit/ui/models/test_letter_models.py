"""Headers as rows and while they are edited, and what differs between a letter and its copy."""

import time
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from wqstudio.domain.letter import Death, Header, Letter
from wqstudio.engine.letters.bodies import Form
from wqstudio.engine.letters.lines import line
from wqstudio.ui.models.header_edits import HeaderEdits
from wqstudio.ui.models.header_rows import copied, header_rows
from wqstudio.ui.models.letter_diff import Line, Mark, header_diff, text_diff
from wqstudio.ui.models.letter_rows import LetterColumn, prepared
from wqstudio.ui.models.syntax import Part, spans
from wqstudio.ui.panels.death_timeline import stations

HEADERS = (
    Header("tries", 3, "long"),
    Header("ok", True, "bool"),
    Header("ratio", 12.75, "double"),
    Header("price", Decimal("9.90"), "decimal"),
    Header("note", "hello", "string"),
    Header("raw", b"\x01\xff", "binary"),
    Header("x-death", [{"queue": "jobs", "count": 2}], "array"),
    Header("lines", "one\ntwo", "string"),
)


@pytest.fixture
def edits() -> HeaderEdits:
    return HeaderEdits(HEADERS, "string")


def put(edits: HeaderEdits, row: int, column: int, text: str) -> None:
    edits.setData(edits.index(row, column), text)


def test_nested_values_unfold() -> None:
    (row,) = header_rows(HEADERS[6:7])
    assert (row.name, row.value, row.type) == ("x-death", "[{queue: jobs, count: 2}]", "array")
    assert [(each.name, each.value) for each in row.children[0].children] == [("queue", "jobs"), ("count", "2")]
    assert list(copied([row]))[:3] == [
        "x-death\t[{queue: jobs, count: 2}]\tarray",
        "  1\t{queue: jobs, count: 2}\ttable",
        "    queue\tjobs\tstring",
    ]


def test_values_are_told() -> None:
    rows = header_rows((*HEADERS, Header("when", 1_714_000_000, "timestamp"), Header("none", None, "void")))
    assert [row.value for row in rows[:6]] == ["3", "true", "12.75", "9.90", "hello", "0x01ff"]
    assert rows[7].in_cell == "one↵two"
    assert rows[8].value == "2024-04-24 23:06:40 UTC (1714000000)"
    assert rows[9].value == "–"


def test_a_day_long_ago_has_its_year() -> None:
    now, day = 1_800_000_000.0, 86_400
    letters = [Letter(1, "dead", b"x", (), died_at=now - days * day) for days in (365, 100, 0)]
    long_ago, some_time_ago, today = (row.second[LetterColumn.WHEN] for row in prepared([*map(line, letters)], now))
    assert long_ago.endswith(time.strftime(" %Y", time.localtime(now - 365 * day)))
    assert some_time_ago.endswith(time.strftime(" %H:%M", time.localtime(now - 100 * day)))
    assert today == time.strftime("%H:%M:%S", time.localtime(now))


def test_where_no_death_is_told_it_is_said_when_it_was_published() -> None:
    published, untold = prepared(
        [line(Letter(1, "dead", b"x", (), published_at=1e9)), line(Letter(2, "dead", b"x", ()))], 2e9
    )
    assert published.first[LetterColumn.WHEN] == "published"
    assert published.second[LetterColumn.WHEN] == time.strftime("%d %b %Y", time.localtime(1e9))
    tip = published.tips[LetterColumn.WHEN]
    assert tip.startswith("The broker does not tell when it became a dead letter. It was published at 2001-")
    assert (untold.first[LetterColumn.WHEN], untold.second[LetterColumn.WHEN]) == ("–", "")
    assert untold.tips[LetterColumn.WHEN] == "The broker does not tell when it became a dead letter."


def test_a_time_that_is_the_first_of_several_deaths_is_said_to_be() -> None:
    once = Letter(1, "dead", b"x", (), died_at=1e9, deaths=(Death("jobs", "expired", 1, 1e9),))
    several = replace(once, deaths=(Death("jobs", "expired", 3, 1e9),))
    plain, first = prepared([line(once), line(several)], 2e9)
    assert first.second[LetterColumn.WHEN] == "first of 3" != plain.second[LetterColumn.WHEN]
    assert ("The first of 3" in first.tips[LetterColumn.WHEN], "first" in plain.tips[LetterColumn.WHEN]) == (
        True,
        False,
    )
    told = [[each.lines[0] for each in stations(letter, 2e9) if each.full] for letter in (once, several)]
    assert [at.startswith("first at") for (at,) in told] == [False, True]


def test_endless_tables_end() -> None:
    (row,) = header_rows([Header("many", [{"a": list(range(100))}] * 100, "array")])
    assert len(list(copied([row]))) < 2300
    assert len(header_rows([Header("long", "x" * 10_000)])[0].in_cell) < 2100


def test_what_nobody_touches_is_the_very_same(edits: HeaderEdits) -> None:
    for row in range(len(HEADERS)):
        for column in (0, 1):  # as an editor does that is opened and closed
            index = edits.index(row, column)
            edits.setData(index, edits.data(index, Qt.ItemDataRole.EditRole))
    assert not edits.changed
    assert all(one is other for one, other in zip(edits.headers, HEADERS, strict=True))


def test_types_are_kept(edits: HeaderEdits) -> None:
    for row, text in enumerate(("4", "false", "1.5", "10.00", "bye", "0x02")):
        put(edits, row, 1, text)
    values = [header.value for header in edits.headers[:6]]
    assert values == [4, False, 1.5, Decimal("10.00"), "bye", b"\x02"]
    assert [type(value) for value in values] == [int, bool, float, Decimal, str, bytes]
    assert [header.type for header in edits.headers] == [header.type for header in HEADERS]
    assert edits.fault == ""
    assert edits.headers[6] is HEADERS[6]


def test_what_is_changed_back_is_as_it_came(edits: HeaderEdits) -> None:
    put(edits, 0, 1, "4")
    assert edits.changed
    put(edits, 0, 1, "3")
    assert not edits.changed
    assert edits.headers[0] is HEADERS[0]


@pytest.mark.parametrize(("row", "text"), [(0, "four"), (1, "yes"), (2, "x"), (3, "x"), (5, "0xzz")])
def test_a_value_that_its_type_cannot_hold_is_told(edits: HeaderEdits, row: int, text: str) -> None:
    put(edits, row, 1, text)
    assert f"“{text}” is not a valid {HEADERS[row].type}" in edits.fault
    assert edits.index(row, 1).data() == text
    put(edits, row, 1, {0: "5", 1: "false", 2: "2", 3: "2", 5: "0x00"}[row])
    assert edits.fault == ""


def test_nested_values_and_several_lines_are_not_edited_in_a_cell(edits: HeaderEdits) -> None:
    editable = [bool(edits.flags(edits.index(row, 1)) & Qt.ItemFlag.ItemIsEditable) for row in range(len(HEADERS))]
    assert editable == [True] * 6 + [False] * 2


def test_headers_are_added_and_removed(edits: HeaderEdits) -> None:
    QAbstractItemModelTester(edits, QAbstractItemModelTester.FailureReportingMode.Fatal)
    edits.remove([0, 2])
    name = edits.add()
    assert edits.fault == "A header has no name yet."
    edits.setData(name, " trace ")
    put(edits, name.row(), 1, "abc")
    assert [header.name for header in edits.headers] == ["ok", "price", "note", "raw", "x-death", "lines", "trace"]
    assert edits.headers[-1] == Header("trace", "abc", "string")
    edits.restore()
    assert not edits.changed


def test_a_diff_shows_what_is_around() -> None:
    old = "\n".join(f"line {number}" for number in range(20))
    lines = text_diff(old, old.replace("line 10", "line ten"))
    assert Line(Mark.OLD, "line 10") in lines
    assert Line(Mark.NEW, "line ten") in lines
    assert [line.mark for line in lines].count(Mark.SAME) == 6
    assert (lines[0].mark, lines[-1].mark) == (Mark.GAP, Mark.GAP)


@given(st.lists(st.sampled_from("abcd")), st.lists(st.sampled_from("abcd")))
def test_a_diff_says_what_was_and_what_will_be(before: list[str], after: list[str]) -> None:
    lines = text_diff("\n".join(before), "\n".join(after))
    removed = [line.text for line in lines if line.mark is Mark.OLD]
    added = [line.text for line in lines if line.mark is Mark.NEW]
    old, new = "\n".join(before).split("\n"), "\n".join(after).split("\n")
    assert (lines == []) is (old == new)
    assert sorted([*old, *added]) == sorted([*new, *removed])


def test_a_diff_of_many_lines_is_quick_and_bounded() -> None:
    lines = text_diff("\n".join(map(str, range(40_000))), "\n".join(map(str, range(40_000, 80_000))))
    assert len(lines) == 2000


def test_headers_that_differ() -> None:
    copy = (*HEADERS[1:], Header("new", "x", "string"))
    assert header_diff(HEADERS, copy) == [
        Line(Mark.OLD, "tries: 3  (long)"),
        Line(Mark.NEW, "new: x  (string)"),
    ]


def test_json_is_coloured_by_its_parts_in_units_of_qt() -> None:
    line = '  "😀": [12, true, "12"],'
    found = {part: [(start, length) for start, length, each in spans(line, Form.JSON) if each is part] for part in Part}
    assert found[Part.NAME] == [(2, 4)]
    assert found[Part.NUMBER] == [(9, 2)]
    assert found[Part.WORD] == [(13, 4)]


@given(st.text(), st.sampled_from(list(Form)))
def test_any_line_can_be_coloured(line: str, form: Form) -> None:
    units = len(line.encode("utf-16-le", "surrogatepass")) // 2
    assert all(0 <= span.start <= span.start + span.length <= units for span in spans(line, form))
