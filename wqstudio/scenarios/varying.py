"""A scenario in one of its settings."""

from dataclasses import replace
from typing import Any

from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.scenario import Scenario, Setting, group_of
from wqstudio.domain.worker import WorkerSpec


def varied(scenario: Scenario, setting: Setting) -> Scenario:
    """The same tasks from the same seeds, with what the setting changes. It has no settings of its own."""
    return replace(
        scenario,
        queues=tuple(_queue(queue, setting) for queue in scenario.queues),
        workers=_workers(scenario, setting),
        producers=scenario.producers
        if setting.persistent is None
        else tuple(replace(producer, persistent=setting.persistent) for producer in scenario.producers),
        takes=None,
        takes_on=(),
        settings=(),
    )


def _queue(queue: QueueSpec, setting: Setting) -> QueueSpec:
    if not queue.is_worked_on:
        return queue
    changes = _said(max_deliver=setting.max_deliver, ack_wait=setting.ack_wait)
    consumers = tuple(replace(consumer, **changes) for consumer in queue.consumers)
    return replace(queue, consumers=consumers, **_said(durable=setting.durable))


def _workers(scenario: Scenario, setting: Setting) -> tuple[WorkerSpec, ...]:
    target = scenario.group(setting.target) if setting.target else scenario.workers
    changed: list[WorkerSpec] = [
        replace(
            worker,
            **_said(prefetch=setting.prefetch, ack_mode=setting.ack_mode, on_failure=setting.on_failure),
            **_said(keeps=setting.keeps),
            **_said(speed=setting.speeds and setting.speeds[min(number, len(setting.speeds) - 1)]),
        )
        for number, worker in enumerate(_counted(target, setting.count))
    ]
    first = scenario.workers.index(target[0]) if target else 0
    others = [worker for worker in scenario.workers if worker not in target]
    return (*others[:first], *changed, *others[first:])


def _counted(workers: tuple[WorkerSpec, ...], count: int | None) -> tuple[WorkerSpec, ...]:
    """As many, the later ones like the last."""
    if count is None or not workers:
        return workers
    group = group_of(workers[0].name)
    more = tuple(replace(workers[-1], name=f"{group}-{number}") for number in range(len(workers) + 1, count + 1))
    return (*workers, *more)[:count]


def _said(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
