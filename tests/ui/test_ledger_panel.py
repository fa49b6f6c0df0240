import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QTableWidget
from pytestqt.qtbot import QtBot

from wqstudio.domain.ledger import Account, WorkerAccount
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.ledger import LedgerPanel, verdict
from wqstudio.ui.theme import Theme

GOOD = Account(
    run="r",
    published=1_200,
    acknowledged=1_190,
    terminated=2,
    stored=8,
    lost=0,
    duplicated=1,
    acknowledgements=1_191,
    foreign=0,
    workers=(WorkerAccount("fast-1", acknowledged=1_000), WorkerAccount("slow-1", acknowledged=191, redelivered=3)),
)


@pytest.fixture
def panel(qtbot: QtBot, theme: Theme) -> LedgerPanel:
    panel = LedgerPanel(theme)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_before_a_run_has_ended_it_teaches(panel: LedgerPanel) -> None:
    teaching = panel.findChild(EmptyState)
    assert teaching is not None
    assert teaching.isVisible()
    assert "Press Stop" in teaching.said


def test_it_shows_the_sums_and_the_workers(panel: LedgerPanel) -> None:
    panel.show_account(GOOD)
    shown = [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
    assert "All 1,200 tasks are accounted for, and none was lost." in shown
    assert shown[shown.index("acknowledged") - 1] == "1,190"
    table = panel.findChild(QTableWidget, "ledgerWorkers")
    assert table is not None
    assert _column(table, 0) == ["fast-1", "slow-1", "All workers"]
    assert _column(table, 1) == ["1,000", "191", "1,191"]
    assert any(text.startswith("Account of ") for text in shown)
    given_back = table.horizontalHeaderItem(3)
    assert given_back is not None
    assert given_back.toolTip() == "Deliveries that it gave back (nak)"


@pytest.mark.parametrize(("does", "column"), [
    (lambda worker, count: replace(worker, forwarded=count), 2),
    (lambda worker, count: replace(worker, lost=count), 7),
])  # fmt: skip
def test_what_few_workers_do_has_a_column_where_there_is_any(
    panel: LedgerPanel, does: Callable[[WorkerAccount, int], WorkerAccount], column: int
) -> None:
    """Losses of those that acknowledge on receipt, and what schedulers pass on."""
    table = panel.findChild(QTableWidget, "ledgerWorkers")
    assert table is not None
    for count, hidden in ((0, True), (3, False), (0, True)):
        panel.show_account(replace(GOOD, workers=(does(GOOD.workers[0], count), GOOD.workers[1])))
        assert table.isColumnHidden(column) is hidden
        assert _column(table, column) == [str(count), "0", str(count)]


def _column(table: QTableWidget, column: int) -> list[str]:
    items = [table.item(row, column) for row in range(table.rowCount())]
    return [item.text() for item in items if item is not None]


def test_a_loss_or_sums_that_disagree_are_said() -> None:
    assert verdict(replace(GOOD, lost=2, stored=6)) == "2 of 1,200 tasks were lost."
    assert "not to be trusted" in verdict(replace(GOOD, stored=7))


def test_it_copies_the_account(panel: LedgerPanel, qtbot: QtBot) -> None:
    panel.show_account(GOOD)
    button = panel.findChild(QPushButton, "ledgerCopy")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert json.loads(QGuiApplication.clipboard().text())["published"] == 1_200
