"""A window on the tab of dead letters, and what a person does and sees there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QPushButton, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from tests.ui.windows import child, window_on
from tests.waiting import until
from wqstudio.domain.connection import Connection
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.look import Look
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.panels.letters import LettersPanel
from wqstudio.ui.panels.letters_table import LettersTable
from wqstudio.ui.panels.move_preview import MovePreview
from wqstudio.ui.panels.runs import RunsStrip
from wqstudio.ui.theme import Theme

ORDERS = [b'{"order": %d}' % number for number in range(30)]
"""That are dead where a test asks for nothing else."""


@asynccontextmanager
async def letters_window_on(connection: Connection, theme: Theme, folder: Path) -> AsyncIterator[MainWindow]:
    """With its rows read."""
    async with window_on(connection, theme, folder) as window:
        await show_letters(window)
        yield window


async def check_out(window: MainWindow) -> None:
    """Show a queue of RabbitMQ, once what a look at it costs is agreed to."""
    child(window, QTabWidget, "tabs").setCurrentWidget(child(window, LettersPanel, "lettersPanel"))
    await until(child(window, QPushButton, "checkoutLook").isVisible)
    press(window, "checkoutLook")


async def show_letters(window: MainWindow) -> None:
    child(window, QTabWidget, "tabs").setCurrentWidget(child(window, LettersPanel, "lettersPanel"))
    await until(lambda: window.findChild(LettersTable, "lettersTable") is not None)
    await until(lambda: child(window, LettersTable, "lettersTable").model().index(0, 0).data() is not None)


def choose(window: MainWindow, qtbot: QtBot, count: int) -> None:
    """The first ones, by keyboard."""
    table = child(window, LettersTable, "lettersTable")
    table.setFocus()
    table.selectRow(0)
    for _ in range(count - 1):
        qtbot.keyClick(table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)


def desk(window: MainWindow) -> Desk:
    return child(window, RunsStrip, "runsStrip")._desk


def look(window: MainWindow) -> Look:
    session = child(window, LettersPanel, "lettersPanel").session
    assert session is not None
    assert session.look is not None
    return session.look


async def sheet(window: MainWindow) -> MovePreview:
    """Once it knows what would become of them, or why nothing."""
    await until(lambda: window.findChild(MovePreview, "movePreview") is not None)
    shown = child(window, MovePreview, "movePreview")
    await until(lambda: child(shown, QPushButton, "moveGo").isEnabled() or said(shown))
    return shown


async def confirm(shown: MovePreview, qtbot: QtBot, *, keypad: bool = False) -> None:
    """By the key that does also what cannot be undone; keys come to whichever window is the active one."""
    await until(shown.isActiveWindow)
    control, pad = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.KeypadModifier
    if keypad:
        qtbot.keyClick(shown, Qt.Key.Key_Enter, control | pad)
    else:
        qtbot.keyClick(shown, Qt.Key.Key_Return, control)


def said(shown: MovePreview) -> str:
    text = child(shown, QLabel, "moveMessage").text()
    return "" if text.startswith("Looking") else text


def name(shown: MovePreview) -> str:
    return child(shown, QPushButton, "moveGo").text()


async def result(window: MainWindow) -> str:
    await until(lambda: window.findChild(QLabel, "runResult") is not None)
    return child(window, QLabel, "runResult").text()


def write(field: QComboBox, text: str) -> None:
    line = field.lineEdit()
    assert line is not None
    line.setText(text)
    line.editingFinished.emit()


def press(window: QWidget, button: str) -> None:
    child(window, QAbstractButton, button).click()


def click(window: QWidget, button: str, qtbot: QtBot) -> None:
    """With the mouse."""
    qtbot.mouseClick(child(window, QAbstractButton, button), Qt.MouseButton.LeftButton)
