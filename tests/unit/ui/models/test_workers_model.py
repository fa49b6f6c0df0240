from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from wqstudio.domain.queue import Source
from wqstudio.domain.worker import CurrentTask, Phase, WorkerSpec, WorkerState
from wqstudio.ui.models.worker_rows import speed_text, worker_row
from wqstudio.ui.models.workers import WorkersModel

pytestmark = pytest.mark.usefixtures("qapp")


def state(number: int, phase: Phase = Phase.WAITING, acked: int = 0) -> WorkerState:
    return WorkerState(number, WorkerSpec(f"w{number}", Source("jobs", "all")), phase, host=0, acked=acked)


@pytest.fixture
def model() -> Iterator[WorkersModel]:
    model = WorkersModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield model
    tester.deleteLater()


def names(model: WorkersModel) -> list[str]:
    return [model.index(row).data() for row in range(model.rowCount())]


def test_workers_keep_the_order_in_which_they_came(model: WorkersModel) -> None:
    model.apply([state(7), state(3)])
    model.apply([state(3, acked=2), state(9)])
    assert names(model) == ["w7", "w3", "w9"]


def test_a_scheduler_does_nothing_itself() -> None:
    scheduler = state(1)
    scheduler = replace(scheduler, spec=replace(scheduler.spec, forward="tasks.{kind}"), forwarded=20)
    assert worker_row(scheduler).done == "20 passed on"


def test_a_worker_told_of_twice_in_one_batch_is_one_row_with_the_later_state(model: WorkersModel) -> None:
    model.apply([state(1, Phase.STARTING), state(1, Phase.WAITING)])
    assert names(model) == ["w1"]
    assert model.row(model.index_of(1)).state.phase is Phase.WAITING


def test_only_a_changed_worker_is_announced(model: WorkersModel, qtbot: QtBot) -> None:
    model.apply([state(1), state(2), state(3)])
    with qtbot.waitSignal(model.dataChanged) as changed:
        model.apply([state(1), state(2, acked=5)])
    assert changed.args[0].row() == changed.args[1].row() == 1


def test_a_removed_worker_leaves_the_others_reachable(model: WorkersModel) -> None:
    model.apply([state(1), state(2), state(3)])
    model.remove(2)
    model.remove(2)
    model.apply([state(3, acked=4)])
    assert names(model) == ["w1", "w3"]
    assert model.row(model.index_of(3)).done == "4 done"
    assert not model.index_of(2).isValid()


def test_who_works_and_who_has_ended(model: WorkersModel) -> None:
    model.apply([state(1, Phase.WORKING), state(2, Phase.CRASHED), state(3, Phase.WORKING)])
    assert model.working() == [0, 2]
    assert model.over() == [2]


def test_what_holds_one_up_comes_before_what_it_does(model: WorkersModel) -> None:
    model.apply([replace(state(1, Phase.WORKING), reason="memory alarm"), state(2, Phase.WORKING)])
    assert [model.row(model.index(row)).phase for row in range(2)] == ["memory alarm", "working"]
    assert [model.index(row).data(Qt.ItemDataRole.ToolTipRole) for row in range(2)] == ["memory alarm", None]


_batches = st.lists(st.lists(st.tuples(st.integers(1, 6), st.sampled_from(Phase))))


@settings(deadline=None, max_examples=50)
@given(batches=_batches, removed=st.lists(st.integers(1, 6)))
def test_any_batches_end_in_the_latest_states(batches: list[list[tuple[int, Phase]]], removed: list[int]) -> None:
    model = WorkersModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    latest: dict[int, Phase] = {}
    for batch in batches:
        model.apply([state(number, phase) for number, phase in batch])
        latest |= dict(batch)
    for number in removed:
        model.remove(number)
        latest.pop(number, None)
    shown = [model.row(model.index(row)).state for row in range(model.rowCount())]
    assert {each.id: each.phase for each in shown} == latest
    tester.deleteLater()


class TestWords:
    def test_a_worker_says_what_it_works_on_and_for_which_time(self) -> None:
        working = replace(state(1, Phase.WORKING), current=CurrentTask("resize image", 0.0, 1.0, deliveries=2))
        assert worker_row(working).phase == "resize image, delivery 2"

    def test_a_failed_worker_says_why(self) -> None:
        assert "no such consumer" in worker_row(replace(state(1, Phase.FAILED), reason="no such consumer")).phase

    @pytest.mark.parametrize(("speed", "text"), [(0.1, "×0.10"), (1.0, "×1.0"), (2.5, "×2.5"), (10.0, "×10")])
    def test_speed(self, speed: float, text: str) -> None:
        assert speed_text(speed) == text
