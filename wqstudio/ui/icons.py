"""The program's own drawings, tinted in the scheme's colours and sharp at every scaling."""

from functools import lru_cache
from typing import Protocol

from PySide6.QtCore import QByteArray, QObject, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from wqstudio.resources import path, text
from wqstudio.ui.theme import Theme

_SIZES = (16, 20, 32, 40)


class HasIcon(Protocol):
    """A button or an action."""

    def setIcon(self, icon: QIcon, /) -> None: ...


def app_icon() -> QIcon:
    return QIcon(str(path("icons/app.svg")))


def pixmap(name: str, color: str, size: int, ratio: float = 1.0) -> QPixmap:
    """``size`` in device-independent pixels."""
    drawn = QPixmap.fromImage(_image(name, color, round(size * ratio)))
    drawn.setDevicePixelRatio(ratio)
    return drawn


def icon(name: str, theme: Theme, color: str = "", checked: str = "") -> QIcon:
    """The drawing in the text colour, or in ``color`` (``#RRGGBB``), and greyed where disabled.

    ``checked``: its colour on a button that is pressed in, when that is another one.
    """
    made = QIcon()
    for size in _SIZES:
        made.addPixmap(pixmap(name, color or theme.tones.text, size), QIcon.Mode.Normal)
        made.addPixmap(pixmap(name, theme.tones.line, size), QIcon.Mode.Disabled)
        if checked:
            made.addPixmap(pixmap(name, checked, size), QIcon.Mode.Normal, QIcon.State.On)
    return made


class _Tint(QObject):
    """Lives and dies with the owner, so that a theme outliving a button never calls it."""

    def __init__(self, target: HasIcon, theme: Theme, owner: QObject) -> None:
        super().__init__(owner)
        self._target, self._theme = target, theme
        self._name = self._tone = self._checked = ""
        theme.changed.connect(self._apply)

    def draw(self, name: str, tone: str, checked: str) -> None:
        wanted = name, tone, checked
        if wanted != (self._name, self._tone, self._checked):
            self._name, self._tone, self._checked = wanted
            self._apply()

    def _apply(self) -> None:
        tones = self._theme.tones
        checked = getattr(tones, self._checked) if self._checked else ""
        self._target.setIcon(icon(self._name, self._theme, getattr(tones, self._tone), checked))


def bind_icon(target: HasIcon, name: str, theme: Theme, tone: str = "text", checked: str = "") -> None:
    """Give ``target``, which is a QObject, a drawing that follows the scheme.

    ``tone``, and ``checked`` for a button that is pressed in, name fields of ``Tones``.

    Called again, it changes the drawing.
    """
    assert isinstance(target, QObject)
    tint = target.findChild(_Tint, options=Qt.FindChildOption.FindDirectChildrenOnly)
    (tint or _Tint(target, theme, target)).draw(name, tone, checked)


@lru_cache(maxsize=512)
def _image(name: str, color: str, pixels: int) -> QImage:
    """Kept, since delegates ask for it at every painting; unlike a pixmap an image may outlive the application."""
    drawing = QSvgRenderer(QByteArray(text(f"icons/{name}.svg").replace("currentColor", color).encode()))
    image = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    drawing.render(painter)
    painter.end()
    return image
