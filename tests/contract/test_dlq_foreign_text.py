"""Letters of clients that write no UTF-8: what is printed of them can be read, and a file of them brings them back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pika import spec

from tests.contract.dlq_commands import Dlq, done
from tests.contract.graveyards import DEAD, WORK, RabbitGraveyard
from tests.rabbit_letters import PLAIN, take_all
from wqstudio.brokers.rabbitmq.amqp.channel import Listener
from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.brokers.rabbitmq.amqp.codec import encode_table
from wqstudio.brokers.rabbitmq.amqp.confirming import ConfirmingChannel
from wqstudio.brokers.rabbitmq.amqp.properties import decode_properties
from wqstudio.domain.connection import RabbitConnection

LATIN = "caf\udce9"
"""Of whose last byte no UTF-8 begins."""
HEADERS = {LATIN: LATIN, "table": {LATIN: LATIN}, "x-first-death-queue": WORK, "x-first-death-reason": LATIN}


@pytest.mark.parametrize("graveyard", ["rabbitmq classic"], indirect=True)
async def test_a_letter_of_no_utf_8_is_told_of_and_goes_round(
    graveyard: RabbitGraveyard, dlq: Dlq, tmp_path: Path
) -> None:
    file = str(tmp_path / "letters.jsonl")
    assert isinstance(graveyard.connection, RabbitConnection)
    client = await connect_client(graveyard.connection, name="publisher", reconnect=False)
    async with client.channel(Listener()) as binding:
        await binding.call(spec.Queue.Bind(queue=DEAD, exchange="amq.fanout"), "binding")
    channel = await ConfirmingChannel.open(client)
    properties = replace(PLAIN, message_id=LATIN, headers=encode_table(HEADERS))
    await channel.publish("amq.fanout", LATIN, properties.encode(), b"odd")
    (letter,) = json.loads(done(dlq("list", DEAD, "--json")))
    assert (letter["published_to"], letter["reason"]) == (LATIN, LATIN)
    for command in ("list", "show", "requeue"):
        asked = ("show", DEAD, letter["fingerprint"]) if command == "show" else (command, DEAD)
        dry = ("--dry-run",) if command == "requeue" else ()
        assert "caf" in done(dlq(*asked, *dry))
        assert json.loads(done(dlq(*asked, *dry, "--json")))
    done(dlq("export", DEAD, file))
    assert done(dlq("export", DEAD, "-")).encode() == _content(file)
    done(dlq("discard", DEAD, "--exported", file, "--yes"))
    done(dlq("import", file))
    (back,) = await take_all(client, WORK)
    carried = decode_properties(back.properties)
    assert (back.body, carried.message_id, carried.table[LATIN]) == (b"odd", LATIN, LATIN)
    await channel.close()
    await client.close()


def _content(file: str) -> bytes:
    return Path(file).read_bytes()
