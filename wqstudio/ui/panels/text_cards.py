"""Cards of short texts, one below the other: each with a heading, and a mark before every line."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S


def card(title: str, lines: Iterable[QWidget]) -> QFrame:
    """``title`` empty: none."""
    frame = QFrame()
    frame.setProperty("kind", "card")
    box = QVBoxLayout(frame)
    box.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_M)
    box.setSpacing(SPACE_S)
    if title:
        heading = PlainLabel(title)
        heading.setProperty("kind", "section")
        box.addWidget(heading)
    for line in lines:
        box.addWidget(line)
    return frame


def marked_line(mark: str, text: str, below: str = "", color: QColor | None = None) -> QWidget:
    """``below``: in small under the text; ``color``: of the mark, where it is not a quiet one."""
    line = QWidget()
    sign = PlainLabel(mark)
    sign.setFixedWidth(SPACE_L)
    if color is None:
        sign.setProperty("kind", "muted")
    else:
        palette = sign.palette()
        palette.setColor(QPalette.ColorRole.WindowText, color)
        sign.setPalette(palette)
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE_S)
    row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    words = QVBoxLayout()
    words.setSpacing(0)
    words.addWidget(PlainLabel(text, wordWrap=True))
    if below:
        words.addWidget(muted(below))
    row.addLayout(words, 1)
    return line


def muted(text: str) -> PlainLabel:
    label = PlainLabel(text, wordWrap=True)
    label.setProperty("kind", "muted")
    return label
