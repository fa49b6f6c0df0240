"""What a scenario file calls queues and consumers, and the routes that lead there, where a broker would not have it.

Routes are written alike for both: words with a dot between each two, ``*`` for a word and ``>`` at the end for all that
follow. What is refused here would be refused, or would never get anything, only once others have begun to play.
"""

import re
from collections.abc import Iterator, Sequence

from wqstudio.domain.queue import LONGEST_NAME, is_jetstream_name, is_rabbitmq_name, length_in_bytes
from wqstudio.domain.routes import KIND, NUMBER, PARTITION
from wqstudio.fleet.mix import word
from wqstudio.scenarios.file_format import ConsumerTable, ProducerTable, QueueTable, ScenarioFile
from wqstudio.scenarios.naming import consumers_of, default_routes
from wqstudio.scenarios.positions import Path
from wqstudio.scenarios.problems import Problem

_NOT_ON_NATS = "names on NATS are without spaces and without . * > / \\"
_NATS_OWN = ("$JS.API.>", "$SYS.>")
_OPEN = re.compile(r"\{[^}]*\}")
_NOT_ON_RABBITMQ = "RabbitMQ keeps names that begin with amq. to itself"


def name_problems(file: ScenarioFile) -> Iterator[Problem]:
    for number, queue in enumerate(file.queues):
        path: Path = ("queues", number)
        yield from _of_queue(file, (*path, "name"), queue.name)
        for at, route in enumerate(queue.routes or ()):
            yield from _of_pattern(file, (*path, "routes", at), route)
        for at, consumer in enumerate(queue.consumers or ()):
            yield from _of_consumer(file, (*path, "consumers", at), consumer)
    if "nats" in file.on:
        yield from _of_shared_routes(file.queues)
        for number, queue in enumerate(file.queues):
            yield from _of_filters(("queues", number), queue)
    for number, producer in enumerate(file.producers):
        yield from _of_producer(file, ("producers", number, "route"), producer)
    for number, fault in enumerate(file.faults):
        if fault.consumer is not None:
            yield from _of_consumer(file, ("faults", number, "consumer"), fault.consumer)


def _of_queue(file: ScenarioFile, path: Path, name: str) -> Iterator[Problem]:
    if length_in_bytes(name) > LONGEST_NAME:
        yield _too_long(path, name)
    elif "nats" in file.on and not is_jetstream_name(name):
        yield Problem(path, _NOT_ON_NATS)
    elif "rabbitmq" in file.on and not is_rabbitmq_name(name):
        yield Problem(path, _NOT_ON_RABBITMQ)


def _of_consumer(file: ScenarioFile, path: Path, consumer: ConsumerTable) -> Iterator[Problem]:
    """RabbitMQ has none of that kind."""
    if "nats" not in file.on:
        return
    if length_in_bytes(consumer.name) > LONGEST_NAME:
        yield _too_long((*path, "name"), consumer.name)
    elif not is_jetstream_name(consumer.name):
        yield Problem((*path, "name"), _NOT_ON_NATS)
    if consumer.filter:
        yield from _of_pattern(file, (*path, "filter"), consumer.filter)


def _too_long(path: Path, name: str) -> Problem:
    return Problem(path, f"at most {LONGEST_NAME} bytes are possible; it has {length_in_bytes(name)}")


def _of_pattern(file: ScenarioFile, path: Path, route: str) -> Iterator[Problem]:
    *before, last = words = _words(route)
    if "rabbitmq" in file.on and length_in_bytes(route) > LONGEST_NAME:
        yield _too_long(path, route)
    if "nats" in file.on:
        yield from _of_subject(path, route)
    elif "/" in route:
        return  # an exchange of somebody's, whose keys mean what it makes of them
    if any(">" in each for each in before) or (">" in last and last != ">"):
        yield Problem(path, "> stands for all words that follow; it comes last, after a dot")
    elif any("*" in each and each != "*" for each in words):
        yield Problem(path, "* stands for a whole word, between dots")


def _of_subject(path: Path, subject: str) -> Iterator[Problem]:
    if "" in subject.split(".") or any(mark.isspace() or not mark.isprintable() for mark in subject):
        yield Problem(path, "subjects on NATS are words with a dot between each two, without spaces")
    elif own := next((own for own in _NATS_OWN if _overlap(subject, own)), ""):
        yield Problem(path, f"{subject} reaches into what NATS keeps to itself ({own})")


def _of_producer(file: ScenarioFile, path: Path, producer: ProducerTable) -> Iterator[Problem]:
    """Of the first kind of task whose route would not do."""
    if not producer.route:
        return
    if any(mark in _words(producer.route) for mark in "*>"):
        yield Problem(path, "that is a pattern; a task is published along one route, such as with {kind} or {n} for *")
        return
    if unknown := next((each for each in _OPEN.findall(producer.route) if each not in (NUMBER, KIND, PARTITION)), ""):
        yield Problem(path, f"nothing stands for {unknown}; there are {NUMBER}, {KIND} and {PARTITION}")
        return
    number = str(producer.messages or "")
    for kind in producer.mix:
        route = producer.route.replace("{kind}", word(kind.title)).replace("{n}", number or "1")
        if "rabbitmq" in file.on and length_in_bytes(route) > LONGEST_NAME:
            yield _too_long(path, route)
            return
        if "nats" in file.on and (found := [*_of_subject(path, route)]):
            yield from found
            return


def _of_shared_routes(queues: Sequence[QueueTable]) -> Iterator[Problem]:
    """A subject belongs to one stream, once."""
    seen: list[tuple[str, str]] = []
    for number, queue in enumerate(queues):
        if queue.name in {name for name, _ in seen}:
            continue  # which is said already
        for at, route in enumerate(_routes(queue)):
            path: Path = ("queues", number, *(() if queue.routes is None else ("routes", at)))
            if other := next((f"{its} of {name}" for name, its in seen if _overlap(route, its)), ""):
                yield Problem(path, f"{route} and {other} have subjects in common; on NATS each belongs to one stream")
            seen.append((queue.name, route))


def _of_filters(path: Path, queue: QueueTable) -> Iterator[Problem]:
    """A work queue gives each message to one consumer; what a fault adds may be wrong, since that is then shown."""
    routes, seen = _routes(queue), list[ConsumerTable]()
    for at, consumer in enumerate(consumers_of(queue)):
        where = (*path, "consumers", at, "filter")
        if consumer.filter and not any(_overlap(consumer.filter, route) for route in routes):
            yield Problem(where, f"no message of {queue.name} is filtered by that ({', '.join(routes)})")
        for other in seen:
            if _overlap(consumer.filter or ">", other.filter or ">"):
                both = f"{other.name} and {consumer.name} want the same tasks"
                yield Problem(where, f"{both}; on a work queue of NATS each has one consumer")
        seen.append(consumer)


def _routes(queue: QueueTable) -> Sequence[str]:
    return default_routes(queue) if queue.routes is None else queue.routes


def _words(route: str) -> list[str]:
    return route.split(".")


def _overlap(one: str, other: str) -> bool:
    """Whether there is a subject that both patterns mean."""
    first, second = _words(one), _words(other)
    for each, its in zip(first, second, strict=False):
        if ">" in (each, its):
            return True
        if each != its and "*" not in (each, its):
            return False
    return len(first) == len(second)
