"""A scenario that is played to its end on the studio that is open: each of its settings, one after the other."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wqstudio.brokers.port import RefusedError
from wqstudio.domain.scenario import Scenario
from wqstudio.engine.playing.judging import judge
from wqstudio.engine.playing.performing import Progress, Run
from wqstudio.engine.playing.player import Player
from wqstudio.engine.studio import Studio
from wqstudio.scenarios.sittings import Result, Round, sittings


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """What came of it."""

    result: Result
    at: float
    """Unix time in seconds at which it ended."""
    stopped: bool
    """A person ended it before it was over."""


class Performance:
    def __init__(
        self, studio: Studio, scenario: Scenario, restart: Callable[[], Awaitable[None]] | None, *, keep: bool
    ) -> None:
        """``keep``: what the last round has made stays on the broker."""
        self.scenario = scenario
        self._player = Player(studio, restart)
        self._product, self._keep = studio.connection.product, keep
        self._round: Round | None = None
        self._number = 0
        self._of = 1
        self._stopped = False

    @property
    def progress(self) -> Progress | None:
        """Of the round that is played; None: between two of them."""
        return self._player.progress

    @property
    def setting(self) -> str:
        """Which one is played, in words; empty: it has none."""
        if self._round is None or not self._round.setting:
            return ""
        named = next(each for each in self.scenario.settings if each.name == self._round.setting)
        return f"{self._number} of {self._of}: {named.title or named.name}"

    async def play(self) -> Played:
        """Raises what ``Player.play`` raises."""
        found = sittings(self.scenario, (self._product,))
        if not found:
            raise RefusedError(f"it is not a scenario for {self._product.title}")
        sitting, runs = found[0], list[Run]()
        self._of = len(sitting.rounds)
        for self._number, self._round in enumerate(sitting.rounds, start=1):
            if not self._stopped:
                last = self._keep and self._number == self._of
                runs.append(await self._player.play(self._round.scenario, self._round.setting, keep=last))
        verdicts = judge(self.scenario, runs)
        return Played(Result(sitting, tuple(runs), verdicts), time.time(), self._stopped)

    async def finish(self) -> None:
        """End it now, in good order; the rounds left are not played."""
        self._stopped = True
        await self._player.finish()
