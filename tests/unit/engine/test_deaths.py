from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.rabbit_servers import RabbitHost
from tests.waiting import until
from wqstudio.domain.events import Event, Topic
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.snapshot import Snapshot
from wqstudio.engine.deaths import Deaths
from wqstudio.engine.studio import Studio


def _place(published: Reading[int], messages: Reading[int], *, dead: bool = True) -> QueueState:
    return QueueState("dlq", "queue", messages, 0, messages, 0, 0, 0, None, published, 0, 0, dead_letters=dead)


def _told(deaths: Deaths, *places: QueueState, at: float = 0.0) -> list[str]:
    """A poll every second."""
    texts: list[str] = []
    for second, place in enumerate([*places, places[-1], places[-1]]):
        snapshot = Snapshot(at + second, 0.01, "a broker", {"dlq": place})
        texts += [event.text for event in deaths.of(snapshot, ["dlq"])]
    return texts


@pytest.mark.parametrize(
    ("places", "texts"),
    [
        ([_place(5, 5), _place(6, 6), _place(9, 9)], ["1 message died into dlq", "3 messages died into dlq"]),
        ([_place(5, 5), _place(5, 9)], ["4 messages died into dlq"]),  # a counter that does not count them
        ([_place(5, 5), _place(5, 9), _place(9, 9)], ["4 messages died into dlq"]),  # one that lags
        ([_place(5, 5), _place(9, 0)], ["4 messages died into dlq"]),  # they were taken away meanwhile
        ([_place(5, 5), _place(Unknown("?"), Unknown("?")), _place(7, 7)], ["2 messages died into dlq"]),
        ([_place(5, 5), _place(0, 0)], []),  # made anew
        ([_place(5, 5, dead=False), _place(9, 9, dead=False)], []),
    ],
)
def test_growth_is_told_once(places: list[QueueState], texts: list[str]) -> None:
    assert _told(Deaths(), *places) == texts


def test_what_the_broker_told_is_not_said_again() -> None:
    deaths = Deaths()
    _told(deaths, _place(0, 0))
    deaths.heard(Event(9.0, Topic.DEAD_LETTER, "Message 7 is exhausted", count=2))
    deaths.heard(Event(9.0, Topic.QUEUE, "A queue was made"))
    assert _told(deaths, _place(3, 3), at=10.0) == ["1 message died into dlq"]
    deaths.heard(Event(30.0, Topic.DEAD_LETTER, "Message 8 was terminated, and went nowhere"))
    assert _told(deaths, _place(4, 4), at=60.0) == ["1 message died into dlq"]


def test_what_the_studio_put_there_itself_did_not_die() -> None:
    deaths = Deaths()
    _told(deaths, _place(0, 0))
    deaths.brought(10.0, "dlq", 2)
    deaths.brought(10.0, "elsewhere", 9)
    assert _told(deaths, _place(3, 3), at=10.0) == ["1 message died into dlq"]
    assert _told(deaths, _place(5, 5), at=20.0) == ["2 messages died into dlq"]


async def test_a_death_on_rabbitmq_is_told(rabbit_host: RabbitHost) -> None:
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dlq", "x-max-length": 1}
    rabbit_host.manage("PUT", "queues/{vhost}/dlq", {"durable": True})
    rabbit_host.manage("PUT", "queues/{vhost}/jobs", {"durable": True, "arguments": arguments})
    studio = await Studio.open(replace(rabbit_host.connection, read_only=True))
    try:
        await until(lambda: _sees(studio, "dlq"))
        message = {"properties": {}, "routing_key": "jobs", "payload": "x", "payload_encoding": "string"}
        for _ in range(3):
            rabbit_host.manage("POST", "exchanges/{vhost}/amq.default/publish", message)
        await until(lambda: sum(event.count for event in studio.events if event.topic is Topic.DEAD_LETTER) == 2)
        assert {event.queue for event in studio.events if event.topic is Topic.DEAD_LETTER} == {"dlq"}
    finally:
        await studio.close()


def _sees(studio: Studio, queue: str) -> bool:
    snapshot = studio.monitor.snapshot
    return snapshot is not None and isinstance(snapshot.queues, Mapping) and queue in snapshot.queues
