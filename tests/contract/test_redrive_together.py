"""Two requeues of the same dead letters at the same time, which know of each other by a journal, or do not."""

import asyncio
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract import half_done
from tests.contract.graveyards import DEAD, WORK, Graveyard
from tests.waiting import until
from wqstudio.dlq.looking import meant
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Action, Match, Plan, RunState
from wqstudio.engine.journal.journal import Journal, JournalError
from wqstudio.engine.journal.place import place_of, placed
from wqstudio.engine.letters import file as letter_file
from wqstudio.engine.looks.dead_letters import DeadLetterWork

BODIES = [b'{"order": %d}' % number for number in range(200)]

on_nats = pytest.mark.parametrize("graveyard", ["nats"], indirect=True)


@on_nats
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


@pytest.fixture
async def by_another_name(graveyard: Graveyard, journal: Journal) -> DeadLetterWork:
    """Of the same server, by another address."""
    (url,) = graveyard.connection.urls
    connection = replace(graveyard.connection, urls=(url.replace("127.0.0.1", "127.1"),))
    return DeadLetterWork(await placed(connection), journal)


@on_nats
@pytest.mark.parametrize("alias", [False, True])
async def test_two_runs_of_one_journal_take_turns(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal, by_another_name: DeadLetterWork, alias: bool
) -> None:
    """To two places, each letter would be another message, and no id would catch that."""
    second = by_another_name if alias else work
    await graveyard.bury(BODIES)
    one = work.redrive(Plan(DEAD, destination=graveyard.home, batch=20, rate=100))
    running = asyncio.ensure_future(one.run())
    await until(lambda: one.progress.moved)
    elsewhere = Plan(DEAD, destination=Destination("jobs.b", "jobs.b"))
    two = second.redrive(elsewhere)
    with pytest.raises(JournalError, match=f"Run {one.id} moves messages of {DEAD} already"):
        await two.run()
    assert two.progress.state is RunState.FAILED
    one.controls.cancel()
    moved = (await running).moved
    progress = await second.redrive(elsewhere).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES) - moved)
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)
    assert journal.interrupted(place_of(graveyard.connection)) == []


@on_nats
async def test_an_undo_takes_turns_with_a_run_that_moves_its_copies(graveyard: Graveyard, work: DeadLetterWork) -> None:
    """They may be dead letters where they lie, and would be both there where they came from and where that run goes."""
    await graveyard.bury(BODIES)
    first = work.redrive(Plan(DEAD, destination=graveyard.home))
    await first.run()
    other = work.redrive(Plan(WORK, destination=Destination(DEAD, "dead.again"), batch=20, rate=100))
    running = asyncio.ensure_future(other.run())
    await until(lambda: other.progress.moved)
    with pytest.raises(JournalError, match=f"Run {other.id} moves messages of {WORK} already"):
        await work.undo(first.id).run()
    other.controls.cancel()
    moved = (await running).moved
    assert (await work.undo(first.id).run()).moved == len(BODIES) - moved
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES)


async def test_what_a_run_has_half_done_is_left_to_it_by_one_that_came_by_another_address(
    graveyard: Graveyard, journal: Journal, by_another_name: DeadLetterWork
) -> None:
    await graveyard.bury(BODIES[:10])
    plan, place = half_done.home(graveyard), place_of(await placed(graveyard.connection))
    await half_done.begin(graveyard, journal, plan, 4, place=place)
    progress = await by_another_name.redrive(plan).run()
    assert (progress.moved, progress.foreign) == (6, 4)


@pytest.mark.parametrize("graveyard", ["rabbitmq classic"], indirect=True)
async def test_what_was_imported_by_another_address_is_known_to_be_there(
    graveyard: Graveyard, journal: Journal, by_another_name: DeadLetterWork, tmp_path: Path
) -> None:
    await graveyard.bury(BODIES[:4])
    work, file = DeadLetterWork(await placed(graveyard.connection), journal), tmp_path / "letters.jsonl"
    async with work.looking(DEAD) as letters:
        await work.export(Plan(DEAD, Action.EXPORT), letters, meant(letters, Match(), None), letter_file.writing(file))
    plan = Plan(str(file), Action.IMPORT)
    await work.bring("first", plan).run()
    assert [each.count for each in (await by_another_name.foresee_import(plan)).earlier] == [4]
