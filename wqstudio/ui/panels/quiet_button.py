"""A button that is a drawing alone and says in words what it does."""

from collections.abc import Callable

from PySide6.QtWidgets import QToolButton

from wqstudio.ui.icons import bind_icon
from wqstudio.ui.theme import Theme


def quiet_button(
    name: str, title: str, icon: str, theme: Theme, action: Callable[[], object] | None = None
) -> QToolButton:
    """``action`` None: it gets a menu."""
    button = QToolButton()
    button.setObjectName(name)
    button.setToolTip(title)
    button.setAccessibleName(title)
    button.setProperty("kind", "quiet")
    button.setProperty("tight", True)
    bind_icon(button, icon, theme, "muted")
    if action is None:
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    else:
        button.clicked.connect(lambda _checked: action())
    return button
