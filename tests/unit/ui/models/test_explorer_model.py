from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import TypeAlias

import pytest
from hypothesis import given, settings, strategies as st
from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from wqstudio.domain.changes import diff
from wqstudio.domain.queue import ConsumerState, HeldRoutes, QueueState
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.snapshot import Snapshot
from wqstudio.ui.models.explorer import ExplorerModel, Role
from wqstudio.ui.models.explorer_rows import Order, Show
from wqstudio.ui.scope import Scope


def consumer(queue: str, name: str, waiting: int = 0) -> ConsumerState:
    return ConsumerState(queue, name, waiting, 0, 0, 0, 0, 0, None)


def queue(name: str, waiting: Reading[int] = 0, consumers: tuple[str, ...] = (), stuck: int = 0) -> QueueState:
    return QueueState(
        name=name,
        kind="work queue stream",
        messages=waiting,
        bytes=0,
        waiting=waiting,
        in_flight=0,
        redelivered=0,
        stuck=stuck,
        oldest=None,
        published=0,
        delivered=0,
        acked=0,
        consumers=tuple(consumer(name, each) for each in consumers),
    )


def snapshot(*queues: QueueState, at: float = 1.0) -> Snapshot:
    return Snapshot(at, 0.001, "NATS 2.15.1", {each.name: each for each in queues})


class Feed:
    """Gives a model one snapshot after another, with the changes between them."""

    def __init__(self, model: ExplorerModel) -> None:
        self._model = model
        self._last: Snapshot | None = None

    def give(self, new: Snapshot) -> None:
        self._model.apply(new, diff(self._last, new))
        self._last = new


pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def model() -> Iterator[ExplorerModel]:
    model = ExplorerModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield model
    tester.deleteLater()


def tree(model: ExplorerModel) -> dict[str, list[str]]:
    shown = {}
    for position in range(model.rowCount()):
        index = model.index(position, 0)
        children = [model.index(row, 0, index).data() for row in range(model.rowCount(index))]
        shown[index.data()] = children
    return shown


class TestRowsFollowTheBroker:
    def test_queues_and_consumers_come_sorted_by_name(self, model: ExplorerModel) -> None:
        Feed(model).give(snapshot(queue("low"), queue("High", consumers=("b", "a"))))
        assert tree(model) == {"High": ["a", "b"], "low": []}

    def test_a_change_touches_only_its_own_row(self, model: ExplorerModel, qtbot: QtBot) -> None:
        feed = Feed(model)
        names = ("a", "b", "c")
        feed.give(snapshot(*map(queue, names)))
        with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged) as changed:
            feed.give(snapshot(queue("a"), queue("b", waiting=1200), queue("c")))
        first, last = changed.args[:2]
        assert (first.row(), last.row()) == (1, 1)
        assert first.data(Role.ROW).figure == "1.2\N{NARROW NO-BREAK SPACE}k"

    def test_an_equal_beat_touches_nothing(self, model: ExplorerModel, qtbot: QtBot) -> None:
        feed = Feed(model)
        feed.give(snapshot(queue("a", consumers=("x",))))
        with qtbot.assertNotEmitted(model.dataChanged), qtbot.assertNotEmitted(model.rowsInserted):
            feed.give(snapshot(queue("a", consumers=("x",)), at=2.0))

    def test_a_consumer_comes_and_goes_as_a_row(self, model: ExplorerModel, qtbot: QtBot) -> None:
        feed = Feed(model)
        feed.give(snapshot(queue("a", consumers=("x", "z"))))
        with qtbot.waitSignal(model.rowsInserted) as inserted:
            feed.give(snapshot(queue("a", consumers=("x", "y", "z"))))
        assert inserted.args[1:] == [1, 1]
        feed.give(snapshot(queue("a", consumers=("z",))))
        assert tree(model) == {"a": ["z"]}

    def test_an_unknown_listing_keeps_the_rows_and_what_was_missed_is_made_good(self, model: ExplorerModel) -> None:
        feed = Feed(model)
        feed.give(snapshot(queue("a"), queue("b")))
        feed.give(Snapshot(2.0, 0.001, "NATS", Unknown("not permitted")))
        assert tree(model) == {"a": [], "b": []}
        feed.give(snapshot(queue("b", consumers=("x",)), queue("c"), at=3.0))
        assert tree(model) == {"b": ["x"], "c": []}

    def test_a_kept_index_follows_its_queue_when_the_order_changes(self, model: ExplorerModel) -> None:
        feed = Feed(model)
        model.set_order(Order.WAITING)
        feed.give(snapshot(queue("a", 5, ("x",)), queue("b", 3)))
        kept = QPersistentModelIndex(model.index_of(Scope("b")))
        child = QPersistentModelIndex(model.index_of(Scope("a", "x")))
        feed.give(snapshot(queue("a", 5, ("x",)), queue("b", 9), at=2.0))
        assert list(tree(model)) == ["b", "a"]
        assert (kept.row(), kept.data()) == (0, "b")
        assert (child.data(), child.parent().row()) == ("x", 1)

    def test_clear_resets(self, model: ExplorerModel, qtbot: QtBot) -> None:
        feed = Feed(model)
        feed.give(snapshot(queue("a", consumers=("x",))))
        with qtbot.waitSignal(model.modelReset):
            model.clear()
        assert tree(model) == {}


