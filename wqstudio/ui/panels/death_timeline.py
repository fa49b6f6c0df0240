"""How a message came to be a dead letter: from where it lies now back to when it was published."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from wqstudio.domain.letter import Death, Letter
from wqstudio.ui.format import since
from wqstudio.ui.names import visible
from wqstudio.ui.panels.stations import Station, Stations
from wqstudio.ui.theme import Concept, Theme

_MOST = 100


def stations(letter: Letter, now: float) -> Iterator[Station]:
    """Newest first, as the broker keeps them: dots are deaths, rings the beginning and where it is now."""
    dead = Concept.DEAD.value
    yield Station(f"Lies in {visible(letter.queue)}")
    for death in letter.deaths[:_MOST]:
        yield Station(_title(death), (_at(death, now), *_lines(death)), dead, full=True)
    if len(letter.deaths) > _MOST:
        rest = f"{len(letter.deaths) - _MOST:,} earlier ones"
        yield Station(rest, (moment(None, now),), dead, full=True)
    to = f" to {visible(letter.route)}" if letter.route else ""
    yield Station(f"Published{to}", (moment(letter.published_at, now),), Concept.PUBLISHED.value)


def moment(at: float | None, now: float) -> str:
    """In the person's own time, and how long ago that was."""
    if at is None:
        return "when is not known"
    try:
        local = datetime.fromtimestamp(at).astimezone()
    except (OverflowError, ValueError, OSError):
        return "when is not known"
    return f"{local:%Y-%m-%d %H:%M:%S}  ·  {since(at, now)}"


class DeathTimeline(QScrollArea):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._letter: Letter | None = None
        self._shown: tuple[Station, ...] = ()
        self.setObjectName("deathTimeline")
        self.setAccessibleName("History of the message")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_history(self, letter: Letter) -> None:
        self._letter, self._shown = letter, ()
        self.tell_age(time.time())

    def tell_age(self, now: float) -> None:
        """Unix time in seconds."""
        told = () if self._letter is None else tuple(stations(self._letter, now))
        if told != self._shown:
            self._shown, at = told, self.verticalScrollBar().value()
            self.setWidget(Stations(told, self._theme))
            self.verticalScrollBar().setValue(at)


def _title(death: Death) -> str:
    times = f" × {death.count:,}" if death.count > 1 else ""
    return f"{visible(death.reason) or 'died'} in {visible(death.queue) or 'an unknown place'}{times}"


def _at(death: Death, now: float) -> str:
    """Of several the broker tells the first one's time."""
    at = moment(death.at, now)
    return f"first at {at}" if death.count > 1 and death.at is not None else at


def _lines(death: Death) -> tuple[str, ...]:
    if not death.routes:
        return ()
    return (f"came by {_few(death.routes)}",)


def _few(routes: Sequence[str]) -> str:
    more = f" and {len(routes) - 8} more" if len(routes) > 8 else ""
    return ", ".join(map(visible, routes[:8])) + more
