"""From the text of a scenario file to a scenario, or to all that is wrong with it."""

import tomllib
from pathlib import Path

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.scenario import Expectation, Fault, FaultAction, Scenario, Setting, Start
from wqstudio.domain.worker import FailureAction, OnFailure, ProducerSpec, Spread, TaskKind, WorkerSpec
from wqstudio.scenarios.checking import problems
from wqstudio.scenarios.file_format import (
    ConsumerTable,
    ExpectationTable,
    FailureTable,
    FaultTable,
    KindTable,
    ProducerTable,
    QueueTable,
    ScenarioFile,
    SettingTable,
    SourceTable,
    WorkerTable,
)
from wqstudio.scenarios.naming import (
    ACKS,
    FAILURES,
    consumers_of,
    default_consumer,
    default_queue,
    default_route,
    default_routes,
    members,
    queue_of_target,
    retry_queue_of,
)
from wqstudio.scenarios.positions import positions
from wqstudio.scenarios.problems import ScenarioError, syntax_error, told
from wqstudio.scenarios.validating import validated


def read_file(path: Path) -> Scenario:
    """ScenarioError says what is wrong, or that there is no such file."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors put a mark before it
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ScenarioError(f"{path}: not a text file in UTF-8; save it as that") from error
    return read(text, str(path), path.stem)


def read(text: str, source: str, name: str) -> Scenario:
    """``source`` names the text in complaints; ``name`` is the scenario's, unless it says another."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise syntax_error(source, text, str(error)) from None
    file, found = validated(document)
    if file is None or (found := problems(file)):
        raise told(source, positions(text), found)
    return _scenario(file, name)


def _scenario(file: ScenarioFile, name: str) -> Scenario:
    return Scenario(
        name=file.name or name,
        title=file.title or file.name or name,
        summary=file.summary,
        queues=tuple(map(_queue, file.queues)),
        workers=tuple(worker for table in file.workers for worker in _workers(table, file)),
        producers=tuple(producer for table in file.producers for producer in _producers(table, file)),
        products=tuple(map(Product, file.on)),
        played_on=tuple(map(Product, file.played_on)),
        topic=file.topic,
        watch=tuple(file.watch),
        start=Start(file.start),
        seconds=file.seconds,
        takes=file.takes,
        takes_on=tuple((Product(name), seconds) for name, seconds in file.takes_on.items()),
        drained=file.ends == "drained",
        faults=tuple(map(_fault, file.faults)),
        expectations=tuple(map(_expectation, file.expectations)),
        settings=tuple(_setting(table, file) for table in file.settings),
    )


def _queue(table: QueueTable) -> QueueSpec:
    return QueueSpec(
        name=table.name,
        routes=default_routes(table) if table.routes is None else tuple(table.routes),
        max_messages=table.max_messages,
        max_bytes=table.max_bytes,
        max_age=table.max_age,
        discard_new=table.discard == "new",
        in_memory=table.in_memory,
        durable=table.durable,
        dead_letters_of=table.dead_letters_of,
        retries_of=table.retries_of,
        delay=table.delay or 0.0,
        consumers=tuple(map(_consumer, consumers_of(table))),
    )


def _consumer(table: ConsumerTable) -> ConsumerSpec:
    return ConsumerSpec(table.name, table.filter, table.ack_wait, table.max_deliver, table.max_in_flight)


def _workers(table: WorkerTable, file: ScenarioFile) -> list[WorkerSpec]:
    source = _source(SourceTable(default_queue(table.queue, file), table.consumer), file)
    return [
        WorkerSpec(
            name=name,
            source=source,
            service_time=table.service,
            spread=Spread(table.spread),
            speed=table.speed,
            failure_rate=table.failure_rate,
            prefetch=table.prefetch,
            ack_mode=ACKS[table.acks],
            on_failure=_on_failure(table.on_failure, retry_queue_of(source.queue, file)),
            seed=table.seed,
            prior=None if table.prior is None else _source(table.prior, file),
            forward=table.forward,
            keeps=table.keeps,
        )
        for name in members(table.name, table.count)
    ]


def _source(table: SourceTable, file: ScenarioFile) -> Source:
    return Source(table.queue, table.consumer or default_consumer(table.queue, file), table.patience)


def _producers(table: ProducerTable, file: ScenarioFile) -> list[ProducerSpec]:
    queue = default_queue(table.queue, file)
    return [
        ProducerSpec(
            name=name,
            queue=queue,
            route=table.route or default_route(queue, file),
            rate=table.rate,
            burst=table.burst,
            count=table.messages,
            mix=tuple(map(_kind, table.mix)),
            padding=table.padding,
            seed=table.seed,
            dots=table.dots,
            synchronous=table.synchronous,
            persistent=table.persistent,
            partitions=table.partitions,
            repeat=table.repeat,
        )
        for name in members(table.name, table.count)
    ]


def _kind(table: KindTable) -> TaskKind:
    return TaskKind(table.title, table.difficulty, table.weight, table.poison, table.permanent, table.due)


def _on_failure(table: FailureTable, retries: QueueTable | None) -> OnFailure:
    """``retries``: the retry queue of where the worker takes from, whose delay counts."""
    action = FAILURES[table.action]
    by_rejection = retries is not None and action is FailureAction.NAK_DELAYED
    return OnFailure(
        action,
        retries.delay if by_rejection and retries is not None and retries.delay else table.delay,
        table.cap,
        table.tries,
        table.on_sight,
        table.dead_letter,
        by_rejection,
    )


def _fault(table: FaultTable) -> Fault:
    consumer = None if table.consumer is None else _consumer(table.consumer)
    action = FaultAction(table.action)
    return Fault(
        at=table.at,
        action=action,
        target=table.target,
        value=table.value or 0.0,
        consumer=consumer,
        product=_product(table.on),
        at_work=table.when == "at work",
        when_full=table.when == "full",
    )


def _expectation(table: ExpectationTable) -> Expectation:
    return Expectation(
        figure=table.figure,
        equals=table.equals,
        at_least=table.at_least,
        at_most=table.at_most,
        of=table.of,
        setting=table.setting,
        times_setting=table.times_setting,
        times_of=table.times_of,
        product=_product(table.on),
        why=table.why,
    )


def _setting(table: SettingTable, file: ScenarioFile) -> Setting:
    retries = retry_queue_of(queue_of_target(table.target, file), file)
    return Setting(
        name=table.name,
        title=table.title,
        target=table.target,
        prefetch=table.prefetch,
        count=table.count,
        speeds=None if table.speeds is None else tuple(table.speeds),
        ack_mode=None if table.acks is None else ACKS[table.acks],
        on_failure=None if table.on_failure is None else _on_failure(table.on_failure, retries),
        keeps=table.keeps,
        durable=table.durable,
        persistent=table.persistent,
        max_deliver=table.max_deliver,
        ack_wait=table.ack_wait,
        product=_product(table.on),
    )


def _product(name: str | None) -> Product | None:
    return None if name is None else Product(name)