def to(target: str, name: str) -> QueueState:
    return replace(queue(name), dead_letter_queues=(target,))


def keeping(name: str) -> QueueState:
    return replace(queue(name), dead_letters=True)


class TestDeadLetters:
    def test_a_link_stands_above_the_consumers_at_both_ends(self, model: ExplorerModel) -> None:
        jobs = replace(queue("jobs", consumers=("x",)), dead_letter_queues=("jobs.dead",))
        Feed(model).give(snapshot(jobs, keeping("jobs.dead")))
        assert tree(model) == {"jobs": ["→ jobs.dead", "x"], "jobs.dead": ["← jobs"]}
        assert model.row(model.index_of(Scope("jobs", "x"))).name == "x"

    def test_it_comes_and_goes_with_the_rule(self, model: ExplorerModel, qtbot: QtBot) -> None:
        feed = Feed(model)
        feed.give(snapshot(queue("jobs"), queue("jobs.dead")))
        with qtbot.waitSignal(model.rowsInserted), qtbot.assertNotEmitted(model.modelReset):
            feed.give(snapshot(to("jobs.dead", "jobs"), keeping("jobs.dead")))
        assert tree(model) == {"jobs": ["→ jobs.dead"], "jobs.dead": ["← jobs"]}
        feed.give(snapshot(queue("jobs"), queue("jobs.dead")))
        assert tree(model) == {"jobs": [], "jobs.dead": []}

    def test_a_target_that_is_not_listed_is_named_all_the_same(self, model: ExplorerModel) -> None:
        feed = Feed(model)
        feed.give(snapshot(to("gone", "jobs")))
        link = model.row(model.index(0, 0, model.index_of(Scope("jobs")))).link
        assert link is not None
        assert not link.listed
        feed.give(snapshot(to("gone", "jobs"), keeping("gone")))
        link = model.row(model.index(0, 0, model.index_of(Scope("jobs")))).link
        assert link is not None
        assert link.listed

    def test_work_that_only_passes_through_is_no_dead_letter(self, model: ExplorerModel) -> None:
        Feed(model).give(snapshot(to("jobs", "delay"), queue("jobs")))
        assert tree(model) == {"delay": ["→ jobs"], "jobs": []}
        link = model.row(model.index(0, 0, model.index_of(Scope("delay")))).link
        assert link is not None
        assert not link.rests

    def test_many_are_folded_into_one_line(self, model: ExplorerModel) -> None:
        names = [f"q{number}" for number in range(9)]
        Feed(model).give(snapshot(keeping("dead"), *(to("dead", name) for name in names)))
        assert tree(model)["dead"] == ["← 9 queues"]
        link = model.row(model.index(0, 0, model.index_of(Scope("dead")))).link
        assert link is not None
        assert link.others == tuple(names)

    def test_what_waits_for_a_retry_is_said_at_its_queue(self, model: ExplorerModel) -> None:
        Feed(model).give(snapshot(replace(queue("jobs"), retrying=12)))
        row = model.row(model.index_of(Scope("jobs")))
        assert row.retrying == "12"
        assert "12 waiting for a retry" in row.spoken


