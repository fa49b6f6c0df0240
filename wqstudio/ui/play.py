"""What an open studio's fleet is at, so that Run and Stop say what is so and nothing is started twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from wqstudio.background import cancel, spawn
from wqstudio.brokers.port import BrokerError, RefusedError
from wqstudio.ui.left_over import in_use, left_over
from wqstudio.ui.models.scenario_words import goes_first, open_ended

if TYPE_CHECKING:  # the window's first picture needs the states alone
    from wqstudio.domain.delivery import FleetBatch
    from wqstudio.domain.ledger import Account
    from wqstudio.domain.scenario import Scenario
    from wqstudio.domain.worker import Phase
    from wqstudio.engine.playing.player import Player
    from wqstudio.engine.studio import Studio
    from wqstudio.ui.performance import Performance, Played


@dataclass(frozen=True, slots=True)
class _Look:
    run: str
    stop: str
    may_run: bool
    may_stop: bool
    why_not: str = ""
    """Why a scenario cannot be run now."""
    gives_way: bool = False
    """To a comparison of what is played."""


class RunState(Enum):
    """The value is what the buttons say and allow."""

    IDLE = _Look("Run", "Stop", may_run=True, may_stop=False)
    BY_HAND = _Look("Run", "Stop", may_run=True, may_stop=True, gives_way=True)
    """Workers or producers that a person added one by one."""
    STARTING = _Look("Starting", "Stop", may_run=False, may_stop=False, why_not="The scenario is being started")
    PLAYING = _Look("Running", "Stop", may_run=False, may_stop=True, why_not="A scenario is running; stop it first")
    ENDLESS = _Look(
        "Running", "Stop", may_run=False, may_stop=True, why_not="A scenario is running; stop it first", gives_way=True
    )
    """It is played until a person stops it."""
    COMPARING = _Look(
        "Comparing", "Stop", may_run=False, may_stop=False, why_not="Settings are being compared; stop that first"
    )
    STOPPING = _Look("Run", "Stopping …", may_run=False, may_stop=False, why_not="The scenario is being stopped")


_GIVE_WAY_WITHIN = 5.0
"""Seconds that workers have to finish what they hold."""
_DECIDED = (RunState.STARTING, RunState.STOPPING, RunState.COMPARING)
"""Whatever the fleet does meanwhile."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told of a scenario that is played to its end."""

    begun: Callable[["Performance"], None]
    ended: Callable[["Played | None", str], None]
    """What came of it, or None and why it could not be played to its end (empty: the connection was left)."""


