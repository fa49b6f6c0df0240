"""When a broker could not be reached, whoever was the cause, as the studio's own connection has seen it."""

from typing import TypeAlias

from wqstudio.brokers.port import Link, LinkState

Spell: TypeAlias = tuple[float, float]
"""From when to when; unix seconds."""


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
    """Those in which no restart was under way that somebody had asked for."""
    return [(gone, back) for gone, back in spells if not any(gone < end and start < back for start, end in asked_for)]
