"""One setting of a comparison as a card: what it is called, and what it changes."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario, Setting
from wqstudio.scenarios.varying import varied
from wqstudio.ui.models import setting_words as words
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.panels.quiet_button import quiet_button
from wqstudio.ui.panels.setting_picture import SettingPicture
from wqstudio.ui.panels.text_cards import muted
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme

T = TypeVar("T")

_HELD = (None, 1, 10, 50, 0)
_COUNTS = (None, 1, 2, 3, 4, 8, 16)
_PREFETCH_TIP = (
    "How many messages a worker may be given before it has acknowledged the first. One is fair: whoever is free takes "
    "the next. Without a limit, RabbitMQ hands everything out at once, in turn."
)


class SettingCard(QFrame):
    changed = Signal()
    """Another setting, or whether it can be read."""
    remove_wanted = Signal()

    def __init__(
        self, setting: Setting, scenario: Scenario, here: Product, offered: tuple[Product, ...], theme: Theme
    ) -> None:
        """``here``: where it is played unless it says otherwise; ``offered``: brokers to choose from."""
        super().__init__()
        self._setting, self._scenario, self._here = setting, scenario, here
        self.setProperty("kind", "card")
        self._title = ElidedLabel()
        self._title.setProperty("kind", "runTitle")
        self._remove = quiet_button("settingRemove", "Leave this setting out", "close", theme, self.remove_wanted.emit)
        self._held, self._count = _numbers(_HELD), _numbers(_COUNTS)
        self._speeds = QLineEdit()
        self._broker = QComboBox()
        for product in offered:
            self._broker.addItem(product.title, product)
        self._held_label, self._picture = PlainLabel(), SettingPicture(theme)
        self._wrong: dict[QWidget, PlainLabel] = {
            field: _problem() for field in (self._held, self._count, self._speeds)
        }
        """Below each field what is wrong with it, where something is."""
        self._lay_out()
        self._show()
        self._connect()

    @property
    def setting(self) -> Setting:
        """What could be read last of all fields."""
        return self._setting

    def read(self) -> None:
        """What is in the fields now; beside what cannot be read it is said why."""
        self._edit()

    @property
    def readable(self) -> bool:
        return not any(label.text() for label in self._wrong.values())

    def heightForWidth(self, width: int) -> int:
        """Also where none of its texts is wrapped."""
        layout = self.layout()
        assert layout is not None
        return layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.totalSizeHint().height()

    def call(self, number: int, *, removable: bool) -> None:
        """Its place among the others, for tests and screen readers."""
        self.setObjectName(f"setting {number}")
        self.setAccessibleName(f"Setting {number}: {words.title(self._setting)}")
        self._remove.setEnabled(removable)
        named: tuple[tuple[QWidget, str], ...] = (
            (self._held, self._held_label.text()),
            (self._count, "Workers"),
            (self._speeds, "Speeds"),
            (self._broker, "Broker"),
        )
        for field, name in named:
            field.setObjectName(f"setting {number} {name.casefold()}")
            field.setAccessibleName(f"{name} of setting {number}")

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_XS)
        head.addWidget(self._title, 1)
        head.addWidget(self._remove)
        form = QGridLayout()
        form.setHorizontalSpacing(SPACE_S)
        form.setVerticalSpacing(SPACE_XS)
        form.setColumnStretch(1, 1)
        rows: tuple[tuple[PlainLabel, QWidget, str], ...] = (
            (self._held_label, self._held, _PREFETCH_TIP),
            (PlainLabel("Workers"), self._count, "How many; more are like the last one the scenario has."),
            (PlainLabel("Speeds"), self._speeds, "Of the workers, one after the other, such as 1, 1, 0.2."),
            (PlainLabel("Broker"), self._broker, "Another one is started on this computer, and stopped afterwards."),
        )
        for row, (label, field, tip) in enumerate(rows):
            label.setProperty("kind", "muted")
            field.setToolTip(plain_tip(tip))
            field.setMinimumWidth(60)
            field.setProperty("kind", "flat")
            form.addWidget(label, 2 * row, 0)
            form.addWidget(field, 2 * row, 1)
            if field in self._wrong:
                form.addWidget(self._wrong[field], 2 * row + 1, 0, 1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_M, SPACE_S, SPACE_S, SPACE_M)
        column.setSpacing(SPACE_S)
        column.addLayout(head)
        column.addWidget(self._picture)
        column.addLayout(form)
        self._others = muted("")
        column.addWidget(self._others)
        column.addStretch(1)

    def _connect(self) -> None:
        for box in (self._held, self._count):
            box.activated.connect(self._edit)
            line = box.lineEdit()
            assert line is not None
            line.editingFinished.connect(self._edit)
        self._speeds.editingFinished.connect(self._edit)
        self._broker.activated.connect(self._edit)

    def _show(self) -> None:
        setting = self._setting
        self._title.setText(words.title(setting, self._here))
        self._title.setToolTip(plain_tip(self._title.text()))
        self._picture.show_workers(varied(self._scenario, setting).workers)
        self._held_label.setText(words.holding(setting.product or self._here))
        if not self._wrong[self._held].text():
            self._held.setCurrentText(words.number_text(setting.prefetch))
        if not self._wrong[self._count].text():
            self._count.setCurrentText(words.number_text(setting.count))
        if not self._wrong[self._speeds].text():
            self._speeds.setText(words.speeds_text(setting.speeds))
        written = words.speeds_text([worker.speed for worker in self._scenario.workers[:4]])
        self._speeds.setPlaceholderText(f"{words.AS_IT_IS}: {written}")
        self._broker.setCurrentIndex(max(0, self._broker.findData(setting.product or self._here)))
        said = words.others(setting)
        self._others.setText(f"Besides: {said}" if said else "")
        self._others.setVisible(bool(said))

    def _edit(self) -> None:
        """A field that cannot be read stays as it was typed, with what is wrong; nothing is played meanwhile."""
        before, setting = self.readable, self._setting
        product = self._broker.currentData(Qt.ItemDataRole.UserRole)
        edited = replace(
            setting,
            prefetch=self._read(self._held, words.read_held, words.number_text(setting.prefetch), setting.prefetch),
            count=self._read(self._count, words.read_count, words.number_text(setting.count), setting.count),
            speeds=self._read(self._speeds, words.read_speeds, words.speeds_text(setting.speeds), setting.speeds),
            product=setting.product if product == (setting.product or self._here) else product,
        )
        if edited != setting:
            self._setting = replace(edited, title="")
        self._show()
        if edited != setting or self.readable != before:
            self.changed.emit()
        self.updateGeometry()

    def _read(self, field: QLineEdit | QComboBox, read: Callable[[str], T], shown: str, kept: T) -> T:
        """``shown`` is what stands for ``kept``, which counts as it is: a scenario may hold more than one can type."""
        text = field.text() if isinstance(field, QLineEdit) else field.currentText()
        said, value = "", kept
        try:
            value = kept if text == shown else read(text)
        except ValueError as error:
            said = str(error)
        self._wrong[field].setText(said)
        self._wrong[field].setVisible(bool(said))
        field.setAccessibleDescription(said)
        return value


def _problem() -> PlainLabel:
    label = PlainLabel(wordWrap=True)
    label.setProperty("kind", "error")
    label.hide()
    return label


def _numbers(values: tuple[int | None, ...]) -> QComboBox:
    """Some to choose from; another may be typed."""
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    for value in values:
        box.addItem(words.number_text(value), value)
    return box
