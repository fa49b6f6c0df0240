"""What is in sight of a timeline as a picture to hand on: without the window's buttons, with a title and the time."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPixmap

from wqstudio.ui.theme import SPACE_L, SPACE_S, Tones

_TITLE = 24
"""Pixels that its line is high."""


def timeline_picture(title: str, when: str, parts: Sequence[QPixmap], tones: Tones) -> QPixmap:
    """``parts`` one under the other, with a margin, below a line with title and time."""
    ratio = parts[0].devicePixelRatio()
    sizes = [part.deviceIndependentSize() for part in parts]
    width = max(size.width() for size in sizes) + 2 * SPACE_L
    height = 2 * SPACE_L + _TITLE + sum(size.height() + SPACE_S for size in sizes)
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(tones.window))
    painter = QPainter(picture)
    _say(painter, QRectF(SPACE_L, SPACE_L, width - 2 * SPACE_L, _TITLE), (title, when), tones)
    top = float(SPACE_L + _TITLE + SPACE_S)
    for part, size in zip(parts, sizes, strict=True):
        painter.drawPixmap(SPACE_L, round(top), part)
        top += size.height() + SPACE_S
    painter.end()
    return picture


def stretch(start: float, end: float) -> str:
    """From when to when, in the person's own time; unix seconds."""
    first, last = (datetime.fromtimestamp(each).astimezone() for each in (start, end))
    until = f"{last:%H:%M:%S}" if first.date() == last.date() else f"{last:%Y-%m-%d %H:%M:%S}"
    return f"{first:%Y-%m-%d %H:%M:%S} to {until}"


def _say(painter: QPainter, box: QRectF, words: tuple[str, str], tones: Tones) -> None:
    font = QFont(painter.font())
    middle = Qt.AlignmentFlag.AlignVCenter
    font.setPixelSize(16)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(QColor(tones.text))
    painter.drawText(box, middle | Qt.AlignmentFlag.AlignLeft, words[0])
    font.setPixelSize(13)
    font.setBold(False)
    painter.setFont(font)
    painter.setPen(QColor(tones.muted))
    painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, words[1])
