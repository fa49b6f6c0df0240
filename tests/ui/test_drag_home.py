"""Dead letters dragged home with a real mouse, from the table onto a queue of the explorer, on each broker."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.commands import naming
from tests.contract.graveyards import DEAD, WORK, Graveyard, buried, graveyard_of
from tests.ui.hands import Person, person_before
from wqstudio.domain.connection import RabbitConnection

BODIES = [b'{"order": %d}' % number for number in range(12)]


@pytest.fixture(params=["nats", "rabbitmq"])
async def graveyard(request: pytest.FixtureRequest) -> AsyncIterator[Graveyard]:
    async with buried(graveyard_of(request), BODIES) as made:
        yield made


@pytest.fixture
async def person(graveyard: Graveyard, tmp_path: Path) -> AsyncIterator[Person]:
    """Before the table of the dead letters, their look paid for."""
    with person_before(tmp_path, *naming(graveyard.connection, tmp_path), "--tab", "dead letters") as person:
        if isinstance(graveyard.connection, RabbitConnection):
            await person.clicks(await person.waits_for("widget", "checkoutLook"))
        await person.waits_for("row", "lettersTable", len(BODIES) - 1)
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
