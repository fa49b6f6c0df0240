"""Text from outside, shown letter by letter: Qt takes what looks like HTML for HTML, and a queue may be called so."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as Text
from PySide6.QtWidgets import QLabel, QWidget


class PlainLabel(QLabel):
    """What the window uses instead of Qt's own."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, wordWrap: bool = False) -> None:  # noqa: N803  Qt's name
        super().__init__(parent, wordWrap=wordWrap)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


def plain_tip(text: str) -> str:
    """For a tool tip, which has no format to choose: as it is, or escaped where Qt would guess HTML."""
    return f'<span style="white-space: pre-wrap">{escape(text)}</span>' if Text.mightBeRichText(text) else text