class TestFilter:
    def test_text_finds_a_queue_by_its_consumer(self, model: ExplorerModel) -> None:
        Feed(model).give(snapshot(queue("orders", consumers=("Billing",)), queue("mail")))
        model.set_filter("bill", Show.ALL)
        assert tree(model) == {"orders": ["Billing"]}
        assert (model.shown_count, model.queue_count) == (1, 2)

    def test_text_finds_a_stream_by_its_subjects(self, model: ExplorerModel) -> None:
        billing = replace(queue("billing"), routes=("invoice.*.due", "Reminder"))
        Feed(model).give(snapshot(billing, replace(queue("all"), routes=("log.>",))))
        for text, found in (
            ("invoice", ["billing"]),
            ("remind", ["billing"]),
            ("invoice.eu.due", ["billing"]),
            ("invoice.eu.paid", []),
            ("invoice.e", ["billing"]),
            ("invoice.eu.", ["billing"]),
            ("invoice.eu.d", ["billing"]),
            ("invoice.eu.due.", []),
            ("log.", ["all"]),
            ("log.a.b", ["all"]),
            ("eu", []),
        ):
            model.set_filter(text, Show.ALL)
            assert list(tree(model)) == found, text
            assert [scope.queue for scope in model.named_below()] == found, "it is opened"
        model.set_held("billing", HeldRoutes({"invoice.eu.due": 3}))
        model.set_filter("eu", Show.ALL)
        assert list(tree(model)) == ["billing"]
        model.set_filter("bill", Show.ALL)
        assert list(model.named_below()) == [], "its own name is named"

    def test_only_stuck(self, model: ExplorerModel) -> None:
        feed = Feed(model)
        feed.give(snapshot(queue("a", stuck=2), queue("b")))
        model.set_filter("", Show.STUCK)
        assert list(tree(model)) == ["a"]
        feed.give(snapshot(queue("a"), queue("b", stuck=1), at=2.0))
        assert list(tree(model)) == ["b"]

    def test_only_dead_letters(self, model: ExplorerModel) -> None:
        dead = replace(queue("dlq", 3), dead_letters=True)
        empty = replace(queue("dlq2", 0), dead_letters=True)
        part = replace(queue("dlq3", 2), dead_letters=True, messages=Unknown("no management"))
        Feed(model).give(snapshot(dead, empty, part, queue("jobs", 7)))
        model.set_filter("", Show.DEAD)
        assert list(tree(model)) == ["dlq", "dlq3"]

    def test_a_queue_is_active_for_a_minute_after_it_moved(self, model: ExplorerModel) -> None:
        feed = Feed(model)
        model.set_filter("", Show.ACTIVE)
        feed.give(snapshot(queue("a"), queue("b"), at=100.0))
        assert tree(model) == {}
        moved = replace(queue("a"), published=1)
        feed.give(snapshot(moved, queue("b"), at=101.0))
        assert list(tree(model)) == ["a"]
        feed.give(snapshot(moved, queue("b"), at=160.0))
        assert list(tree(model)) == ["a"]
        feed.give(snapshot(moved, queue("b"), at=162.0))
        assert tree(model) == {}

    def test_a_hidden_scope_has_no_index(self, model: ExplorerModel) -> None:
        Feed(model).give(snapshot(queue("a", consumers=("x",))))
        model.set_filter("nothing like it", Show.ALL)
        assert model.index_of(Scope("a")) == QModelIndex()
        assert model.index_of(Scope("a", "x")) == QModelIndex()


Drawn: TypeAlias = Mapping[str, tuple[int, set[str], int, set[str]]]
"""Of each queue: waiting, consumers, stuck, and where its dead letters go."""
_queues = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(
        st.integers(0, 3),
        st.sets(st.sampled_from("xyz")),
        st.integers(0, 1),
        st.sets(st.sampled_from("abg"), max_size=2),
    ),
)
_listing: st.SearchStrategy[Drawn | None] = st.one_of(st.none(), _queues)
_steps = st.lists(st.tuples(_listing, st.sampled_from(Order), st.sampled_from(Show), st.sampled_from(["", "a", "x"])))


@settings(deadline=None, max_examples=60)
@given(steps=_steps)
def test_any_sequence_of_snapshots_ends_in_what_the_last_one_says(
    steps: list[tuple[Drawn | None, Order, Show, str]],
) -> None:
    model = ExplorerModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    feed, clock = Feed(model), count(1)
    for listing, order, show, text in steps:
        if listing is None:
            feed.give(Snapshot(float(next(clock)), 0.0, "NATS", Unknown("denied")))
        else:
            made = [
                replace(
                    queue(name, w, tuple(sorted(c)), stuck),
                    dead_letter_queues=tuple(dead),
                    dead_letters=name == "a",
                )
                for name, (w, c, stuck, dead) in listing.items()
            ]
            feed.give(snapshot(*made, at=float(next(clock))))
            model.set_filter("", Show.ALL)
            model.set_order(order)
            assert tree(model).keys() == listing.keys()
            sources = sorted(name for name, drawn in listing.items() if "a" in drawn[3] and name != "a")
            incoming = [f"← {name}" for name in sources] if len(sources) <= 3 else [f"← {len(sources)} queues"]
            for name, (_, consumers, _, dead) in listing.items():
                links = ["↻ back into itself" if target == name else f"→ {target}" for target in sorted(dead)] + (
                    incoming if name == "a" else []
                )
                assert tree(model)[name] == [*links, *sorted(consumers)]
            if order is Order.WAITING:
                figures = [listing[name][0] for name in tree(model)]
                assert figures == sorted(figures, reverse=True)
        model.set_filter(text, show)
        model.set_order(order)
    tester.deleteLater()


