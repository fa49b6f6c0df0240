import json

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from wqstudio.domain.ledger import Account, WorkerAccount
from wqstudio.ui.panels.ledger import LedgerPanel

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


def _panel(qtbot: QtBot) -> LedgerPanel:
    panel = LedgerPanel()
    qtbot.addWidget(panel)
    panel.show()
    return panel


def _text(panel: QWidget, name: str) -> str:
    label = panel.findChild(QLabel, name)
    assert label is not None
    return label.text()


def test_before_a_run_has_ended_it_teaches(qtbot: QtBot) -> None:
    panel = _panel(qtbot)
    assert "Press Stop" in _text(panel, "ledgerTeaching")
    teaching = panel.findChild(QLabel, "ledgerTeaching")
    assert teaching is not None
    assert teaching.isVisible()


def test_it_shows_the_sums_and_the_workers(qtbot: QtBot) -> None:
    panel = _panel(qtbot)
    panel.show_account(GOOD)
    assert _text(panel, "ledgerVerdict") == "All 1,200 tasks are accounted for, and none was lost."
    assert _text(panel, "ledger_acknowledged") == "1,190"
    table = panel.findChild(QTableWidget, "ledgerWorkers")
    assert table is not None
    assert [table.item(row, 0).text() for row in range(2)] == ["fast-1", "slow-1"]  # type: ignore[union-attr]  # rows exist


def test_it_copies_the_account(qtbot: QtBot) -> None:
    panel = _panel(qtbot)
    panel.show_account(GOOD)
    button = panel.findChild(QPushButton, "ledgerCopy")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert json.loads(QGuiApplication.clipboard().text())["published"] == 1_200
