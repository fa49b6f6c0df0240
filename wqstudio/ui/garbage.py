"""Python's search for cyclic garbage, kept to the window's thread.

Python looks for it in whichever thread has just made an object, and the clients have threads of their own. A dialog
or a timer that is found there is destroyed there, which Qt does not bear: the process ends with a segmentation fault.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY = 100
"""Milliseconds. What piles up meanwhile is looked through in less than a frame."""


class WindowThreadGarbage(QObject):
    """As long as it lives, garbage is looked for by a timer of the thread that made it, and by nobody else."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        timer = QTimer(self, interval=_EVERY)
        timer.timeout.connect(collect_due)
        timer.start()


def collect_due() -> None:
    """Collect what Python by itself would have collected by now."""
    for generation in (2, 1, 0):
        if gc.get_count()[generation] > gc.get_threshold()[generation] > 0:
            gc.collect(generation)
            return
