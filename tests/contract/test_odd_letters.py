"""Odd messages go round: what they carry goes with them, and what would harm the copy is left behind, as is stated."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime

import pytest

from tests.contract.dlq_commands import Dlq, done
from tests.contract.graveyards import DEAD, WORK, Graveyard
from tests.faults import Faults
from tests.jetstream import JetStream
from tests.rabbit_letters import PLAIN, entries, is_4, put, set_policy, take_all
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.servers import StartNatsServer
from tests.waiting import until
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.amqp.codec import Float32, Int64, encode_table
from wqstudio.brokers.rabbitmq.amqp.properties import Properties, decode_properties
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Plan
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.looks.dead_letters import DeadLetterWork

NESTED = {
    "double": 12.75,
    "single": Float32(b"\x3f\x40\x00\x00"),
    "raw": b"\x00\xff",
    "deep": {"a": [1, {"b": 2.5}]},
}
FOREIGN = "somebody-else"
LARGE = b"x" * (8 << 20)


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_a_death_at_no_time_is_told_as_when_it_was_stored(graveyard: Graveyard, dlq: Dlq) -> None:
    """As programs write a time that nobody has set."""
    await graveyard.bury([b"odd"], {"Died-At": "0001-01-01T00:00:00Z"})
    this_year = f"{datetime.now().astimezone():%Y-}"
    assert this_year in done(dlq("list", DEAD))
    assert this_year in done(dlq("show", DEAD, "1"))


@pytest.mark.parametrize("exhausted", [False, True], ids=["copies", "in place"])
async def test_they_go_round_on_nats(
    start_nats_server: StartNatsServer, journal: Journal, faults: Faults, exhausted: bool
) -> None:
    """Headers in their very bytes, but for what tells the server how long to keep a message, and what to expect."""
    server = start_nats_server("max_payload: 8500000\n")
    user = await JetStream.connect(server)
    await user.stream(WORK, retention="workqueue", allow_msg_ttl=True)
    kept = "workqueue" if exhausted else "limits"
    await user.stream(DEAD, "dead.>", retention=kept, allow_direct=True, allow_msg_ttl=True)
    odd = [b"", b"\x00\xff\r\n", b"x" * 8_000_000, b"expires"]
    lines = b"A: 1\r\nA: 2\r\nOdd: \xff\xfe\r\nEmpty: \r\n"
    for number, body in enumerate(odd):
        harmful = b"Nats-TTL: 1h\r\nNats-Expected-Last-Sequence: %d\r\n" % number
        await user.publish_raw("dead.a", lines + harmful, body)
    if exhausted:
        await user.consumer(DEAD, "workers", max_deliver=1)
        await user.exhaust(DEAD, "workers", len(odd), 1)
    plan = Plan(DEAD, destination=Destination(WORK, f"{WORK}.a"), exhausted=exhausted)
    progress = await DeadLetterWork(server.connection, journal).redrive(plan).run()
    assert (progress.moved, progress.refused) == (len(odd), 0)
    stored = list((await user.stored(WORK)).values())
    assert {block.partition(b"Nats-Msg-Id")[0] for _, block, _ in stored} == {b"NATS/1.0\r\n" + lines}
    assert not await user.stored(DEAD)
    fault = f"odd headers and bodies, TTL{', in place' if exhausted else ''}"
    figures = faults.note(fault, odd, [body for _, _, body in stored], "nats")
    assert (figures.lost, figures.doubled) == (0, 0)
    await user.close()


@pytest.mark.parametrize("kind", ["classic", "quorum"])
async def test_they_go_round_on_rabbitmq(
    rabbit_host: RabbitHost, user: RabbitUser, journal: Journal, faults: Faults, kind: str
) -> None:
    """Float, nested and binary headers are carried; what would lead elsewhere, expire or be refused is stripped."""
    dying = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": DEAD}
    for queue, arguments in ((DEAD, {}), (WORK, dying), ("elsewhere", {})):
        user.declare(queue, {"x-queue-type": kind, **arguments})
    if kind == "quorum" and is_4(rabbit_host):
        set_policy(rabbit_host, DEAD, delivery_limit=-1)  # or a look is refused
    rich = replace(PLAIN, headers=encode_table(NESTED | {"long": Int64(1)}))
    copies = replace(PLAIN, headers=encode_table(NESTED | {"CC": ["elsewhere"], "BCC": ["elsewhere"]}))
    expiring = Properties(expiration="3600000", headers=encode_table(NESTED), user_id=rabbit_host.connection.user)
    odd = {b"": rich, b"plain": PLAIN, LARGE: rich, b"copies": copies, b"expires": expiring}
    foreign, expired = replace(rich, user_id=FOREIGN), replace(rich, expiration="1")
    async with _connected(rabbit_host.connection) as client:
        for body, properties in odd.items():
            await put(client, DEAD, body, properties=properties)
        await put(client, WORK, b"expired", properties=expired)
    with _somebody_else(rabbit_host) as theirs:
        async with _connected(theirs) as client:
            await put(client, DEAD, b"foreign", properties=foreign)
    odd |= {b"foreign": foreign, b"expired": expired}
    await until(lambda: (user.ready(DEAD), user.ready("elsewhere")) == (len(odd), 1))
    user.empty("elsewhere")
    work = DeadLetterWork(rabbit_host.connection, journal)
    progress = await work.redrive(Plan(DEAD, destination=Destination(WORK, WORK))).run()
    assert (progress.moved, progress.refused) == (len(odd), 0)
    await until(lambda: user.ready(WORK) == len(odd))
    async with _connected(rabbit_host.connection) as client:
        moved = {message.body: message for message in await take_all(client, WORK)}
    kept = entries(rich.encode()) & entries(copies.encode())
    for body in odd.keys() - {b"plain"}:
        assert kept <= entries(moved[body].properties), body[:10]
    found = {body: decode_properties(message.properties) for body, message in moved.items()}
    assert "CC" not in found[b"copies"].table  # BCC the broker has taken out before
    assert {properties.expiration for properties in found.values()} == {None}
    assert found[b"expires"].user_id == rabbit_host.connection.user, "it is our own"
    assert found[b"foreign"].user_id is None
    (death,) = found[b"expired"].table["x-death"]
    assert (death["reason"], death["original-expiration"]) == ("expired", "1")
    assert user.ready("elsewhere") == 0
    fault, broker = "odd headers and bodies, CC, TTL, foreign user", f"rabbitmq {kind}"
    figures = faults.note(fault, list(odd), list(moved), broker)
    assert (figures.lost, figures.doubled) == (0, 0)


@asynccontextmanager
async def _connected(connection: RabbitConnection) -> AsyncIterator[RabbitClient]:
    client = await connect_client(connection, name="publisher", reconnect=False)
    yield client
    await client.close()


@contextmanager
def _somebody_else(host: RabbitHost) -> Iterator[RabbitConnection]:
    """Who may publish there; gone afterwards, as what was published is not."""
    host.manage("PUT", f"users/{FOREIGN}", {"password": FOREIGN, "tags": ""})
    host.manage("PUT", f"permissions/{{vhost}}/{FOREIGN}", {"configure": ".*", "write": ".*", "read": ".*"})
    yield replace(host.connection, user=FOREIGN, password=FOREIGN)
    host.manage("DELETE", f"users/{FOREIGN}")
