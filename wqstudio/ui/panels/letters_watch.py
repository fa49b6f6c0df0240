"""Nothing is held for ever: says how long yet, finds out what is lost, and gives back what nobody looks at."""

from PySide6.QtCore import QObject, QTimer

from wqstudio.ui.look_session import LookSession, Phase
from wqstudio.ui.models.letters import TICK
from wqstudio.ui.panels.letters_view import LettersView

AWAY_MS = 30_000
"""A tab that nobody looks at for so long gives back what it holds."""
_SECOND_MS = 1_000
_CHECKED_EVERY = 4
"""Seconds between two looks whether what is held is still held."""


class LettersWatch(QObject):
    """From ``begin`` while somebody looks, and for a while after ``look_away``."""

    def __init__(self, session: LookSession, view: LettersView, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._view = session, view
        self._seconds = 0
        self._clock = QTimer(self, interval=_SECOND_MS)
        self._clock.timeout.connect(self._on_second)
        self._away = QTimer(self, singleShot=True, interval=AWAY_MS)
        self._away.timeout.connect(self._give_back)

    def begin(self) -> None:
        self._away.stop()
        self._clock.start()

    def look_away(self) -> None:
        self._clock.stop()
        if self._session.held:
            self._away.start()

    def stop(self) -> None:
        self._clock.stop()
        self._away.stop()

    def _on_second(self) -> None:
        session, view = self._session, self._view
        if session.phase is not Phase.LOOKING:
            return
        self._seconds += 1
        if session.left == 0.0:
            session.leave("The broker takes back what is held for so long; it is given back.")
        elif session.holds:
            view.banner.show_held(session.held, session.standing.cost, session.left)
        if self._seconds % _CHECKED_EVERY == 0:
            session.check()
        if self._seconds % TICK == 0:
            view.tick()

    def _give_back(self) -> None:
        if self._session.held:
            self._session.leave("Nobody looked at the tab for a while, so what was held is given back.")
