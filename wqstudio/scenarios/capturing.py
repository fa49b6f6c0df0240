"""From what a studio is doing to a scenario that does the same: who works, with what settings, and what was done.

A ``Witness`` looks on from the beginning, since nobody else keeps what a person did by hand.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from wqstudio.domain.delivery import FleetBatch
from wqstudio.domain.scenario import Fault, FaultAction, Scenario
from wqstudio.domain.worker import Phase, ProducerSpec, ProducerState, WorkerSpec, WorkerState
from wqstudio.engine.studio import Studio
from wqstudio.scenarios.adapting import generalized
from wqstudio.scenarios.certainties import ending, expecting
from wqstudio.scenarios.spreading import everywhere
from wqstudio.scenarios.summing_up import summed_up

NOW = "what-i-play-now"
"""The name of a scenario that is captured to be compared at once."""
_TOGETHER = 1.0
"""Seconds after the first within which all others count as there from the beginning."""


@dataclass(frozen=True, slots=True)
class Capture:
    scenario: Scenario
    left_out: tuple[str, ...]
    """What could not be taken in, each in a sentence."""


@dataclass(slots=True)
class _Seen:
    """A worker or a producer."""

    came: float
    """Unix time in seconds."""
    first: WorkerState | ProducerState
    last: WorkerState | ProducerState


@dataclass(frozen=True, slots=True)
class _Deed:
    who: int
    at: float
    """Unix time in seconds."""
    action: FaultAction
    value: float = 0.0


class Witness:
    """Of who takes part in what is played now, and what has been done to them since it began.

    Something new begins with a scenario, and with who comes after all workers have ended. Producers that have ended
    before any worker came have filled the queue, and belong to it.
    """

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._seen: dict[int, _Seen] = {}
        self._deeds: list[_Deed] = []
        self._began = 0.0
        self._beginnings = studio.timeline.beginnings
        self._unsubscribe = studio.subscribe_fleet(self._on_batch)

    def detach(self) -> None:
        self._unsubscribe()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was done since the first of those who are at work now began: who came later, too."""
        names = self._names(self._seen)
        later = ((id_, seen.came) for id_, seen in self._seen.items() if seen.came - self._began > _TOGETHER)
        deeds = [*(_Deed(id_, came, FaultAction.START) for id_, came in later), *self._deeds]
        return tuple(
            Fault(round(max(0.0, deed.at - self._began), 1), deed.action, names[deed.who], deed.value)
            for deed in sorted(deeds, key=lambda deed: deed.at)
        )

    @property
    def idle(self) -> bool:
        """Nobody is at work, so there is nothing to take in."""
        return not self._live()

    @property
    def works(self) -> bool:
        """There are tasks, and somebody to work on them, or there were until a moment ago."""
        part = [self._seen[id_].last for id_ in self._taking_part()]
        return any(isinstance(one, WorkerState) for one in part) and any(isinstance(one, ProducerState) for one in part)

    def capture(self, name: str, title: str, *, with_faults: bool) -> Capture:
        """``with_faults``: as everyone began, when they came, with what was done since; else as everyone is now."""
        ids = list(self._seen) if with_faults else self._taking_part()
        made, product = self._studio.executor.specs, self._studio.connection.product
        states = [self._seen[id_].first if with_faults else self._seen[id_].last for id_ in ids]
        names = self._names(ids)
        named = {id_: _spec(state, names[id_]) for id_, state in zip(ids, states, strict=True)}
        workers = [spec for spec in named.values() if isinstance(spec, WorkerSpec)]
        producers = [spec for spec in named.values() if isinstance(spec, ProducerSpec)]
        faults = self.faults if with_faults else ()
        strange = sorted({*_taken_from(workers), *(one.queue for one in producers)} - made.keys())
        workers = [worker for worker in workers if made.keys() >= set(worker.queues)]
        producers = [producer for producer in producers if producer.queue in made]
        kept = {worker.name for worker in workers} | {producer.name for producer in producers}
        used = {*_taken_from(workers), *(producer.queue for producer in producers)}
        scenario = Scenario(
            name=name,
            title=title,
            summary="",
            queues=tuple(spec for spec in made.values() if {spec.name, spec.dead_letters_of, spec.retries_of} & used),
            workers=tuple(workers),
            producers=tuple(producers),
            products=(product,),
            faults=tuple(fault for fault in faults if fault.target in kept),
        )
        left_out = (f"Whoever uses {queue}: the studio did not make it, so a scenario cannot." for queue in strange)
        return Capture(_told(everywhere(ending(generalized(scenario, product)))), tuple(left_out))

    def _live(self) -> list[int]:
        return [id_ for id_, seen in self._seen.items() if not seen.last.phase.over]

    def _taking_part(self) -> list[int]:
        """Also producers that have sent all they had to send."""
        stopped = {deed.who for deed in self._deeds if deed.action in (FaultAction.STOP, FaultAction.CRASH)}
        return [id_ for id_, seen in self._seen.items() if not seen.last.phase.over or self._sent_all(id_, stopped)]

    def _sent_all(self, id_: int, stopped: set[int]) -> bool:
        last = self._seen[id_].last
        return isinstance(last, ProducerState) and last.phase is Phase.STOPPED and id_ not in stopped

    def _names(self, ids: Iterable[int]) -> dict[int, str]:
        """Each its own: two workers may be called alike, those of a scenario may not."""
        taken: set[str] = set()
        names = {}
        for id_ in ids:
            wanted = name = self._seen[id_].first.spec.name.replace("{n}", "n")
            number = 2
            while name in taken:
                name, number = f"{wanted}-{number}", number + 1
            names[id_] = name
            taken.add(name)
        return names

    def _on_batch(self, batch: FleetBatch) -> None:
        now = time.time()
        states: list[WorkerState | ProducerState] = [*batch.workers, *batch.producers]
        for state in states:
            seen = self._seen.get(state.id)
            if seen is not None:
                self._deeds += _deeds(seen.last, state, now)
                seen.last = state
            elif not state.phase.over or _was_quick(state):
                self._come(state, now)

    def _come(self, state: WorkerState | ProducerState, now: float) -> None:
        beginnings = self._studio.timeline.beginnings
        workers = any(isinstance(seen.first, WorkerState) for seen in self._seen.values())
        if beginnings != self._beginnings or (workers and not self._live()) or not self._seen:
            self._beginnings = beginnings
            self._seen, self._deeds, self._began = {}, [], now
        self._seen[state.id] = _Seen(now, state, state)


