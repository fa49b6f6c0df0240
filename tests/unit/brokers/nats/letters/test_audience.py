"""Who else receives a copy, and how it gets into a stream, on a real server."""

import pytest

from tests.jetstream import JetStream
from wqstudio.brokers.nats.letters.outlet import NatsOutlet
from wqstudio.domain.letter import Destination, Ways

JOBS = Destination("jobs", "jobs.a")


async def _said(outlet: NatsOutlet, to: Destination = JOBS) -> str:
    return "\n".join(await outlet.audience(to))


async def test_consumers_of_the_stream_that_take_the_subject_are_named(
    jetstream: JetStream, outlet: NatsOutlet
) -> None:
    await jetstream.stream("jobs", retention="workqueue")
    assert "No consumer of jobs takes jobs.a" in await _said(outlet)
    await jetstream.consumer("jobs", "alpha", filter_subject="jobs.a")
    await jetstream.consumer("jobs", "beta", filter_subject="jobs.b")
    said = await _said(outlet)
    assert "gives them to its consumer alpha." in said
    assert "beta" not in said


async def test_a_log_gives_each_message_to_each_consumer(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs")
    for name in "abcdefg":
        await jetstream.consumer("jobs", name)
    assert "to each of these consumers: a, b, c, d, e and 2 more." in await _said(outlet)


async def test_streams_that_copy_and_what_is_published_again_are_told(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs", republish={"src": "jobs.>", "dest": "again.>"})
    await jetstream.api("STREAM.CREATE.audit", {"name": "audit", "sources": [{"name": "jobs"}], "storage": "memory"})
    only_b = [{"name": "jobs", "filter_subject": "jobs.b"}]
    await jetstream.api("STREAM.CREATE.some", {"name": "some", "sources": only_b, "storage": "memory"})
    said = await _said(outlet)
    assert "The stream audit copies them from jobs." in said
    assert "publishes each again on again.>" in said
    assert "some" not in said
    assert "The streams audit, some copy them" in await _said(outlet, Destination("jobs", "jobs.b"))


async def test_a_subject_that_no_stream_takes_is_told(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs")
    assert "No stream takes nowhere.a" in await _said(outlet, Destination("nowhere.a", "nowhere.a"))


async def test_a_stream_tells_which_subjects_lead_into_it(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs", "jobs.*", "work")
    asked = ["jobs.a", "work", "jobs.a.b", "jobs.*", "other"]
    assert await outlet.ways("jobs", asked) == Ways(("jobs.*", "work"), ("jobs.a", "work"))


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"mirror": {"name": "jobs"}}, "mirrors jobs"),
        ({"sources": [{"name": "jobs"}]}, "no subjects of its own"),
        ({"subjects": ["$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.jobs.*"]}, "takes the server's advisories"),
    ],
)
async def test_a_stream_that_takes_nothing_says_why(
    jetstream: JetStream, outlet: NatsOutlet, config: dict[str, object], why: str
) -> None:
    await jetstream.stream("jobs")
    await jetstream.api("STREAM.CREATE.copy", {"name": "copy", "storage": "memory", **config})
    assert why in (await outlet.ways("copy", ())).refusal
    assert "not found" in (await outlet.ways("no_such", ())).refusal


async def test_a_stream_of_counters_takes_no_copy(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs", allow_msg_counter=True, allow_direct=True)
    why = "jobs adds up counters (allow_msg_counter) and takes no other messages."
    assert (await outlet.refusals([JOBS]))[JOBS].sentence == why
    assert (await outlet.ways("jobs", ["jobs.a"])).refusal == why


async def test_how_long_a_copy_is_known_again_is_told(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs", duplicate_window=90_000_000_000)
    assert "for 1 min 30 s (its duplicate window)" in await outlet.doubling(JOBS)
