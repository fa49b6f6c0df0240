"""Programs that the window benchmark times: ``python -m tests.bench.window_clocks NAME``, a process for each."""

import json
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what is imported is what is measured
    from PySide6.QtWidgets import QMainWindow

BEGAN = time.perf_counter()
"""As near to the start of the process as Python lets us."""


def bare() -> None:
    """An empty PySide6 window with one pyqtgraph plot in it."""
    import pyqtgraph as pg
    from PySide6.QtWidgets import QApplication, QMainWindow

    application = QApplication([])
    window = QMainWindow()
    window.setCentralWidget(pg.PlotWidget())
    window.resize(1440, 900)
    _report_when_painted(window)
    application.quit()


def studio() -> None:
    """The studio's window as it opens, with all that the program loads for it."""
    import tempfile
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from wqstudio.app import make_window
    from wqstudio.options import WindowOptions
    from wqstudio.ui.memory import Memory

    application = QApplication([])
    memory = Memory(Path(tempfile.mkdtemp()) / "window.ini")
    _report_when_painted(make_window(application, WindowOptions(), memory))


def _report_when_painted(window: "QMainWindow") -> None:
    """Show it, let it paint all that there is to paint, and say how long that took since the process began."""
    from PySide6.QtWidgets import QApplication

    window.show()
    while not window.windowHandle().isExposed():
        QApplication.processEvents()
    window.repaint()
    QApplication.processEvents()
    print(json.dumps({"seconds": time.perf_counter() - BEGAN}))


if __name__ == "__main__":
    {"bare": bare, "studio": studio}[sys.argv[1]]()
