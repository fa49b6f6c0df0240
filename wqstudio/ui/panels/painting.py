"""Small things that delegates paint alike: chips, drawings, legible colours."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from wqstudio.ui import icons
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme

_CHIP_HEIGHT = 18


def legible(color: QColor, theme: Theme) -> QColor:
    """The concept's colour as text or a thin line: the same hue, with contrast against the scheme's ground."""
    if theme.dark:
        return color if color.lightnessF() > 0.4 else color.lighter(170)
    return color.darker(145) if color.lightnessF() > 0.4 else color


def veiled(color: QColor, opacity: float) -> QColor:
    veil = QColor(color)
    veil.setAlphaF(opacity)
    return veil


def smaller(font: QFont, pixels: int = 2) -> QFont:
    small = QFont(font)
    small.setPixelSize(max(9, font.pixelSize() - pixels))
    return small


def background(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """Hover and selection, as the style sheet has them."""
    option.widget.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, option.widget)


class Chips:
    """Rounded labels laid from right to left."""

    def __init__(self, painter: QPainter, right: int, middle: int, theme: Theme) -> None:
        self._painter, self._middle, self._theme = painter, middle, theme
        self.left = right
        """Where the next one ends."""

    def add(self, text: str, color: QColor) -> None:
        painter = self._painter
        painter.setFont(smaller(painter.font()))
        width = QFontMetrics(painter.font()).horizontalAdvance(text) + 2 * SPACE_S
        box = QRect(self.left - width, self._middle - _CHIP_HEIGHT // 2, width, _CHIP_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(veiled(color, 0.18))
        painter.drawRoundedRect(box, _CHIP_HEIGHT / 2, _CHIP_HEIGHT / 2)
        painter.setPen(legible(color, self._theme))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        self.left = box.left() - SPACE_XS


def dot(painter: QPainter, centre: QPointF, radius: float, color: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(centre, radius, radius)


def bar(painter: QPainter, box: QRectF, share: float, color: QColor, ground: QColor) -> None:
    """A progress bar with round ends; ``share`` is 0 to 1."""
    radius = box.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box, radius, radius)
    if share > 0:
        filled = QRectF(box)
        filled.setWidth(max(box.height(), box.width() * min(share, 1.0)))
        painter.setBrush(color)
        painter.drawRoundedRect(filled, radius, radius)


class Drawings:
    """The program's drawings as pixmaps, kept, since a delegate asks for the same ones over and over."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, int, float], QPixmap] = {}

    def get(self, name: str, color: QColor, size: int, ratio: float) -> QPixmap:
        key = (name, color.name(), size, ratio)
        if key not in self._kept:
            self._kept[key] = icons.pixmap(*key)
        return self._kept[key]
