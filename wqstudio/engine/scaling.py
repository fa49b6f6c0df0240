"""Groups of workers of one kind, made larger and smaller while they work."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from wqstudio.brokers.port import RefusedError
from wqstudio.domain.commands import StartWorker
from wqstudio.domain.worker import WorkerSpec, WorkerState, next_number
from wqstudio.engine.executor import Executor
from wqstudio.fleet.supervisor import Fleet


class Scaling:
    """A group are the workers on one source that are called ``name-1``, ``name-2``, …, whoever started them."""

    def __init__(self, executor: Executor, fleet: Fleet) -> None:
        self._executor = executor
        self._fleet = fleet

    async def scale(self, like: WorkerSpec, size: int) -> tuple[int, ...]:
        """Have ``size`` workers in the group of ``like.name``: ids of those that stay and come, oldest first.

        Who comes is as ``like`` says; who goes are the newest, once they have finished what they hold. Errors as for
        ``StartWorker``; those who came before one stay.
        """
        if size < 0:
            raise RefusedError(f"A group cannot have {size} workers; with 0, all are stopped.")
        every = self._fleet.workers.values()
        members = (worker for worker in every if _belongs(worker, like))
        return await resize(self._fleet, members, size, lambda: self._start(like))

    async def _start(self, like: WorkerSpec) -> int:
        number = next_number(like.name, self._fleet.workers.values())
        id_ = await self._executor.run(StartWorker(replace(like, name=f"{like.name}-{number}")))
        assert id_ is not None, "a worker has an id"
        return id_


async def resize(
    fleet: Fleet, members: Iterable[WorkerState], size: int, start: Callable[[], Awaitable[int]]
) -> tuple[int, ...]:
    """Have ``size`` of them, as ``Scaling.scale``; those that are leaving are neither counted nor told again."""
    leaving = fleet.leaving
    staying = sorted(worker.id for worker in members if not worker.phase.over and worker.id not in leaving)
    for id_ in staying[size:]:
        await fleet.stop(id_)
    kept = staying[:size]
    while len(kept) < size:
        kept.append(await start())
    return tuple(kept)


def _belongs(worker: WorkerState, like: WorkerSpec) -> bool:
    prefix, _, number = worker.spec.name.rpartition("-")
    return prefix == like.name and number.isdecimal() and worker.spec.source == like.source
