"""The program's window, that also tells on its standard output where things are on the screen, line by line.

Takes the arguments of ``wqstudio``, without a command. Mouse and keyboard come from the X server, as a person's do.
"""

import asyncio
import json
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPoint
from PySide6.QtWidgets import QApplication, QComboBox, QTableView, QTreeView, QWidget

from wqstudio import app, cli
from wqstudio.options import WindowOptions
from wqstudio.ui.garbage import WindowThreadGarbage
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.memory import Memory

Place = tuple[int, int] | None


def run_window(options: WindowOptions) -> int:
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    WindowThreadGarbage(application)
    window = app.make_window(application, options, Memory(Path(tempfile.mkdtemp()) / "window.ini"))
    window.show()
    with qasync.QEventLoop(application) as loop:
        threading.Thread(target=_listen, args=(loop, _Answers(window)), daemon=True).start()
        return int(loop.run_until_complete(app._App(window).run(options)))


class _Answers:
    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def widget(self, name: str) -> Place:
        """The middle of one that is visible and enabled."""
        found = (each for each in self._all(name) if each.isVisible() and each.isEnabled())
        return next((_middle(each) for each in found), None)

    def row(self, name: str, row: int) -> Place:
        """Of a table."""
        table = self._window.findChild(QTableView, name)
        if table is None or not table.isVisible() or row >= table.model().rowCount():
            return None
        index = table.model().index(row, 0)
        if index.data() is None:
            return None
        return _place(table.viewport(), table.visualRect(index).center())

    def queue(self, name: str, line: str = "") -> Place:
        """Of the explorer; or a line below it."""
        tree = self._window.findChild(QTreeView, "explorerTree")
        found = None if tree is None else _index(tree.model(), QModelIndex(), name)
        if found is not None and line and tree is not None:
            found = _index(tree.model(), found, line)
        return None if found is None or tree is None else _place(tree.viewport(), tree.visualRect(found).center())

    def chosen(self, name: str) -> str:
        """In a box to choose or to write in."""
        combo = self._window.findChild(QComboBox, name)
        return combo.currentText() if combo is not None and combo.isVisible() else ""

    def text(self, name: str) -> str:
        """Of all that are visible, a line each."""
        return "\n".join(each.text() for each in self._all(name) if each.isVisible() and hasattr(each, "text"))

    def grab(self, file: str, name: str = "") -> bool:
        """The window, or a widget that is visible."""
        found = [each for each in self._all(name) if each.isVisible()] if name else [self._window]
        return found[0].grab().save(file, "PNG") if found else False

    def _all(self, name: str) -> list[QWidget]:
        return [each for each in QApplication.allWidgets() if each.objectName() == name]


def _index(model: QAbstractItemModel, parent: QModelIndex, text: str) -> QModelIndex | None:
    rows = (model.index(row, 0, parent) for row in range(model.rowCount(parent)))
    return next((index for index in rows if index.data() == text), None)


def _middle(widget: QWidget) -> Place:
    return _place(widget, widget.rect().center())


def _place(widget: QWidget, at: QPoint) -> Place:
    there = widget.mapToGlobal(at)
    return there.x(), there.y()


def _listen(loop: asyncio.AbstractEventLoop, answers: _Answers) -> None:
    for line in sys.stdin:
        what, *arguments = json.loads(line)
        loop.call_soon_threadsafe(_answer, getattr(answers, what), arguments)


def _answer(ask: Callable[..., Any], arguments: list[Any]) -> None:
    """What has just come into view may move other things, which is not done before the loop's next turn."""
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
    print(json.dumps(ask(*arguments)), flush=True)


if __name__ == "__main__":
    app.run_window = run_window
    sys.exit(cli.main())
