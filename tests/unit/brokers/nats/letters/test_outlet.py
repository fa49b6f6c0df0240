"""Copies: published as they were, confirmed one by one, and each refusal said with its remedy."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta

import pytest
from nats.aio.msg import Msg

from tests.jetstream import JetStream
from tests.servers import NatsServer, StartNatsServer
from tests.unit.brokers.nats.conftest import OpenLetters
from tests.waiting import until
from wqstudio.brokers.letters import Copy, Held
from wqstudio.brokers.nats.jetstream.exchange import Request
from wqstudio.brokers.nats.letters.outlet import _UNDER_WAY, NatsOutlet, open_outlet
from wqstudio.brokers.port import DeniedError, UnreachableError
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.letter import Destination, Edit, Fate, Header, Outcome

JOBS = Destination("jobs", "jobs.a")
_MANY = 16_000
"""Copies: more than are stored while one of them is looked for."""
USERS = (
    "accounts {{ A {{ jetstream: enabled, users: [ {{ user: admin, password: admin }}, {{ user: limited,"
    " password: limited, permissions: {{ {permissions} }} }} ] }} }}"
)


def _held(number: int, body: bytes = b"task", headers: bytes = b"") -> Held:
    return Held(number, "dlq.a", headers, body, None)


def _copies(count: int, to: Destination = JOBS, *, first: int = 1) -> list[Copy]:
    return [Copy(_held(number), to, f"m{number}") for number in range(first, first + count)]


def _fates(outcomes: Sequence[Outcome]) -> list[Fate]:
    return [outcome.fate for outcome in outcomes]


async def test_copies_are_stored_in_their_order(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs")
    outcomes = await outlet.put([copy._replace(held=_held(n, b"%d" % n)) for n, copy in enumerate(_copies(500))])
    assert outcomes == [Outcome(Fate.STORED, seq) for seq in range(1, 501)]
    stored = await jetstream.stored("jobs")
    assert [body for _, _, body in stored.values()] == [b"%d" % number for number in range(500)]
    assert stored[1][1] == b"NATS/1.0\r\nNats-Msg-Id: m1\r\nWqs-Requeued: m1\r\n\r\n"
    assert await outlet.put([]) == []


@pytest.mark.parametrize("direct", [True, False])
async def test_a_message_goes_round_unharmed(
    jetstream: JetStream, letters_of: OpenLetters, outlet: NatsOutlet, direct: bool
) -> None:
    lines = b"A: 1\r\nA: 2\r\nEmpty: \r\nOdd: \xff\xfe\x80\r\nNo colon\r\nWqs-Task: run.1.2\r\n"
    await jetstream.stream("jobs")
    await jetstream.stream("dlq", allow_direct=direct)
    for number, body in enumerate((b"", b"\x00\xff\r\n\r\nMSG x 1 1\r\n")):
        bound = b"Nats-Expected-Last-Sequence: %d\r\nNats-Msg-Id: %d\r\n" % (number, number)
        await jetstream.publish_raw("dlq.a", lines + bound, body)
    page = await (await letters_of("dlq")).page(0, 2)
    outcomes = await outlet.put([Copy(held, JOBS, f"m{held.id}") for held in page])
    assert _fates(outcomes) == [Fate.STORED] * 2
    stored = await jetstream.stored("jobs")
    assert stored[1] == ("jobs.a", b"NATS/1.0\r\n" + lines + b"Nats-Msg-Id: m1\r\nWqs-Requeued: m1\r\n\r\n", b"")
    assert stored[2][2] == b"\x00\xff\r\n\r\nMSG x 1 1\r\n"


async def test_bodies_of_eight_megabytes_and_one_too_large(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server("max_payload: 8500000\n")
    jetstream = await JetStream.connect(server)
    await jetstream.stream("jobs", allow_direct=True)
    outlet = await open_outlet(server.connection)
    sizes = [8_000_000, 8_000_000, 8_499_999, 8_000_000, 10]
    outcomes = await outlet.put([Copy(_held(n, b"x" * size), JOBS, f"m{n}") for n, size in enumerate(sizes)])
    assert [outcome.fate is Fate.STORED for outcome in outcomes] == [True, True, False, True, True]
    assert "raise max_payload" in outcomes[2].reason
    await outlet.close()
    await jetstream.close()


async def test_a_second_try_of_the_same_copy_is_no_second_message(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs", retention="workqueue")
    await outlet.put(_copies(3))
    await jetstream.api("STREAM.MSG.DELETE.jobs", {"seq": 2})  # somebody has taken it
    outcomes = await outlet.put(_copies(4))
    assert outcomes == [*(Outcome(Fate.DUPLICATE, seq) for seq in (1, 2, 3)), Outcome(Fate.STORED, 4)]
    assert sorted(await jetstream.stored("jobs")) == [1, 3, 4]


async def test_a_letter_is_stored_once_whoever_copies_it(
    jetstream: JetStream, nats_server: NatsServer, outlet: NatsOutlet
) -> None:
    """To another subject, edited, or under the sequence of one that a server has lost, it is another message."""
    await jetstream.stream("jobs")
    mine, theirs = (Copy(_held(1), JOBS, mark, identity=b"letter 1") for mark in ("mine", "theirs"))
    other = await open_outlet(nats_server.connection)
    (first,), (second,) = await outlet.put([mine]), await other.put([theirs])
    await other.close()
    assert (first, second) == (Outcome(Fate.STORED, 1), Outcome(Fate.DUPLICATE, 1))
    others = [
        theirs._replace(identity=b"letter 2"),
        theirs._replace(destination=Destination("jobs", "jobs.b")),
        theirs._replace(edit=Edit(body=b"edited")),
        theirs._replace(edit=Edit(headers=(Header("A", "1"),))),
        theirs._replace(held=_held(1, b"lost and written anew")),
        theirs._replace(held=_held(1, headers=b"NATS/1.0\r\nCustomer: another\r\n\r\n")),
        theirs._replace(held=_held(1)._replace(place=b"2026-11-28T12:00:00.000000001Z")),
    ]
    assert _fates(await outlet.put(others)) == [Fate.STORED] * len(others)
    found = await outlet.stored([JOBS], {"mine", "theirs"}, time.time() - 60)
    assert (sorted(found), found["mine"]) == (["mine", "theirs"], 1)


async def test_an_edit_goes_instead_of_what_came(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs")
    held = _held(1, b"old", b"NATS/1.0\r\nA: 1\r\nOdd: \xff\r\n\r\n")
    headers = (Header("B", "2"), Header("B", ""), Header("Odd", b"\xff", "bytes"), Header("Nats-TTL", "1s"))
    edits = [Edit(body=b"new"), Edit(headers=headers), Edit(b"", ()), Edit(headers=(Header("a b", "1"),))]
    outcomes = await outlet.put([Copy(held, JOBS, f"m{n}", edit) for n, edit in enumerate(edits)])
    assert _fates(outcomes) == [Fate.STORED] * 3 + [Fate.REFUSED]
    assert "cannot be named 'a b'" in outcomes[3].reason
    stored = [
        (block.partition(b"Nats-Msg-Id")[0], body) for _, block, body in (await jetstream.stored("jobs")).values()
    ]
    assert stored == [
        (b"NATS/1.0\r\nA: 1\r\nOdd: \xff\r\n", b"new"),
        (b"NATS/1.0\r\nB: 2\r\nB: \r\nOdd: \xff\r\n", b"old"),
        (b"NATS/1.0\r\n", b""),
    ]


@pytest.mark.parametrize(
    ("config", "route", "why"),
    [
        ({}, "nowhere.a", "No stream takes messages on the subject nowhere.a"),
        ({}, "", "no subject"),
        ({}, "jobs.", "is not a subject"),
        ({}, "jobs a", "is not a subject"),
        ({}, "jobs.*", "is a pattern"),
        ({}, "jobs." + "a" * 5_000, "too long"),
        ({"max_msg_size": 10}, "jobs.a", "raise max_msg_size"),
        ({"no_ack": True}, "jobs.a", "no_ack"),
        ({"retention": "interest"}, "jobs.a", "Make the consumer first"),
        ({"discard": "new", "max_msgs_per_subject": 1, "discard_new_per_subject": True}, "jobs.a", "let workers take"),
    ],
)
async def test_a_refusal_says_what_to_do(
    jetstream: JetStream, outlet: NatsOutlet, config: dict[str, object], route: str, why: str
) -> None:
    await jetstream.stream("jobs", **config)
    await jetstream.stream("other")
    good, bad = Destination("other", "other.a"), Destination("jobs", route)
    if "max_msgs_per_subject" in config:
        await jetstream.publish("jobs.a", b"")
    copies = [*_copies(1, good), *_copies(1, bad, first=2), *_copies(1, good, first=3)]
    outcomes = await outlet.put(copies)
    assert _fates(outcomes) == [Fate.STORED, Fate.REFUSED, Fate.STORED]
    assert why in outcomes[1].reason
    assert len(await jetstream.stored("other")) == 2


async def test_a_stream_that_fills_up_takes_what_it_can(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs", retention="workqueue", discard="new", max_msgs=7)
    outcomes = await outlet.put(_copies(10))
    assert _fates(outcomes) == [Fate.STORED] * 7 + [Fate.REFUSED] * 3
    assert "full and refuses new messages" in outcomes[9].reason
    assert len(await jetstream.stored("jobs")) == 7
    await jetstream.api("STREAM.PURGE.jobs")
    assert _fates(await outlet.put(_copies(3, first=8))) == [Fate.STORED] * 3


async def test_a_sealed_stream(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs")
    config = (await jetstream.api("STREAM.INFO.jobs"))["config"]
    await jetstream.api("STREAM.UPDATE.jobs", {**config, "sealed": True})
    (outcome,) = await outlet.put(_copies(1))
    assert outcome.fate is Fate.REFUSED
    assert "sealed" in outcome.reason


async def test_interest_is_enough_once_somebody_waits(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs", retention="interest")
    await jetstream.consumer("jobs", "workers", filter_subject="jobs.a")
    outcomes = await outlet.put([*_copies(1), *_copies(1, Destination("jobs", "jobs.b"), first=2)])
    assert _fates(outcomes) == [Fate.STORED, Fate.REFUSED]
    assert len(await jetstream.stored("jobs")) == 1


async def test_interest_that_ends_is_noticed_at_once(jetstream: JetStream, outlet: NatsOutlet) -> None:
    """The stream confirms what it drops."""
    await jetstream.stream("jobs", retention="interest")
    await jetstream.consumer("jobs", "workers", filter_subject="jobs.a")
    assert _fates(await outlet.put(_copies(1))) == [Fate.STORED]
    await jetstream.api("CONSUMER.DELETE.jobs.workers")
    assert _fates(await outlet.put(_copies(2, first=2))) == [Fate.REFUSED] * 2


@pytest.mark.parametrize("again", [True, False])
async def test_interest_that_ends_before_copies_are_confirmed(
    jetstream: JetStream, outlet: NatsOutlet, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    """Whether somebody waits again by then or not, they may have come in between."""
    await jetstream.stream("jobs", retention="interest")
    await jetstream.consumer("jobs", "workers")
    publish = outlet._publish

    async def publish_to_nobody(copies: Sequence[Copy], encoded: Sequence[Request | str]) -> Sequence[Outcome]:
        await jetstream.api("CONSUMER.DELETE.jobs.workers")
        outcomes = await publish(copies, encoded)
        assert _fates(outcomes) == [Fate.STORED] * 3
        if again:
            await jetstream.consumer("jobs", "workers")
        return outcomes

    monkeypatch.setattr(outlet, "_publish", publish_to_nobody)
    outcomes = await outlet.put(_copies(3))
    assert _fates(outcomes) == [Fate.UNSURE] * 3
    assert "no consumer of jobs waited for jobs.a" in outcomes[0].reason
    assert await jetstream.stored("jobs") == {}


async def test_an_id_is_no_proof_where_a_stream_forgets_what_nobody_waits_for(
    jetstream: JetStream, outlet: NatsOutlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows ids also of messages that it dropped; a consumer that is older than that vouches for them."""
    monkeypatch.setattr("wqstudio.brokers.nats.letters.outlet_interest._SLACK", timedelta())
    await jetstream.stream("jobs", retention="interest", duplicate_window=1_000_000_000)
    await jetstream.publish("jobs.a", b"task", headers={"Nats-Msg-Id": "m1"})
    assert await jetstream.stored("jobs") == {}
    await jetstream.consumer("jobs", "workers")
    while (outcome := (await outlet.put(_copies(1)))[0]).fate is not Fate.STORED:
        assert outcome.fate is Fate.REFUSED
        assert "may have dropped" in outcome.reason
    while (outcome := (await outlet.put(_copies(1)))[0]).fate is not Fate.DUPLICATE:
        assert outcome.fate is Fate.REFUSED
    assert len(await jetstream.stored("jobs")) == 1


