"""What is certain to come of a scenario on either broker, from its topology, fleet and faults alone.

Whoever plays by hand has not said what is to come of it. What is expected here no healthy broker can miss, however
slow the machine; where that is in doubt, nothing is expected.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.scenario import Expectation, FaultAction, Scenario
from wqstudio.domain.worker import AckMode, ProducerSpec, TaskKind, WorkerSpec
from wqstudio.engine.playing.judging import NOTHING_LOST

LEAST_SECONDS, AFTER_LAST = 30.0, 10.0
"""How long a run is given at least, and after the last thing that is done."""
LONGEST = 600.0
"""Seconds within which a run has to be sure to come to an end, to be waited for; else it goes by the clock."""
_MARGIN = 1.5
"""On how long the work takes: service times scatter."""
_PLENTY = 10
"""Tasks that a worker must have time for, if it is to be sure that it does one."""

_BALANCED = Expectation(
    "balanced", equals=1.0, why="Everything that was published is accounted for: done, given up, stored or lost."
)
_SOME_DONE = Expectation("acknowledged", at_least=1.0, why="Work is done.")


def ending(scenario: Scenario) -> Scenario:
    """With an end that is sure to come: once all its work is done, or by the clock."""
    bound = _longest(scenario)
    sure = bound <= LONGEST
    seconds = max(LEAST_SECONDS, _faults_over(scenario), bound if sure else 0.0)
    return replace(scenario, drained=sure, seconds=float(round(seconds)))


def expecting(scenario: Scenario) -> Scenario:
    """With what is sure to come of it; of one that is ``ending``."""
    return replace(scenario, expectations=tuple(_expectations(scenario)))


def _expectations(scenario: Scenario) -> Iterator[Expectation]:
    yield _BALANCED
    yield from _of_losses(scenario)
    if scenario.drained:
        yield from _of_all_work(scenario)
    elif any(_gets_on(worker, scenario) for worker in scenario.workers):
        yield _SOME_DONE


def _of_losses(scenario: Scenario) -> Iterator[Expectation]:
    """That nothing is lost goes without saying, so where it may be, that is said."""
    reasons = {product: _may_lose(scenario, product) for product in scenario.products}
    same = len(set(reasons.values())) == 1
    for product, reason in reasons.items():
        found = Expectation("lost", at_least=0.0, why=reason) if reason else NOTHING_LOST
        yield found if same else replace(found, product=product)
        if same:
            return


def _may_lose(scenario: Scenario, product: Product) -> str:
    """Why tasks may be lost there, in a sentence; empty: none can be."""
    if any(worker.ack_mode is AckMode.ON_RECEIPT for worker in scenario.workers):
        return "What is acknowledged on receipt is lost where its worker fails or goes away; it is counted."
    if any(_drops_old(queue) for queue in _work_queues(scenario)):
        return "A full queue drops its oldest tasks for new ones; they are counted."
    if any(queue.max_age for queue in _work_queues(scenario)) and not _outlasts(scenario):
        return "Tasks that wait too long expire; they are counted."
    buried = {queue.dead_letters_of for queue in scenario.queues}
    if product is Product.RABBITMQ and any(
        _has_limit(queue) and queue.name not in buried for queue in _work_queues(scenario)
    ):
        return "RabbitMQ drops what was delivered too often, as no queue keeps its dead letters; it is counted."
    return ""


def _outlasts(scenario: Scenario) -> bool:
    """Every limit of age is far from what a run can take."""
    return all(not queue.max_age or queue.max_age > 2 * LONGEST + scenario.seconds for queue in scenario.queues)


def _of_all_work(scenario: Scenario) -> Iterator[Expectation]:
    """Of a run that ends once all its work is done, in which nothing fails."""
    number = sum(producer.count or 0 for producer in scenario.producers)
    if all(not producer.repeat for producer in scenario.producers):
        yield Expectation("published", equals=float(number), why="Every producer publishes all it has to.")
        if not any(_may_lose(scenario, product) for product in scenario.products) and _never_given_up(scenario):
            yield Expectation("acknowledged", equals=float(number), why="Every task is done.")


def _never_given_up(scenario: Scenario) -> bool:
    """No delivery goes wrong, or however many may."""
    calm = not scenario.faults and all(worker.keeps for worker in scenario.workers)
    return calm or not any(map(_has_limit, scenario.queues))


def _longest(scenario: Scenario) -> float:
    """Seconds after which all is done, were the slowest worker to do it alone; inf: it may never be."""
    if not scenario.producers or not all(_is_done_with(producer, scenario) for producer in scenario.producers):
        return inf
    work = sum((producer.count or 0) * _hardest(producer) for producer in scenario.producers)
    service = max(worker.service_time / _slowest(worker, scenario) for worker in scenario.workers)
    passed_on = 1 + sum(bool(worker.forward) for worker in scenario.workers)
    sending = max(_sending(producer, scenario) for producer in scenario.producers)
    waits = [consumer.ack_wait for queue in scenario.queues for consumer in queue.consumers]
    again = max(waits) if scenario.faults else 0.0
    return _faults_over(scenario) + _MARGIN * (sending + passed_on * work * service) + again + AFTER_LAST


def _sending(producer: ProducerSpec, scenario: Scenario) -> float:
    """Seconds; as fast as can be takes no time to speak of."""
    rates = (producer.rate, *_values(FaultAction.RATE, producer.name, scenario))
    slowest = min((rate for rate in rates if rate), default=0.0)
    return (producer.count or 0) / slowest if slowest else 0.0


def _is_done_with(producer: ProducerSpec, scenario: Scenario) -> bool:
    """It sends all it has to, and somebody is sure to take each of its tasks, and to end it."""
    queue = next(queue for queue in scenario.queues if queue.name == producer.queue)
    takers = [worker for worker in scenario.workers if producer.queue in worker.queues]
    return (
        producer.count is not None
        and not _goes(producer.name, scenario)
        and _is_taken_whole(queue)
        and any(not _goes(worker.name, scenario) for worker in takers)
        and all(not worker.failure_rate for worker in scenario.workers)
        and all(map(_is_plain, producer.mix))
        and queue.discard_new
    )


def _gets_on(worker: WorkerSpec, scenario: Scenario) -> bool:
    """It is there from the beginning, with plain work to do, and time for much of it."""
    queues = {queue.name: queue for queue in scenario.queues}
    given = [
        producer
        for producer in scenario.producers
        if producer.queue == worker.source.queue
        and producer.name not in _in_faults(scenario)
        and _is_taken_whole(queues[producer.queue])
        and all(map(_is_plain, producer.mix))
        and (not producer.rate or producer.rate * scenario.seconds >= _PLENTY)
    ]
    if not given or worker.name in _in_faults(scenario) or worker.forward or worker.failure_rate > 0.5:
        return False
    longest = max(map(_hardest, given)) * worker.service_time / worker.speed
    return _PLENTY * longest <= scenario.seconds


def _in_faults(scenario: Scenario) -> frozenset[str]:
    """Names of those to whom anything is done."""
    return frozenset(name for fault in scenario.faults for name in scenario.called(fault.target))


def _goes(name: str, scenario: Scenario) -> bool:
    """It is not at work, or may not be, once all faults have come."""
    done = [fault.action for fault in scenario.faults if name in scenario.called(fault.target)]
    steps = [action for action in done if action in {FaultAction.PAUSE, FaultAction.RESUME}]
    ending = {FaultAction.CRASH, FaultAction.STOP, FaultAction.KILL_HOST, FaultAction.SCALE}
    return bool(ending & set(done)) or steps[-1:] == [FaultAction.PAUSE]


def _slowest(worker: WorkerSpec, scenario: Scenario) -> float:
    return min((worker.speed, *_values(FaultAction.SPEED, worker.name, scenario)))


def _values(action: FaultAction, name: str, scenario: Scenario) -> Iterator[float]:
    return (
        fault.value for fault in scenario.faults if fault.action is action and name in scenario.called(fault.target)
    )


def _faults_over(scenario: Scenario) -> float:
    """Seconds; 0: there are none."""
    return max((fault.at + AFTER_LAST for fault in scenario.faults), default=0.0)


def _hardest(producer: ProducerSpec) -> float:
    return max(kind.difficulty for kind in producer.mix)


def _is_plain(kind: TaskKind) -> bool:
    return not kind.poison and not kind.permanent and not kind.due


def _is_taken_whole(queue: QueueSpec) -> bool:
    """Whoever takes from it can be given any of its tasks."""
    return len(queue.consumers) == 1 and queue.consumers[0].filter in {"", *queue.routes}


def _has_limit(queue: QueueSpec) -> bool:
    return any(consumer.max_deliver > 0 for consumer in queue.consumers)


def _drops_old(queue: QueueSpec) -> bool:
    return not queue.discard_new and (queue.max_messages > 0 or queue.max_bytes > 0)


def _work_queues(scenario: Scenario) -> list[QueueSpec]:
    return [queue for queue in scenario.queues if queue.is_worked_on]
