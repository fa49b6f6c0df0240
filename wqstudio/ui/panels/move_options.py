"""How a move is to be carried out: how many, how many at a time, how fast, and what a refusal means."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from wqstudio.domain.redrive import OnRefusal, Plan
from wqstudio.engine.moves.moving import BATCH
from wqstudio.ui.panels.spin_boxes import decimal, whole
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_XS

MOST_RATE = 1_000_000.0
"""Letters a second."""
NO_RATE = "as fast as it goes"


class MoveOptions(QWidget):
    changed = Signal()
    """What would be done is another: how many."""
    adjusted = Signal()
    """Only the way it is done."""

    def __init__(self) -> None:
        super().__init__()
        self._limit = whole(0, 1_000_000_000)
        self._limit.setSpecialValueText("all of them")
        self._limit.setGroupSeparatorShown(True)
        self._batch = whole(0, BATCH)
        self._batch.setSpecialValueText("as is fastest")
        self._batch.setGroupSeparatorShown(True)
        self._rate = decimal(0.0, MOST_RATE, 1, " /s")
        self._rate.setSpecialValueText(NO_RATE)
        self._rate.setGroupSeparatorShown(True)
        self._refusal = QComboBox()
        self._refusal.addItem("go on", OnRefusal.GO_ON)
        self._refusal.addItem("stop", OnRefusal.STOP)
        self._fields: dict[QWidget, QWidget] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_L)
        for caption, field, name in (
            ("How many, at most", self._limit, "moveLimit"),
            ("How many at a time", self._batch, "moveBatch"),
            ("How fast", self._rate, "moveRate"),
            ("When one is refused", self._refusal, "moveRefusal"),
        ):
            self._fields[field] = _captioned(caption, field, name)
            layout.addWidget(self._fields[field], 1)
        self._limit.valueChanged.connect(self.changed)
        for box in (self._batch, self._rate):
            box.valueChanged.connect(self.adjusted)
        self._refusal.currentIndexChanged.connect(self.adjusted)

    def show_what_counts(self, *, several: bool, copies: bool) -> None:
        """Nobody refuses to have a message removed; a single one needs neither limit nor rate."""
        self._fields[self._refusal].setVisible(copies)
        self.setVisible(several)

    def apply(self, plan: Plan) -> Plan:
        return replace(
            plan,
            limit=self._limit.value() or None,
            batch=self._batch.value() or None,
            rate=self._rate.value(),
            on_refusal=self._refusal.currentData(),
        )


def _captioned(caption: str, field: QWidget, name: str) -> QWidget:
    label = PlainLabel(caption)
    label.setProperty("kind", "muted")
    label.setBuddy(field)
    field.setObjectName(name)
    field.setAccessibleName(caption)
    whole = QWidget()
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE_XS)
    layout.addWidget(label)
    layout.addWidget(field)
    return whole
