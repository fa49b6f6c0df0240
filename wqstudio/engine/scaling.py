"""Groups of workers of one kind, made larger and smaller while they work."""

from dataclasses import replace

from wqstudio.brokers.port import RefusedError
from wqstudio.domain.commands import StartWorker
from wqstudio.domain.worker import Phase, WorkerSpec, WorkerState, next_number
from wqstudio.engine.executor import Executor
from wqstudio.fleet.supervisor import Fleet


class Scaling:
    """A group are the workers on one source that are called ``name-1``, ``name-2``, …, whoever started them."""

    def __init__(self, executor: Executor, fleet: Fleet) -> None:
        self._executor = executor
        self._fleet = fleet
        self._leaving: set[int] = set()
        """Told to stop; their host may not have said so yet."""

    async def scale(self, like: WorkerSpec, size: int) -> tuple[int, ...]:
        """Have ``size`` workers in the group of ``like.name``: ids of those that stay and come, oldest first.

        Who comes is as ``like`` says; who goes are the newest, once they have finished what they hold. Errors as for
        ``StartWorker``; those who came before one stay.
        """
        if size < 0:
            raise RefusedError(f"A group cannot have {size} workers; with 0, all are stopped.")
        self._leaving &= self._fleet.workers.keys()
        members = self._members(like)
        for id_ in members[size:]:
            await self._fleet.stop(id_)
            self._leaving.add(id_)
        kept = members[:size]
        while len(kept) < size:
            kept.append(await self._start(like))
        return tuple(kept)

    async def _start(self, like: WorkerSpec) -> int:
        number = next_number(like.name, self._fleet.workers.values())
        id_ = await self._executor.run(StartWorker(replace(like, name=f"{like.name}-{number}")))
        assert id_ is not None, "a worker has an id"
        return id_

    def _members(self, like: WorkerSpec) -> list[int]:
        return sorted(id_ for id_, worker in self._fleet.workers.items() if self._belongs(worker, like))

    def _belongs(self, worker: WorkerState, like: WorkerSpec) -> bool:
        if worker.phase.over or worker.phase is Phase.STOPPING or worker.id in self._leaving:
            return False
        prefix, _, number = worker.spec.name.rpartition("-")
        return prefix == like.name and number.isdecimal() and worker.spec.source == like.source
