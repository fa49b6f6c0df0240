"""What a scenario file may leave out, and the words it has for what the nouns call by longer ones."""

from collections.abc import Iterable, Mapping

from wqstudio.domain.worker import AckMode, FailureAction
from wqstudio.scenarios.file_format import Acks, ConsumerTable, FailureName, QueueTable, ScenarioFile

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
_N = "{n}"


def members(name: str, count: int) -> list[str]:
    """The names of ``count`` alike ones; numbers come at the end unless ``{n}`` says where."""
    if count == 1 and _N not in name:
        return [name]
    pattern = name if _N in name else f"{name}-{_N}"
    return [pattern.replace(_N, str(number)) for number in range(1, count + 1)]


def work_queues(file: ScenarioFile) -> list[QueueTable]:
    return [queue for queue in file.queues if not queue.dead_letters_of]


def default_queue(named: str, file: ScenarioFile) -> str:
    """``named``, or the only work queue. Empty: there are several."""
    queues = work_queues(file)
    return named or (queues[0].name if len(queues) == 1 else "")


def consumers_of(queue: QueueTable) -> list[ConsumerTable]:
    if queue.consumers is None:
        return [] if queue.dead_letters_of else [ConsumerTable()]
    return queue.consumers


def default_consumer(queue: str, file: ScenarioFile) -> str:
    """The queue's only one. Empty: it has several, or none."""
    consumers = [each for table in file.queues if table.name == queue for each in consumers_of(table)]
    return consumers[0].name if len(consumers) == 1 else ""


def default_routes(queue: QueueTable) -> tuple[str, ...]:
    return () if queue.dead_letters_of else (f"{queue.name}.>",)


def default_route(queue: str, file: ScenarioFile) -> str:
    """Along the queue's first route: the last word that is open becomes the task's number, others its kind."""
    table = next(table for table in file.queues if table.name == queue)
    routes: Iterable[str] = default_routes(table) if table.routes is None else table.routes
    words = next(iter(routes), queue).split(".")
    if words[-1] in {"*", ">"}:
        words[-1] = _N
    return ".".join("{kind}" if word == "*" else word for word in words)
