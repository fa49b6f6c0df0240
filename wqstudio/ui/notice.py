"""What went wrong, said above the panels until the person has read it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from wqstudio.ui.icons import bind_icon
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_M, SPACE_XS, Theme


class Notice(QWidget):
    """Hidden while there is nothing to say."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._text = PlainLabel()
        self._text.setObjectName("trouble")
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton()
        close.setObjectName("closeTrouble")
        close.setAccessibleName("Close this message")
        close.setProperty("kind", "quiet")
        bind_icon(close, "close", theme)
        close.clicked.connect(self.hide)
        frame = QFrame()
        frame.setProperty("kind", "notice")
        layout = QHBoxLayout(frame)
        layout.setContentsMargins(SPACE_M, SPACE_XS, SPACE_XS, SPACE_XS)
        layout.addWidget(self._text, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        QVBoxLayout(self).addWidget(frame)
        self.hide()

    def say(self, text: str) -> None:
        self._text.setText(text)
        self.setVisible(bool(text))
