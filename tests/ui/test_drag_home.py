"""Dead letters dragged home with a real mouse, from the table onto a queue or subject of the explorer, by broker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.commands import naming
from tests.contract.graveyards import DEAD, WORK, Graveyard, NatsGraveyard, buried, graveyard_of
from tests.servers import StartNatsServer
from tests.ui.hands import Person, person_before
from wqstudio.domain.connection import RabbitConnection

BODIES = [b'{"order": %d}' % number for number in range(12)]


@pytest.fixture(params=["nats", "rabbitmq"])
async def graveyard(request: pytest.FixtureRequest) -> AsyncIterator[Graveyard]:
    async with buried(graveyard_of(request), BODIES) as made:
        yield made


@pytest.fixture
async def stream(start_nats_server: StartNatsServer) -> AsyncIterator[NatsGraveyard]:
    """On NATS, where a stream has subjects."""
    async with buried(NatsGraveyard(start_nats_server()), BODIES) as made:
        await made.work_on([b"work"])
        yield made


@asynccontextmanager
async def _before(graveyard: Graveyard, folder: Path) -> AsyncIterator[Person]:
    """The table of the dead letters, their look paid for."""
    with person_before(folder, *naming(graveyard.connection, folder), "--tab", "dead letters") as person:
        if isinstance(graveyard.connection, RabbitConnection):
            await person.clicks(await person.waits_for("widget", "checkoutLook"))
        await person.waits_for("row", "lettersTable", len(BODIES) - 1)
        yield person


@pytest.fixture
async def person(graveyard: Graveyard, tmp_path: Path) -> AsyncIterator[Person]:
    async with _before(graveyard, tmp_path) as person:
        yield person


async def test_letters_are_dragged_home_shown_what_that_does_and_moved(
    person: Person, graveyard: Graveyard, tmp_path: Path
) -> None:
    await person.clicks(person.sees("row", "lettersTable", 2))
    await person.clicks(person.sees("row", "lettersTable", 5), holding="shift")
    await person.drags(person.sees("row", "lettersTable", 4), person.sees("queue", WORK))
    said = await person.waits_for("text", "explorerSummary", until=lambda text: "Drop to requeue" in text)
    assert f"4 messages to {WORK}, where they came from" in said
    assert person.sees("grab", str(tmp_path / "drag.png"))
    await person.lets_go()
    await person.waits_for("widget", "moveGo")
    assert person.sees("text", "moveHeading") == "Requeue 4 messages"
    assert person.sees("text", "moveGo") == f"Requeue 4 to {WORK}"
    await person.presses("Return")
    assert "Requeued 4" in await person.waits_for("text", "runResult")
    await person.waits_for("row", "lettersTable", len(BODIES) - 5)
    assert person.sees("row", "lettersTable", len(BODIES) - 4) is None
    assert await graveyard.bodies(WORK) == BODIES[2:6]


async def test_a_drop_where_they_lie_already_does_nothing(person: Person, graveyard: Graveyard) -> None:
    await person.clicks(person.sees("row", "lettersTable", 0))
    await person.drags(person.sees("row", "lettersTable", 0), person.sees("queue", DEAD))
    await person.waits_for("text", "explorerSummary", until=lambda text: "where they lie already" in text)
    await person.lets_go()
    await person.waits_for("text", "explorerSummary", until=lambda text: "lie already" not in text)
    assert person.sees("text", "moveHeading") == ""
    assert person.sees("row", "lettersTable", len(BODIES) - 1)
    assert await graveyard.bodies(WORK) == []


async def test_letters_are_dropped_on_a_subject_that_becomes_the_destination(
    stream: NatsGraveyard, tmp_path: Path
) -> None:
    async with _before(stream, tmp_path) as person:
        subject = await person.waits_for("queue", WORK, "jobs.any")
        await person.clicks(person.sees("row", "lettersTable", 1))
        await person.clicks(person.sees("row", "lettersTable", 3), holding="shift")
        await person.drags(person.sees("row", "lettersTable", 2), subject)
        said = await person.waits_for("text", "explorerSummary", until=lambda text: "under jobs.any" in text)
        assert said.startswith(f"Drop to requeue 3 messages to {WORK} under jobs.any, where they came from.")
        assert person.sees("grab", str(tmp_path / "drag.png"))
        await person.lets_go()
        await person.waits_for("widget", "moveGo")
        assert person.sees("text", "moveGo") == f"Requeue 3 to {WORK}"
        assert person.sees("chosen", "moveSubject") == "jobs.any"
        await person.presses("Return")
        assert "Requeued 3" in await person.waits_for("text", "runResult")
        assert await stream.bodies(WORK) == [b"work", *BODIES[1:4]]


async def test_letters_dropped_on_a_pattern_ask_for_the_subject_as_far_as_it_is_not_known(
    stream: NatsGraveyard, tmp_path: Path
) -> None:
    await stream.change_work(subjects=["jobs.>", "mail.*.new"])
    async with _before(stream, tmp_path) as person:
        await person.clicks(person.sees("row", "lettersTable", 2))
        await person.drags(person.sees("row", "lettersTable", 2), person.sees("queue", WORK, "mail.*.new"))
        await person.waits_for("text", "explorerSummary", until=lambda text: "under mail.*.new" in text)
        await person.lets_go()
        await person.waits_for("text", "moveMessage", until=lambda text: "takes mail.*.new" in text)
        assert person.sees("chosen", "moveSubject") == "mail."
        person.types("eu.new")
        await person.presses("Tab")
        await person.clicks(await person.waits_for("widget", "moveGo"))
        assert "Requeued 1" in await person.waits_for("text", "runResult")
        assert await stream.subjects(WORK) == ["jobs.any", "mail.eu.new"]
