from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from wqstudio.domain.events import Event, Level, Several, Topic
from wqstudio.ui.models.events import EventsFilter, EventsModel

pytestmark = pytest.mark.usefixtures("qapp")


def event(text: str, topic: Topic = Topic.QUEUE, queue: str = "jobs") -> Event:
    return Event(1_000_000.0, topic, text, Level.INFO, queue)


@pytest.fixture
def model() -> Iterator[EventsModel]:
    model = EventsModel(bound=20)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield model
    tester.deleteLater()


def texts(model: EventsModel) -> list[str]:
    return [model.index(row).data() for row in range(model.rowCount())]


def test_the_newest_is_last(model: EventsModel) -> None:
    model.append([event("a"), event("b")])
    model.append([event("c")])
    assert texts(model) == ["a", "b", "c"]


def test_what_is_told_late_stands_where_it_belongs(model: EventsModel) -> None:
    at = 1_000_000.0
    model.append([replace(event("b"), at=at + 2), replace(event("a"), at=at + 1), replace(event("d"), at=at + 5)])
    model.append([replace(event("e"), at=at + 6), replace(event("c"), at=at + 3)])
    assert texts(model) == ["a", "b", "c", "d", "e"]


def test_a_clock_that_is_wrong_moves_nothing(model: EventsModel) -> None:
    model.append([replace(event("ahead"), at=2_000_000.0)])
    model.append([event("after")])
    assert texts(model) == ["ahead", "after"]


def test_the_oldest_give_way(model: EventsModel) -> None:
    for number in range(50):
        model.append([event(f"event {number}")])
    assert len(texts(model)) == 20
    assert texts(model)[-1] == "event 49"


def test_a_batch_beyond_the_bound_keeps_its_end(model: EventsModel) -> None:
    model.append([event(f"event {n}", queue=f"queue {n}") for n in range(100)])
    assert texts(model) == [f"event {n}" for n in range(80, 100)]


def test_repetitions_are_counted_in_place(model: EventsModel, qtbot: QtBot) -> None:
    model.append([event("redelivered"), event("redelivered"), event("other")])
    with qtbot.assertNotEmitted(model.rowsInserted):
        model.append([event("redelivered")])
    assert texts(model) == ["redelivered  ×3", "other"]


def test_a_burst_of_one_kind_is_folded(model: EventsModel) -> None:
    model.append([event(f"message {n} dead-lettered", Topic.DEAD_LETTER) for n in range(15)])
    assert len(texts(model)) == 7
    assert texts(model)[-1] == "9 more like these, the last: message 14 dead-lettered"


def given_back(message: int, at: float = 1_000_000.0, count: int = 1) -> Event:
    many = Several("Workers gave back ", " messages of jobs")
    text = f"A worker gave back message {message} of jobs" if count == 1 else many.said(count)
    return Event(at, Topic.REDELIVERED, text, Level.INFO, "jobs", many, count)


def test_events_that_differ_in_their_message_alone_become_one_sentence(model: EventsModel, qtbot: QtBot) -> None:
    model.append([given_back(1)])
    assert texts(model) == ["A worker gave back message 1 of jobs"]
    with qtbot.assertNotEmitted(model.rowsInserted):
        model.append([given_back(number) for number in range(2, 40)])
        model.append([given_back(0, count=1_000)])
    assert texts(model) == ["Workers gave back 1,039 messages of jobs"]


def test_the_last_of_many_is_told_in_the_tip(model: EventsModel) -> None:
    model.append([given_back(1), given_back(2)])
    assert "message 2 of jobs" in model.index(0).data(Qt.ItemDataRole.ToolTipRole)


def test_what_goes_on_gets_a_new_line_each_minute(model: EventsModel) -> None:
    start = 1_000_000.0
    model.append([given_back(number, start + number) for number in range(100)])
    assert texts(model) == ["Workers gave back 61 messages of jobs", "Workers gave back 39 messages of jobs"]


def test_clear(model: EventsModel) -> None:
    model.append([event("a")])
    model.clear()
    assert texts(model) == []


def test_the_filter_knows_topics_text_and_queues(model: EventsModel) -> None:
    shown = EventsFilter(model)
    tester = QAbstractItemModelTester(shown, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.append([event("Worker crashed", Topic.WORKER), event("made", Topic.QUEUE), event("made", queue="mail")])
    for text, topic, expected in [
        ("CRASH", None, 1),
        ("", Topic.QUEUE, 2),
        ("mail", None, 1),
        ("mail", Topic.WORKER, 0),
    ]:
        shown.show(text, topic)
        assert shown.rowCount() == expected, (text, topic)
    shown.show("", None)
    model.append([event("late")])
    assert shown.rowCount() == 4
    tester.deleteLater()


@settings(deadline=None, max_examples=50)
@given(batches=st.lists(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(Topic)), max_size=30)))
def test_the_bound_holds_and_the_last_event_is_there(batches: list[list[tuple[str, Topic]]]) -> None:
    model = EventsModel(bound=10)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    for batch in batches:
        model.append([event(text, topic) for text, topic in batch])
        assert model.rowCount() <= 10
        if batch:
            assert any(batch[-1][0] in text for text in texts(model))
    tester.deleteLater()
