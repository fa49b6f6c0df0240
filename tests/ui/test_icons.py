from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from wqstudio.ui.icons import bind_icon
from wqstudio.ui.theme import DARK, LIGHT, Scheme, Theme


def ink(icon: QIcon, state: QIcon.State) -> set[str]:
    """The colours that cover a pixel wholly."""
    image = icon.pixmap(QSize(16, 16), 1.0, QIcon.Mode.Normal, state).toImage()
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


def test_a_button_that_is_pressed_in_has_its_drawing_in_the_colour_of_its_text(qtbot: QtBot, theme: Theme) -> None:
    button = QPushButton()
    qtbot.addWidget(button)
    bind_icon(button, "stop", theme, checked="on_accent")
    for scheme, tones in ((Scheme.DARK, DARK), (Scheme.LIGHT, LIGHT)):
        theme.use(scheme)
        assert ink(button.icon(), QIcon.State.On) == {QColor(tones.on_accent).name()}
        assert ink(button.icon(), QIcon.State.Off) == {QColor(tones.text).name()}
