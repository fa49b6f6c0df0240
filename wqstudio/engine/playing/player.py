"""Plays a scenario on an open studio, from making its queues to clearing them away, and tells what came of it."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack

from wqstudio.background import uninterrupted
from wqstudio.brokers.port import BrokerError, RefusedError, UnsupportedError
from wqstudio.domain.commands import EnsureQueue, RemoveOwnQueues
from wqstudio.domain.scenario import FaultAction, Scenario
from wqstudio.engine.figures.run_figures import Evidence
from wqstudio.engine.journal.claims import Claims, JournalError
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.looks.dead_letters import journal_file
from wqstudio.engine.playing.cast import Cast
from wqstudio.engine.playing.faults import Restart
from wqstudio.engine.playing.performing import Performance, Progress, Run
from wqstudio.engine.playing.what_is_left import queues_now
from wqstudio.engine.studio import Studio
from wqstudio.engine.timeline.timeline import Finished

_IN_USE = (
    "{} at this moment, which a run would remove first: another run, or another window. End that, or play this one on "
    "another broker."
)
_CLEAR_WITHIN = 15.0
"""Seconds that removing queues may take: whoever ends the studio waits for it."""


class Player:
    """Plays one scenario after the other on a studio; what else the studio does is neither counted nor stopped."""

    def __init__(self, studio: Studio, restart: Restart | None = None) -> None:
        """``restart`` restarts the broker and returns once it answers; None: that is not ours to do."""
        self._studio = studio
        self._restart = restart
        self._before: Cast | None = None
        self._performance: Performance | None = None
        self._finishing = False
        self.left_behind = ""
        """Which queues of the last run could not be removed, and why; empty: they were, or were to be kept."""

    async def play(self, scenario: Scenario, setting: str = "", *, keep: bool = False) -> Run:
        """The scenario has to be adapted to the studio's product. ``keep``: leave what was made on the broker.

        UnsupportedError before anything is touched when it cannot be played here, RefusedError while somebody else
        works on its queues; other BrokerErrors come from the way.
        Queues of the scenario's names that the studio made earlier are removed, so that nothing in them counts.
        """
        self._check(scenario)
        self.left_behind, self._finishing = "", False
        names = tuple(queue.name for queue in scenario.queues)
        with ExitStack() as claims:
            self._claim(names, claims)
            return await self._play(scenario, setting, names, keep=keep)

    def _claim(self, names: Sequence[str], claims: ExitStack) -> None:
        """No other run of this user, on this computer, may take these queues from now on: the broker itself knows of
        nobody at work there while they are filled. Where no such claim can be kept, its word has to do.
        """
        journal, place = journal_file(), place_of(self._studio.connection)
        for name in names:
            try:
                journal.parent.mkdir(parents=True, exist_ok=True)
                claims.enter_context(Claims(journal).alone(place, f"play of {name}", self._studio.run_id, str))
            except JournalError:
                raise RefusedError(_IN_USE.format(f"{name} is in use")) from None
            except OSError:
                return

    async def _play(self, scenario: Scenario, setting: str, names: tuple[str, ...], *, keep: bool) -> Run:
        if self._before is not None:
            self._before.forget()
        await self._remove(await self._left_over(names))
        fleet = self._studio.fleet
        phases = [one.phase for one in fleet.workers.values()] + [one.phase for one in fleet.producers.values()]
        alone = all(phase.over for phase in phases)
        # What is left of others waits for nobody.
        title = ", ".join(filter(None, (scenario.title, setting)))
        self._studio.timeline.clear(waits=not alone, title=title)
        cast = self._before = Cast(self._studio)
        try:
            for queue in scenario.queues:
                await uninterrupted(self._studio.executor.run(EnsureQueue(queue)))  # else it may be there, unknown
            self._performance = Performance(self._studio, scenario, cast, self._restart)
            if self._finishing:
                await self._performance.finish()
            run = await self._performance.run(setting)
            self._studio.timeline.finish(_finished(run.evidence))
            return run
        finally:
            self._performance = None
            await uninterrupted(self._leave(cast, () if keep else names))

    async def _left_over(self, names: tuple[str, ...]) -> list[str]:
        """Queues of these names that the studio made before, as far as can be known. RefusedError while another run is
        at work on any: to remove it would be the end of that.
        """
        made, there = self._studio.executor.made, await queues_now(self._studio)
        others = [name for name in names if name not in made and name in there and there[name].owned]
        if used := await self._studio.broker.in_use(others):
            raise RefusedError(_IN_USE.format(f"Somebody takes messages from {', '.join(used)}"))
        return [name for name in names if name in made or name in others]

    async def _remove(self, names: Sequence[str]) -> None:
        if names:
            await self._studio.executor.run(RemoveOwnQueues(tuple(names)))

    @property
    def progress(self) -> Progress | None:
        """None while nothing is played."""
        return None if self._performance is None else self._performance.progress

    async def finish(self) -> None:
        """Have the run end now, in good order: ``play`` returns what came of it so far."""
        self._finishing = True
        if self._performance is not None:
            await self._performance.finish()

    def _check(self, scenario: Scenario) -> None:
        if self._restart is None and any(fault.action is FaultAction.RESTART_BROKER for fault in scenario.faults):
            raise UnsupportedError(
                f"{scenario.title} restarts the broker, which the studio does only to one that it runs itself; "
                "play it on a local broker."
            )

    async def _leave(self, cast: Cast, names: tuple[str, ...]) -> None:
        """Nobody is left at work, nor any of the queues, whatever happened before."""
        try:
            await cast.leave()
        finally:
            await self._clear_away(names)

    async def _clear_away(self, names: tuple[str, ...]) -> None:
        """What came of the run counts also where something could not be removed."""
        made = [name for name in names if name in self._studio.executor.made]
        try:
            async with asyncio.timeout(_CLEAR_WITHIN):
                await self._remove(made)
        except BrokerError as error:
            self.left_behind = f"{', '.join(made)}: {error}"
        except TimeoutError:
            self.left_behind = f"{', '.join(made)}: the broker has not answered for {_CLEAR_WITHIN:g} s"


def _finished(run: Evidence) -> Finished:
    """With the filling of its queues, which comes before the seconds of the run."""
    first = min((tasks.sent for tasks in run.confirmed), default=run.began)
    return Finished(min(first, run.began), run.over, run.dispatch)
