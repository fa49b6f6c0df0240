"""The journal: what was done to dead letters, when, and what became of each; to finish, undo and export."""

from functools import partial
from pathlib import Path

import shiboken6
from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from wqstudio.background import spawn
from wqstudio.engine.journal.journal import Entry, Journal, JournalError
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.process import Run
from wqstudio.engine.moves import journal_file
from wqstudio.ui.models.journal import JournalModel
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.journal_detail import JournalDetail
from wqstudio.ui.panels.journal_table import JournalTable
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_S, Theme
from wqstudio.ui.throttle import Throttle

_REFRESH_MS = 250
_FOLLOW_MS = 1_000
"""Between two looks at a run that goes on: what became of each of its messages is counted every time."""
_LEAST_DETAIL = 110
_EVERYTHING = 1_000_000
_FORMS = "JSON (*.json);;JSON Lines (*.jsonl);;Table (*.csv)"


class JournalPanel(QWidget):
    """Follows the desk until ``detach``; reads the journal only while it is on screen."""

    undo_wanted = Signal(str)
    """The run's id."""
    finish_wanted = Signal(object)
    """The ``Entry``."""
    give_up_wanted = Signal(object)
    """The ``Entry``."""

    def __init__(self, desk: Desk, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("journalPanel")
        self._desk, self._theme = desk, theme
        self._sought = ""
        self._wanted = self._reading = False
        """That the journal be read anew; that it is being read."""
        self.model = JournalModel(self._read, self)
        self._build()
        self._flush = Throttle(_REFRESH_MS, self._refresh, self)
        self._follow = Throttle(_FOLLOW_MS, self._show_chosen, self)
        self._unsubscribe = desk.subscribe(self._on_run)

    def detach(self) -> None:
        self._unsubscribe()
        for due in (self._flush, self._follow):
            due.stop()

    def show_run(self, run: str) -> None:
        """Select it, once it is read."""
        self._sought = run
        self._refresh()

    def read_again(self) -> None:
        """What is shown is another matter by now."""
        self.detail.outdate()
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    # Building

    def _build(self) -> None:
        self.table = JournalTable(self.model)
        self.table.selectionModel().currentRowChanged.connect(self._on_current)
        self.detail = JournalDetail(self._desk)
        self.detail.setMinimumHeight(_LEAST_DETAIL)
        self.detail.undo_wanted.connect(self.undo_wanted)
        self.detail.finish_wanted.connect(self.finish_wanted)
        self.detail.give_up_wanted.connect(self.give_up_wanted)
        self.table.give_up_wanted.connect(self.detail.give_up)
        self.table.customContextMenuRequested.connect(self._open_menu)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.table)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 1)
        split.setSizes([_LEAST_DETAIL, 2 * _LEAST_DETAIL])
        self.empty = EmptyState(self._theme)
        self._pages = QStackedWidget()
        self._pages.addWidget(split)
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, SPACE_S)
        layout.setSpacing(SPACE_S)
        layout.addLayout(self._head())
        layout.addWidget(self._pages, 1)

    def _head(self) -> QHBoxLayout:
        self._here = QButtonGroup(self)
        head = QHBoxLayout()
        head.setSpacing(0)
        for number, (text, name) in enumerate((("This broker", "journalHere"), ("All brokers", "journalAll"))):
            button = QPushButton(text)
            button.setObjectName(name)
            button.setProperty("kind", "segment")
            button.setCheckable(True)
            button.setChecked(number == 0)
            self._here.addButton(button, number)
            head.addWidget(button)
        self._here.idToggled.connect(self._on_here)
        self._message = PlainLabel()
        self._message.setObjectName("journalMessage")
        self._message.setProperty("kind", "muted")
        self._export = QPushButton("Export…")
        self._export.setObjectName("journalExport")
        self._export.setAccessibleName("Export the journal")
        self._export.clicked.connect(self._ask_for_file)
        head.addStretch(1)
        head.addWidget(self._message)
        head.addSpacing(SPACE_S)
        head.addWidget(self._export)
        return head

    # What there is

    @property
    def _broker(self) -> str:
        """Empty: all of them."""
        return self._desk.place if self._here.checkedId() == 0 else ""

    async def _read(self, first: int, count: int) -> list[Entry]:
        if not shiboken6.isValid(self):
            return []
        broker = self._broker
        try:
            return await self._desk.read(lambda journal: _page(journal, first, count, broker))
        except JournalError as error:
            if shiboken6.isValid(self):
                self._message.setText(str(error))
            return []

    def _on_run(self, run: Run) -> None:
        if run.is_over:
            self.detail.outdate()
        self.detail.allow()
        if self.isVisible():
            is_listed = self.model.follow(run.id, run.progress)
            (self._flush if run.is_over or not is_listed else self._follow).ask()

    def _refresh(self) -> None:
        """What is asked for while the journal is read is read next."""
        if not self.isVisible():
            return
        self._wanted = True
        if not self._reading:
            self._reading = True
            spawn(self._read_anew(), "the journal")

    async def _read_anew(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                await self.model.reload()
                if not shiboken6.isValid(self):
                    return
                if not self._wanted:
                    self._show_read()
        finally:
            self._reading = False

    def _show_read(self) -> None:
        for run in self._desk.runs:
            self.model.follow(run.id, run.progress)
        self._choose()
        self._show_page()

    def _choose(self) -> None:
        """What was sought; or the newest, while nothing is chosen; else what is chosen, as it is now."""
        row = self.model.row_of(self._sought) if self._sought else -1
        if row >= 0:
            self._sought = ""
        elif not self.table.currentIndex().isValid() and self.model.rowCount():
            row = 0
        if row >= 0:
            self.table.selectRow(row)
        else:
            self._show_chosen()

    def _show_chosen(self) -> None:
        self._on_current(self.table.currentIndex())

    def _show_page(self) -> None:
        if self.model.rowCount():
            self.table.fit()
            self._pages.setCurrentIndex(0)
            return
        self.empty.say(
            "clock",
            "Nothing has been done yet",
            "Each requeue, discard, undo, export and import of dead letters is kept here: when, what, how many and "
            "with which result. What is interrupted can be finished from here, and a requeue be undone for what nobody "
            "has taken yet.",
        )
        self._pages.setCurrentIndex(1)

    # What the user does

    def _on_here(self, number: int, checked: bool) -> None:
        if checked:
            self.table.show_where(shown=number != 0)
            self.model.restart()
            self._refresh()

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self.detail.show_entry(self.model.entry(current.row()))

    def _open_menu(self, at: QPoint) -> None:
        menu = self.detail.menu(self)
        if menu.isEmpty():
            menu.deleteLater()
        else:
            menu.popup(self.table.viewport().mapToGlobal(at))

    def _ask_for_file(self) -> None:
        asking = QFileDialog(self, "Export the journal", "journal.json", _FORMS)
        asking.setObjectName("journalExportFile")
        asking.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        asking.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asking.filterSelected.connect(partial(_end_name, asking))
        asking.setDefaultSuffix("json")
        asking.fileSelected.connect(lambda file: spawn(self.export(Path(file)), "export of the journal"))
        asking.open()

    async def export(self, file: Path) -> None:
        """All that the table would show, in the form that the name of the file ends with."""
        if not shiboken6.isValid(self):
            return
        broker = self._broker
        try:
            count = await self._desk.read(lambda journal: _write(journal, broker, file))
            said = f"Wrote {count:,} runs to {file.name}"
        except JournalError as error:
            said = str(error)
        except OSError as error:
            said = f"Could not write {file.name}: {error.strerror}"
        if shiboken6.isValid(self):
            self._message.setText(said)


def _page(journal: Journal, first: int, count: int, broker: str) -> list[Entry]:
    return [journal.as_it_is(entry) for entry in journal.page(first, count, broker)]


def _write(journal: Journal, broker: str, file: Path) -> int:
    entries = _page(journal, 0, _EVERYTHING, broker)
    journal_file.write(entries, file)
    return len(entries)


def _end_name(asking: QFileDialog, chosen: str) -> None:
    asking.setDefaultSuffix(chosen.partition("(*.")[2].rstrip(")"))
