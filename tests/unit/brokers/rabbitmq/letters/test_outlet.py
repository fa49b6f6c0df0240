"""Copies on a real node: what they carry, and what becomes of each when something goes wrong."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.rabbit_letters import PLAIN, all_of, bodies, cut, entries, is_4, opened, outlet_on, put, put_copies, take_all
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.waiting import until
from wqstudio.brokers.letters import Copy, Held, Letters
from wqstudio.brokers.port import UnreachableError
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.codec import Float32, Int64, Timestamp, UInt8, encode_table
from wqstudio.brokers.rabbitmq.amqp.marks import REQUEUED_HEADER
from wqstudio.brokers.rabbitmq.amqp.properties import Properties, decode_properties
from wqstudio.brokers.rabbitmq.letters.letters import RabbitLetters
from wqstudio.brokers.rabbitmq.letters.outlet import LARGE, RabbitOutlet, open_outlet
from wqstudio.domain.letter import Destination, Edit, Fate, Header

HEADERS = {
    "binary": b"\x00\xff",
    "decimal": Decimal("3.14"),
    "double": 12.75,
    "list": [1, 2.5, None, True, {"deep": b"\x00"}],
    "long": Int64(1),
    "nested": {"a": {"b": {"c": Timestamp(1)}}},
    "single": Float32(b"\x3f\x40\x00\x00"),
    "small": UInt8(200),
    "text": "grüße",
    "when": Timestamp(1_700_000_000),
}
RICH = replace(PLAIN, headers=encode_table(HEADERS), content_type="text/plain", app_id="x", timestamp=7, priority=3)


@pytest.fixture
async def letters(rabbit_host: RabbitHost, user: RabbitUser) -> AsyncIterator[Letters]:
    user.declare("dead")
    user.declare("home")
    async with opened(rabbit_host, "dead") as letters:
        yield letters


@pytest.fixture
async def outlet(rabbit_host: RabbitHost) -> AsyncIterator[RabbitOutlet]:
    outlet = await open_outlet(rabbit_host.connection)
    yield outlet
    await outlet.close()


async def _held(letters: Letters) -> list[Held]:
    await letters.refresh()
    return await all_of(letters)


async def test_what_nobody_touches_arrives_byte_for_byte(
    client: RabbitClient, letters: Letters, outlet: RabbitOutlet
) -> None:
    contents = [b"", b"body", bytes(range(256)) * (8 << 12)]
    await put(client, "dead", *contents, properties=RICH)
    held = await _held(letters)
    assert [outcome.fate for outcome in await put_copies(outlet, held, "home")] == [Fate.STORED] * 3
    copies = await take_all(client, "home")
    assert [copy.body for copy in copies] == contents
    for original, copy in zip(held, copies, strict=True):
        (mark,) = entries(copy.properties) - entries(original.envelope)
        assert mark.startswith(b"\x0c" + REQUEUED_HEADER.encode())
        assert entries(original.envelope) < entries(copy.properties)
        rest = replace(decode_properties(copy.properties), headers=None)
        assert rest == replace(RICH, headers=None)
    assert [decode_properties(copy.properties).table[REQUEUED_HEADER] for copy in copies] == [
        f"test.{one.id}" for one in held
    ]


async def test_what_would_harm_the_copy_is_left_behind(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, letters: Letters, outlet: RabbitOutlet
) -> None:
    for name in ("elsewhere", "secret"):
        user.declare(name)
    harmful = {"CC": ["elsewhere"], "BCC": ["secret"], "Wqs-Retries": 4, REQUEUED_HEADER: "old", "x-delivery-count": 5}
    properties = Properties(
        headers=encode_table(harmful | {"keep": 1.5}), expiration="1000000", user_id=rabbit_host.connection.user
    )
    await put(client, "dead", b"body", properties=properties)
    await until(lambda: user.ready("dead") == 1)
    for name in ("elsewhere", "secret"):
        await take_all(client, name)
    (held,) = await _held(letters)
    told = outlet.rewriting(_to_home(held))
    (outcome,) = await outlet.put([_to_home(held)])
    assert outcome.safe
    (copy,) = await take_all(client, "home")
    properties = decode_properties(copy.properties)
    assert properties.table == {"keep": 1.5, REQUEUED_HEADER: "mark"}
    assert (properties.expiration, properties.user_id, properties.delivery_mode) == (
        None,
        rabbit_host.connection.user,
        2,
    )
    whole = Properties(headers=encode_table(harmful)).encode()  # what comes from a broker has no BCC any more
    assert [each.safe for each in await outlet.put([_to_home(held._replace(envelope=whole))])] == [True]
    assert user.ready("elsewhere") == user.ready("secret") == 0
    assert {"CC", "Wqs-Retries", REQUEUED_HEADER, "expiration"} < {name for name, _ in told.stripped}
    assert told.added == ((REQUEUED_HEADER, "mark"), ("delivery mode", "2 (persistent)"))
    assert told.kept == ("user id", "keep")


async def test_a_foreign_user_id_does_not_end_the_channel(
    rabbit_host: RabbitHost, client: RabbitClient, letters: Letters, outlet: RabbitOutlet
) -> None:
    await put(client, "dead", b"body", properties=Properties(user_id=rabbit_host.connection.user))
    (held,) = await _held(letters)
    foreign = replace(decode_properties(held.envelope), user_id="somebody else").encode()
    copy = _to_home(held._replace(envelope=foreign))
    assert ("user id", f"RabbitMQ takes none but our own, {rabbit_host.connection.user}") in outlet.rewriting(
        copy
    ).stripped
    assert [outcome.safe for outcome in await outlet.put([copy])] == [True]
    (arrived,) = await take_all(client, "home")
    assert decode_properties(arrived.properties).user_id is None


async def test_an_edit_is_written_in_its_types(client: RabbitClient, letters: Letters, outlet: RabbitOutlet) -> None:
    await put(client, "dead", b"body", properties=RICH)
    (held,) = await _held(letters)
    headers = letters.read(held).headers
    assert {header.name: header.type for header in headers} == {
        "binary": "binary", "decimal": "decimal", "double": "double", "list": "array", "long": "long",
        "nested": "table", "single": "float", "small": "unsigned byte", "text": "string", "when": "timestamp",
    }  # fmt: skip
    edited = (*headers, Header("added", "7", "long"))
    (outcome,) = await outlet.put([_to_home(held)._replace(edit=Edit(b"new", edited))])
    assert outcome.safe
    (copy,) = await take_all(client, "home")
    assert copy.body == b"new"
    assert entries(copy.properties) - entries(held.envelope) > {b"\x05addedl" + (7).to_bytes(8)}
    assert entries(held.envelope) < entries(copy.properties)
    wrong = Edit(headers=(Header("added", "seven", "long"),))
    (outcome,) = await outlet.put([_to_home(held)._replace(edit=wrong)])
    assert (outcome.fate, outcome.reason) == (
        Fate.REFUSED,
        "It cannot be copied: the header added holds no long that AMQP knows.",
    )


async def test_what_no_queue_takes_is_told_message_by_message(
    client: RabbitClient, user: RabbitUser, letters: Letters, outlet: RabbitOutlet
) -> None:
    """Mixed with others, and equal to them but for the mark."""
    await put(client, "dead", *[b"same"] * 300)
    held = await _held(letters)
    ways = ["home" if number % 3 else "hmoe" for number in range(300)]
    copies = [Copy(one, Destination(way, way), f"test.{one.id}") for one, way in zip(held, ways, strict=True)]
    outcomes = await outlet.put(copies)
    assert [outcome.fate for outcome in outcomes] == [Fate.STORED if way == "home" else Fate.REFUSED for way in ways]
    assert outcomes[0].reason == "No queue takes messages to hmoe (NO_ROUTE); check the name, or make the queue."
    assert user.ready("home") == 200


async def test_a_full_queue_refuses_what_it_does_not_take(
    client: RabbitClient, user: RabbitUser, letters: Letters, outlet: RabbitOutlet
) -> None:
    user.declare("small", {"x-max-length": 10, "x-overflow": "reject-publish"})
    await put(client, "dead", *bodies(30))
    outcomes = await put_copies(outlet, await _held(letters), "small")
    fates = Counter(outcome.fate for outcome in outcomes)
    assert fates[Fate.STORED] == user.ready("small") >= 10
    assert fates[Fate.REFUSED] == 30 - fates[Fate.STORED] > 0
    assert "the queue is full" in outcomes[-1].reason


async def test_a_target_that_is_deleted_meanwhile_refuses_the_rest(
    client: RabbitClient, user: RabbitUser, letters: Letters, outlet: RabbitOutlet
) -> None:
    await put(client, "dead", *bodies(20))
    held = await _held(letters)
    assert all(outcome.safe for outcome in await put_copies(outlet, held[:10], "home"))
    user.delete("home")
    outcomes = await put_copies(outlet, held[10:], "home")
    assert {outcome.fate for outcome in outcomes} == {Fate.REFUSED}


async def test_an_exchange_that_is_not_there_keeps_no_other_message_from_its_way(
    client: RabbitClient, user: RabbitUser, letters: Letters, outlet: RabbitOutlet
) -> None:
    await put(client, "dead", *bodies(40))
    held = await _held(letters)
    to = [Destination("home", "home", "nowhere" if number % 2 else "") for number in range(40)]
    outcomes = await outlet.put([Copy(one, way, f"m{one.id}") for one, way in zip(held, to, strict=True)])
    assert [outcome.fate for outcome in outcomes] == [Fate.STORED, Fate.REFUSED] * 20
    assert "no exchange 'nowhere'" in outcomes[1].reason
    assert user.ready("home") == 20


async def test_who_may_not_publish_is_told_so(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser, letters: Letters
) -> None:
    await put(client, "dead", *bodies(5))
    held = await _held(letters)
    rights = {"configure": ".*", "write": "^$", "read": ".*"}
    rabbit_host.manage("PUT", f"permissions/{{vhost}}/{rabbit_host.connection.user}", rights)
    async with outlet_on(rabbit_host) as outlet:
        outcomes = await put_copies(outlet, held, "home")
    assert [outcome.fate for outcome in outcomes] == [Fate.REFUSED] * 5
    assert "may not do that" in outcomes[4].reason
    assert user.ready("home") == 0


async def test_a_name_that_is_too_long_is_refused(client: RabbitClient, letters: Letters, outlet: RabbitOutlet) -> None:
    await put(client, "dead", b"body")
    (outcome,) = await put_copies(outlet, await _held(letters), "x" * 256)
    assert outcome.fate is Fate.REFUSED


async def test_headers_too_long_for_a_frame_are_refused(outlet: RabbitOutlet) -> None:
    properties = Properties(headers=encode_table({"x": "x" * 130_000})).encode()
    (outcome,) = await put_copies(outlet, [Held(1, "home", properties, b"", None)], "home")
    assert (outcome.fate, "too long" in outcome.reason) == (Fate.REFUSED, True)


async def test_a_connection_cut_between_confirm_and_acknowledgement_doubles_and_loses_nothing(
    rabbit_host: RabbitHost, client: RabbitClient, user: RabbitUser
) -> None:
    user.declare("dead")
    user.declare("home")
    await put(client, "dead", *bodies(100))
    doubled = 0
    async with opened(rabbit_host, "dead") as letters, outlet_on(rabbit_host) as outlet:
        held = await all_of(letters)
        assert all(outcome.safe for outcome in await put_copies(outlet, held, "home"))
        await letters.remove(held[:60])
        doubled = len(held) - 60
        assert isinstance(letters, RabbitLetters)
        cut(letters._client)
    await until(lambda: user.ready("dead") == doubled)
    left = [message.body for message in await take_all(client, "dead")]
    moved = [message.body for message in await take_all(client, "home")]
    assert {*left, *moved} == set(bodies(100))
    assert len(left) + len(moved) - 100 == doubled == 40


async def test_a_connection_cut_while_copies_are_under_way_leaves_them_unsure(
    rabbit_host: RabbitHost, client: RabbitClient, letters: Letters
) -> None:
    await put(client, "dead", *bodies(2_000))
    held = await _held(letters)
    outlet = await open_outlet(rabbit_host.connection)
    assert (await put_copies(outlet, held[:1], "home"))[0].safe
    putting = asyncio.ensure_future(put_copies(outlet, held[1:], "home"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    cut(outlet._client)
    fates = {outcome.fate for outcome in await putting}
    assert Fate.UNSURE in fates
    assert fates <= {Fate.UNSURE, Fate.STORED}
    with pytest.raises(UnreachableError, match="Nothing was sent"):
        await put_copies(outlet, held[:2], "home")
    await outlet.close()


async def test_large_messages_go_by_themselves(client: RabbitClient, letters: Letters, outlet: RabbitOutlet) -> None:
    contents = [bytes(LARGE), b"small", bytes(8 << 20), b"small too"]
    await put(client, "dead", *contents)
    outcomes = await put_copies(outlet, await _held(letters), "home")
    assert all(outcome.safe for outcome in outcomes)
    assert [message.body for message in await take_all(client, "home")] == contents


async def test_what_is_put_first_goes_out_first_also_where_one_goes_ahead_alone(
    client: RabbitClient, letters: Letters, outlet: RabbitOutlet
) -> None:
    contents = bodies(4)
    await put(client, "dead", *contents)
    held = await _held(letters)
    await asyncio.gather(put_copies(outlet, held[:3], "home"), put_copies(outlet, held[3:], "home"))
    assert [message.body for message in await take_all(client, "home")] == contents


async def test_a_message_over_the_maximum_size_is_refused_alone(
    rabbit_host: RabbitHost, user: RabbitUser, outlet: RabbitOutlet
) -> None:
    """By each release's own maximum; some seconds for 3.10's, which is 128 MiB."""
    user.declare("home")
    most = 1 << 24 if is_4(rabbit_host) else 1 << 27
    held = [Held(size, "home", PLAIN.encode(), bytes(size), None) for size in (1, most + 1, 2, LARGE)]
    outcomes = await put_copies(outlet, held, "home")
    assert [outcome.fate for outcome in outcomes] == [Fate.STORED, Fate.REFUSED, Fate.STORED, Fate.STORED]
    assert f"larger than the broker takes ({most:,})" in outcomes[1].reason


async def test_what_is_stored_cannot_be_asked_for(outlet: RabbitOutlet) -> None:
    assert await outlet.stored([Destination("home", "home")], ["mark"], datetime.now(UTC).timestamp()) == {}


def _to_home(held: Held) -> Copy:
    return Copy(held, Destination("home", "home"), "mark")
