"""What a panel says while it has nothing to show: what would be here, and how it gets here."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from wqstudio.ui import icons
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XL, Theme

_ICON = 32
SAID_ABOVE = "Why, and what helps, is said above."
"""For what the window's strip tells already."""


class EmptyState(QWidget):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self._theme, self._icon = theme, ""
        self._picture, self._title, self._text = (_centred() for _ in range(3))
        self._picture.hide()
        self._title.setProperty("kind", "heading")
        self._text.setProperty("kind", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_XL)
        layout.setSpacing(SPACE_S)
        layout.addStretch(2)
        layout.addWidget(self._picture)
        layout.addSpacing(SPACE_M - SPACE_S)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addStretch(3)
        theme.changed.connect(self._draw)

    @property
    def said(self) -> str:
        return f"{self._title.text()}\n{self._text.text()}"

    def offer(self, action: str, name: str) -> QPushButton:
        """A button below the text, hidden until somebody shows it; ``name`` is its object's."""
        button = QPushButton(action)
        button.setObjectName(name)
        button.setAccessibleName(action)
        button.hide()
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(layout.count() - 1, button, 0, Qt.AlignmentFlag.AlignHCenter)
        return button

    def say(self, icon: str, title: str, text: str) -> None:
        self._title.setText(title)
        self._text.setText(text)
        if icon != self._icon:
            self._icon = icon
            self._draw()
            self._picture.setVisible(bool(icon))

    def _draw(self) -> None:
        if self._icon:
            self._picture.setPixmap(icons.pixmap(self._icon, self._theme.tones.muted, _ICON, self.devicePixelRatioF()))


def _centred() -> PlainLabel:
    label = PlainLabel()
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    label.setWordWrap(True)
    return label
