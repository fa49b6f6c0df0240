"""Pointers: advisories stored in a stream, for messages that lie elsewhere, or do not any more."""

import json
from collections.abc import AsyncIterator, Sequence

import pytest

from tests.jetstream import JetStream
from tests.servers import NatsServer, StartNatsServer
from tests.unit.brokers.nats.conftest import OpenLetters, until_count
from wqstudio.brokers.letters import Copy, Held
from wqstudio.brokers.nats.letters.letters import NatsLetters
from wqstudio.brokers.nats.letters.outlet import NatsOutlet
from wqstudio.brokers.port import RefusedError
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.letter import Destination, Edit, Fate, Letter

ADVISORIES = ("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>")


async def _dlq(jetstream: JetStream, *more: str, **config: object) -> None:
    await jetstream.stream("dlq", *ADVISORIES, *more, **{"allow_direct": True, **config})


async def _jobs(jetstream: JetStream, count: int, **config: object) -> None:
    await jetstream.stream("jobs", **{"retention": "workqueue", "allow_direct": True, **config})
    await jetstream.consumer("jobs", "workers", max_deliver=2)
    await jetstream.publish_many("jobs.a", count)


async def _pointers(letters_of: OpenLetters, count: int) -> NatsLetters:
    """Letters of the dead-letter stream once it has so many."""
    letters = await letters_of("dlq")
    await until_count(letters, count)
    return letters


async def _held(batches: AsyncIterator[Sequence[Held]]) -> list[Held]:
    return [held async for batch in batches for held in batch]


