"""Everything the window can be asked to do, in one list: for keys, for the palette and for the key list."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from wqstudio.ui.icons import bind_icon
from wqstudio.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class ActionSpec:
    name: str
    """The object name."""
    text: str
    icon: str
    run: Callable[[], object]
    """Its answer is not needed."""
    keys: str = ""
    group: str = "Window"
    needs_studio: bool = False
    """Greyed while no connection is open."""
    changes: bool = False
    """Greyed on a connection that is read-only."""
    checkable: bool = False
    short: str = ""
    """What a button says, where the text is too long for one."""


class WindowActions:
    """The actions of a window, by name."""

    def __init__(self, window: QWidget, theme: Theme, specs: tuple[ActionSpec, ...]) -> None:
        self.specs = specs
        self._actions: dict[str, QAction] = {}
        for spec in specs:
            self._actions[spec.name] = _made(window, theme, spec)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def allow(self, *, studio_open: bool, writable: bool = False) -> None:
        for spec in self.specs:
            if spec.needs_studio:
                self._actions[spec.name].setEnabled(studio_open and (writable or not spec.changes))

    def possible(self) -> list[ActionSpec]:
        """Those that can be asked for now."""
        return [spec for spec in self.specs if self._actions[spec.name].isEnabled()]


def _made(window: QWidget, theme: Theme, spec: ActionSpec) -> QAction:
    action = QAction(spec.text, window)
    action.setObjectName(spec.name)
    action.setIconText(spec.short or spec.text)
    action.setCheckable(spec.checkable)
    if spec.keys:
        action.setShortcuts(pressed(spec.keys))
        action.setToolTip(f"{spec.text} ({shown_keys(spec.keys)})")
    bind_icon(action, spec.icon, theme)
    action.triggered.connect(lambda _checked=False, run=spec.run: run())
    window.addAction(action)
    return action


def shown_keys(keys: str) -> str:
    """As this platform writes them."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def pressed(keys: str) -> list[QKeySequence]:
    """With either Enter: to Qt the keypad's is a key of its own, which it calls so, and the other one Return."""
    return [QKeySequence(each) for each in dict.fromkeys((keys, keys.replace("Return", "Enter")))]
