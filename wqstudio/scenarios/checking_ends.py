"""Where a scenario file lets tasks go that are not done: to dead letters, to a retry queue, on to other workers."""

from collections.abc import Iterator, Sequence

from wqstudio.domain.routes import KIND, NUMBER, PARTITION, leads
from wqstudio.scenarios.file_format import FailureTable, QueueTable, ScenarioFile, SettingTable, WorkerTable
from wqstudio.scenarios.naming import (
    consumers_of,
    default_queue,
    default_routes,
    is_worked_on,
    meant,
    queue_of_target,
    queues_of_target,
    retry_queue_of,
    work_queues,
)
from wqstudio.scenarios.positions import Path
from wqstudio.scenarios.problems import Problem, no_such

_DELAY = FailureTable().delay
_NOT_SAFELY = "what is acknowledged on receipt cannot be passed on safely; say after work"


def end_problems(file: ScenarioFile) -> Iterator[Problem]:
    for number, queue in enumerate(file.queues):
        yield from _of_queue(file, ("queues", number), queue)
    for number, worker in enumerate(file.workers):
        path: Path = ("workers", number)
        yield from _of_forward(file, path, worker)
        yield from _of_failure(file, (*path, "on_failure"), worker.on_failure, default_queue(worker.queue, file))
    for number, setting in enumerate(file.settings):
        yield from _of_setting(file, ("settings", number), setting)


def _of_queue(file: ScenarioFile, path: Path, queue: QueueTable) -> Iterator[Problem]:
    work = [each.name for each in work_queues(file)]
    for field, of in (("dead_letters_of", queue.dead_letters_of), ("retries_of", queue.retries_of)):
        if of and of not in work:
            yield Problem((*path, field), no_such("work queue", of, work))
    if not is_worked_on(queue) and consumers_of(queue):
        yield Problem((*path, "consumers"), "no worker takes from here: leave its consumers out")
    if queue.retries_of and queue.dead_letters_of:
        yield Problem((*path, "retries_of"), "what is here is either dead or tried again; leave one of the two out")
    if queue.retries_of and queue.delay is None:
        yield Problem(path, 'field "delay" is missing: after how many seconds is it tried again?')
    if queue.delay is not None and not queue.retries_of:
        yield Problem((*path, "delay"), "only a retry queue has one; say of which queue in retries_of")
    if queue.retries_of and queue.routes:
        yield Problem((*path, "routes"), "only what is rejected comes here; leave its routes out")
    if (first := retry_queue_of(queue.retries_of, file)) is not None and first is not queue:
        yield Problem((*path, "retries_of"), f"{queue.retries_of} has {first.name} already, and can have one only")
    yield from _of_room(file, path, queue)
    yield from _of_limit(file, path, queue)
    retries = retry_queue_of(queue.dead_letters_of, file)
    if retries is not None and not queue.routes:
        why = f"what {queue.dead_letters_of} rejects goes to {retries.name}"
        yield Problem(path, f'field "routes" is missing: {why}; workers publish dead letters along routes')


def _of_room(file: ScenarioFile, path: Path, queue: QueueTable) -> Iterator[Problem]:
    """RabbitMQ drops without a word what comes home by dead-lettering and is refused."""
    retries = retry_queue_of(queue.name, file)
    if retries is None or "rabbitmq" not in file.on or queue.discard == "old":
        return
    if limit := next((field for field in ("max_messages", "max_bytes") if getattr(queue, field) >= 0), ""):
        why = f"while it is full, RabbitMQ would drop what {retries.name} brings back"
        yield Problem((*path, limit), f'{why}; leave it out, or say discard = "old"')


def _of_limit(file: ScenarioFile, path: Path, queue: QueueTable) -> Iterator[Problem]:
    """What RabbitMQ's delivery limit ends goes the way of what is rejected."""
    retries = retry_queue_of(queue.name, file)
    if retries is None or "rabbitmq" not in file.on:
        return
    for number, consumer in enumerate(consumers_of(queue)):
        if consumer.max_deliver > 0:
            yield Problem((*path, "consumers", number, "max_deliver"), _no_limit(retries))


