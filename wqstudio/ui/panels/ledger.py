"""The ledger of a run: what became of every task, in total and by worker."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.ledger import Account, WorkerAccount
from wqstudio.ui.models.headline import Figure
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.figures import Figures
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_XL, Concept, Theme

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter

_LEAST_COLUMN = 44
_CELL_WIDTH = 96
"""Of a figure: all six on one line where the window has its usual width."""

_COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("acknowledged", "Acked", "Deliveries it acknowledged"),
    ("forwarded", "Passed\non", "Deliveries that it passed on to another queue, for others to do"),
    ("failed", "Given\nback", "Deliveries that it gave back (nak)"),
    ("terminated", "Terminated", "Deliveries after which it told the broker not to try again"),
    ("crashed", "Crashed\nwith", "Messages it held when it crashed"),
    ("expired", "Taken\nback", "Deliveries that the broker took back before the worker was done"),
    ("lost", "Lost", "Deliveries that it had acknowledged on receipt, and failed at"),
    ("redelivered", "Redelivered", "Deliveries to it that were not the first of their message"),
)
_RARE = [place for place, (name, _, _) in enumerate(_COLUMNS) if name in {"forwarded", "lost"}]
"""Take the names' room in a small window, and are of schedulers, and of workers that acknowledge on receipt, alone."""


class LedgerPanel(QWidget):
    """Teaches until the first run has ended, then shows its account."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ledgerPanel")
        self._account: Account | None = None
        self._pages = QStackedWidget()
        self._pages.addWidget(_teaching(theme))
        self._pages.addWidget(self._result(theme))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    def show_account(self, account: Account) -> None:
        self._account = account
        self._verdict.setText(verdict(account))
        self._taken.setText(f"Account of {time.strftime('%H:%M:%S')}")
        self._figures.show_figures(_figures(account))
        self._fill(account.workers)
        self._pages.setCurrentIndex(1)

    def _result(self, theme: Theme) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(SPACE_L, SPACE_XL, SPACE_L, SPACE_L)
        layout.setSpacing(SPACE_L)
        layout.addLayout(self._headline())
        self._figures = Figures(theme, _CELL_WIDTH)
        layout.addWidget(self._figures)
        self._workers = _table()
        layout.addWidget(self._workers, 1)
        return page

    def _headline(self) -> QHBoxLayout:
        self._verdict = PlainLabel()
        self._verdict.setObjectName("ledgerVerdict")
        self._verdict.setProperty("kind", "figure")
        self._verdict.setWordWrap(True)
        copy = QPushButton("Copy as JSON")
        copy.setObjectName("ledgerCopy")
        copy.clicked.connect(self._copy)
        self._taken = PlainLabel()
        self._taken.setObjectName("ledgerTaken")
        self._taken.setProperty("kind", "muted")
        words = QVBoxLayout()
        words.addWidget(self._verdict)
        words.addWidget(self._taken)
        row = QHBoxLayout()
        row.addLayout(words, 1)
        row.addWidget(copy, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _fill(self, workers: Sequence[WorkerAccount]) -> None:
        self._workers.setRowCount(len(workers) + 1)
        for row, worker in enumerate(workers):
            self._fill_row(row, worker.name, [getattr(worker, name) for name, _, _ in _COLUMNS])
        sums = [sum(getattr(worker, name) for worker in workers) for name, _, _ in _COLUMNS]
        self._fill_row(len(workers), "All workers", sums, strong=True)
        for place in _RARE:
            self._workers.setColumnHidden(place + 1, not sums[place])

    def _fill_row(self, row: int, title: str, counts: Sequence[int], *, strong: bool = False) -> None:
        for column, text in enumerate((title, *(f"{count:,}" for count in counts))):
            item = QTableWidgetItem(text)
            item.setTextAlignment(_RIGHT if column else _LEFT)
            font = item.font()
            font.setBold(strong)
            item.setFont(font)
            self._workers.setItem(row, column, item)

    def _copy(self) -> None:
        if self._account is not None:
            QGuiApplication.clipboard().setText(json.dumps(asdict(self._account), indent=2))


def verdict(account: Account) -> str:
    if not account.balanced:
        return "The sums do not agree: this ledger is not to be trusted."
    if account.lost:
        return f"{account.lost:,} of {account.published:,} tasks were lost."
    return f"All {account.published:,} tasks are accounted for, and none was lost."


def _figures(account: Account) -> list[Figure]:
    counts = (
        ("published", account.published, Concept.PUBLISHED),
        ("acknowledged", account.acknowledged, Concept.ACKED),
        ("terminated", account.terminated, Concept.DEAD),
        ("still stored", account.stored, Concept.WAITING),
        ("lost", account.lost, None),
        ("duplicated", account.duplicated, Concept.REDELIVERED),
    )
    return [Figure(caption, f"{count:,}", concept, quiet=not count) for caption, count, concept in counts]


def _teaching(theme: Theme) -> EmptyState:
    teaching = EmptyState(theme)
    teaching.say(
        "stop",
        "Every task is accounted for at the end of a run",
        "Press Stop: producers stop, workers finish what they hold, and each task published since the studio connected "
        "is shown here as acknowledged, terminated, still stored, or lost.",
    )
    return teaching


def _table() -> QTableWidget:
    table = QTableWidget(0, 1 + len(_COLUMNS))
    table.setObjectName("ledgerWorkers")
    table.setAccessibleName("Deliveries by worker")
    table.setHorizontalHeaderItem(0, _header("Worker", "", _LEFT))
    for column, (_, title, explanation) in enumerate(_COLUMNS, start=1):
        table.setHorizontalHeaderItem(column, _header(title, explanation, _RIGHT))
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setMinimumSectionSize(_LEAST_COLUMN)
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    return table


def _header(title: str, explanation: str, alignment: Qt.AlignmentFlag) -> QTableWidgetItem:
    item = QTableWidgetItem(title)
    item.setToolTip(explanation)
    item.setTextAlignment(alignment)
    return item
