"""Advisories as sentences; those a single test server does not send come from the server's documentation."""

import msgspec
import pytest

from wqstudio.brokers.nats.jetstream import advisories
from wqstudio.domain.events import Event, Level, Topic


def _tell(kind: str, fields: dict[str, object], more: int = 0) -> Event | None:
    data = msgspec.json.encode({"type": f"io.nats.jetstream.advisory.v1.{kind}", "id": "x", **fields})
    advisory = advisories.read("$JS.EVENT.ADVISORY.X", data)
    assert advisory is not None
    return advisories.tell(advisory, 12.5, more)


@pytest.mark.parametrize(
    ("kind", "fields", "topic", "level", "text"),
    [
        (
            "stream_quorum_lost",
            {"stream": "jobs", "replicas": []},
            Topic.SERVER,
            Level.ERROR,
            "Stream jobs lost its quorum and takes no messages; bring its servers back",
        ),
        (
            "consumer_quorum_lost",
            {"stream": "jobs", "consumer": "w"},
            Topic.SERVER,
            Level.ERROR,
            "Consumer w of jobs lost its quorum and gives out nothing; bring its servers back",
        ),
        (
            "stream_leader_elected",
            {"stream": "jobs", "leader": "n2"},
            Topic.SERVER,
            Level.INFO,
            "Stream jobs is now led by n2",
        ),
        (
            "consumer_leader_elected",
            {"stream": "jobs", "consumer": "w", "leader": "n2"},
            Topic.SERVER,
            Level.INFO,
            "Consumer w of jobs is now led by n2",
        ),
        (
            "terminated",
            {"stream": "jobs", "consumer": "w", "stream_seq": 4, "deliveries": 22, "reason": ""},
            Topic.DEAD_LETTER,
            Level.WARNING,
            "A worker terminated message 4 of jobs (consumer w, 22nd delivery)",
        ),
        (
            "terminated",
            {"stream": "jobs", "consumer": "w", "stream_seq": 4, "reason": advisories.DELETED_IN_FLIGHT},
            Topic.DEAD_LETTER,
            Level.WARNING,
            "Message 4 of jobs was deleted while consumer w had given it out",
        ),
        (
            "max_deliver",
            {"stream": "jobs", "consumer": "w", "stream_seq": 4, "deliveries": 1},
            Topic.DEAD_LETTER,
            Level.WARNING,
            "Message 4 of jobs is exhausted after 1 delivery (consumer w)",
        ),
        (
            "consumer_pause",
            {"stream": "jobs", "consumer": "w", "paused": False},
            Topic.CONSUMER,
            Level.INFO,
            "Consumer w of jobs goes on",
        ),
        (
            "stream_action",
            {"stream": "jobs", "action": "modify"},
            Topic.QUEUE,
            Level.INFO,
            "Stream jobs was changed",
        ),
    ],
)
def test_sentences(kind: str, fields: dict[str, object], topic: Topic, level: Level, text: str) -> None:
    event = _tell(kind, fields)
    assert event is not None
    assert (event.at, event.topic, event.level, event.queue, event.text) == (12.5, topic, level, "jobs", text)


def test_many_at_once_say_how_many() -> None:
    event = _tell("nak", {"stream": "jobs", "consumer": "w", "stream_seq": 17, "deliveries": 11}, more=1_234)
    assert event is not None
    assert event.text == "Workers gave back 1,235 messages of jobs (consumer w)"
    assert event.count == 1_235


def test_audits_tell_a_person_nothing() -> None:
    assert _tell("api_audit", {"subject": "$JS.API.STREAM.LIST", "response": "{}"}) is None


@pytest.mark.parametrize("data", [b"", b"{}", b'{"type": "nak", "stream_seq": -1}', b'{"type": "nak", "stream": 7}'])
def test_what_does_not_decode_is_none(data: bytes) -> None:
    assert advisories.read("$JS.EVENT.ADVISORY.X", data) is None
