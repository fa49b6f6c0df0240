"""Asks under which name, and where, what the studio is doing is saved as a scenario."""

import re
from collections.abc import Sequence
from pathlib import Path
from unicodedata import combining, normalize

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.scenario import Fault
from wqstudio.ui.models import scenario_words as words
from wqstudio.ui.panels.text_cards import muted
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.sheet import Sheet
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XL

_WIDTH = 560
_MOST_TOLD = 4
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


class SaveScenarioSheet(Sheet):
    wanted = Signal(str, object, bool)
    """The title, the file to write, and whether with what was done meanwhile."""

    def __init__(self, window: QWidget, folder: Path, faults: Sequence[Fault]) -> None:
        """``faults``: what was done by hand since those who are at work began."""
        super().__init__(window, "saveScenario", _WIDTH)
        self.setWindowTitle("Save as a scenario")
        self._folder = folder
        self._title, self._file = QLineEdit(), QLineEdit()
        self._title.setPlaceholderText("What it shows, in a few words")
        self._with_faults = QCheckBox(_told(faults))
        self._with_faults.setObjectName("saveScenarioFaults")
        self._with_faults.setAccessibleName(self._with_faults.text())
        self._with_faults.setChecked(bool(faults))
        self._with_faults.setVisible(bool(faults))
        self._message = PlainLabel(wordWrap=True)
        self._message.setObjectName("saveScenarioMessage")
        self._message.setProperty("kind", "error")
        self._message.hide()
        self._lay_out()
        self._title.textEdited.connect(self._name_file)
        self._file.textChanged.connect(self._allow)
        self._name_file("")

    def refuse(self, why: str) -> None:
        """It could not be written."""
        self._message.setText(why)
        self._message.setVisible(bool(why))
        self.place()

    def _lay_out(self) -> None:
        heading = PlainLabel("Save what I am doing as a scenario")
        heading.setProperty("kind", "heading")
        form = QFormLayout()
        form.setHorizontalSpacing(SPACE_M)
        form.setVerticalSpacing(SPACE_S)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(_caption("Title", self._title, "saveScenarioTitle"), self._title)
        form.addRow(_caption("File", self._file, "saveScenarioFile"), self._place())
        layout = QVBoxLayout(self.card)
        layout.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_L)
        layout.setSpacing(SPACE_M)
        layout.addWidget(heading)
        layout.addWidget(
            muted(
                "Takes the queues that the studio made, and the workers and producers that are at work, into a file. "
                "In this folder it stands in the gallery, under Yours."
            )
        )
        layout.addLayout(form)
        layout.addWidget(self._with_faults)
        layout.addWidget(self._message)
        layout.addLayout(self._buttons())

    def _place(self) -> QHBoxLayout:
        elsewhere = QPushButton("…")
        elsewhere.setObjectName("saveScenarioElsewhere")
        elsewhere.setAccessibleName("Choose another place")
        elsewhere.setAutoDefault(False)
        elsewhere.clicked.connect(self._ask_where)
        row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        row.addWidget(self._file, 1)
        row.addWidget(elsewhere)
        return row

    def _buttons(self) -> QHBoxLayout:
        cancel, self._save = QPushButton("Cancel"), QPushButton("Save")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self._save.setObjectName("saveScenarioGo")
        self._save.setProperty("kind", "primary")
        self._save.setDefault(True)
        self._save.clicked.connect(self._on_save)
        row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self._save)
        return row

    def _name_file(self, title: str) -> None:
        """After the title, until a person names it otherwise."""
        self._file.setText(str(self._folder / f"{file_name(title) or 'my-scenario'}.toml"))

    def _allow(self) -> None:
        self._save.setEnabled(bool(self._file.text().strip()))

    def _ask_where(self) -> None:
        asking = QFileDialog(self, "Save the scenario", self._file.text(), "Scenarios (*.toml)")
        asking.setObjectName("saveScenarioPlace")
        asking.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        asking.setDefaultSuffix("toml")
        asking.setOption(QFileDialog.Option.DontConfirmOverwrite)  # nothing is overwritten
        asking.fileSelected.connect(self._file.setText)
        asking.finished.connect(asking.deleteLater)
        asking.open()

    def _on_save(self) -> None:
        file = Path(self._file.text().strip()).expanduser()
        title = self._title.text().strip() or file.stem
        self.wanted.emit(title, file, self._with_faults.isChecked())


def file_name(title: str) -> str:
    """As scenarios are named: small letters, digits and hyphens; an é is an e."""
    plain = "".join(each for each in normalize("NFKD", title.casefold()) if not combining(each))
    return _NOT_IN_NAMES.sub("-", plain).strip("-")


def _caption(text: str, field: QLineEdit, name: str) -> PlainLabel:
    field.setObjectName(name)
    field.setAccessibleName(text)
    label = PlainLabel(text)
    label.setProperty("kind", "muted")
    label.setBuddy(field)
    return label


def _told(faults: Sequence[Fault]) -> str:
    """What was done, in a line or two."""
    told = [words.fault(fault).lower() for fault in faults[:_MOST_TOLD]]
    more = len(faults) - len(told)
    rest = f" and {more} more" if more else ""
    return f"With what was done since they began:\n{', '.join(told)}{rest}"
