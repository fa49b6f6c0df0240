"""What a scenario does to those who play in it, one fault after the other."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import TypeAlias, assert_never

import numpy as np

from wqstudio.brokers.port import LinkState, RefusedError
from wqstudio.domain.commands import EnsureQueue
from wqstudio.domain.scenario import Fault, FaultAction, Scenario
from wqstudio.domain.worker import Phase
from wqstudio.engine.playing.cast import Cast
from wqstudio.engine.playing.outage import Outage
from wqstudio.engine.studio import Studio

Restart: TypeAlias = Callable[[], Awaitable[None]]

_CONNECTED_WITHIN = 30.0
"""Seconds after a restart."""


class Faults:
    """``refusals`` is what the broker said to what it would not do."""

    def __init__(self, studio: Studio, scenario: Scenario, cast: Cast, restart: Restart | None) -> None:
        self._studio, self._fleet = studio, studio.fleet
        self._scenario = scenario
        self._queues = {queue.name: queue for queue in scenario.queues}
        self._cast = cast
        self._restart = restart
        self.refusals: list[str] = []
        self.restarts = 0
        self.outage = Outage()
        self._waiting: list[tuple[Fault, frozenset[int]]] = []
        """Faults that come about once one of these workers is at work."""
        self._met: set[int] = set()
        """Which of them have, by their place there."""

    def may_come(self, fault: Fault) -> bool:
        """It waits for no full queue, or that is full: nobody who publishes there yet has been spared a refusal."""
        if not fault.when_full:
            return True
        names = self._scenario.called(fault.target)
        queues = {queue for worker in self._scenario.workers if worker.name in names for queue in worker.queues}
        return all(one.phase.over or one.refused for one in self._cast.producers() if one.spec.queue in queues)

    def finds_nobody(self, fault: Fault) -> bool:
        """It is done to those who are there, and all whom it is meant for are over, or have not come yet."""
        return fault.action.needs_somebody and not self._cast.live(fault.target)

    def missed(self) -> tuple[Fault, ...]:
        """Those that have waited in vain so far."""
        gone = self._gone()
        return tuple(fault for fault, ids in self._waiting if not ids & gone)

    def come_about(self) -> tuple[tuple[Fault, float], ...]:
        """Those that waited, and have come about since this was asked last, with when: unix time in seconds."""
        if len(self._met) == len(self._waiting):
            return ()
        gone = self._gone()
        new = [place for place, (_, ids) in enumerate(self._waiting) if place not in self._met and ids & gone]
        self._met.update(new)
        return tuple((fault, self._came_at(fault, ids & gone)) for fault, ids in (self._waiting[at] for at in new))

    def _came_at(self, fault: Fault, whom: Collection[int]) -> float:
        """Reports are late: who crashed, did so with the end of the last delivery."""
        if fault.action is FaultAction.STOP:
            return time.time()
        settled = self._cast.record.settled
        return float(settled["ended"][np.isin(settled["worker"], list(whom))].max(initial=0.0)) or time.time()

    def _gone(self) -> set[int]:
        return {one.id for one in self._cast.everyone() if one.phase.over or one.phase is Phase.STOPPING}

    async def apply(self, fault: Fault) -> None:
        """To whomever it can still be applied: one that is over cannot crash. A restart of the broker is begun only."""
        if fault.at_work:
            await self._wait_for_work(fault)
            return
        match fault.action:
            case FaultAction.RESTART_BROKER:
                self.outage.begin(self._restart_broker())
            case FaultAction.KILL_HOST:
                for number in {one.host for one in self._cast.live(fault.target)} & self._fleet.hosts.keys():
                    await self._fleet.kill_host(number)
            case FaultAction.START:
                await self._start(fault.target)
            case FaultAction.SCALE:
                await self._cast.scale(fault.target, round(fault.value), self._scenario.group(fault.target)[-1])
            case FaultAction.ADD_CONSUMER:
                await self._add_consumer(fault)
            case _:
                for one in self._cast.live(fault.target):
                    await self._apply_to(one.id, fault)

    async def _restart_broker(self) -> None:
        assert self._restart is not None, "the player has looked"
        await self._restart()
        await self._connected()
        self.restarts += 1

    async def _connected(self) -> None:
        """The studio finds its way back by itself; until then it could not even ask what is stored."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CONNECTED_WITHIN):
                while self._studio.broker.link.state is LinkState.RECONNECTING:  # noqa: ASYNC110 - no event tells of it
                    await asyncio.sleep(0.02)

    async def _wait_for_work(self, fault: Fault) -> None:
        """The hosts see to it: by the time a report has come here, the task it tells of may be done."""
        ids = frozenset(one.id for one in self._cast.workers(fault.target) if not one.phase.over)
        self._waiting.append((fault, ids))
        for id_ in ids:
            match fault.action:
                case FaultAction.KILL_HOST:
                    await self._fleet.kill_host_at_work(id_)
                case FaultAction.STOP:
                    await self._fleet.stop(id_, at_work=True)
                case _:
                    await self._fleet.crash(id_, at_work=True)

    async def _apply_to(self, id_: int, fault: Fault) -> None:
        match fault.action:
            case FaultAction.CRASH:
                await self._fleet.crash(id_)
            case FaultAction.PAUSE:
                await self._fleet.pause(id_)
            case FaultAction.RESUME:
                await self._fleet.resume(id_)
            case FaultAction.STOP:
                await self._fleet.stop(id_)
            case FaultAction.SPEED:
                await self._fleet.set_speed(id_, fault.value)
            case FaultAction.PREFETCH:
                await self._fleet.set_prefetch(id_, round(fault.value))
            case FaultAction.RATE:
                await self._fleet.set_rate(id_, fault.value)
            case (
                FaultAction.RESTART_BROKER
                | FaultAction.KILL_HOST
                | FaultAction.START
                | FaultAction.SCALE
                | FaultAction.ADD_CONSUMER
            ):
                raise AssertionError(f"{fault} is not done to one after the other")
            case _:
                assert_never(fault.action)

    async def _start(self, target: str) -> None:
        """Whoever is there already is not started again."""
        due = self._scenario.called(target) - {one.spec.name for one in self._cast.everyone()}
        for worker in self._scenario.workers:
            if worker.name in due:
                await self._cast.start_worker(worker)
        for producer in self._scenario.producers:
            if producer.name in due:
                await self._cast.start_producer(producer)

    async def _add_consumer(self, fault: Fault) -> None:
        assert fault.consumer is not None, "a file without one is refused"
        queue = replace(self._queues[fault.target], consumers=(fault.consumer,))
        try:
            await self._studio.executor.run(EnsureQueue(queue))
        except RefusedError as error:
            self.refusals.append(str(error))
