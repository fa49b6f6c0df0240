"""What the broker does not tell, and the way to mend it, said once above the panels for as long as it is so."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.ui.models.gaps import Gap
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS


class GapStrip(QWidget):
    """Hidden while nothing is missing."""

    settings_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._text = PlainLabel(wordWrap=True)
        self._text.setObjectName("gap")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._mend = QPushButton("Connection …")
        self._mend.setObjectName("gapSettings")
        self._mend.setAccessibleName("Change how this connection is made")
        self._mend.clicked.connect(self.settings_wanted)
        frame = QFrame()
        frame.setProperty("kind", "gap")
        layout = QHBoxLayout(frame)
        layout.setContentsMargins(SPACE_M, SPACE_XS, SPACE_XS, SPACE_XS)
        layout.setSpacing(SPACE_M)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._mend)
        around = QVBoxLayout(self)
        around.setContentsMargins(SPACE_S, SPACE_XS, SPACE_S, 0)
        around.addWidget(frame)
        self.hide()

    def show_gap(self, gap: Gap | None, *, mendable: bool = False) -> None:
        """``mendable``: the connection is the user's to change."""
        text = gap.text if gap is not None else ""
        if text != self._text.text():
            self._text.setText(text)
        self._mend.setVisible(mendable)
        self.setVisible(bool(text))