def _no_limit(retries: QueueTable) -> str:
    why = f"RabbitMQ does not count what is rejected, and {retries.name} brings it back"
    return f"{why}; leave it out, or say tries in on_failure"


def _of_forward(file: ScenarioFile, path: Path, worker: WorkerTable) -> Iterator[Problem]:
    if not worker.forward:
        return
    here = default_queue(worker.queue, file)
    targets = [queue for queue in work_queues(file) if queue.name != here]
    yield from _of_route((*path, "forward"), worker.forward, targets, "work queue other than its own")
    if worker.acks == "on receipt":
        yield Problem((*path, "acks"), _NOT_SAFELY)


def _of_setting(file: ScenarioFile, path: Path, setting: SettingTable) -> Iterator[Problem]:
    if setting.acks == "on receipt" and any(worker.forward for worker in meant(setting.target, file)):
        yield Problem((*path, "acks"), _NOT_SAFELY)
    on = [setting.on] if setting.on else file.on
    retries = next((each for each in file.queues if each.retries_of), None)
    if setting.max_deliver is not None and setting.max_deliver > 0 and retries is not None and "rabbitmq" in on:
        yield Problem((*path, "max_deliver"), _no_limit(retries))
    if setting.on_failure is None:
        return
    queues = queues_of_target(setting.target, file)
    if len(queues) > 1 and (own := next(filter(None, (retry_queue_of(queue, file) for queue in queues)), None)):
        why = f"{own.name} is for what fails in {own.retries_of}, and those meant take from {' and '.join(queues)}"
        yield Problem((*path, "on_failure"), f"{why}; say in target whose failures are meant")
    yield from _of_failure(file, (*path, "on_failure"), setting.on_failure, queue_of_target(setting.target, file))


def _of_failure(file: ScenarioFile, path: Path, failing: FailureTable, queue: str) -> Iterator[Problem]:
    if failing.dead_letter:
        kept = [each for each in file.queues if each.dead_letters_of]
        published = [each for each in kept if each.routes]
        if kept and not published:
            remedy = f'give it routes = ["{kept[0].name}.*"]'
            yield Problem((*path, "dead_letter"), f"the broker itself puts dead letters into {kept[0].name}; {remedy}")
        else:
            yield from _of_route((*path, "dead_letter"), failing.dead_letter, published, "queue of dead letters")
    if failing.on_sight and not failing.tries:
        yield Problem((*path, "on_sight"), "after how many tries? Say so in tries")
    if (retries := retry_queue_of(queue, file)) is None:
        return
    if failing.action == "give back later" and failing.delay not in {_DELAY, retries.delay}:
        yield Problem((*path, "delay"), f"{retries.name} says it: {retries.delay or 0:g} s; leave it out here")
    gives_up = failing.tries or failing.action == "terminate" or _some_are_permanent(file, queue)
    if "rabbitmq" in file.on and gives_up and not failing.dead_letter:
        why = f"what is given up is rejected, and {retries.name} would bring it back"
        yield Problem(path, f'field "dead_letter" is missing: {why}')


def _some_are_permanent(file: ScenarioFile, queue: str) -> bool:
    fillers = (each for each in file.producers if default_queue(each.queue, file) == queue)
    return any(kind.permanent for producer in fillers for kind in producer.mix)


def _of_route(path: Path, route: str, queues: Sequence[QueueTable], kind: str) -> Iterator[Problem]:
    if any(mark in route.split(".") for mark in "*>"):
        yield Problem(path, "that is a pattern; a task is published along one route, such as with {kind} for *")
    elif NUMBER in route or PARTITION in route:
        yield Problem(path, f"a worker knows a task's title and no number of it: write {KIND} there")
    elif not any(leads(route, to) for queue in queues for to in _routes(queue)):
        known = ", ".join(f"{queue.name} ({', '.join(_routes(queue))})" for queue in queues) or "none"
        yield Problem(path, f"{route} leads to no {kind}; there are: {known}")


def _routes(queue: QueueTable) -> tuple[str, ...]:
    return default_routes(queue) if queue.routes is None else tuple(queue.routes)
