"""The ledger of a run: what became of every task, in total and by worker."""

import json
from dataclasses import asdict

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.ledger import Account, WorkerAccount
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XL, SPACE_XS, Concept

_TEACHING = (
    "Press Stop to end the run.\n\n"
    "Producers stop, workers finish what they hold, and every task published since the studio connected "
    "is accounted for here: acknowledged, terminated, still stored, or lost."
)

_FIGURES: tuple[tuple[str, str, Concept | None, str], ...] = (
    ("published", "Published", Concept.PUBLISHED, "Tasks that the broker confirmed"),
    ("acknowledged", "Acknowledged", Concept.ACKED, "Tasks that a worker acknowledged at least once"),
    ("terminated", "Terminated", Concept.DEAD, "Tasks given up by a worker, never to be delivered again"),
    ("stored", "Still stored", Concept.WAITING, "Tasks in the queue: waiting, in flight or stuck"),
    ("lost", "Lost", None, "Tasks that are none of these"),
    ("duplicated", "Duplicated", Concept.REDELIVERED, "Acknowledgements beyond a task's first, copies beyond one"),
)

_COLUMNS: tuple[tuple[str, str], ...] = (
    ("acknowledged", "Acknowledged"),
    ("failed", "Given back"),
    ("terminated", "Terminated"),
    ("crashed", "Held at a crash"),
    ("expired", "Taken back"),
    ("redelivered", "Redelivered to it"),
)


class LedgerPanel(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ledgerPanel")
        self._account: Account | None = None
        self._pages = QStackedWidget()
        self._pages.addWidget(_teaching())
        self._pages.addWidget(self._result())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    @property
    def account(self) -> Account | None:
        """The one shown."""
        return self._account

    def show_account(self, account: Account) -> None:
        self._account = account
        self._verdict.setText(_verdict(account))
        for name, label in self._values.items():
            label.setText(f"{getattr(account, name):,}")
        self._fill(account.workers)
        self._pages.setCurrentIndex(1)

    def clear(self) -> None:
        self._account = None
        self._pages.setCurrentIndex(0)

    def _result(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_XL)
        layout.setSpacing(SPACE_L)
        layout.addLayout(self._headline())
        layout.addLayout(self._figures())
        self._workers = _table()
        layout.addWidget(self._workers, 1)
        return page

    def _headline(self) -> QHBoxLayout:
        self._verdict = QLabel()
        self._verdict.setObjectName("ledgerVerdict")
        self._verdict.setWordWrap(True)
        font = self._verdict.font()
        font.setPixelSize(20)
        font.setWeight(font.Weight.DemiBold)
        self._verdict.setFont(font)
        copy = QPushButton("Copy as JSON")
        copy.setObjectName("ledgerCopy")
        copy.clicked.connect(self._copy)
        row = QHBoxLayout()
        row.addWidget(self._verdict, 1)
        row.addWidget(copy, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _figures(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_XL)
        grid.setVerticalSpacing(SPACE_XS)
        self._values: dict[str, QLabel] = {}
        for column, (name, title, concept, explanation) in enumerate(_FIGURES):
            value = _big_figure(concept)
            value.setObjectName(f"ledger_{name}")
            value.setAccessibleName(title)
            caption = QLabel(title)
            for label in (value, caption):
                label.setToolTip(explanation)
            grid.addWidget(value, 0, column)
            grid.addWidget(caption, 1, column)
            self._values[name] = value
        grid.setColumnStretch(len(_FIGURES), 1)
        return grid

    def _fill(self, workers: tuple[WorkerAccount, ...]) -> None:
        self._workers.setRowCount(len(workers))
        for row, worker in enumerate(workers):
            self._workers.setItem(row, 0, QTableWidgetItem(worker.name))
            for column, (name, _) in enumerate(_COLUMNS, start=1):
                item = QTableWidgetItem(f"{getattr(worker, name):,}")
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self._workers.setItem(row, column, item)

    def _copy(self) -> None:
        if self._account is not None:
            QGuiApplication.clipboard().setText(json.dumps(asdict(self._account), indent=2))


def _verdict(account: Account) -> str:
    if not account.balanced:
        return "The sums do not agree: this ledger is not to be trusted."
    if account.lost:
        return f"{account.lost:,} of {account.published:,} tasks were lost."
    return f"All {account.published:,} tasks are accounted for, and none was lost."


def _teaching() -> QLabel:
    label = QLabel(_TEACHING)
    label.setObjectName("ledgerTeaching")
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    label.setMargin(4 * SPACE_XL)
    return label


def _big_figure(concept: Concept | None) -> QLabel:
    label = QLabel("0")
    font = label.font()
    font.setPixelSize(26)
    font.setWeight(font.Weight.DemiBold)
    label.setFont(font)
    if concept is not None:
        label.setStyleSheet(f"border-left: 4px solid {concept.value}; padding-left: {SPACE_S}px;")
    else:
        label.setStyleSheet(f"border-left: 4px solid palette(mid); padding-left: {SPACE_S}px;")
    label.setMinimumWidth(96 + SPACE_M)
    return label


def _table() -> QTableWidget:
    table = QTableWidget(0, 1 + len(_COLUMNS))
    table.setObjectName("ledgerWorkers")
    table.setAccessibleName("Deliveries by worker")
    table.setHorizontalHeaderLabels(["Worker", *(title for _, title in _COLUMNS)])
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    return table
