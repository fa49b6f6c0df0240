"""Two requeues of the same dead letters at the same time, which know of each other by a journal, or do not."""

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.graveyards import DEAD, WORK, Graveyard
from tests.waiting import until
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Plan, RunState
from wqstudio.engine.journal.journal import Journal, JournalError
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.looks.dead_letters import DeadLetterWork

BODIES = [b'{"order": %d}' % number for number in range(200)]

pytestmark = pytest.mark.parametrize("graveyard", ["nats"], indirect=True)


@pytest.mark.parametrize("at_home", [True, False])
async def test_two_runs_make_one_copy_of_each(
    graveyard: Graveyard, work: DeadLetterWork, tmp_path: Path, at_home: bool
) -> None:
    """Each letter is one run's own, which alone takes it back, and the other's says that it was taken meanwhile."""
    await graveyard.bury(BODIES)
    plan = Plan(DEAD, batch=20) if at_home else Plan(DEAD, batch=20, destination=graveyard.home)
    with closing(Journal(tmp_path / "other.sqlite")) as other_journal:
        other = DeadLetterWork(graveyard.connection, other_journal)
        runs = work.redrive(plan), other.redrive(plan)
        one, two = await asyncio.gather(*(run.run() for run in runs))
        assert (one.state, two.state) == (RunState.DONE, RunState.DONE)
        assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)
        assert await graveyard.bodies(DEAD) == []
        assert one.moved + two.moved == len(BODIES)
        assert one.gone + two.gone > 0
        assert one.doubled + two.doubled == 0
        for each, run in zip((work, other), runs, strict=True):
            if run.progress.moved:  # the one may have been ahead of the other all the time
                assert (await each.undo(run.id).run()).moved == run.progress.moved
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES)
    assert await graveyard.bodies(WORK) == []


async def test_two_runs_of_one_journal_take_turns(graveyard: Graveyard, work: DeadLetterWork, journal: Journal) -> None:
    """To two places, each letter would be another message, and no id would catch that."""
    await graveyard.bury(BODIES)
    one = work.redrive(Plan(DEAD, destination=graveyard.home, batch=20, rate=100))
    running = asyncio.ensure_future(one.run())
    await until(lambda: one.progress.moved)
    elsewhere = Plan(DEAD, destination=Destination("jobs.b", "jobs.b"))
    two = work.redrive(elsewhere)
    with pytest.raises(JournalError, match=f"Run {one.id} moves messages of {DEAD} already"):
        await two.run()
    assert two.progress.state is RunState.FAILED
    one.controls.cancel()
    moved = (await running).moved
    progress = await work.redrive(elsewhere).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES) - moved)
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)
    assert journal.interrupted(place_of(graveyard.connection)) == []
