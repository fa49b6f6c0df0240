"""What an open studio's fleet is at, so that Run and Stop say what is so and nothing is started twice."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the window's first picture needs the states alone
    from wqstudio.domain.delivery import FleetBatch
    from wqstudio.domain.ledger import Account
    from wqstudio.domain.scenario import Scenario
    from wqstudio.domain.worker import Phase
    from wqstudio.engine.studio import Studio


@dataclass(frozen=True, slots=True)
class _Look:
    run: str
    stop: str
    may_run: bool
    may_stop: bool
    why_not: str = ""
    """Why a scenario cannot be run now."""


class RunState(Enum):
    """The value is what the buttons say and allow."""

    IDLE = _Look("Run", "Stop", may_run=True, may_stop=False)
    BY_HAND = _Look("Run", "Stop", may_run=True, may_stop=True)
    """Workers or producers that a person added one by one."""
    STARTING = _Look("Starting", "Stop", may_run=False, may_stop=False, why_not="The scenario is being started")
    PLAYING = _Look("Running", "Stop", may_run=False, may_stop=True, why_not="The scenario runs; stop it first")
    STOPPING = _Look("Run", "Stopping …", may_run=False, may_stop=False, why_not="The scenario is being stopped")


class Play:
    """Read off the fleet, not off the buttons: a worker that was stopped by itself counts as well."""

    def __init__(self, studio: "Studio", on_change: Callable[[RunState], None]) -> None:
        self._studio, self._on_change = studio, on_change
        self._state = RunState.IDLE
        self._unsubscribe = studio.subscribe_fleet(self._on_batch)
        on_change(self._state)

    def detach(self) -> None:
        self._unsubscribe()

    async def run(self, scenario: "Scenario") -> None:
        """Start all that the scenario wants, unless one is played already. Those of the run before are forgotten."""
        if not self._state.value.may_run:
            return
        self._forget_ended()
        self._become(RunState.STARTING)
        try:
            await self._studio.play(scenario)
        finally:
            self._become(RunState.PLAYING if self._anyone() else RunState.IDLE)

    async def stop(self) -> "Account | None":
        """The account of every task; None: nothing runs, so there is nothing to account for."""
        if not self._state.value.may_stop:
            return None
        self._become(RunState.STOPPING)
        try:
            return await self._studio.settle()
        finally:
            self._become(RunState.BY_HAND if self._anyone() else RunState.IDLE)

    def _on_batch(self, batch: "FleetBatch") -> None:
        if not (batch.workers or batch.producers) or self._state in {RunState.STARTING, RunState.STOPPING}:
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

    def _become(self, state: RunState) -> None:
        if state is not self._state:
            self._state = state
            self._on_change(state)
