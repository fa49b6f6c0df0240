"""What goes on in a scenario, in a few sentences made from its topology, fleet and faults."""

from collections.abc import Iterator, Sequence

from wqstudio.domain.scenario import Scenario
from wqstudio.domain.worker import AckMode, ProducerSpec, WorkerSpec

_MOST_TOLD = 3
"""Of what is done meanwhile."""


def summed_up(scenario: Scenario) -> str:
    return " ".join(_sentences(scenario))


def _sentences(scenario: Scenario) -> Iterator[str]:
    for queue in scenario.queues:
        workers = [worker for worker in scenario.workers if queue.name in worker.queues]
        producers = [producer for producer in scenario.producers if producer.queue == queue.name]
        if queue.dead_letters_of:
            yield f"{queue.name} keeps the dead letters of {queue.dead_letters_of}."
        elif workers:
            yield _work(queue.name, workers, producers)
        elif producers:
            yield f"{queue.name} is sent {_sent(producers)}; nobody takes from it."
    if any(worker.ack_mode is AckMode.ON_RECEIPT for worker in scenario.workers):
        yield _on_receipt(scenario.workers)
    if scenario.faults:
        told = [str(fault) for fault in scenario.faults[:_MOST_TOLD]]
        more = len(scenario.faults) - len(told)
        yield f"Meanwhile: {', '.join([*told, *([f'{more} more'] if more else [])])}."


def _work(queue: str, workers: Sequence[WorkerSpec], producers: Sequence[ProducerSpec]) -> str:
    who = f"{_number(len(workers), 'worker')}{_speeds(workers)}"
    verb = "share" if len(workers) > 1 else "takes"
    given = f": {_sent(producers)}" if producers else ""
    return f"{who} {verb} the work of {queue}, {_at_a_time(workers)}{given}."


def _speeds(workers: Sequence[WorkerSpec]) -> str:
    slowest, fastest = min(worker.speed for worker in workers), max(worker.speed for worker in workers)
    return "" if slowest == fastest else f" of different speed (×{slowest:g} to ×{fastest:g})"


def _at_a_time(workers: Sequence[WorkerSpec]) -> str:
    amounts = {worker.prefetch for worker in workers}
    if amounts == {1}:
        return "one task at a time"
    if amounts == {0}:
        return "as many tasks at a time as there are"
    if 0 in amounts:
        return "some of them as many tasks at a time as there are"
    return f"up to {max(amounts)} tasks at a time"


def _sent(producers: Sequence[ProducerSpec]) -> str:
    numbers = [producer.count for producer in producers if producer.count is not None]
    endless = len(numbers) < len(producers)
    amount = "messages without end" if endless else _number(sum(numbers), "message")
    quick = any(not producer.rate for producer in producers)
    pace = "as fast as can be" if quick else f"{sum(producer.rate for producer in producers):g} a second"
    return f"{amount}, {pace}"


def _on_receipt(workers: Sequence[WorkerSpec]) -> str:
    names = [worker.name for worker in workers if worker.ack_mode is AckMode.ON_RECEIPT]
    if len(names) == len(workers):
        return "Tasks are acknowledged on receipt."
    return f"{', '.join(names)} acknowledge{'s' if len(names) == 1 else ''} on receipt."


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
