"""When a broker could not be reached, whoever was the cause, as the studio's own connection has seen it."""

from typing import TypeAlias

import numpy as np

from wqstudio.brokers.port import Link, LinkState
from wqstudio.domain.series import Floats

Spell: TypeAlias = tuple[float, float]
"""From when to when; unix seconds."""
_SHORTEST = 0.4
"""Seconds. Clients connect again at once, and where that fails after half a second: what is shorter was no outage."""
_TO_RECONNECT = 1.0
"""Seconds for which a broker that was restarted may be back, and the studio not connected yet."""


class Absences:
    def __init__(self) -> None:
        self._over: list[Spell] = []
        self._since: float | None = None

    def hear(self, link: Link) -> None:
        """The connection as it stands, whenever that may have changed."""
        if link.state is LinkState.RECONNECTING:
            self._since = link.since if self._since is None else self._since
        elif self._since is not None:
            self._over.append((self._since, link.since))
            self._since = None

    def within(self, start: float, end: float) -> list[Spell]:
        """Those of that time, or as much of them as lies in it; one that goes on lasts until its end."""
        spells = self._over if self._since is None else [*self._over, (self._since, end)]
        return [(max(start, gone), min(end, back)) for gone, back in spells if gone < end and back > start]


def by_accident(spells: list[Spell], asked_for: list[Spell]) -> list[Spell]:
    """What of them nobody had asked for: the time in which no restart was under way, or just over."""
    for start, end in asked_for:
        parts = (((gone, min(back, start)), (max(gone, end + _TO_RECONNECT), back)) for gone, back in spells)
        spells = [(gone, back) for cut in parts for gone, back in cut if back > gone]
    return spells


def felt(spells: list[Spell], received: Floats) -> list[Spell]:
    """Those that were more than the studio's own, each as the longest time in which no worker was given anything: what
    had left the broker before comes a little later, and workers may be back sooner than the studio.

    ``received``: when the workers were given each message, in any order.
    """
    silences = [_longest_silence(gone, back, received) for gone, back in spells]
    return [(gone, back) for gone, back in silences if back - gone >= _SHORTEST]


def _longest_silence(gone: float, back: float, received: Floats) -> Spell:
    came = np.sort(received[(received > gone) & (received < back)])
    edges = np.concatenate([[gone], came, [back]])
    at = int(np.diff(edges).argmax())
    return float(edges[at]), float(edges[at + 1])
