"""Everything that can be said of a producer before it starts."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLineEdit, QPushButton, QWidget

from wqstudio.domain.worker import ProducerSpec, TaskKind
from wqstudio.ui.panels.popover import Popover
from wqstudio.ui.panels.spin_boxes import decimal, whole
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_XS

_MOST_KINDS = 6


class ProducerForm(Popover):
    accepted = Signal(object)
    """``ProducerSpec``"""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("New producer", "Start", parent)
        self.setObjectName("producerForm")
        self._offered = ProducerSpec("", "", "")
        self._name = QLineEdit()
        self._route = QLineEdit(placeholderText="jobs.new.{n}")
        self._route.setToolTip("{n} becomes the number of the task, {kind} its title as one word")
        self._rate = decimal(0.0, 100_000.0, 1, " /s")
        self._rate.setSpecialValueText("as fast as confirmed")
        self._burst = whole(1, 10_000)
        self._count = whole(0, 100_000_000)
        self._count.setSpecialValueText("until stopped")
        self._count.setGroupSeparatorShown(True)
        self._mix = MixEditor()
        self.add_field("Name", self._name, "producerFormName")
        self.add_field("Publishes to", self._route, "producerFormRoute")
        self.add_field("Rate", self._rate, "producerFormRate")
        self.add_field("Sent at a time", self._burst, "producerFormBurst")
        self.add_field("How many in all", self._count, "producerFormCount")
        self.add_field("Kinds of task", self._mix, "producerFormMix")
        for line in (self._name, self._route):
            line.textChanged.connect(self._check)
        self.button.clicked.connect(self._accept)

    def offer(self, spec: ProducerSpec) -> None:
        self._offered = spec
        self._name.setText(spec.name)
        self._route.setText(spec.route)
        self._rate.setValue(spec.rate)
        self._burst.setValue(spec.burst)
        self._count.setValue(spec.count or 0)
        self._mix.show_mix(spec.mix)
        self._check()

    def spec(self) -> ProducerSpec:
        return replace(
            self._offered,
            name=self._name.text().strip(),
            route=self._route.text().strip(),
            rate=self._rate.value(),
            burst=self._burst.value(),
            count=self._count.value() or None,
            mix=self._mix.mix(),
        )

    def _check(self) -> None:
        if not self._name.text().strip():
            self.say("A producer needs a name.")
        elif not self._route.text().strip():
            self.say(f"Say where to publish, so that it reaches {self._offered.queue}.")
        elif " " in self._route.text().strip():
            self.say("There can be no space in it.")
        else:
            self.say("")

    def _accept(self) -> None:
        self.hide()
        self.accepted.emit(self.spec())


class MixEditor(QWidget):
    """Kinds of task, a line each: title, difficulty, share, whether it fails everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[_Line] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE_XS)
        for column, caption in enumerate(("Title", "Length", "Share", "Poison")):
            label = PlainLabel(caption)
            label.setProperty("kind", "muted")
            self._grid.addWidget(label, 0, column)
        self._more = QPushButton("Add a kind")
        self._more.setObjectName("addKind")
        self._more.setProperty("kind", "quiet")
        self._more.clicked.connect(lambda: self._add(TaskKind("task")))
        self._grid.addWidget(self._more, _MOST_KINDS + 1, 0)

    def show_mix(self, mix: tuple[TaskKind, ...]) -> None:
        for line in self._lines:
            line.remove_from(self._grid)
        self._lines = []
        for kind in mix[:_MOST_KINDS]:
            self._add(kind)

    def mix(self) -> tuple[TaskKind, ...]:
        """Kinds with a title and a share; a plain task where there is none."""
        kinds = [line.kind() for line in self._lines]
        return tuple(kind for kind in kinds if kind.title and kind.weight > 0) or (TaskKind("task"),)

    def _add(self, kind: TaskKind) -> None:
        self._lines.append(_Line(kind, self._grid, len(self._lines) + 1))
        self._more.setEnabled(len(self._lines) < _MOST_KINDS)
        if (window := self.window()).isVisible():
            window.adjustSize()


class _Line:
    def __init__(self, kind: TaskKind, grid: QGridLayout, row: int) -> None:
        self._kind = kind
        self._title = QLineEdit(kind.title)
        self._difficulty, self._weight = decimal(0.0, 1_000.0, 1), decimal(0.0, 1_000.0, 1)
        self._difficulty.setValue(kind.difficulty)
        self._weight.setValue(kind.weight)
        self._poison = QCheckBox()
        self._poison.setChecked(kind.poison)
        self._poison.setToolTip("Fails at every worker")
        self._widgets = (self._title, self._difficulty, self._weight, self._poison)
        for column, (widget, name) in enumerate(
            zip(self._widgets, ("title", "length", "share", "poison"), strict=True)
        ):
            widget.setObjectName(f"kind{row}{name.capitalize()}")
            widget.setAccessibleName(f"Kind {row}, {name}")
            grid.addWidget(widget, row, column)

    def kind(self) -> TaskKind:
        return replace(
            self._kind,
            title=self._title.text().strip(),
            difficulty=self._difficulty.value(),
            weight=self._weight.value(),
            poison=self._poison.isChecked(),
        )

    def remove_from(self, grid: QGridLayout) -> None:
        for widget in self._widgets:
            grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