async def test_a_pointer_shows_the_message_it_stands_for(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await _dlq(jetstream)
    await jetstream.stream("jobs", retention="workqueue", allow_direct=True)
    await jetstream.consumer("jobs", "workers", max_deliver=2)
    await jetstream.publish_raw("jobs.a", b"A: 1\r\nA: 2\r\n", b"task")
    await jetstream.exhaust("jobs", "workers", 1, 2)
    before = [await jetstream.everything(stream) for stream in ("jobs", "dlq")]
    letters = await _pointers(letters_of, 1)
    (held,) = await letters.page(0, 10)
    letter = letters.read(held)
    assert (letter.body, [header.value for header in letter.headers]) == (b"task", ["1", "2"])
    assert (letter.origin, letter.route, letter.consumer, letter.deliveries) == ("jobs", "jobs.a", "workers", 2)
    assert (letter.reason, letter.problem, letter.id) == ("max deliveries", "", 1)
    assert (letter.came_from, letter.source, letter.pointed_in) == ("jobs", "jobs.a", "jobs")
    assert json.loads(letter.pointer)["stream_seq"] == 1
    assert letter.published_at is not None
    assert letter.died_at is not None
    assert letter.published_at <= letter.died_at
    assert letters.home(letter) == Destination("jobs", "jobs.a")
    assert [await jetstream.everything(stream) for stream in ("jobs", "dlq")] == before


@pytest.mark.parametrize("direct", [True, False])
async def test_the_original_goes_before_its_pointer(
    jetstream: JetStream, letters_of: OpenLetters, direct: bool
) -> None:
    await _dlq(jetstream, allow_direct=direct)
    await _jobs(jetstream, 12, allow_direct=direct)
    await jetstream.exhaust("jobs", "workers", 12, 2)
    letters = await _pointers(letters_of, 12)
    await letters.check_removable()
    page = await letters.page(0, 12)
    await letters.remove(page[3:8])
    left = {json.loads(body)["stream_seq"] for _, _, body in (await jetstream.stored("dlq")).values()}
    assert set(await jetstream.stored("jobs")) == left
    assert len(left) == 7
    await letters.remove(page)
    assert await jetstream.stored("jobs") == await jetstream.stored("dlq") == {}


async def test_pointers_and_copies_in_one_stream(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await _dlq(jetstream, "dlq.>")
    await jetstream.publish("dlq.copy", b"copy", headers={"X-Original-Subject": "jobs.b"})
    await _jobs(jetstream, 2)
    await jetstream.exhaust("jobs", "workers", 2, 2)
    letters = await _pointers(letters_of, 3)
    await jetstream.publish("dlq.copy", b"another")
    await letters.refresh()
    read = [letters.read(held) for held in await letters.page(0, 10)]
    assert [(letter.id, letter.body, letter.route) for letter in read] == [
        (1, b"copy", "jobs.b"),
        (2, b"body", "jobs.a"),
        (3, b"body", "jobs.a"),
        (4, b"another", ""),
    ]
    await letters.remove(await letters.page(0, 2))
    assert list(await jetstream.stored("dlq")) == [3, 4]
    assert len(await jetstream.stored("jobs")) == 1


async def test_of_what_is_gone_only_the_pointer_is_left(
    jetstream: JetStream, letters_of: OpenLetters, outlet: NatsOutlet
) -> None:
    await _dlq(jetstream)
    await _jobs(jetstream, 3)
    await jetstream.exhaust("jobs", "workers", 3, 2)
    letters = await _pointers(letters_of, 3)
    await jetstream.api("STREAM.MSG.DELETE.jobs", {"seq": 2})
    held = next(held for held in await letters.page(0, 3) if held.problem)
    letter = letters.read(held)
    assert letter.problem == "The message is gone from jobs: acknowledged, deleted or expired since."
    assert (letter.body, letter.route, letter.origin) == (b"", "", "jobs")
    copy = Copy(held, Destination("jobs", "jobs.a"), "m1")
    (refused,) = await outlet.put([copy])
    assert (refused.fate, refused.reason) == (Fate.REFUSED, letter.problem)
    (stored,) = await outlet.put([copy._replace(edit=Edit(body=b"rewritten"))])
    assert stored.fate is Fate.STORED
    await letters.remove([held])
    assert len(await jetstream.stored("dlq")) == 2
    assert sorted(await jetstream.stored("jobs")) == [1, 3, 4]


async def test_of_what_is_alive_no_edited_copy_goes_beside_it(
    jetstream: JetStream, letters_of: OpenLetters, outlet: NatsOutlet
) -> None:
    await _dlq(jetstream)
    await _jobs(jetstream, 2)
    await jetstream.exhaust("jobs", "workers", 2, 2)
    letters = await _pointers(letters_of, 2)
    await jetstream.api("CONSUMER.DELETE.jobs.workers")
    await jetstream.consumer("jobs", "workers")
    held, _ = await letters.page(0, 2)
    copy = Copy(held, Destination("jobs", "jobs.a"), "m1", Edit(body=b"rewritten"))
    (refused,) = await outlet.put([copy])
    assert (refused.fate, refused.reason) == (Fate.REFUSED, held.problem)
    assert "yet to give it out" in held.problem
    assert len(await jetstream.stored("jobs")) == 2


async def test_a_worker_takes_the_original_meanwhile(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await _dlq(jetstream)
    await _jobs(jetstream, 2)
    await jetstream.exhaust("jobs", "workers", 2, 2)
    letters = await _pointers(letters_of, 2)
    page = await letters.page(0, 2)
    await jetstream.api("CONSUMER.DELETE.jobs.workers")
    await jetstream.consumer("jobs", "workers")
    alive = [held.problem for held in await letters.page(0, 2)]
    assert all("consumer workers has yet to give it out" in why for why in alive), alive
    messages = await jetstream.pull("jobs", "workers", 2)
    busy = [held.problem for held in await letters.page(0, 2)]
    assert all("in flight" in why for why in busy), busy
    with pytest.raises(RefusedError, match=r"2 messages of dlq are left there.*in flight"):
        await letters.remove(page)
    assert len(await jetstream.stored("dlq")) == 2
    await jetstream.settle(*messages)
    await letters.remove(page)
    assert await jetstream.stored("dlq") == {}


async def test_what_was_terminated_is_gone_and_says_why(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await _dlq(jetstream)
    await _jobs(jetstream, 1)
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 1), how=b"+TERM bad data")
    letters = await _pointers(letters_of, 1)
    letter = letters.read((await letters.page(0, 1))[0])
    assert (letter.reason, letter.error, letter.consumer) == ("terminated", "bad data", "workers")
    assert "terminated" in letter.problem


async def test_what_was_terminated_in_a_stream_that_keeps_it_can_be_requeued_and_stays(
    jetstream: JetStream, letters_of: OpenLetters
) -> None:
    await _dlq(jetstream)
    await _jobs(jetstream, 1, retention="limits")
    await jetstream.settle(*await jetstream.pull("jobs", "workers", 1), how=b"+TERM bad data")
    letters = await _pointers(letters_of, 1)
    page = await letters.page(0, 1)
    letter = letters.read(page[0])
    assert (letter.body, letter.problem, letter.route) == (b"body", "", "jobs.a")
    assert any("stays in jobs" in setting.value for setting in letter.properties)
    await letters.remove(page)
    assert await jetstream.stored("dlq") == {}
    assert len(await jetstream.stored("jobs")) == 1


async def test_a_message_of_a_stream_made_anew_is_another_one(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await _dlq(jetstream)
    await _jobs(jetstream, 1)
    await jetstream.exhaust("jobs", "workers", 1, 2)
    await jetstream.api("STREAM.DELETE.jobs")
    letters = await _pointers(letters_of, 1)
    assert "not there (any more)" in await _problem(letters)
    await _jobs(jetstream, 1)
    letters = await _pointers(letters_of, 1)
    assert "made anew" in await _problem(letters)
    await letters.remove(await letters.page(0, 1))
    assert len(await jetstream.stored("jobs")) == 1
    assert await jetstream.stored("dlq") == {}


async def _problem(letters: NatsLetters) -> str:
    letter: Letter = letters.read((await letters.page(0, 1))[0])
    return letter.problem


async def test_two_pointers_to_one_message_move_it_once(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await _dlq(jetstream)
    await _jobs(jetstream, 2, retention="limits")
    await jetstream.consumer("jobs", "others", max_deliver=2)
    await jetstream.exhaust("jobs", "workers", 2, 2)
    await jetstream.exhaust("jobs", "others", 2, 2)
    letters = await _pointers(letters_of, 4)
    problems = [held.problem for held in await _held(letters.batches(1))]
    assert problems[:2] == ["", ""]
    assert all("An earlier letter points to the same message" in why for why in problems[2:]), problems


async def test_an_original_that_cannot_be_deleted_is_not_copied_either(
    jetstream: JetStream, letters_of: OpenLetters
) -> None:
    await _dlq(jetstream)
    await _jobs(jetstream, 1, deny_delete=True)
    await jetstream.exhaust("jobs", "workers", 1, 2)
    letters = await _pointers(letters_of, 1)
    assert "deny_delete" in await _problem(letters)
    await letters.remove(await letters.page(0, 1))  # discards the pointer
    assert await jetstream.stored("dlq") == {}


async def test_what_only_looks_like_an_advisory_is_a_copy(jetstream: JetStream, letters_of: OpenLetters) -> None:
    await _dlq(jetstream, "dlq.>")
    for body in (
        b'{"type":"io.nats.jetstream.advisory.v1.max_deliver"',
        b'{"type":"io.nats.jetstream.advisory.v1.max_deliver"}',
        b'{"type":"io.nats.jetstream.advisory.v1.api_audit","stream":"jobs","stream_seq":1}',
    ):
        await jetstream.publish("dlq.a", body)
    letters = await _pointers(letters_of, 3)
    assert [letters.read(held).pointer for held in await letters.page(0, 3)] == [b"", b"", b""]


async def test_an_account_that_may_not_read_the_originals(
    start_nats_server: StartNatsServer, letters_of: OpenLetters
) -> None:
    server = start_nats_server(
        "accounts { A { jetstream: enabled, users: [ { user: admin, password: admin }, { user: limited,"
        ' password: limited, permissions: { publish: { deny: ["$JS.API.STREAM.INFO.jobs"] } } } ] } }'
    )
    jetstream = await JetStream.connect(server, user="admin", password="admin")
    await _dlq(jetstream)
    await _jobs(jetstream, 1)
    await jetstream.exhaust("jobs", "workers", 1, 2)
    connection = NatsConnection(urls=(server.url,), user="limited", password="limited")
    letters = await letters_of("dlq", connection=connection)
    await until_count(letters, 1)
    assert 'no permission for publish to "$JS.API.STREAM.INFO.jobs"' in await _problem(letters)
    await jetstream.close()


async def test_large_originals_come_a_few_at_once(start_nats_server: StartNatsServer, letters_of: OpenLetters) -> None:
    server: NatsServer = start_nats_server("max_payload: 8500000\n")
    jetstream = await JetStream.connect(server)
    await _dlq(jetstream)
    await jetstream.stream("jobs", retention="workqueue", allow_direct=True)
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    for _ in range(3):
        await jetstream.publish("jobs.a", b"x" * 8_000_000)
    await jetstream.exhaust("jobs", "workers", 3, 1)
    letters = await letters_of("dlq", connection=server.connection)
    await until_count(letters, 3)
    await letters.page(0, 1)
    assert [[len(held.body) for held in batch] async for batch in letters.batches(10)] == [[8_000_000]] * 3
    await jetstream.close()
