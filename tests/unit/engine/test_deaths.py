import asyncio
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.jetstream import JetStream
from tests.rabbit_servers import RabbitHost
from tests.servers import NatsServer
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
        others = {"elsewhere": replace(place, name="elsewhere", dead_letters=False)}
        snapshot = Snapshot(at + second, 0.01, "a broker", {"dlq": place, **others})
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


def test_what_the_studio_put_under_a_subject_did_not_die_wherever_that_leads() -> None:
    deaths = Deaths()
    _told(deaths, _place(0, 0))
    deaths.brought(10.0, "dlq.back", 2)
    assert _told(deaths, _place(3, 3), at=10.0) == ["1 message died into dlq"]


def test_of_a_queue_that_is_made_all_are_told_also_before_it_is_known_to_keep_dead_letters() -> None:
    deaths = Deaths()
    deaths_before = Snapshot(0.0, 0.01, "a broker", {})
    assert list(deaths.of(deaths_before, ())) == []
    assert _told(deaths, _place(5, 5, dead=False), _place(7, 7), at=1.0) == ["7 messages died into dlq"]


def test_what_a_queue_had_long_before_it_was_marked_did_not_just_die() -> None:
    deaths = Deaths()
    list(deaths.of(Snapshot(0.0, 0.01, "a broker", {}), ()))
    assert _told(deaths, _place(5, 5, dead=False), at=1.0) == []
    assert _told(deaths, _place(7, 7), _place(8, 8), at=600.0) == ["1 message died into dlq"]


async def test_on_nats_all_are_told_of_a_stream_that_is_made_with_them(
    nats_server: NatsServer, jetstream: JetStream
) -> None:
    studio = await Studio.open(replace(nats_server.connection, read_only=True))
    try:
        await until(lambda: studio.monitor.snapshot is not None)
        await jetstream.stream("dlq", metadata={"dead_letter_queue": "true"})
        await jetstream.publish_many("dlq.a", 300)
        await until(lambda: _deaths_told(studio) >= 300)
        assert _deaths_told(studio) == 300
    finally:
        await studio.close()


async def test_of_a_stream_that_is_made_anew_between_two_polls_all_are_told(
    nats_server: NatsServer, jetstream: JetStream
) -> None:
    await jetstream.stream("dlq", metadata={"dead_letter_queue": "true"})
    await jetstream.publish_many("dlq.a", 60)
    studio = await Studio.open(replace(nats_server.connection, read_only=True))
    try:
        await until(lambda: _sees(studio, "dlq"))
        await jetstream.api("STREAM.DELETE.dlq")
        await jetstream.stream("dlq", metadata={"dead_letter_queue": "true"})
        await jetstream.publish_many("dlq.a", 70)
        await until(lambda: _deaths_told(studio) >= 70)
        assert _deaths_told(studio) == 70
    finally:
        await studio.close()


async def test_what_another_process_imports_and_brings_back_did_not_die(
    nats_server: NatsServer, jetstream: JetStream, tmp_path: Path
) -> None:
    """As a command in a terminal does, whose runs are in the same journal."""
    await jetstream.stream("dlq", metadata={"dead_letter_queue": "true"}, allow_direct=True)
    await jetstream.publish_many("dlq.a", 5)
    studio = await Studio.open(replace(nats_server.connection, read_only=True))
    try:
        await until(lambda: _sees(studio, "dlq"))
        file = tmp_path / "letters.jsonl"
        for command in (["export", "dlq", str(file)], ["import", str(file), "--to", "dlq.back"]):
            await asyncio.to_thread(_dlq, *command, "--connect", nats_server.url)
        await jetstream.publish_many("dlq.a", 2)  # these did die
        await until(lambda: _deaths_told(studio) >= 2)
        assert _deaths_told(studio) == 2
    finally:
        await studio.close()


def _dlq(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "wqstudio", "dlq", *arguments], check=True, capture_output=True)


def _deaths_told(studio: Studio) -> int:
    return sum(event.count for event in studio.events if event.topic is Topic.DEAD_LETTER)


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
