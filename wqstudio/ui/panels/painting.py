"""Small things that delegates paint alike: chips, drawings, legible colours."""

from functools import cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from wqstudio.ui import icons
from wqstudio.ui.theme import SPACE_XS, Theme

_CHIP_HEIGHT, _CHIP_PADDING = 18, 5
_ON_SOLID = QColor("#0B1220")
"""On any of the concepts' colours."""


_CONTRAST = 4.5
"""What WCAG 2.1 asks for between text and its ground."""


def legible(color: QColor, theme: Theme) -> QColor:
    """The concept's colour as text or a thin line: moved towards the text until it stands out from the ground."""
    return QColor(_legible(color.rgb(), theme.tones.panel, theme.tones.text))


@cache
def _legible(rgb: int, ground: str, text: str) -> QColor:
    color, against = QColor(rgb), QColor(text)
    shares = (share / 20 for share in range(20))
    mixed = (_mixed(color, against, share) for share in shares)
    return next((each for each in mixed if _contrast(each, QColor(ground)) >= _CONTRAST), against)


def _mixed(color: QColor, other: QColor, share: float) -> QColor:
    def part(one: float, two: float) -> float:
        return one + (two - one) * share

    return QColor.fromRgbF(
        part(color.redF(), other.redF()), part(color.greenF(), other.greenF()), part(color.blueF(), other.blueF())
    )


def _contrast(one: QColor, other: QColor) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: QColor) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (color.redF(), color.greenF(), color.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


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
        painter.setFont(smaller(painter.font()))
        self.left = right
        """Where the next one ends."""

    @staticmethod
    def room(text: str, font: QFont) -> int:
        """What a label with ``text`` takes, with the gap beside it, where ``font`` is that of the row."""
        return QFontMetrics(smaller(font)).horizontalAdvance(text) + 2 * _CHIP_PADDING + SPACE_XS

    def add(self, text: str, color: QColor, *, solid: bool = False) -> None:
        """``solid``: to stand out on a ground of the same colour."""
        painter = self._painter
        width = QFontMetrics(painter.font()).horizontalAdvance(text) + 2 * _CHIP_PADDING
        box = QRect(self.left - width, self._middle - _CHIP_HEIGHT // 2, width, _CHIP_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color if solid else veiled(color, 0.18))
        painter.drawRoundedRect(box, _CHIP_HEIGHT / 2, _CHIP_HEIGHT / 2)
        painter.setPen(_ON_SOLID if solid else legible(color, self._theme))
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
