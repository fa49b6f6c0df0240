"""What a scenario file may leave out, and the words it has for what the nouns call by longer ones."""

from collections.abc import Iterable, Mapping

from wqstudio.domain.routes import KIND, NUMBER
from wqstudio.domain.scenario import group_of
from wqstudio.domain.worker import AckMode, FailureAction
from wqstudio.scenarios.file_format import Acks, ConsumerTable, FailureName, QueueTable, ScenarioFile, WorkerTable

ACKS: Mapping[Acks, AckMode] = {
    "after work": AckMode.AFTER_WORK,
    "confirmed": AckMode.CONFIRMED,
    "on receipt": AckMode.ON_RECEIPT,
}
FAILURES: Mapping[FailureName, FailureAction] = {
    "give back": FailureAction.NAK,
    "give back later": FailureAction.NAK_DELAYED,
    "backoff": FailureAction.BACKOFF,
    "terminate": FailureAction.TERMINATE,
}


def members(name: str, count: int) -> list[str]:
    """The names of ``count`` alike ones; numbers come at the end unless ``{n}`` says where."""
    if count == 1 and NUMBER not in name:
        return [name]
    pattern = name if NUMBER in name else f"{name}-{NUMBER}"
    return [pattern.replace(NUMBER, str(number)) for number in range(1, count + 1)]


def meant(target: str, file: ScenarioFile) -> list[WorkerTable]:
    """Whom a setting is about; as ``Scenario.group``, and everyone where it names nobody."""
    named = [(worker, members(worker.name, worker.count)) for worker in file.workers]
    exact = [worker for worker, names in named if not target or target in names]
    return exact or [worker for worker, names in named if target in map(group_of, names)]


def work_queues(file: ScenarioFile) -> list[QueueTable]:
    return [queue for queue in file.queues if is_worked_on(queue)]


def is_worked_on(queue: QueueTable) -> bool:
    """As ``QueueSpec``."""
    return not queue.dead_letters_of and not queue.retries_of


def retry_queue_of(queue: str, file: ScenarioFile) -> QueueTable | None:
    return next((each for each in file.queues if queue and each.retries_of == queue), None)


def default_queue(named: str, file: ScenarioFile) -> str:
    """``named``, or the only work queue. Empty: there are several."""
    queues = work_queues(file)
    return named or (queues[0].name if len(queues) == 1 else "")


def queue_of_target(target: str, file: ScenarioFile) -> str:
    """The only queue that those take from whom a setting is about. Empty: there are several, or none."""
    queues = queues_of_target(target, file)
    return queues[0] if len(queues) == 1 else ""


def queues_of_target(target: str, file: ScenarioFile) -> list[str]:
    return list(dict.fromkeys(queue for each in meant(target, file) if (queue := default_queue(each.queue, file))))


def consumers_of(queue: QueueTable) -> list[ConsumerTable]:
    if queue.consumers is None:
        return [ConsumerTable()] if is_worked_on(queue) else []
    return queue.consumers


def default_consumer(queue: str, file: ScenarioFile) -> str:
    """The queue's only one. Empty: it has several, or none."""
    consumers = [each for table in file.queues if table.name == queue for each in consumers_of(table)]
    return consumers[0].name if len(consumers) == 1 else ""


def default_routes(queue: QueueTable) -> tuple[str, ...]:
    return (f"{queue.name}.>",) if is_worked_on(queue) else ()


def default_route(queue: str, file: ScenarioFile) -> str:
    """Along the queue's first route: the last word that is open becomes the task's number, others its kind."""
    table = next(table for table in file.queues if table.name == queue)
    routes: Iterable[str] = default_routes(table) if table.routes is None else table.routes
    words = next(iter(routes), queue).split(".")
    if words[-1] in {"*", ">"}:
        words[-1] = NUMBER
    return ".".join(KIND if word == "*" else word for word in words)
