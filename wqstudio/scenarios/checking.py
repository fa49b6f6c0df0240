"""What a scenario file says that each field allows, and that makes no sense together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from wqstudio.domain.connection import Product
from wqstudio.domain.routes import leads
from wqstudio.domain.scenario import FaultAction, group_of
from wqstudio.domain.worker import ProducerSpec, TaskKind
from wqstudio.engine.figures.run_figures import FIGURES, OF_PRODUCERS, OF_WORKERS, WHOLE
from wqstudio.fleet.mix import cannot_be_published
from wqstudio.fleet.supervisor import MOST_WORKERS
from wqstudio.scenarios.checking_bounds import bound_problems
from wqstudio.scenarios.checking_ends import end_problems
from wqstudio.scenarios.checking_names import name_problems
from wqstudio.scenarios.file_format import (
    ExpectationTable,
    FaultTable,
    ProducerTable,
    QueueTable,
    ScenarioFile,
    SettingTable,
    SourceTable,
    WorkerTable,
)
from wqstudio.scenarios.naming import (
    consumers_of,
    default_queue,
    default_routes,
    is_worked_on,
    members,
    work_queues,
)
from wqstudio.scenarios.positions import Path
from wqstudio.scenarios.problems import Problem, no_such

_FEWEST, _MOST = 2, 4
_LONGEST_ON_RABBITMQ = 4_294_967
"""Seconds; it counts milliseconds in four bytes."""
_Table = TypeVar("_Table")


def problems(file: ScenarioFile) -> list[Problem]:
    cast = _Cast(file)
    return [
        *_of_the_whole(file),
        *_of_too_many(file),
        *_of_queues(file),
        *name_problems(file),
        *end_problems(file),
        *_of_names(file),
        *_of_each("workers", file.workers, partial(_of_worker, file)),
        *_of_each("producers", file.producers, partial(_of_producer, file)),
        *_of_each("faults", file.faults, cast.of_fault),
        *_of_each("expectations", file.expectations, cast.of_expectation),
        *_of_each("settings", file.settings, cast.of_setting),
    ]


def _of_each(
    kind: str, tables: Sequence[_Table], problems_of: Callable[[Path, _Table], Iterable[Problem]]
) -> Iterator[Problem]:
    for number, table in enumerate(tables):
        yield from problems_of((kind, number), table)


def _of_the_whole(file: ScenarioFile) -> Iterator[Problem]:
    for number, product in enumerate(file.played_on):
        if product not in file.on:
            yield Problem(("played_on", number), _not_played_on(product))
    for product in file.takes_on:
        if product not in file.on:
            yield Problem(("takes_on", product), _not_played_on(product))
    if file.settings and not _FEWEST <= len(file.settings) <= _MOST:
        yield Problem(("settings",), f"{_FEWEST} to {_MOST} settings can be compared, not {len(file.settings)}")
    if not file.workers and not file.producers:
        yield Problem((), "nobody plays: there are neither workers nor producers; add [[workers]] and [[producers]]")


def _of_too_many(file: ScenarioFile) -> Iterator[Problem]:
    """Of those who are there from the beginning: who comes later may come once others have gone."""
    later = {fault.target for fault in file.faults if fault.action == FaultAction.START.value}
    there = 0
    for number, table in enumerate(file.workers):
        names = members(table.name, table.count)
        there += sum(not {name, group_of(name)} & later for name in names)
        if there > MOST_WORKERS:
            yield Problem(
                ("workers", number, "count"),
                f"{MOST_WORKERS} can work at a time, and here are {there:,}; lower a count",
            )
            return


def _not_played_on(product: str) -> str:
    return f'{product} is not in "on"; add it there, or leave it out here'


def _of_queues(file: ScenarioFile) -> Iterator[Problem]:
    yield from _repeated("queues", [queue.name for queue in file.queues])
    for number, queue in enumerate(file.queues):
        path: Path = ("queues", number)
        consumers = [consumer.name for consumer in consumers_of(queue)]
        for at, name in _repeats(consumers):
            yield Problem((*path, "consumers", at, "name"), f"there are two consumers {name}; rename one")
        yield from _of_products(file, path, queue)


def _of_products(file: ScenarioFile, path: Path, queue: QueueTable) -> Iterator[Problem]:
    """What is too much for the brokers that it is for."""
    if "rabbitmq" in file.on and queue.max_age > _LONGEST_ON_RABBITMQ:
        yield Problem((*path, "max_age"), f"RabbitMQ takes {_LONGEST_ON_RABBITMQ:,} s at most; 0 stands for no limit")


def _of_names(file: ScenarioFile) -> Iterator[Problem]:
    """Workers and producers share one space of names, since faults and expectations call both by theirs."""
    seen: set[str] = set()
    workers = [("workers", number, table.name, table.count) for number, table in enumerate(file.workers)]
    producers = [("producers", number, table.name, table.count) for number, table in enumerate(file.producers)]
    for kind, number, name, count in workers + producers:
        names = members(name, count)
        if taken := sorted(seen & set(names)):
            yield Problem((kind, number, "name"), f"{taken[0]} is the name of somebody else already; rename one")
        seen |= set(names)
    yield from _repeated("settings", [setting.name for setting in file.settings])


def _repeated(kind: str, names: Sequence[str]) -> Iterator[Problem]:
    for number, name in _repeats(names):
        yield Problem((kind, number, "name"), f"{name} is there twice; rename one")


def _repeats(names: Sequence[str]) -> Iterator[tuple[int, str]]:
    return ((number, name) for number, name in enumerate(names) if name in names[:number])


def _of_worker(file: ScenarioFile, path: Path, worker: WorkerTable) -> Iterator[Problem]:
    yield from _of_source(file, path, SourceTable(worker.queue, worker.consumer))
    if worker.prior is not None:
        yield from _of_source(file, (*path, "prior"), worker.prior)
        if "rabbitmq" in file.on:
            yield Problem((*path, "prior"), 'only workers on NATS look into one stream first; say on = ["nats"]')
    yield from _of_keeping(path, worker.keeps, file.on, 'on = ["nats"]')


def _of_keeping(path: Path, keeps: bool | None, on: Sequence[str], remedy: str) -> Iterator[Problem]:
    """RabbitMQ has a consumer timeout, which no word from a worker puts off, and for which it looks once a minute."""
    if keeps is False and "rabbitmq" in on:
        said = f"RabbitMQ has no ack wait: it waits for no word while a worker is at it; say {remedy}"
        yield Problem((*path, "keeps"), said)


def _of_source(file: ScenarioFile, path: Path, source: SourceTable) -> Iterator[Problem]:
    yield from _of_queue(file, path, source.queue)
    found = [queue for queue in file.queues if queue.name == default_queue(source.queue, file)]
    if not found or not is_worked_on(found[0]):
        return
    names = [consumer.name for consumer in consumers_of(found[0])]
    if source.consumer and source.consumer not in names:
        yield Problem((*path, "consumer"), no_such(f"consumer of {found[0].name}", source.consumer, names))
    if not source.consumer and len(names) != 1 and "nats" in file.on:
        there = f"which of {', '.join(names)}?" if names else "leave consumers out there, or add one"
        yield Problem(path, f'field "consumer" is missing: {found[0].name} has {len(names)} consumers; {there}')


def _of_queue(file: ScenarioFile, path: Path, named: str) -> Iterator[Problem]:
    work = list(dict.fromkeys(queue.name for queue in work_queues(file)))  # that one is there twice is said already
    if not named and len(work) != 1:
        there = f"which of {', '.join(work)}?" if work else "add a [[queues]] that is not a place for dead letters"
        yield Problem(path, f'field "queue" is missing: there are {len(work)} work queues; {there}')
    if named and named not in work:
        yield Problem((*path, "queue"), no_such("work queue", named, work))


def _of_producer(file: ScenarioFile, path: Path, producer: ProducerTable) -> Iterator[Problem]:
    yield from _of_queue(file, path, producer.queue)
    if producer.messages is None and (file.start == "filled" or file.ends == "drained"):
        why = 'start = "filled"' if file.start == "filled" else "ending once all work is done"
        yield Problem(path, f'field "messages" is missing: {why} needs a producer that ends')
    queue = next((each for each in file.queues if each.name == default_queue(producer.queue, file)), None)
    if queue is not None and producer.route:
        routes = default_routes(queue) if queue.routes is None else queue.routes
        if not any(leads(producer.route, route) for route in routes):
            yield Problem((*path, "route"), f"{producer.route} does not lead to {queue.name} ({', '.join(routes)})")
    yield from _of_tasks(path, producer)


def _of_tasks(path: Path, producer: ProducerTable) -> Iterator[Problem]:
    mix = tuple(TaskKind(kind.title, poison=kind.poison, permanent=kind.permanent) for kind in producer.mix)
    if why := cannot_be_published(ProducerSpec(producer.name, "", "", mix=mix, dots=producer.dots)):
        yield Problem((*path, "dots"), why[0].lower() + why[1:].rstrip("."))


class _Cast:
    """Who there is to be named."""

    def __init__(self, file: ScenarioFile) -> None:
        self._file = file
        workers = [name for table in file.workers for name in members(table.name, table.count)]
        producers = [name for table in file.producers for name in members(table.name, table.count)]
        self._workers = set(workers) | {group_of(name) for name in workers}
        self._groups = {group_of(name) for name in workers}
        self._producers = set(producers) | {group_of(name) for name in producers}
        self._settings = [setting.name for setting in file.settings]

    def of_fault(self, path: Path, fault: FaultTable) -> Iterator[Problem]:
        action = FaultAction(fault.action)
        yield from self._of_target(path, fault, action)
        if action.takes_value and fault.value is None:
            yield Problem(path, f'field "value" is missing: {action.value} to what?')
        elif not action.takes_value and fault.value is not None:
            yield Problem((*path, "value"), f"{action.value} takes none; leave it out")
        elif action is FaultAction.SPEED and not fault.value:
            yield Problem((*path, "value"), "the speed has to be above 0; pause the worker instead")
        elif action in {FaultAction.SCALE, FaultAction.PREFETCH} and fault.value != round(fault.value or 0):
            yield Problem((*path, "value"), f"expected a whole number, got {fault.value:g}")
        elif action is FaultAction.SCALE and (fault.value or 0) > MOST_WORKERS:
            yield Problem(
                (*path, "value"), f"{MOST_WORKERS} workers can work at a time, not {fault.value:,.0f}; lower it"
            )
        if fault.at >= self._file.seconds:
            said = f"by then it is over: it is played for {self._file.seconds:g} s at most; raise seconds"
            yield Problem((*path, "at"), said)
        if fault.when == "full" and action is not FaultAction.START:
            yield Problem((*path, "when"), f'{action.value} waits for no full queue; only "start" can')
        elif fault.when == "at work" and not action.takes_turn:
            waiting = ", ".join(f'"{each.value}"' for each in FaultAction if each.takes_turn)
            yield Problem((*path, "when"), f"{action.value} waits for nobody's work; only these can: {waiting}")
        yield from self._of_added_consumer(path, fault, action)
        yield from self._of_product(path, fault.on)

    def _of_target(self, path: Path, fault: FaultTable, action: FaultAction) -> Iterator[Problem]:
        known: Iterable[str]
        match action:
            case FaultAction.RESTART_BROKER:
                if fault.target:
                    yield Problem((*path, "target"), "there is one broker only; leave it out")
                return
            case FaultAction.ADD_CONSUMER:
                kind, known = "work queue", [queue.name for queue in work_queues(self._file)]
            case FaultAction.SCALE:
                kind, known = "group of workers", self._groups
            case FaultAction.RATE:
                kind, known = "producer", self._producers
            case FaultAction.SPEED | FaultAction.PREFETCH | FaultAction.KILL_HOST:
                kind, known = "worker", self._workers
            case _ if fault.when is not None:
                kind, known = "worker", self._workers
            case _:
                kind, known = "worker or producer", self._workers | self._producers
        if not fault.target:
            yield Problem(path, f'field "target" is missing: which {kind}?')
        elif fault.target not in known:
            yield Problem((*path, "target"), no_such(kind, fault.target, known))

    def _of_added_consumer(self, path: Path, fault: FaultTable, action: FaultAction) -> Iterator[Problem]:
        if action is not FaultAction.ADD_CONSUMER:
            if fault.consumer is not None:
                yield Problem((*path, "consumer"), f"{action.value} takes none; leave it out")
            return
        if fault.consumer is None:
            yield Problem(path, 'field "consumer" is missing: what is added?')
        if "rabbitmq" in self._file.on and fault.on != "nats":
            yield Problem(path, 'only NATS has consumers apart from those who consume; say on = "nats"')

    def of_expectation(self, path: Path, expectation: ExpectationTable) -> Iterator[Problem]:
        if expectation.figure not in FIGURES:
            yield Problem((*path, "figure"), no_such("figure", expectation.figure, FIGURES, most=len(FIGURES)))
        yield from bound_problems(path, expectation)
        for field in ("of", "times_of"):
            named = getattr(expectation, field)
            if named and expectation.figure in WHOLE:
                yield Problem((*path, field), f"{expectation.figure} is a figure of the whole run; leave it out")
            elif named:
                yield from self._of_part((*path, field), expectation.figure, named)
        for field in ("setting", "times_setting"):
            named = getattr(expectation, field)
            if named and named not in self._settings:
                yield Problem((*path, field), no_such("setting", named, self._settings))
        yield from self._of_product(path, expectation.on)

    def _of_part(self, path: Path, figure: str, named: str) -> Iterator[Problem]:
        """Figures that only some of those who play have."""
        known, kind = self._workers | self._producers, "worker or producer"
        if figure in OF_PRODUCERS:
            known, kind = self._producers, "producer"
        elif figure in OF_WORKERS:
            known, kind = self._workers, "worker"
        if named not in known:
            yield Problem(path, no_such(kind, named, known))

    def of_setting(self, path: Path, setting: SettingTable) -> Iterator[Problem]:
        if setting.target and setting.target not in self._workers:
            yield Problem((*path, "target"), no_such("worker", setting.target, self._workers))
        groups = self._groups
        if setting.count is not None and (setting.target not in groups if setting.target else len(groups) != 1):
            yield Problem((*path, "count"), f'say in "target" which group is meant: {", ".join(sorted(groups))}')
        for field in ("durable", "persistent"):
            if getattr(setting, field) is not None and "nats" in ([setting.on] if setting.on else self._file.on):
                yield Problem((*path, field), 'NATS keeps what its stream keeps; say on = "rabbitmq"')
        yield from _of_keeping(path, setting.keeps, [setting.on] if setting.on else self._file.on, 'on = "nats"')
        yield from self._of_product(path, setting.on)

    def _of_product(self, path: Path, named: str | None) -> Iterator[Problem]:
        if named is not None and named not in self._file.on:
            said = f'the scenario is not played on {Product(named).title}; name that in its own "on", or leave this out'
            yield Problem((*path, "on"), said)
