"""What a scenario file says that each field allows, and that makes no sense together."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import FaultAction, group_of
from wqstudio.engine.run_figures import FIGURES, WHOLE
from wqstudio.scenarios.checking_names import name_problems
from wqstudio.scenarios.file_format import (
    ExpectationTable,
    FaultTable,
    ProducerTable,
    ScenarioFile,
    SettingTable,
    SourceTable,
    WorkerTable,
)
from wqstudio.scenarios.naming import consumers_of, default_queue, default_routes, members, work_queues
from wqstudio.scenarios.positions import Path
from wqstudio.scenarios.problems import Problem, suggestion

_FEWEST, _MOST = 2, 4
_Table = TypeVar("_Table")
_OPEN = {"{n}", "{kind}", "{partition}"}


def problems(file: ScenarioFile) -> list[Problem]:
    cast = _Cast(file)
    return [
        *_of_the_whole(file),
        *_of_queues(file),
        *name_problems(file),
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
            yield Problem(("played_on", number), f'{product} is not in "on"')
    if file.settings and not _FEWEST <= len(file.settings) <= _MOST:
        yield Problem(("settings",), f"{_FEWEST} to {_MOST} settings can be compared, not {len(file.settings)}")
    if not file.workers and not file.producers:
        yield Problem((), "nobody plays: there are neither workers nor producers")


def _of_queues(file: ScenarioFile) -> Iterator[Problem]:
    names = [queue.name for queue in file.queues]
    yield from _repeated("queues", names)
    work = [queue.name for queue in work_queues(file)]
    for number, queue in enumerate(file.queues):
        path: Path = ("queues", number)
        if queue.dead_letters_of and queue.dead_letters_of not in work:
            yield Problem((*path, "dead_letters_of"), _no("work queue", queue.dead_letters_of, work))
        if queue.dead_letters_of and queue.consumers:
            yield Problem((*path, "consumers"), "dead letters are for people to look at; leave their consumers out")
        consumers = [consumer.name for consumer in consumers_of(queue)]
        for at, name in _repeats(consumers):
            yield Problem((*path, "consumers", at, "name"), f"there are two consumers {name}")


def _of_names(file: ScenarioFile) -> Iterator[Problem]:
    """Workers and producers share one space of names, since faults and expectations call both by theirs."""
    seen: set[str] = set()
    workers = [("workers", number, table.name, table.count) for number, table in enumerate(file.workers)]
    producers = [("producers", number, table.name, table.count) for number, table in enumerate(file.producers)]
    for kind, number, name, count in workers + producers:
        names = members(name, count)
        if taken := sorted(seen & set(names)):
            yield Problem((kind, number, "name"), f"{taken[0]} is the name of somebody else already")
        seen |= set(names)
    yield from _repeated("settings", [setting.name for setting in file.settings])


def _repeated(kind: str, names: Sequence[str]) -> Iterator[Problem]:
    for number, name in _repeats(names):
        yield Problem((kind, number, "name"), f"{name} is there twice")


def _repeats(names: Sequence[str]) -> Iterator[tuple[int, str]]:
    return ((number, name) for number, name in enumerate(names) if name in names[:number])


def _of_worker(file: ScenarioFile, path: Path, worker: WorkerTable) -> Iterator[Problem]:
    yield from _of_source(file, path, SourceTable(worker.queue, worker.consumer))
    if worker.prior is not None:
        yield from _of_source(file, (*path, "prior"), worker.prior)
        if "rabbitmq" in file.on:
            yield Problem((*path, "prior"), 'only workers on NATS look into one stream first; say on = ["nats"]')


def _of_source(file: ScenarioFile, path: Path, source: SourceTable) -> Iterator[Problem]:
    yield from _of_queue(file, path, source.queue)
    found = [queue for queue in file.queues if queue.name == default_queue(source.queue, file)]
    if not found or found[0].dead_letters_of:
        return
    names = [consumer.name for consumer in consumers_of(found[0])]
    if source.consumer and source.consumer not in names:
        yield Problem((*path, "consumer"), _no(f"consumer of {found[0].name}", source.consumer, names))
    if not source.consumer and len(names) != 1 and "nats" in file.on:
        yield Problem(path, f'field "consumer" is missing: {found[0].name} has {len(names)} consumers')


def _of_queue(file: ScenarioFile, path: Path, named: str) -> Iterator[Problem]:
    work = [queue.name for queue in work_queues(file)]
    if not named and len(work) != 1:
        yield Problem(path, f'field "queue" is missing: there are {len(work)} work queues')
    if named and named not in work:
        yield Problem((*path, "queue"), _no("work queue", named, work))


def _of_producer(file: ScenarioFile, path: Path, producer: ProducerTable) -> Iterator[Problem]:
    yield from _of_queue(file, path, producer.queue)
    if producer.messages is None and (file.start == "filled" or file.ends == "drained"):
        why = 'start = "filled"' if file.start == "filled" else "ending once all work is done"
        yield Problem(path, f'field "messages" is missing: {why} needs a producer that ends')
    queue = next((each for each in file.queues if each.name == default_queue(producer.queue, file)), None)
    if queue is not None and producer.route:
        routes = default_routes(queue) if queue.routes is None else queue.routes
        if not any(_leads(producer.route, route) for route in routes):
            yield Problem((*path, "route"), f"{producer.route} does not lead to {queue.name} ({', '.join(routes)})")


def _leads(route: str, subject: str) -> bool:
    words, pattern = route.split("."), subject.split(".")
    if pattern[-1] == ">":
        words, pattern = words[: len(pattern) - 1], pattern[:-1]
        if len(route.split(".")) <= len(pattern):
            return False
    return len(words) == len(pattern) and all(
        wanted in {"*", word} or any(mark in word for mark in _OPEN)
        for word, wanted in zip(words, pattern, strict=True)
    )


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
            yield Problem((*path, "value"), f"{action.value} takes none")
        elif action is FaultAction.SPEED and not fault.value:
            yield Problem((*path, "value"), "the speed has to be above 0; pause the worker instead")
        elif action in {FaultAction.SCALE, FaultAction.PREFETCH} and fault.value != round(fault.value or 0):
            yield Problem((*path, "value"), f"expected a whole number, got {fault.value:g}")
        if fault.at >= self._file.seconds:
            yield Problem((*path, "at"), f"by then it is over: it is played for {self._file.seconds:g} s at most")
        if fault.when is not None and not action.takes_turn:
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
            yield Problem((*path, "target"), _no(kind, fault.target, known))

    def _of_added_consumer(self, path: Path, fault: FaultTable, action: FaultAction) -> Iterator[Problem]:
        if action is not FaultAction.ADD_CONSUMER:
            if fault.consumer is not None:
                yield Problem((*path, "consumer"), f"{action.value} takes none")
            return
        if fault.consumer is None:
            yield Problem(path, 'field "consumer" is missing: what is added?')
        if "rabbitmq" in self._file.on and fault.on != "nats":
            yield Problem(path, 'only NATS has consumers apart from those who consume; say on = "nats"')

    def of_expectation(self, path: Path, expectation: ExpectationTable) -> Iterator[Problem]:
        if expectation.figure not in FIGURES:
            yield Problem((*path, "figure"), _no("figure", expectation.figure, FIGURES))
        if expectation.equals is None and expectation.at_least is None and expectation.at_most is None:
            yield Problem(path, 'a bound is missing: say "is", "at_least" or "at_most"')
        for field in ("of", "times_of"):
            named = getattr(expectation, field)
            if named and expectation.figure in WHOLE:
                yield Problem((*path, field), f"{expectation.figure} is a figure of the whole run")
            elif named and named not in self._workers | self._producers:
                yield Problem((*path, field), _no("worker or producer", named, self._workers | self._producers))
        for field in ("setting", "times_setting"):
            named = getattr(expectation, field)
            if named and named not in self._settings:
                yield Problem((*path, field), _no("setting", named, self._settings))
        yield from self._of_product(path, expectation.on)

    def of_setting(self, path: Path, setting: SettingTable) -> Iterator[Problem]:
        if setting.target and setting.target not in self._workers:
            yield Problem((*path, "target"), _no("worker", setting.target, self._workers))
        groups = self._groups
        if setting.count is not None and (setting.target not in groups if setting.target else len(groups) != 1):
            yield Problem((*path, "count"), f'say in "target" which group is meant: {", ".join(sorted(groups))}')
        for field in ("durable", "persistent"):
            if getattr(setting, field) is not None and "nats" in ([setting.on] if setting.on else self._file.on):
                yield Problem((*path, field), 'NATS keeps what its stream keeps; say on = "rabbitmq"')
        yield from self._of_product(path, setting.on)

    def _of_product(self, path: Path, named: str | None) -> Iterator[Problem]:
        if named is not None and named not in self._file.on:
            yield Problem((*path, "on"), f"the scenario is not played on {Product(named).title}")


def _no(kind: str, named: str, known: Iterable[str]) -> str:
    return f'there is no {kind} "{named}"{suggestion(named, known)}'
