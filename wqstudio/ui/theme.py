"""Colours, spacing and the palette: one concept, one colour, everywhere.

The concept colours are those of Okabe and Ito (2008), chosen to stay apart for colour-blind readers.
"""

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from wqstudio.resources import path, text


class Concept(Enum):
    """What a colour stands for; the value is the colour."""

    WAITING = "#56B4E9"
    IN_FLIGHT = "#E69F00"
    REDELIVERED = "#D55E00"
    ACKED = "#009E73"
    DEAD = "#CC79A7"
    PUBLISHED = "#0072B2"

    @property
    def color(self) -> QColor:
        return QColor(self.value)


REST_COLOR = "#AAAAAA"
"""Of the workers that are not told apart."""
LANES = (
    "#88CCEE",
    "#DDCC77",
    "#CC6677",
    "#44AA99",
    "#AA4499",
    "#999933",
    "#6699CC",
    "#EE8866",
    "#BBCC33",
)
"""Colours of workers' lanes, in the order in which workers come (after Paul Tol's qualitative schemes)."""


_GOLDEN = 0.618034
"""Hues that follow each other by this share of the circle stay apart however many there are."""


def lane_color(index: int) -> QColor:
    """Of a worker by its ``place``, wherever it is drawn, and of what else is told apart in an order.

    Beyond those that were chosen, hues go round; lightness changes each time, since near hues do come.
    """
    if index < len(LANES):
        return QColor(LANES[index])
    return QColor.fromHslF(index * _GOLDEN % 1.0, 0.5, (0.45, 0.6, 0.75)[index % 3])


SPACE_XS, SPACE_S, SPACE_M, SPACE_L, SPACE_XL = 4, 8, 12, 16, 24
RADIUS = 6
STALE_OPACITY = 0.45
"""Of what shows numbers that are not those of now."""


@dataclass(frozen=True, slots=True)
class Tones:
    """The neutral colours of one scheme, as ``#RRGGBB``."""

    window: str
    panel: str
    raised: str
    hover: str
    line: str
    text: str
    muted: str
    accent: str
    on_accent: str
    error: str
    warning: str


DARK = Tones(
    window="#14171C",
    panel="#1B1F26",
    raised="#252A33",
    hover="#2F3541",
    line="#323845",
    text="#E6E9EF",
    muted="#98A1B0",
    accent="#4C9AFF",
    on_accent="#0B1220",
    error="#FF7B72",
    warning="#E3B341",
)
LIGHT = Tones(
    window="#F3F4F7",
    panel="#FFFFFF",
    raised="#EDEFF3",
    hover="#E3E7ED",
    line="#D5D9E0",
    text="#1C2128",
    muted="#5C6675",
    accent="#0B62D6",
    on_accent="#FFFFFF",
    error="#C62828",
    warning="#8A6100",
)


class Scheme(Enum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """The scheme in force. Widgets that paint by themselves repaint on ``changed``."""

    changed = Signal()

    def __init__(self, app: QApplication, scheme: Scheme = Scheme.SYSTEM) -> None:
        super().__init__(app)
        self._app = app
        self._scheme = scheme
        app.setStyle("Fusion")
        app.setFont(_font())
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._on_system_change)
        self._apply()

    @property
    def scheme(self) -> Scheme:
        return self._scheme

    @property
    def dark(self) -> bool:
        if self._scheme is Scheme.SYSTEM:
            return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return self._scheme is Scheme.DARK

    @property
    def tones(self) -> Tones:
        return DARK if self.dark else LIGHT

    def use(self, scheme: Scheme) -> None:
        if scheme is not self._scheme:
            self._scheme = scheme
            self._apply()

    def _on_system_change(self) -> None:
        if self._scheme is Scheme.SYSTEM:
            self._apply()

    def _apply(self) -> None:
        self._app.setPalette(_palette(self.tones))
        self._app.setStyleSheet(_style_sheet(self.tones))
        self.changed.emit()


def _font() -> QFont:
    font = QFont()
    font.setFamilies(["Inter", "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans"])
    font.setPixelSize(13)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def _palette(tones: Tones) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    colors = {
        role.Window: tones.window,
        role.WindowText: tones.text,
        role.Base: tones.panel,
        role.AlternateBase: tones.raised,
        role.Text: tones.text,
        role.PlaceholderText: tones.muted,
        role.Button: tones.raised,
        role.ButtonText: tones.text,
        role.ToolTipBase: tones.raised,
        role.ToolTipText: tones.text,
        role.Highlight: tones.accent,
        role.HighlightedText: tones.on_accent,
        role.Link: tones.accent,
        role.Mid: tones.line,
        role.Dark: tones.line,
        role.Light: tones.raised,
        role.Accent: tones.accent,
    }
    for which, value in colors.items():
        palette.setColor(which, QColor(value))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(tones.muted))
    return palette


def _style_sheet(tones: Tones) -> str:
    """The sheet in ``resources/styles/studio.qss``: ``@name`` is that tone, ``@icons`` the folder of drawings."""
    sheet = text("styles/studio.qss").replace("@icons", path("icons").as_posix())
    names = sorted(Tones.__dataclass_fields__, key=len, reverse=True)
    for name in names:
        sheet = sheet.replace(f"@{name}", str(getattr(tones, name)))
    return sheet
