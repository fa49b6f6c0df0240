"""Fields of the connect dialog: a caption, the control, and beside it what is wrong with it."""

from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from wqstudio.ui.connect_hosts import HostField
from wqstudio.ui.models.nats_draft import Login
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_XS


class Field(QWidget):
    """A caption above a control, and room below for one message."""

    def __init__(self, caption: str, control: QWidget, name: str) -> None:
        super().__init__()
        label = PlainLabel(caption)
        label.setProperty("kind", "muted")
        label.setBuddy(control)
        control.setObjectName(name)
        control.setAccessibleName(caption)
        if (line := control.focusProxy()) is not None:
            line.setObjectName(f"{name}Line")
            line.setAccessibleName(caption)
        self._message = PlainLabel(wordWrap=True)
        self._message.setObjectName(f"{name}Message")
        self._message.setProperty("kind", "error")
        self._message.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(label)
        layout.addWidget(control)
        layout.addWidget(self._message)

    @property
    def message(self) -> str:
        return self._message.text()

    def say(self, problem: str) -> None:
        self._message.setText(problem)
        self._message.setVisible(bool(problem))


class Servers(QPlainTextEdit):
    """Some lines of URLs. Tab goes on to the next field, as it does everywhere else."""

    def __init__(self, example: str) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setPlaceholderText(f"{example}, one server a line")
        self.setFixedHeight(self.fontMetrics().lineSpacing() * 3 + 24)

    def text(self) -> str:
        return self.toPlainText()


class Secret(QLineEdit):
    def __init__(self) -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)


class PathField(QWidget):
    """A file, typed or picked."""

    changed = Signal()

    def __init__(self, title: str, pattern: str) -> None:
        super().__init__()
        self._title, self._pattern = title, pattern
        self._line = QLineEdit()
        self._line.textChanged.connect(self.changed)
        pick = QPushButton("Choose …")
        pick.setObjectName(f"pick {title}")
        pick.setAccessibleName(f"Choose {title}")
        pick.setAutoDefault(False)
        pick.clicked.connect(self._pick)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(self._line, 1)
        layout.addWidget(pick)
        self.setFocusProxy(self._line)

    def text(self) -> str:
        return self._line.text().strip()

    def setText(self, text: str) -> None:
        self._line.setText(text)

    def _pick(self) -> None:
        dialog = QFileDialog(self, self._title, self.text(), self._pattern)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.setText)
        dialog.open()


class LoginChoice(QWidget):
    """One of the ways to log in, side by side."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        for number, login in enumerate(Login):
            button = QPushButton(login.value)
            button.setObjectName(f"login{login.name.capitalize()}")
            button.setCheckable(True)
            button.setAutoDefault(False)
            self._group.addButton(button, number)
            layout.addWidget(button, 1)
        self._group.button(0).setChecked(True)
        self._group.idToggled.connect(self._on_toggled)

    @property
    def login(self) -> Login:
        return list(Login)[self._group.checkedId()]

    def choose(self, login: Login) -> None:
        self._group.button(list(Login).index(login)).setChecked(True)

    def _on_toggled(self, _number: int, checked: bool) -> None:
        if checked:
            self.changed.emit()


Control: TypeAlias = QLineEdit | Servers | PathField | HostField


def on_change(control: Control, slot: Callable[[], object]) -> None:
    """Call ``slot`` whenever what the control says changes."""
    if isinstance(control, (PathField, HostField)):
        control.changed.connect(slot)
    else:
        control.textChanged.connect(lambda *_: slot())
