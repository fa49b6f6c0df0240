"""Pointers in the window whose originals stay: a preview says that each copy comes to lie beside its original."""

import asyncio
from pathlib import Path

from PySide6.QtWidgets import QLabel

from tests.jetstream import JetStream
from tests.servers import NatsServer
from tests.ui.letter_windows import letters_window_on, sheet
from tests.ui.windows import child
from wqstudio.ui.panels.facts_view import FactsView
from wqstudio.ui.panels.letters_table import LettersTable
from wqstudio.ui.theme import Theme

BODIES = [b"order %d" % number for number in range(3)]


async def test_a_preview_warns_of_what_is_stored_twice_where_originals_stay(
    nats_server: NatsServer, theme: Theme, tmp_path: Path
) -> None:
    user = await JetStream.connect(nats_server)
    await user.stream("dlq", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", allow_direct=True)
    await user.stream("jobs", allow_direct=True)
    await user.consumer("jobs", "workers", max_deliver=1)
    await user.publish("jobs.a", *BODIES)
    await user.exhaust("jobs", "workers", len(BODIES), 1)
    while len(await user.stored("dlq")) < len(BODIES):  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)
    async with letters_window_on(nats_server.connection, theme, tmp_path) as window:
        child(window, LettersTable, "lettersTable").selectAll()
        window.actions_by_name["requeueHome"].trigger()
        shown = await sheet(window)
        facts = child(shown, FactsView, "moveFacts")
        said = [label.text() for label in facts.findChildren(QLabel) if label.property("kind") == "warning"]
        assert any("the original stays in jobs" in each for each in said)
        assert any("each is then stored there twice" in each for each in said)
    await user.close()
