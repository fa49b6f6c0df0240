"""From a scenario to the text of a file that reads as the same scenario."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import ConsumerSpec, QueueSpec
from wqstudio.domain.scenario import Expectation, Fault, Scenario, Setting
from wqstudio.domain.worker import OnFailure, ProducerSpec, TaskKind, WorkerSpec
from wqstudio.scenarios.file_format import (
    SCHEMA,
    ConsumerTable,
    ExpectationTable,
    FailureTable,
    FaultTable,
    KindTable,
    ProducerTable,
    ProductName,
    QueueTable,
    ScenarioFile,
    SettingTable,
    SourceTable,
    WorkerTable,
)
from wqstudio.scenarios.naming import ACKS, FAILURES, members
from wqstudio.scenarios.toml_text import toml

_ACKS = {mode: word for word, mode in ACKS.items()}
_FAILURES = {action: word for word, action in FAILURES.items()}
_N = "{n}"


def written(scenario: Scenario) -> str:
    """What says nothing but the default is left out, and alike workers become one table.

    A name with ``{n}`` in it cannot be written: it would be read as a number's place.
    """
    file = ScenarioFile(
        name=scenario.name,
        title=scenario.title,
        topic=scenario.topic,
        summary=scenario.summary,
        watch=list(scenario.watch),
        on=[product.value for product in scenario.products],
        played_on=[product.value for product in scenario.played_on],
        start=scenario.start.value,
        seconds=scenario.seconds,
        takes=scenario.takes,
        takes_on={product.value: seconds for product, seconds in scenario.takes_on},
        ends="drained" if scenario.drained else "time",
        queues=[_queue(queue) for queue in scenario.queues],
        workers=[_workers(alike) for alike in _alike(scenario.workers)],
        producers=[_producers(alike) for alike in _alike(scenario.producers)],
        faults=[_fault(fault) for fault in scenario.faults],
        expectations=[_expectation(expectation) for expectation in scenario.expectations],
        settings=[_setting(setting) for setting in scenario.settings],
    )
    return f"#:schema {SCHEMA.name}\n{toml(_plain(file))}"


def _plain(value: Any) -> Any:
    """Without what says the default, None among it, for which TOML has no word."""
    if isinstance(value, msgspec.Struct):
        fields = msgspec.structs.fields(value)
        said = {field.encode_name: (getattr(value, field.name), _default(field)) for field in fields}
        return {name: _plain(inner) for name, (inner, default) in said.items() if inner != default}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


_Spec = TypeVar("_Spec", WorkerSpec, ProducerSpec)


def _alike(specs: Iterable[_Spec]) -> Iterator[list[_Spec]]:
    """Those that follow each other and differ by a number alone, which counts from 1."""
    rest = list(specs)
    while rest:
        count = _run_of_alike(rest)
        yield rest[:count]
        rest = rest[count:]


def _run_of_alike(specs: list[_Spec]) -> int:
    """How many at the beginning can be written as one."""
    first = specs[0]
    if not first.name.endswith("-1"):
        return 1
    names = members(f"{first.name[:-1]}{_N}", len(specs))
    fits = [replace(first, name=name) == spec for name, spec in zip(names, specs, strict=True)]
    return min(fits.index(False) if False in fits else len(fits), 200)


def _name_of(alike: list[_Spec]) -> tuple[str, int]:
    name = alike[0].name
    return (name, 1) if len(alike) == 1 else (f"{name[:-1]}{_N}", len(alike))


def _queue(spec: QueueSpec) -> QueueTable:
    """Routes are always said, and consumers unless they are what leaving them out means."""
    consumers = [_consumer(consumer) for consumer in spec.consumers]
    usual = [ConsumerTable()] if spec.is_worked_on else []
    return QueueTable(
        name=spec.name,
        routes=list(spec.routes),
        max_messages=spec.max_messages,
        max_bytes=spec.max_bytes,
        max_age=spec.max_age,
        discard="new" if spec.discard_new else "old",
        in_memory=spec.in_memory,
        durable=spec.durable,
        dead_letters_of=spec.dead_letters_of,
        retries_of=spec.retries_of,
        delay=spec.delay if spec.retries_of else None,
        consumers=None if consumers == usual else consumers,
    )


def _consumer(spec: ConsumerSpec) -> ConsumerTable:
    return ConsumerTable(spec.name, spec.filter, spec.ack_wait, spec.max_deliver, spec.max_in_flight)


def _workers(alike: list[WorkerSpec]) -> WorkerTable:
    spec = alike[0]
    name, count = _name_of(alike)
    return WorkerTable(
        name=name,
        count=count,
        queue=spec.source.queue,
        consumer=spec.source.consumer,
        prior=None if spec.prior is None else SourceTable(spec.prior.queue, spec.prior.consumer, spec.prior.patience),
        service=spec.service_time,
        spread=spec.spread.value,
        speed=spec.speed,
        failure_rate=spec.failure_rate,
        prefetch=spec.prefetch,
        acks=_ACKS[spec.ack_mode],
        on_failure=_on_failure(spec.on_failure),
        seed=spec.seed,
        forward=spec.forward,
        keeps=spec.keeps,
    )


def _producers(alike: list[ProducerSpec]) -> ProducerTable:
    spec = alike[0]
    name, count = _name_of(alike)
    return ProducerTable(
        name=name,
        count=count,
        queue=spec.queue,
        route=spec.route,
        messages=spec.count,
        rate=spec.rate,
        burst=spec.burst,
        mix=list(map(_kind, spec.mix)),
        padding=spec.padding,
        seed=spec.seed,
        dots=spec.dots,
        synchronous=spec.synchronous,
        persistent=spec.persistent,
        partitions=spec.partitions,
        repeat=spec.repeat,
    )


def _kind(kind: TaskKind) -> KindTable:
    return KindTable(kind.title, kind.difficulty, kind.weight, kind.poison, kind.permanent, kind.due)


def _on_failure(policy: OnFailure) -> FailureTable:
    """That it goes by rejection is said by the retry queue being there."""
    return FailureTable(
        _FAILURES[policy.action], policy.delay, policy.cap, policy.tries, policy.on_sight, policy.dead_letter
    )


def _fault(fault: Fault) -> FaultTable:
    return FaultTable(
        at=fault.at,
        action=fault.action.value,
        target=fault.target,
        value=fault.value if fault.action.takes_value else None,
        consumer=None if fault.consumer is None else _consumer(fault.consumer),
        on=_product(fault.product),
        when="at work" if fault.at_work else "full" if fault.when_full else None,
    )


def _expectation(expectation: Expectation) -> ExpectationTable:
    return ExpectationTable(
        figure=expectation.figure,
        equals=expectation.equals,
        at_least=expectation.at_least,
        at_most=expectation.at_most,
        of=expectation.of,
        setting=expectation.setting,
        times_setting=expectation.times_setting,
        times_of=expectation.times_of,
        on=_product(expectation.product),
        why=expectation.why,
    )


def _setting(setting: Setting) -> SettingTable:
    return SettingTable(
        name=setting.name,
        title=setting.title,
        target=setting.target,
        prefetch=setting.prefetch,
        count=setting.count,
        speeds=None if setting.speeds is None else list(setting.speeds),
        acks=None if setting.ack_mode is None else _ACKS[setting.ack_mode],
        on_failure=None if setting.on_failure is None else _on_failure(setting.on_failure),
        keeps=setting.keeps,
        durable=setting.durable,
        persistent=setting.persistent,
        max_deliver=setting.max_deliver,
        ack_wait=setting.ack_wait,
        on=_product(setting.product),
    )


def _product(product: Product | None) -> ProductName | None:
    return None if product is None else product.value
