"""Runs as a process leaves them that is killed in the middle: letters begun, of which none is known to be published."""

from collections.abc import Sequence

from tests.contract.graveyards import DEAD, Graveyard
from wqstudio.brokers.factory import open_letters
from wqstudio.domain.redrive import Plan, RedriveId
from wqstudio.engine.journal.journal import Journal, Move
from wqstudio.engine.journal.place import place_of

INTERRUPTED = "interrupted"
"""The name of such a run."""
_MOST = 100
"""Letters of a queue."""


def home(graveyard: Graveyard) -> Plan:
    """All to the work queue."""
    return Plan(DEAD, destination=graveyard.home)


async def begin(
    graveyard: Graveyard,
    journal: Journal,
    plan: Plan,
    most: int = _MOST,
    run: RedriveId = INTERRUPTED,
    *,
    place: str = "",
) -> Sequence[Move]:
    """Of the first letters; the others were there, too."""
    letters = await open_letters(graveyard.connection, DEAD)
    marks = [letters.fingerprint(held) for held in await letters.page(0, most)]
    there = letters.count
    await letters.close()
    moves = [Move(number, mark) for number, mark in enumerate(marks)]
    journal.begin(run, place or place_of(graveyard.connection), plan, there)
    journal.record(run, moves)
    return moves