class Play:
    """Read off the fleet, not off the buttons: a worker that was stopped by itself counts as well."""

    def __init__(
        self,
        studio: "Studio",
        on_change: Callable[[RunState], None],
        audience: Audience | None = None,
        restart: Callable[[], Awaitable[None]] | None = None,
        *,
        keep: bool = False,
    ) -> None:
        """``restart``: of the broker, where that is ours to do. ``keep``: what a run has made stays until the next."""
        self._studio, self._on_change, self._audience = studio, on_change, audience
        self._restart, self._keep = restart, keep
        self._state = RunState.IDLE
        self._performance: Performance | None = None
        self._performing: asyncio.Task[None] | None = None
        self._unsubscribe = studio.subscribe_fleet(self._on_batch)
        on_change(self._state)

    @property
    def may_run(self) -> bool:
        return self._state.value.may_run

    @property
    def may_lend(self) -> bool:
        """Settings can be compared here now."""
        return self._state.value.may_run or self._state.value.gives_way

    def detach(self) -> None:
        self._unsubscribe()

    async def close(self) -> None:
        """Break off what is played."""
        self.detach()
        await cancel(self._performing)

    async def run(self, scenario: "Scenario") -> None:
        """Start all that the scenario wants, unless one is played already. Those of the run before are forgotten.

        One that comes to an end by itself is played on after this returns; ``audience`` is told when it has ended.
        """
        if not self._state.value.may_run:
            return
        self._forget_ended()
        self._become(RunState.STARTING)
        try:
            await self._start(scenario)
        finally:
            self._become(self._played())

    async def stop(self) -> "Account | None":
        """The account of every task; None: nothing runs, or ``audience`` is told what came of it."""
        if not self._state.value.may_stop:
            return None
        self._become(RunState.STOPPING)
        if self._performance is not None and self._performing is not None:
            await self._performance.finish()
            await asyncio.wait([self._performing])
            return None
        try:
            return await self._studio.settle()
        finally:
            self._become_over()

    def player(self) -> "Player":
        """One who plays here."""
        from wqstudio.engine.playing.player import Player  # noqa: PLC0415 - see above

        return Player(self._studio, self._restart)

    @asynccontextmanager
    async def lent(self, scenario: "Scenario") -> AsyncIterator[None]:
        """Nothing else can be run meanwhile: settings of that scenario are compared. RefusedError: something is.

        Where its queues are in use, what is played now is stopped first.
        """
        if not self.may_lend:
            raise RefusedError(self._state.value.why_not)
        self._become(RunState.COMPARING)
        try:
            if in_use(self._studio) & {queue.name for queue in scenario.queues}:
                await self._studio.fleet.stop_all(_GIVE_WAY_WITHIN)
            self._forget_ended()
            await self._clear_the_way(scenario)
            yield
        finally:
            self._become_over()

    async def _start(self, scenario: "Scenario") -> None:
        from wqstudio.scenarios import adapted  # noqa: PLC0415 - see above
        from wqstudio.ui.performance import Performance  # noqa: PLC0415 - the same

        await self._clear_the_way(scenario)
        if open_ended(scenario):
            await self._studio.play(adapted(scenario, self._studio.connection.product))
            return
        self._performance = Performance(self._studio, scenario, self._restart, keep=self._keep)
        self._performing = spawn(self._perform(self._performance), f"scenario {scenario.name}")

    async def _clear_the_way(self, scenario: "Scenario") -> None:
        """Of queues of another scenario that was played here: their subjects, or their names, may be the same.

        Not of those that somebody else works on: another window may have made them anew since. A player makes room for
        its own by itself, once it knows that no other run is at them.
        """
        from wqstudio.domain.commands import RemoveOwnQueues  # noqa: PLC0415 - see above

        its_own = set() if open_ended(scenario) else {queue.name for queue in scenario.queues}
        goes = set(goes_first(scenario, left_over(self._studio))) - its_own
        others = await self._studio.broker.in_use(goes) if goes else ()
        if names := sorted(goes.difference(others)):
            await self._studio.executor.run(RemoveOwnQueues(tuple(names)))

    def _played(self) -> RunState:
        """Just after something was started."""
        if self._performance is not None:
            return RunState.PLAYING
        return RunState.ENDLESS if self._anyone() else RunState.IDLE

    async def _perform(self, performance: "Performance") -> None:
        played, why_not = None, ""
        if self._audience is not None:
            self._audience.begun(performance)
        try:
            played = await performance.play()
        except BrokerError as error:
            why_not = f"{performance.scenario.title} could not be played: {error}"
        finally:
            self._performance = None
            self._become_over()  # before it is told: who sees what came of it may run it again at once
            if self._audience is not None:
                self._audience.ended(played, why_not)

    def _on_batch(self, batch: "FleetBatch") -> None:
        if not (batch.workers or batch.producers) or self._state in _DECIDED:
            return
        if self._performance is not None:
            return
        if not self._anyone():
            self._become(RunState.IDLE)
        elif self._state is RunState.IDLE:
            self._become(RunState.BY_HAND)

    def _forget_ended(self) -> None:
        for id_ in [id_ for id_, phase in self._phases().items() if phase.over]:
            self._studio.fleet.forget(id_)

    def _anyone(self) -> bool:
        return any(not phase.over for phase in self._phases().values())

    def _phases(self) -> "dict[int, Phase]":
        """Of workers and producers, by id, which they do not share."""
        fleet = self._studio.fleet
        workers = {id_: worker.phase for id_, worker in fleet.workers.items()}
        return workers | {id_: producer.phase for id_, producer in fleet.producers.items()}

    def _become_over(self) -> None:
        self._become(RunState.BY_HAND if self._anyone() else RunState.IDLE)

    def _become(self, state: RunState) -> None:
        if state is not self._state:
            self._state = state
            self._on_change(state)
