"""Settings in JetStream's words: durations, sizes, limits, and what does not apply left out."""

import msgspec
import pytest

from wqstudio.brokers.figures import NO_LIMIT, duration, limit, size, size_limit
from wqstudio.brokers.nats.jetstream.records import ConsumerInfo, StreamInfo
from wqstudio.brokers.nats.watching import describe
from wqstudio.domain.queue import SettingGroup

SECOND = 10**9


def _values(groups: tuple[SettingGroup, ...]) -> dict[str, dict[str, str]]:
    return {group.title: {setting.name: setting.value for setting in group.settings} for group in groups}


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0 s"),
        (-1, NO_LIMIT),
        (120 * SECOND, "2 min"),
        (5_400 * SECOND, "1 h 30 min"),
        (7 * 86_400 * SECOND, "7 d"),
        (1_500_000_000, "1 s 500 ms"),
        (250_000, "250 µs"),
        (1_234, "1.234 µs"),
        (7, "7 ns"),
        (10**30, "11,574,074,074,074,074 d 1 h 46 min 40 s"),
    ],
)
def test_durations(nanoseconds: int, text: str) -> None:
    assert duration(nanoseconds) == text


def test_sizes_and_limits() -> None:
    assert [size(value) for value in (0, 1023, 1536, 256 * 1024**2, 2 * 1024**5)] == [
        "0 B",
        "1023 B",
        "1.5 KiB",
        "256 MiB",
        "2,048 TiB",
    ]
    assert (limit(20_000), limit(-1), limit(0)) == ("20,000", NO_LIMIT, "0")
    assert (size_limit(1024), size_limit(-1)) == ("1 KiB", NO_LIMIT)


def test_a_mirrored_clustered_stream() -> None:
    info = msgspec.convert(
        {
            "config": {
                "name": "copy",
                "mirror": {"name": "jobs", "filter_subject": "jobs.>", "external": {"api": "$JS.hub.API"}},
                "sources": [{"name": "a"}, {"name": "b"}],
                "num_replicas": 3,
                "max_age": 3_600 * SECOND,
                "republish": {"src": ">", "dest": "again.>", "headers_only": True},
            },
            "created": "2026-01-02T03:04:05.678Z",
            "state": {"messages": 12_345, "first_seq": 7, "first_ts": "2026-01-02T03:04:05Z", "last_seq": 12_351},
            "mirror": {"name": "jobs", "lag": 1_500, "active": 2 * SECOND},
            "sources": [{"name": "a", "lag": 0, "active": -1}, {"name": "b", "error": {"description": "gone"}}],
            "cluster": {
                "name": "east",
                "leader": "n1",
                "replicas": [
                    {"name": "n2", "current": True},
                    {"name": "n3", "offline": True},
                    {"name": "n4", "lag": 9},
                ],
            },
        },
        StreamInfo,
    )
    values = _values(describe.stream(info))
    assert values["Limits"]["Age"] == "1 h"
    assert values["Limits"]["Messages"] == NO_LIMIT
    assert values["Configuration"]["Republish"] == "> → again.> (headers only)"
    assert values["State"]["First sequence"] == "7, at 2026-01-02 03:04:05 UTC"
    assert values["State"]["Created"] == "2026-01-02 03:04:05 UTC"
    assert values["Mirror and sources"] == {
        "Mirror of": "jobs, subjects jobs.>, through $JS.hub.API, 1,500 behind, last heard of 2 s ago",
        "Source 1": "a, up to date, not heard of yet",
        "Source 2": "b, up to date, not heard of yet, error: gone",
    }
    assert values["Cluster"] == {
        "Replicas": "3",
        "Cluster": "east",
        "Leader": "n1",
        "Replica n2": "current",
        "Replica n3": "offline",
        "Replica n4": "9 operations behind",
    }
    assert "Metadata" not in values


def test_a_paused_pull_consumer_with_backoff() -> None:
    info = msgspec.convert(
        {
            "name": "workers",
            "config": {
                "durable_name": "workers",
                "ack_policy": "explicit",
                "ack_wait": SECOND,
                "backoff": [SECOND, 5 * SECOND, 60 * SECOND],
                "max_deliver": 4,
                "max_waiting": 512,
                "filter_subjects": ["a.*", "b.*"],
                "deliver_policy": "by_start_sequence",
                "opt_start_seq": 1_000,
            },
            "delivered": {"consumer_seq": 10, "stream_seq": 1_009, "last_active": "2026-01-02T03:04:05Z"},
            "num_ack_pending": 3,
            "num_redelivered": 2,
            "num_waiting": 1,
            "num_pending": 4_000,
            "paused": True,
            "pause_remaining": 90 * SECOND,
        },
        ConsumerInfo,
    )
    values = _values(describe.consumer(info))
    assert values["Configuration"]["Filter"] == "a.*, b.*"
    assert values["Configuration"]["Deliver"] == "by start sequence 1,000"
    assert values["Delivery and acknowledgement"]["Backoff"] == "1 s, 5 s, 1 min"
    assert values["Delivery and acknowledgement"]["Deliveries"] == "4"
    assert values["Pull"]["Waiting pulls"] == "1 of 512"
    assert values["State"]["Paused"] == "for 1 min 30 s more"
    assert values["State"]["Pending"] == "4,000"
    assert values["State"]["Last delivered"].endswith("stream sequence 1,009, at 2026-01-02 03:04:05 UTC")
    assert "Push" not in values


def test_a_push_consumer_shows_where_it_delivers() -> None:
    config = {"deliver_subject": "to.here", "deliver_group": "g", "ack_policy": "none", "idle_heartbeat": 5 * SECOND}
    values = _values(describe.consumer(msgspec.convert({"name": "p", "config": config}, ConsumerInfo)))
    assert values["Push"]["Delivers to"] == "to.here"
    assert values["Push"]["Idle heartbeat"] == "5 s"
    assert "Ack pending" not in values["Delivery and acknowledgement"]
    assert values["Configuration"]["Filter"] == "all subjects"


def test_a_time_that_is_none_is_shown_as_it_came() -> None:
    info = msgspec.convert({"config": {"name": "odd"}, "created": "once upon a time"}, StreamInfo)
    assert _values(describe.stream(info))["State"]["Created"] == "once upon a time"
