"""Letters of clients that write no UTF-8: what is printed of them can be read, and a file of them brings them back."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pika import spec

from tests.contract.dlq_commands import Dlq, done
from tests.contract.graveyards import DEAD, WORK, RabbitGraveyard
from tests.rabbit_letters import PLAIN, take_all
from tests.waiting import until
from wqstudio.brokers.rabbitmq.amqp.channel import Listener
from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.brokers.rabbitmq.amqp.codec import encode_table
from wqstudio.brokers.rabbitmq.amqp.confirming import ConfirmingChannel
from wqstudio.brokers.rabbitmq.amqp.properties import decode_properties
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.letter import Edit, Header
from wqstudio.domain.redrive import Match, Plan
from wqstudio.engine.looks.look import Look
from wqstudio.engine.looks.process import LettersProcess

LATIN = "caf\udce9"
"""Of whose last byte no UTF-8 begins."""
READABLE = "caf\ufffd"
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
    assert (letter["published_to"], letter["reason"]) == (READABLE, READABLE)
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


@pytest.mark.parametrize("graveyard", ["rabbitmq classic"], indirect=True)
async def test_a_letter_of_no_utf_8_is_looked_at_and_keeps_no_other_from_going_home(
    graveyard: RabbitGraveyard, tmp_path: Path
) -> None:
    assert isinstance(graveyard.connection, RabbitConnection)
    client = await connect_client(graveyard.connection, name="publisher", reconnect=False)
    channel = await ConfirmingChannel.open(client)
    await graveyard.bury([b"even"])
    for origin in (LATIN, WORK):
        table = encode_table(HEADERS | {"x-first-death-queue": origin})
        await channel.publish("", DEAD, replace(PLAIN, message_id=LATIN, headers=table).encode(), b"odd")
    look = Look(LettersProcess(graveyard.connection, tmp_path / "journal.sqlite"), DEAD)
    await look.open()
    _, line, _ = await look.page(0, 10)
    assert (line.origin, line.reason) == (READABLE, READABLE)
    letter = await look.letter(line.id)
    assert letter is not None
    assert READABLE in {header.name for header in letter.headers}
    look.sift(Match(origin=READABLE))
    await until(lambda: look.survey is not None and look.survey.done)
    assert look.survey is not None
    assert look.survey.matched == 1
    rewriting = (await look.foresee(Plan(DEAD))).rewriting
    assert rewriting is not None
    assert READABLE in rewriting.kept
    headers = (*letter.headers, Header("edited", "yes"))
    run = look.begin(Plan(DEAD), lambda _: None)
    progress = await run.ended()
    assert (progress.moved, progress.refused) == (2, 1)
    assert "not UTF-8" in progress.refusals[0].reason
    look.sift(None)
    (left,) = await look.page(0, 10)
    edited = Plan(DEAD, ids=(left.id,), destination=graveyard.home, edit=Edit(headers=headers))
    assert (await look.begin(edited, lambda _: None).ended()).moved == 1
    *_, back = await take_all(client, WORK)
    assert decode_properties(back.properties).table[LATIN] == LATIN
    await look.close()
    await channel.close()
    await client.close()


def _content(file: str) -> bytes:
    return Path(file).read_bytes()
