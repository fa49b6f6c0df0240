"""Those who play in one run: started, found by name, scaled, stopped, apart from all others in the fleet."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from wqstudio.brokers.port import RefusedError
from wqstudio.domain.commands import StartProducer, StartWorker
from wqstudio.domain.delivery import FleetBatch
from wqstudio.domain.scenario import Fault, FaultAction, group_of
from wqstudio.domain.worker import Phase, ProducerSpec, ProducerState, WorkerSpec, WorkerState, next_number
from wqstudio.engine.figures.run_record import RunRecord
from wqstudio.engine.studio import Studio

_STOP_WITHIN = 5.0
"""Seconds that workers have to finish what they hold; what they hold then goes back."""
_CRASH_WITHIN = 2.0
_STUCK_AFTER = 5.0
"""Seconds without a confirm, beside those that a producer leaves between two bursts, after which a queue that is being
filled is not expected to take more."""

_State = TypeVar("_State", WorkerState, ProducerState)


class Cast:
    """Keeps the record of the run as well, from the first start to ``leave``."""

    def __init__(self, studio: Studio) -> None:
        self._studio, self._fleet = studio, studio.fleet
        self.record = RunRecord(studio.run_id)
        self._workers: dict[int, WorkerState] = {}
        self._producers: dict[int, ProducerState] = {}
        self._moved = asyncio.Event()
        self._unsubscribe = studio.subscribe_fleet(self._on_batch)

    async def start_worker(self, spec: WorkerSpec) -> int:
        id_ = await self._studio.executor.run(StartWorker(spec))
        assert id_ is not None
        self._workers[id_] = self._fleet.workers[id_]
        self.record.add_worker(id_, spec)
        return id_

    async def start_producer(self, spec: ProducerSpec) -> None:
        id_ = await self._studio.executor.run(StartProducer(spec))
        assert id_ is not None
        self._producers[id_] = self._fleet.producers[id_]
        self.record.add_producer(id_, spec)

    async def at_work(self) -> None:
        """Return once everyone has a connection. BrokerError: somebody could not get one."""
        await self.when(lambda: all(one.phase is not Phase.STARTING for one in self.everyone()))
        for one in self.everyone():
            if one.phase is Phase.FAILED:
                raise RefusedError(f"{one.spec.name} could not start: {one.reason}")

    async def produced(self) -> None:
        """Return once every producer has sent all it has to. BrokerError: one could not, or gets no further."""
        while late := [one for one in self.producers() if not one.phase.over]:
            within = _STUCK_AFTER + max(_between_bursts(one.spec) for one in late)
            if not await self._getting_on(sum(one.confirmed for one in self.producers()), within):
                raise RefusedError(
                    f"{late[0].spec.name} could not fill {late[0].spec.queue}: {late[0].confirmed} of "
                    f"{late[0].spec.count} messages are stored, and no more for {within:g} s. {late[0].reason}"
                )
        await self.at_work()

    def workers(self, name: str = "") -> list[WorkerState]:
        """Of that name or group (empty: all), those over included, also when they were taken off the fleet's lists."""
        states = self._fleet.workers
        return _called([states.get(id_, last) for id_, last in self._workers.items()], name)

    def producers(self, name: str = "") -> list[ProducerState]:
        states = self._fleet.producers
        return _called([states.get(id_, last) for id_, last in self._producers.items()], name)

    def everyone(self, name: str = "") -> list[WorkerState | ProducerState]:
        return [*self.workers(name), *self.producers(name)]

    def live(self, name: str = "") -> list[WorkerState | ProducerState]:
        return [one for one in self.everyone(name) if not one.phase.over]

    def unpublished(self, faults: Sequence[Fault]) -> int:
        """Messages left with producers that failed, or crashed with none of ``faults`` asking for it."""
        asked = {fault.target for fault in faults if fault.action in {FaultAction.CRASH, FaultAction.KILL_HOST}}
        crashed = {one.id for target in asked for one in self.producers(target)}
        return sum(
            one.spec.count - one.confirmed
            for one in self.producers()
            if one.spec.count is not None
            and (one.phase is Phase.FAILED or (one.phase is Phase.CRASHED and one.id not in crashed))
        )

    async def scale(self, group: str, count: int, like: WorkerSpec) -> None:
        """Start more like the last one of the group, or stop the last ones in good order.

        ``like``: as whom they are while nobody of the group has come yet.
        """
        members = [one for one in self.workers() if group in {one.spec.name, group_of(one.spec.name)}]
        last = members[-1].spec if members else like
        leaving = self._fleet.leaving
        staying = sorted(one.id for one in members if not one.phase.over and one.id not in leaving)
        for id_ in staying[count:]:
            await self._fleet.stop(id_)
        for _ in range(count - len(staying)):
            await self.start_worker(replace(last, name=f"{group}-{next_number(group, self.workers())}"))

    async def stop(self) -> None:
        """In good order; those that take too long are crashed, and what they hold goes back."""
        for one in self.live():
            await self._fleet.stop(one.id)
        if not await self._over_within(_STOP_WITHIN):
            await self.crash()

    async def stop_producers(self) -> None:
        """Ask them to; what is under way will be confirmed."""
        for one in self.producers():
            if not one.phase.over:
                await self._fleet.stop(one.id)

    async def crash(self) -> None:
        for one in self.live():
            await self._fleet.crash(one.id)
        if not await self._over_within(_CRASH_WITHIN):
            for number in {one.host for one in self.live()} & self._fleet.hosts.keys():
                await self._fleet.kill_host(number)
            await self._over_within(_CRASH_WITHIN)

    async def leave(self) -> None:
        """Nobody is left, whatever happened before."""
        try:
            await self.crash()
        finally:
            self._unsubscribe()

    def forget(self) -> None:
        """Take those who are over off the fleet's lists."""
        for one in self.everyone():
            if one.phase.over and (one.id in self._fleet.workers or one.id in self._fleet.producers):
                self._fleet.forget(one.id)

    async def when(self, condition: Callable[[], bool], within: float | None = None) -> bool:
        """Return once the condition holds, True, or after ``within`` seconds. It is looked at when somebody moves."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    async def moved(self, within: float) -> None:
        """Return when somebody has done something, or after so many seconds."""
        self._moved.clear()
        await self.when(self._moved.is_set, within)

    async def _getting_on(self, confirmed: int, within: float) -> bool:
        """More are confirmed by then, or somebody is over."""
        live = len(self.live())
        return await self.when(
            lambda: sum(one.confirmed for one in self.producers()) > confirmed or len(self.live()) < live, within
        )

    async def _over_within(self, seconds: float) -> bool:
        return await self.when(lambda: not self.live(), seconds)

    def _on_batch(self, batch: FleetBatch) -> None:
        self.record.take(batch)
        self._workers.update((one.id, one) for one in batch.workers if one.id in self._workers)
        self._producers.update((one.id, one) for one in batch.producers if one.id in self._producers)
        self._moved.set()


def _called(states: list[_State], name: str) -> list[_State]:
    exact = [one for one in states if one.spec.name == name]
    return exact or [one for one in states if not name or group_of(one.spec.name) == name]


def _between_bursts(producer: ProducerSpec) -> float:
    """Seconds; see ``fleet.pace``."""
    return producer.burst / producer.rate if producer.rate else 0.0
