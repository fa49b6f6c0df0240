"""Which dead letters are looked at, and what can be done with all of them."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from wqstudio.domain.reading import Reading, Unknown
from wqstudio.ui import format as figures
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models.graves import Grave, Place
from wqstudio.ui.names import visible
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.panels.marks_menu import MARK
from wqstudio.ui.panels.quiet_button import quiet_button
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme

_MOST_CHOICES = 30
"""Queues that the menu lists; any other is found by its name."""
_LONGEST = 32


class LettersHead(QWidget):
    grave_wanted = Signal(object)
    """``Grave``"""
    other_wanted = Signal()
    """One that is not listed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lettersHead")
        self._theme = theme
        self._places: Sequence[Place] = ()
        self.likely: Callable[[], Sequence[Place]] = tuple
        """Queues that may keep dead letters, by their names; asked for when somebody wants to choose."""
        self._grave: Grave | None = None
        self._named = ""
        self._chooser = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self._chooser.setObjectName("lettersQueue")
        self._chooser.setProperty("kind", "chooser")
        self._chooser.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._chooser.setMenu(self._menu())
        self._note = ElidedLabel()
        self._note.setObjectName("lettersNote")
        self._note.setProperty("kind", "muted")
        self.mark = QPushButton(MARK)
        self.mark.setObjectName("lettersMark")
        self.mark.setToolTip("List it here and count what comes to it, from now on")
        self.mark.hide()
        self.order = quiet_button("lettersOrder", "Newest first", "order", theme, lambda: None)
        self.order.setCheckable(True)
        bind_icon(self.order, "order", theme, "muted", checked="on_accent")
        self.refresh = quiet_button("lettersRefresh", "Count and read anew", "refresh", theme, lambda: None)
        self.export = quiet_button("lettersExport", "Export to a file (JSON Lines) …", "save", theme, lambda: None)
        self.bring = quiet_button(
            "lettersImport", "Publish again what was exported to a file …", "open", theme, lambda: None
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(self._chooser)
        layout.addSpacing(SPACE_S)
        layout.addWidget(self._note, 1)
        layout.addWidget(self.mark)
        for button in (self.order, self.refresh, self.export, self.bring):
            layout.addWidget(button)
        self.show_places(())

    @property
    def chooser(self) -> QToolButton:
        return self._chooser

    def show_places(self, places: Sequence[Place]) -> None:
        self._places = places
        self._name()

    def show_grave(self, grave: Grave | None) -> None:
        self._grave = grave
        self._name()

    def say(self, note: str) -> None:
        self._note.setText(note)
        self._note.setToolTip(plain_tip(note))

    def allow(self, *, looking: bool, over: bool, mirrored: bool) -> None:
        """``over``: there was a look, which can begin anew; ``mirrored``: the line can be read from its end."""
        self.export.setEnabled(looking)
        self.refresh.setEnabled(looking or over)
        self.order.setEnabled(looking and mirrored)

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("lettersQueues")
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: self._fill(menu))
        return menu

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        for place in self._places[:_MOST_CHOICES]:
            action = menu.addAction(f"{_literal(_shown(place.grave))}\t{figures.count(place.letters)}")
            bind_icon(action, "dead", self._theme)
            action.setEnabled(place.grave != self._grave)
            action.triggered.connect(partial(self.grave_wanted.emit, place.grave))
        if self._places:
            menu.addSeparator()
        for place in self.likely()[:_MOST_CHOICES]:
            name, letters = _literal(_shown(place.grave)), figures.count(place.letters)
            action = menu.addAction(f"{name} may keep dead letters\t{letters}")
            action.setToolTip("Its name says so, and nothing else does")
            bind_icon(action, "queue", self._theme)
            action.triggered.connect(partial(self.grave_wanted.emit, place.grave))
        other = menu.addAction("Look into another queue …")
        bind_icon(other, "search", self._theme)
        other.triggered.connect(self.other_wanted)

    def _name(self) -> None:
        grave = self._grave
        counts: dict[Grave, Reading[int]] = dict(self._places)
        there = counts.get(grave) if grave is not None else None
        text = "Choose a queue" if grave is None else _shown(grave)
        if there is not None and not isinstance(there, Unknown):
            text += f"   {figures.count(there)}"
        if text == self._named:
            return
        self._named = text
        bind_icon(self._chooser, "dead" if there is not None else "queue", self._theme)
        self._chooser.setText(f" {_literal(text)}")
        self._chooser.setAccessibleName(f"Queue that is looked into: {text}")
        self._chooser.setToolTip(plain_tip(_explained(grave)))


def _shown(grave: Grave) -> str:
    name = visible(grave.queue)
    name = name if len(name) <= _LONGEST else f"{name[: _LONGEST // 2]}…{name[-_LONGEST // 2 :]}"
    return f"exhausted in place: {name}" if grave.exhausted else name


def _literal(text: str) -> str:
    """Qt takes a single ampersand for the mark of a key."""
    return text.replace("&", "&&")


def _explained(grave: Grave | None) -> str:
    if grave is None:
        return "Which dead letters to look at"
    if grave.exhausted:
        return f"Messages of {grave.queue} that were delivered as often as they may be, and are still stored there"
    return f"What lies in {grave.queue}"