def test_what_is_stuck_is_shown_at_the_only_consumer_and_changes_with_the_queue(
    model: ExplorerModel, qtbot: QtBot
) -> None:
    feed = Feed(model)
    feed.give(snapshot(queue("jobs", consumers=("all",)), queue("mail", consumers=("a", "b"), stuck=4)))
    with qtbot.waitSignal(model.dataChanged, check_params_cb=lambda first, *_: first.parent().isValid()):
        feed.give(snapshot(queue("jobs", consumers=("all",), stuck=2), queue("mail", consumers=("a", "b"), stuck=4)))
    assert model.row(model.index_of(Scope("jobs", "all"))).stuck == "2"
    assert model.row(model.index_of(Scope("mail", "a"))).stuck == ""


def taking(name: str, *routes: str, waiting: int = 0) -> QueueState:
    return replace(queue(name, waiting, ("x",)), routes=routes)


class TestSubjects:
    def test_they_stand_below_the_consumers_and_come_with_what_was_read(
        self, model: ExplorerModel, qtbot: QtBot
    ) -> None:
        Feed(model).give(snapshot(taking("jobs", "jobs.*")))
        assert tree(model) == {"jobs": ["x", "jobs.*"]}
        with qtbot.waitSignal(model.rowsInserted) as inserted, qtbot.assertNotEmitted(model.modelReset):
            model.set_held("jobs", HeldRoutes({"jobs.eu": 1200, "jobs.us": 1}, more=7))
        assert inserted.args[1:] == [2, 4]
        assert tree(model) == {"jobs": ["x", "jobs.*", "jobs.eu", "jobs.us", "… and 7 more"]}
        row = model.row(model.index(2, 0, model.index_of(Scope("jobs"))))
        assert (row.scope, row.figure) == (Scope("jobs"), "1.2\N{NARROW NO-BREAK SPACE}k")
        assert "subject jobs.eu" in row.spoken

    def test_a_kept_index_follows_its_subject_when_another_comes_to_hold_more(self, model: ExplorerModel) -> None:
        Feed(model).give(snapshot(taking("jobs", "jobs.*")))
        model.set_held("jobs", HeldRoutes({"a": 3, "b": 2, "c": 1}))
        queue_index = model.index_of(Scope("jobs"))
        kept = {row: QPersistentModelIndex(model.index(row, 0, queue_index)) for row in range(5)}
        model.set_held("jobs", HeldRoutes({"c": 9, "a": 3, "b": 2}))
        assert tree(model) == {"jobs": ["x", "jobs.*", "c", "a", "b"]}
        assert [(row, index.data()) for row, index in kept.items() if index.isValid()] == [
            (0, "x"), (1, "jobs.*"), *([(4, "c")] if kept[4].isValid() else [(2, "a"), (3, "b")]),
        ]  # fmt: skip

    def test_counts_alone_touch_only_their_own_lines(self, model: ExplorerModel, qtbot: QtBot) -> None:
        Feed(model).give(snapshot(taking("jobs", "jobs.*")))
        model.set_held("jobs", HeldRoutes({"a": 3, "b": 2}))
        with qtbot.waitSignal(model.dataChanged) as changed, qtbot.assertNotEmitted(model.rowsInserted):
            model.set_held("jobs", HeldRoutes({"a": 3, "b": 1}))
        assert [index.row() for index in changed.args[:2]] == [3, 3]

    def test_other_subjects_of_a_stream_and_a_stream_made_anew_show_at_once(self, model: ExplorerModel) -> None:
        feed = Feed(model)
        feed.give(snapshot(taking("jobs", "jobs.*")))
        model.set_held("jobs", HeldRoutes({"jobs.eu": 1}))
        feed.give(snapshot(taking("jobs", "jobs.*", "mail")))
        assert tree(model) == {"jobs": ["x", "jobs.*", "jobs.eu", "mail"]}
        feed.give(snapshot())
        feed.give(snapshot(taking("jobs", "jobs.*")))
        assert tree(model) == {"jobs": ["x", "jobs.*"]}
        assert model.held("jobs") is None
        model.set_held("gone", HeldRoutes({"a": 1}))
