"""Calls no oftener than a screen can use."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Throttle(QTimer):
    """Runs ``action`` at once after a quiet time, and then at most every ``interval`` milliseconds.

    However often it is asked, the last request is always followed by a run.
    """

    def __init__(self, interval: int, action: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._action = action
        self._asked = False
        self.setInterval(interval)
        self.timeout.connect(self._on_timeout)

    def ask(self) -> None:
        if self.isActive():
            self._asked = True
            return
        self.start()
        self._action()

    def finish(self) -> None:
        """Run what is still due, now."""
        if self._asked:
            self._asked = False
            self._action()

    def _on_timeout(self) -> None:
        if self._asked:
            self.finish()
        else:
            self.stop()