async def test_a_stream_that_goes_leaves_others_looked_up(jetstream: JetStream, outlet: NatsOutlet) -> None:
    """Of one that is full, nothing is pushed out."""
    await jetstream.stream("jobs", retention="interest")
    await jetstream.consumer("jobs", "workers")
    await jetstream.stream("full", max_msgs=1)
    await jetstream.publish("full.a", b"work")
    assert _fates(await outlet.put(_copies(1))) == [Fate.STORED]
    await jetstream.api("STREAM.DELETE.jobs")
    (gone,) = await outlet.put(_copies(1, first=2))
    (full,) = await outlet.put(_copies(1, Destination("full", "full.a"), first=3))
    assert (gone.fate, full.fate) == (Fate.REFUSED, Fate.REFUSED)
    assert "not found" in gone.reason
    assert [body for _, _, body in (await jetstream.stored("full")).values()] == [b"work"]


async def test_somebody_else_answers_there(jetstream: JetStream, outlet: NatsOutlet) -> None:
    async def answer(msg: Msg) -> None:
        await msg.respond(msg.data)

    for body in (b"thanks", b"{}", b'{"data": 1}', b"\xff"):
        subscription = await jetstream.client.subscribe("service", cb=answer)
        await jetstream.client.flush()
        (outcome,) = await outlet.put([Copy(_held(1, body), Destination("", "service"), "m1")])
        assert outcome.fate is Fate.REFUSED
        assert "Programs that listen there may have had the message" in outcome.reason
        await subscription.unsubscribe()


