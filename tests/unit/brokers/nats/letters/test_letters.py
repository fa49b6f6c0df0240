"""Letters that somebody copied into a stream: looked at, taken in batches, removed."""

import time
from collections.abc import AsyncIterator, Sequence

import pytest

from tests.jetstream import JetStream
from tests.servers import NatsServer, StartNatsServer
from tests.slow_front import slow_front
from tests.unit.brokers.nats.conftest import OpenLetters, until_count
from wqstudio.brokers.letters import Held
from wqstudio.brokers.nats.letters.letters import NatsLetters
from wqstudio.brokers.port import DeniedError, RefusedError, UnreachableError
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.letter import Destination, Letter, LookCost
from wqstudio.domain.reading import Unknown

_LATE = 0.5
"""Seconds; long enough that a busy machine does not matter."""
DEAD = {"metadata": {"dead_letter_queue": "true"}}


async def _gather(batches: AsyncIterator[Sequence[Held]]) -> list[list[int]]:
    return [[held.id for held in batch] async for batch in batches]


async def _all(batches: AsyncIterator[Sequence[Held]]) -> list[int]:
    return [held.id async for batch in batches for held in batch]


@pytest.mark.parametrize("direct", [True, False])
async def test_a_thousand_letters_with_gaps_are_paged(
    jetstream: JetStream, letters_of: OpenLetters, direct: bool
) -> None:
    await jetstream.stream("dlq", allow_direct=direct, storage="file", **DEAD)
    await jetstream.publish_many("dlq.a", 1_000)
    gone = {1, 2, 500, *range(700, 750), 1_000}
    for seq in gone:
        await jetstream.api("STREAM.MSG.DELETE.dlq", {"seq": seq})
    expected = [seq for seq in range(1, 1_001) if seq not in gone]
    before = await jetstream.everything("dlq")
    letters = await letters_of("dlq")
    assert letters.count == len(expected)
    for first in (0, 1, 490, 640, 690, 900, len(expected) - 3, len(expected), 5_000):
        page = await letters.page(first, 50)
        assert [held.id for held in page] == expected[first : first + 50]
        assert all(held.envelope == b"NATS/1.0\r\nNumber: %d\r\n\r\n" % (held.id - 1) for held in page)
    assert await _all(letters.batches(300)) == expected
    assert await jetstream.everything("dlq") == before
    assert letters.cost == LookCost()
    assert letters.remark == ""