def _told(scenario: Scenario) -> Scenario:
    """With what it is about, and what is sure to come of it."""
    return expecting(replace(scenario, summary=summed_up(scenario)))


def _taken_from(workers: Iterable[WorkerSpec]) -> set[str]:
    return {queue for worker in workers for queue in worker.queues}


def _spec(state: WorkerState | ProducerState, name: str) -> WorkerSpec | ProducerSpec:
    return replace(state.spec, name=name)


def _deeds(before: WorkerState | ProducerState, now: WorkerState | ProducerState, at: float) -> Iterable[_Deed]:
    """What somebody must have done between the two."""
    if isinstance(before, WorkerState) and isinstance(now, WorkerState):
        if before.spec.speed != now.spec.speed:
            yield _Deed(now.id, at, FaultAction.SPEED, now.spec.speed)
        if before.spec.prefetch != now.spec.prefetch:
            yield _Deed(now.id, at, FaultAction.PREFETCH, now.spec.prefetch)
    if isinstance(before, ProducerState) and isinstance(now, ProducerState) and before.spec.rate != now.spec.rate:
        yield _Deed(now.id, at, FaultAction.RATE, now.spec.rate)
    action = _step(before.phase, now.phase)
    if action is not None:
        yield _Deed(now.id, at, action)


def _step(before: Phase, now: Phase) -> FaultAction | None:
    match before, now:
        case _, _ if before is now:
            return None
        case _, Phase.CRASHED:
            return FaultAction.CRASH
        case _, Phase.STOPPING:
            return FaultAction.STOP
        case _, Phase.PAUSED:
            return FaultAction.PAUSE
        case Phase.PAUSED, Phase.WAITING | Phase.WORKING:
            return FaultAction.RESUME
        case _:
            return None


def _was_quick(state: WorkerState | ProducerState) -> bool:
    """A producer of few messages may have sent them all before anything was told of it."""
    return isinstance(state, ProducerState) and state.phase is Phase.STOPPED