@pytest.mark.parametrize(
    ("permissions", "fate", "why"),
    [
        ('publish: { deny: ["jobs.A"] }', Fate.REFUSED, 'no permission for publish to "jobs.A"'),
        ('publish: { deny: ["$JS.API.>"] }', Fate.STORED, ""),
    ],
)
async def test_an_account_that_may_not(
    start_nats_server: StartNatsServer, permissions: str, fate: Fate, why: str
) -> None:
    server = start_nats_server(USERS.format(permissions=permissions))
    jetstream = await JetStream.connect(server, user="admin", password="admin")
    await jetstream.stream("jobs", allow_direct=True)
    outlet = await open_outlet(NatsConnection(urls=(server.url,), user="limited", password="limited"))
    destinations = [Destination("jobs", "jobs.A"), JOBS]
    outcomes = await outlet.put([copy for to in destinations for copy in _copies(50, to, first=len(to.route) * 100)])
    assert set(_fates(outcomes[:50])) == {fate}
    assert why in outcomes[0].reason
    await outlet.close()
    await jetstream.close()


async def test_an_account_that_hears_no_confirms_cannot_begin(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(USERS.format(permissions='subscribe: { deny: ["_INBOX.>"] }'))
    with pytest.raises(DeniedError, match=r"subscription to .*_INBOX"):
        await open_outlet(NatsConnection(urls=(server.url,), user="limited", password="limited"))


async def test_confirms_that_are_not_heard_any_more_are_no_refusals(start_nats_server: StartNatsServer) -> None:
    """The server goes on storing: to call that refused would have the next run copy it again."""
    server = start_nats_server(USERS.format(permissions=""))
    user = await JetStream.connect(server, user="admin", password="admin")
    await user.stream("jobs", storage="file")
    outlet = await open_outlet(NatsConnection(urls=(server.url,), user="limited", password="limited"))
    copies = [copy._replace(held=_held(1, b"x" * 4_000)) for copy in _copies(_MANY)]
    putting = asyncio.ensure_future(outlet.put(copies))
    await until(lambda: _bytes_of(server, "jobs") > 100 * 4_000)
    server.reconfigure(USERS.format(permissions='subscribe: { deny: ["_INBOX.>"] }'))
    outcomes = await putting
    assert {Fate.UNSURE} <= set(_fates(outcomes)) <= {Fate.STORED, Fate.UNSURE}
    assert "no permission for subscription" in next(each.reason for each in outcomes if each.fate is Fate.UNSURE)
    with pytest.raises(UnreachableError, match="not heard"):
        await outlet.put(_copies(1))
    await outlet.close()
    await user.close()


async def test_a_server_killed_in_mid_put(nats_server: NatsServer, jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs", storage="file", allow_direct=True)
    nats_server.kill()
    with pytest.raises(UnreachableError):
        await outlet.put(_copies(1))
    nats_server.start()
    outlet = await open_outlet(nats_server.connection)
    since = time.time()
    putting = asyncio.ensure_future(outlet.put([copy._replace(held=_held(1, b"x" * 4_000)) for copy in _copies(_MANY)]))
    await until(lambda: _bytes_of(nats_server, "jobs") > 1.5 * _UNDER_WAY)  # the first of them are confirmed by then
    nats_server.kill()
    outcomes = await putting
    assert set(_fates(outcomes)) == {Fate.STORED, Fate.UNSURE}
    with pytest.raises(UnreachableError):
        await outlet.put(_copies(1))
    nats_server.start()
    await _finish(nats_server, outcomes, since)
    await outlet.close()


async def _finish(server: NatsServer, outcomes: Sequence[Outcome], since: float) -> None:
    """As a second try does; none is lost and none is there twice."""
    outlet = await open_outlet(server.connection)
    unsure = [copy for copy, outcome in zip(_copies(_MANY), outcomes, strict=True) if outcome.fate is Fate.UNSURE]
    found = await outlet.stored([JOBS], [copy.mark for copy in unsure], since)
    again = await outlet.put([copy for copy in unsure if copy.mark not in found])
    assert set(_fates(again)) <= {Fate.STORED, Fate.DUPLICATE}
    marks = await outlet.stored([JOBS], [copy.mark for copy in _copies(_MANY)], since)
    assert len(marks) == len(set(marks.values())) == _MANY
    jetstream = await JetStream.connect(server)
    assert (await jetstream.api("STREAM.INFO.jobs"))["state"]["messages"] == _MANY
    await jetstream.close()
    await outlet.close()


def _bytes_of(server: NatsServer, stream: str) -> int:
    """On the disk, of which a server too busy to answer tells as soon as any other."""
    return sum(block.stat().st_size for block in server.folder.glob(f"store/jetstream/*/streams/{stream}/msgs/*.blk"))


@pytest.mark.parametrize("direct", [True, False])
async def test_copies_are_found_by_their_marks(jetstream: JetStream, outlet: NatsOutlet, direct: bool) -> None:
    await jetstream.stream("jobs", allow_direct=direct)
    await jetstream.publish_many("jobs.a", 1_200)
    since = time.time()
    await outlet.put(_copies(40))
    await jetstream.publish("jobs.a", b"", headers={"X-Wqs-Requeued": "m50"})
    await jetstream.api("STREAM.MSG.DELETE.jobs", {"seq": 1_205})
    marks = [f"m{number}" for number in range(1, 60, 2)]
    assert await outlet.stored([JOBS], marks, since) == {
        f"m{number}": 1_200 + number for number in range(1, 41, 2) if number != 5
    }
    assert await outlet.stored([JOBS], [], since) == {}
    assert await outlet.stored([JOBS], marks, since + 60) == {}
    assert await outlet.stored([Destination("", "nowhere")], marks, since) == {}


async def test_the_preview_says_what_put_does(jetstream: JetStream, outlet: NatsOutlet) -> None:
    await jetstream.stream("jobs")
    held = _held(1, b"", b"NATS/1.0\r\nA: 1\r\nNats-TTL: 1s\r\nWqs-Requeued: m0\r\nA: 2\r\n\r\n")
    rewriting = outlet.rewriting(Copy(held, JOBS, "m1"))
    assert rewriting.kept == ("A", "A")
    assert [name for name, _ in rewriting.stripped] == ["Nats-TTL", "Wqs-Requeued"]
    assert all(why for _, why in rewriting.stripped)
    assert rewriting.added == (("Nats-Msg-Id", "(made from the message)"), ("Wqs-Requeued", "m1"))
    edited = outlet.rewriting(Copy(held, JOBS, "m1", Edit(headers=(Header("B", "1"),))))
    assert (edited.kept, edited.stripped) == (("B",), ())