async def test_batches_hold_what_was_there_at_the_start(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await jetstream.stream("dlq", allow_direct=True)
    await jetstream.publish_many("dlq.a", 25)
    letters = await letters_of("dlq")
    batches = letters.batches(10)
    first = await anext(batches)
    await jetstream.publish_many("dlq.new", 5)
    assert [[held.id for held in first], *await _gather(batches)] == [
        [*range(1, 11)], [*range(11, 21)], [*range(21, 26)]
    ]  # fmt: skip
    assert letters.count == 25
    await letters.refresh()
    assert letters.count == 30


@pytest.mark.parametrize("direct", [True, False])
async def test_how_late_answers_come_does_not_count_with_every_portion(
    nats_server: NatsServer, jetstream: JetStream, letters_of: OpenLetters, direct: bool
) -> None:
    await jetstream.stream("dlq", allow_direct=direct, storage="file")
    await jetstream.publish_many("dlq.a", 12_000 if direct else 6_000)
    async with slow_front(nats_server.port, late=_LATE) as port:
        letters = await letters_of("dlq", connection=NatsConnection(urls=(f"nats://127.0.0.1:{port}",)))
        began = time.monotonic()
        assert len(await _all(letters.batches(1_000))) == letters.count
        took = time.monotonic() - began
        await letters.close()
    assert took < 6 * 2 * _LATE, "of twelve portions, each read and then made sure of, at most every second waits"


async def test_batches_of_chosen_letters(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await jetstream.stream("dlq", allow_direct=True)
    await jetstream.publish_many("dlq.a", 30)
    letters = await letters_of("dlq")
    assert await _all(letters.batches(3, {30, 2, 3, 4, 5, 11, 99})) == [2, 3, 4, 5, 11, 30]
    assert await _gather(letters.batches(3, ())) == []


async def test_batches_can_be_left_early(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await jetstream.stream("dlq", allow_direct=True)
    await jetstream.publish_many("dlq.a", 30)
    letters = await letters_of("dlq")
    batches = letters.batches(5)
    await anext(batches)
    await batches.aclose()
    assert len(await letters.page(0, 100)) == 30
    await anext(letters.batches(5))
    await letters.close()


async def test_an_empty_stream(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await jetstream.stream("dlq", allow_direct=True)
    letters = await letters_of("dlq")
    assert letters.count == 0
    assert await letters.page(0, 10) == []
    assert await _gather(letters.batches(10)) == []


async def test_letters_are_removed(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await jetstream.stream("dlq", allow_direct=True)
    await jetstream.publish_many("dlq.a", 40)
    letters = await letters_of("dlq")
    async for batch in letters.batches(10):
        await jetstream.publish("dlq.new", b"published meanwhile")
        await letters.remove([held for held in batch if held.id != 33])
    assert [subject for subject, _, _ in (await jetstream.stored("dlq")).values()] == ["dlq.a", *["dlq.new"] * 4]
    await letters.remove(batch)
    assert 33 not in await jetstream.stored("dlq")


async def test_no_letter_of_a_stream_made_anew_is_taken_for_one_of_the_old_one(
    jetstream: JetStream, letters_of: OpenLetters
) -> None:
    """Not even where it is made anew while its letters are gone through."""
    await jetstream.stream("dlq", allow_direct=True)
    await jetstream.publish_many("dlq.a", 30)
    letters = await letters_of("dlq")
    batches = letters.batches(5)
    await anext(batches)
    await jetstream.api("STREAM.DELETE.dlq")
    await jetstream.stream("dlq", allow_direct=True)
    await jetstream.publish_many("dlq.a", 30)
    with pytest.raises(RefusedError, match=r"made anew|not found"):  # the next is read ahead, perhaps in between
        await _all(batches)
    with pytest.raises(RefusedError, match="made anew"):
        await _all(letters.batches(5, {1, 2}))
    turn, identity = letters.turn, letters.identity
    await letters.refresh()
    assert letters.turn == turn + 1
    assert letters.identity != identity
    assert len(await _all(letters.batches(5))) == 30
    await letters.remove(await letters.page(0, 30))
    assert await jetstream.stored("dlq") == {}


async def test_a_letter_keeps_its_fingerprint(
    nats_server: NatsServer, jetstream: JetStream, letters_of: OpenLetters
) -> None:
    await jetstream.stream("dlq", allow_direct=True, storage="file")
    await jetstream.publish_many("dlq.a", 3)
    letters = await letters_of("dlq")
    first = [letters.fingerprint(held) for held in await letters.page(0, 3)]
    assert len(set(first)) == 3
    assert all(len(each) == 16 for each in first)
    nats_server.kill()
    nats_server.start()
    letters = await letters_of("dlq")
    assert [letters.fingerprint(held) for held in await letters.page(1, 2)] == first[1:]


@pytest.mark.parametrize(
    ("config", "why"),
    [({"deny_delete": True}, "deny_delete"), ({"mirror": {"name": "source"}, "subjects": None}, "mirror of source")],
)
async def test_where_nothing_can_be_removed_one_can_look(
    jetstream: JetStream, letters_of: OpenLetters, config: dict[str, object], why: str
) -> None:
    await jetstream.stream("source", "source.>")
    await jetstream.api("STREAM.CREATE.dlq", {"name": "dlq", "subjects": ["dlq.>"], "storage": "memory", **config})
    letters = await letters_of("dlq")
    with pytest.raises(RefusedError, match=why):
        await letters.check_removable()


async def test_a_sealed_stream(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await jetstream.stream("dlq", allow_direct=True)
    await jetstream.publish_many("dlq.a", 3)
    config = (await jetstream.api("STREAM.INFO.dlq"))["config"]
    await jetstream.api("STREAM.UPDATE.dlq", {**config, "sealed": True})
    letters = await letters_of("dlq")
    assert len(await letters.page(0, 10)) == 3
    with pytest.raises(RefusedError, match="sealed"):
        await letters.check_removable()


async def test_an_account_that_may_look_and_not_remove(
    start_nats_server: StartNatsServer, letters_of: OpenLetters
) -> None:
    server = start_nats_server(
        "accounts { A { jetstream: enabled, users: [ { user: admin, password: admin }, { user: limited,"
        ' password: limited, permissions: { publish: { deny: ["$JS.API.STREAM.MSG.DELETE.>"] } } } ] } }'
    )
    jetstream = await JetStream.connect(server, user="admin", password="admin")
    await jetstream.stream("dlq", allow_direct=True)
    await jetstream.publish_many("dlq.a", 3)
    connection = NatsConnection(urls=(server.url,), user="limited", password="limited")
    letters = await letters_of("dlq", connection=connection)
    page = await letters.page(0, 3)
    with pytest.raises(DeniedError, match=r"STREAM\.MSG\.DELETE\.dlq"):
        await letters.check_removable()
    with pytest.raises(DeniedError):
        await letters.remove(page)
    assert len(await jetstream.stored("dlq")) == 3
    await jetstream.close()


async def test_no_such_stream(nats_server: NatsServer, letters_of: OpenLetters) -> None:
    assert nats_server.url
    with pytest.raises(RefusedError, match="stream not found"):
        await letters_of("nowhere")


async def test_a_connection_lost_while_letters_are_taken(
    nats_server: NatsServer, jetstream: JetStream, letters_of: OpenLetters
) -> None:
    await jetstream.stream("dlq", allow_direct=True)
    await jetstream.publish_many("dlq.a", 40)
    letters = await letters_of("dlq")
    batches = letters.batches(5)
    batch = await anext(batches)
    nats_server.kill()
    with pytest.raises(UnreachableError):
        await _gather(batches)
    with pytest.raises(UnreachableError):
        await letters.remove(batch)


async def _letter(letters: NatsLetters) -> Letter:
    (held,) = await letters.page(0, 1)
    return letters.read(held)


async def test_what_the_copier_wrote_is_read(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await jetstream.stream("dlq", allow_direct=True)
    headers = {
        "X-Original-Subject": "jobs.a",
        "X-Original-Stream": "jobs",
        "X-Original-Sequence": "12",
        "X-Consumer": "workers",
        "X-Delivery-Count": "5",
        "X-Failure-Reason": "gave up",
        "X-Error": "no such file",
        "X-Failed-At": "2026-01-02T03:04:05Z",
        "Trace": "t",
    }
    await jetstream.publish("dlq.a", b"task", headers=headers)
    letters = await letters_of("dlq")
    letter = await _letter(letters)
    assert (letter.origin, letter.route, letter.consumer, letter.deliveries) == ("jobs", "jobs.a", "workers", 5)
    assert (letter.reason, letter.error, letter.died_at) == ("gave up", "no such file", 1_767_323_045.0)
    assert (letter.body, letter.problem, letter.queue) == (b"task", "", "dlq")
    assert {header.name: header.value for header in letter.headers} == headers
    assert letters.home(letter) == Destination("jobs", "jobs.a")


async def test_a_copy_of_which_nothing_is_said_has_no_home(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await jetstream.stream("dlq", allow_direct=True)
    await jetstream.publish("dlq.a", b"task")
    letters = await letters_of("dlq")
    letter = await _letter(letters)
    assert (letter.origin, letter.route, letter.reason, letter.deaths) == ("", "", "", ())
    assert isinstance(letters.home(letter), Unknown)


async def test_a_stream_that_sources_another_tells_where_its_messages_came_from(
    jetstream: JetStream, letters_of: OpenLetters
) -> None:
    await jetstream.stream("jobs")
    await jetstream.publish("jobs.a", b"task")
    await jetstream.api("STREAM.CREATE.dlq", {"name": "dlq", "sources": [{"name": "jobs"}], "storage": "memory"})
    letters = await letters_of("dlq")
    await until_count(letters, 1)
    letter = await _letter(letters)
    assert (letter.origin, letter.route) == ("jobs", "jobs.a")
