"""Who hands work to whom in a scenario: what a picture of it shows, column by column."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from itertools import groupby

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import QueueSpec, Source
from wqstudio.domain.routes import leads
from wqstudio.domain.scenario import Scenario, group_of
from wqstudio.domain.worker import FailureAction, ProducerSpec, WorkerSpec
from wqstudio.ui.models.scenario_words import held

_MOST_ROWS = 6
"""Of one column; beyond it, alike names are drawn as one whatever their speeds."""


class Kind(Enum):
    PRODUCERS = "producers"
    QUEUE = "queue"
    DEAD = "dead letters"
    RETRIES = "retry queue"
    CONSUMER = "consumer"
    WORKERS = "workers"


class Way(Enum):
    FLOW = "work"
    FIRST = "work that is taken first"
    DEAD = "dead letters"
    BACK = "work that is tried again"
    ASIDE = "work that waits until it is tried again"
    ON = "work that is passed on"


@dataclass(frozen=True, slots=True)
class Station:
    key: str
    kind: Kind
    name: str
    detail: str = ""
    count: int = 1
    """Of alike producers or workers that are drawn as one."""
    speed: float | None = None
    """Of workers, where not all work alike."""
    lane: int = 0
    """Of workers: by which the colour goes."""


@dataclass(frozen=True, slots=True)
class Link:
    start: str
    end: str
    """Keys of stations."""
    way: Way


@dataclass(frozen=True, slots=True)
class Topology:
    columns: tuple[tuple[Station, ...], ...]
    """Producers, queues, consumers where a queue has several, workers; each from top to bottom. None is empty."""
    links: tuple[Link, ...]

    @property
    def rows(self) -> int:
        return max(map(len, self.columns), default=0)

    @property
    def spoken(self) -> str:
        """For those who cannot see it."""
        return "; ".join(", ".join(filter(None, map(_spoken, column))) for column in self.columns)


def topology(scenario: Scenario, product: Product | None = None) -> Topology:
    """``product``: on whose broker it is looked at; None: on the first that it is for."""
    shown = product or scenario.products[0]
    if product is Product.NATS:  # which has no retry queues
        scenario = replace(scenario, queues=tuple(queue for queue in scenario.queues if not queue.retries_of))
    crews = _crews(scenario.workers)
    by_consumer = shown is Product.NATS and any(len(queue.consumers) > 1 for queue in scenario.queues)
    columns = (
        tuple(_producers(scenario.producers)),
        tuple(_queues(scenario.queues)),
        tuple(_consumers(scenario.queues)) if by_consumer else (),
        tuple(_workers(crews, product if len(scenario.products) > 1 else shown)),
    )
    links = (
        *_feeds(scenario.producers),
        *_takes(crews, by_consumer=by_consumer),
        *_aside(scenario.queues),
        *_forwards(crews, scenario.queues),
    )
    lines = (*links, *(_branches(scenario.queues) if by_consumer else ()), *_returns(scenario))
    there = {station.key for column in columns for station in column}
    known = (link for link in dict.fromkeys(lines) if {link.start, link.end} <= there)
    return Topology(tuple(filter(None, columns)), tuple(known))


def _spoken(station: Station) -> str:
    number = f"{station.count} " if station.count > 1 else ""
    what = {Kind.PRODUCERS: "producer", Kind.WORKERS: "worker"}.get(station.kind, station.kind.value)
    return f"{number}{what} {station.name}{f' ({station.detail})' if station.detail else ''}"


def _alike(producer: ProducerSpec) -> tuple[str, str]:
    return (producer.queue, group_of(producer.name))


def _producers(producers: Iterable[ProducerSpec]) -> Iterator[Station]:
    for (queue, group), alike in groupby(sorted(producers, key=_alike), key=_alike):
        members = list(alike)
        name = members[0].name if len(members) == 1 else group
        yield Station(f"producer {queue} {group}", Kind.PRODUCERS, name, _pace(members), len(members))


def _pace(members: list[ProducerSpec]) -> str:
    first = members[0]
    number = "" if first.count is None else f"{first.count:,} messages"
    pace = f"{first.rate:g}/s" if first.rate else ""
    return ", ".join(filter(None, (number, pace))) or "as fast as can be"


def _queues(queues: Iterable[QueueSpec]) -> Iterator[Station]:
    """Each followed by where its dead letters go, and where what is tried again waits."""
    every = list(queues)
    for queue in every:
        if queue.is_worked_on:
            yield Station(f"queue {queue.name}", Kind.QUEUE, queue.name)
            for beside in every:
                if beside.dead_letters_of == queue.name:
                    yield Station(f"queue {beside.name}", Kind.DEAD, beside.name)
                elif beside.retries_of == queue.name:
                    yield Station(f"queue {beside.name}", Kind.RETRIES, beside.name, f"{beside.delay:g} s")


def _consumers(queues: Iterable[QueueSpec]) -> Iterator[Station]:
    for queue in queues:
        for consumer in queue.consumers:
            yield Station(f"consumer {queue.name} {consumer.name}", Kind.CONSUMER, consumer.name, consumer.filter)


@dataclass(frozen=True, slots=True)
class _Crew:
    """Workers that are drawn as one."""

    members: tuple[WorkerSpec, ...]
    lane: int

    @property
    def key(self) -> str:
        return f"workers {self.members[0].name}"


def _crews(workers: tuple[WorkerSpec, ...]) -> list[_Crew]:
    """As finely as the picture has room for."""
    numbered = list(enumerate(workers))
    for told_apart in (_by_pace, _by_group, _by_source):
        crews: dict[object, list[tuple[int, WorkerSpec]]] = {}
        for number, worker in numbered:
            crews.setdefault(told_apart(worker), []).append((number, worker))
        if len(crews) <= _MOST_ROWS or told_apart is _by_source:
            break
    return [_Crew(tuple(worker for _, worker in crew), crew[0][0]) for crew in crews.values()]


def _by_pace(worker: WorkerSpec) -> object:
    return (_by_group(worker), worker.speed, worker.prefetch, worker.ack_mode)


def _by_group(worker: WorkerSpec) -> object:
    return (group_of(worker.name), _by_source(worker))


def _by_source(worker: WorkerSpec) -> object:
    return (worker.source, worker.prior)


def _workers(crews: list[_Crew], product: Product | None) -> Iterator[Station]:
    alike = len({worker.speed for crew in crews for worker in crew.members}) == 1
    for crew in crews:
        first = crew.members[0]
        speeds = sorted({worker.speed for worker in crew.members})
        same = len(speeds) == 1
        name = first.name if len(crew.members) == 1 else group_of(first.name)
        pace = "" if alike else (f"×{speeds[0]:g}" if same else f"×{speeds[0]:g} to ×{speeds[-1]:g}")
        detail = " · ".join(filter(None, (pace, _prefetch(first, product))))
        speed = None if alike or not same else speeds[0]
        yield Station(crew.key, Kind.WORKERS, name, detail, len(crew.members), speed, crew.lane)


def _prefetch(worker: WorkerSpec, product: Product | None) -> str:
    called = held(product)
    return f"{called} {worker.prefetch}" if worker.prefetch else f"no {called} limit"


def _feeds(producers: Iterable[ProducerSpec]) -> Iterator[Link]:
    for producer in producers:
        queue, group = _alike(producer)
        yield Link(f"producer {queue} {group}", f"queue {queue}", Way.FLOW)


def _branches(queues: Iterable[QueueSpec]) -> Iterator[Link]:
    for queue in queues:
        for consumer in queue.consumers:
            yield Link(f"queue {queue.name}", f"consumer {queue.name} {consumer.name}", Way.FLOW)


def _takes(crews: Iterable[_Crew], *, by_consumer: bool) -> Iterator[Link]:
    for crew in crews:
        first = crew.members[0]
        yield Link(_place(first.source, by_consumer=by_consumer), crew.key, Way.FLOW)
        if first.prior is not None:
            yield Link(_place(first.prior, by_consumer=by_consumer), crew.key, Way.FIRST)


def _place(source: Source, *, by_consumer: bool) -> str:
    if by_consumer and source.consumer:
        return f"consumer {source.queue} {source.consumer}"
    return f"queue {source.queue}"


def _aside(queues: Iterable[QueueSpec]) -> Iterator[Link]:
    for queue in queues:
        if queue.dead_letters_of:
            yield Link(f"queue {queue.dead_letters_of}", f"queue {queue.name}", Way.DEAD)
        elif queue.retries_of:
            yield Link(f"queue {queue.retries_of}", f"queue {queue.name}", Way.ASIDE)


def _forwards(crews: Iterable[_Crew], queues: Iterable[QueueSpec]) -> Iterator[Link]:
    for crew in crews:
        route = crew.members[0].forward
        for queue in queues if route else ():
            if any(leads(route, pattern) for pattern in queue.routes):
                yield Link(crew.key, f"queue {queue.name}", Way.ON)


def _returns(scenario: Scenario) -> Iterator[Link]:
    """Where work may fail, and is tried again: one way a queue, from the first who take from it."""
    poisoned = {producer.queue for producer in scenario.producers if any(kind.poison for kind in producer.mix)}
    drawn: set[str] = set()
    for crew in _crews(scenario.workers):
        worker, queue = crew.members[0], crew.members[0].source.queue
        fails = worker.failure_rate > 0 or queue in poisoned
        if fails and worker.on_failure.action is not FailureAction.TERMINATE and queue not in drawn:
            drawn.add(queue)
            yield Link(crew.key, f"queue {queue}", Way.BACK)
