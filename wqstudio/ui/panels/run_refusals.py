"""How many messages of a run were refused, and why."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from wqstudio.domain.redrive import Refusal
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XS


class RefusedButton(QToolButton):
    """How many were refused; a click lists why. Hidden while there are none."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("runRefused")
        self.setProperty("kind", "refused")
        self._refusals: Sequence[Refusal] = ()
        self.clicked.connect(self._list)
        self.hide()

    def show_refusals(self, text: str, refusals: Sequence[Refusal]) -> None:
        self._refusals = refusals
        self.setText(text)
        self.setAccessibleName(f"{text}: list the reasons")
        self.setVisible(bool(text))

    def _list(self) -> None:
        popup = Reasons(self, self._refusals)
        popup.adjustSize()
        popup.move(self.mapToGlobal(QPoint(0, -popup.height() - SPACE_XS)))
        popup.show()


class Reasons(QFrame):
    def __init__(self, parent: QWidget, refusals: Sequence[Refusal]) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("runReasons")
        self.setProperty("kind", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(420)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_M)
        layout.setSpacing(SPACE_S)
        for refusal in refusals:
            label = PlainLabel(f"{refusal.count:,}: {refusal.reason}", wordWrap=True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            layout.addWidget(label)
