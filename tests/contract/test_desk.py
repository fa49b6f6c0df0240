"""Dead-letter work as the window has it done: runs that are followed, finished and undone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.graveyards import DEAD, WORK, Graveyard
from tests.waiting import until
from wqstudio.domain.redrive import Plan, RunState
from wqstudio.engine.desk import Desk
from wqstudio.engine.executor import ReadOnlyError
from wqstudio.engine.letters_process import Run

BODIES = [b'{"order": %d}' % number for number in range(12)]


@pytest.fixture
async def desk(graveyard: Graveyard, tmp_path: Path) -> AsyncIterator[Desk]:
    await graveyard.bury(BODIES)
    desk = Desk(graveyard.connection, tmp_path / "journal.sqlite")
    yield desk
    await desk.close()


async def test_a_run_is_followed_and_its_look_left_when_it_is_over(desk: Desk, graveyard: Graveyard) -> None:
    told: list[Run] = []
    desk.subscribe(told.append)
    look = desk.look(DEAD)
    await look.open()
    ids = tuple(line.id for line in await look.page(0, 3))
    run = desk.begin(look, Plan(DEAD, ids=ids, destination=graveyard.home, rate=10))
    assert desk.runs == (run,)
    await desk.leave(look)
    assert run.is_over
    await until(lambda: not desk.runs)
    assert told[0] is told[-1] is run
    assert await graveyard.bodies(WORK) == BODIES[:3]


async def test_what_is_interrupted_is_finished_and_then_undone(desk: Desk, graveyard: Graveyard) -> None:
    look = desk.look(DEAD)
    await look.open()
    run = desk.begin(look, Plan(DEAD, destination=graveyard.home, rate=10))
    await until(lambda: run.progress.moved >= 1)
    look._process.kill()
    await until(lambda: not desk.runs)
    await desk.leave(look)
    [entry] = await desk.interrupted()
    rest = desk.finish(entry)
    rest.set_rate(0)
    assert (await rest.ended()).state is RunState.DONE
    assert await desk.interrupted() == []
    [entry] = desk.journal.entries()
    assert await desk.undo_refusal(entry) == ""
    undone = await (await desk.undo(entry)).ended()
    assert undone.moved >= len(BODIES)
    assert await graveyard.bodies(WORK) == []
    assert set(await graveyard.bodies(DEAD)) == set(BODIES)


async def test_a_read_only_connection_begins_nothing(graveyard: Graveyard, tmp_path: Path) -> None:
    desk = Desk(replace(graveyard.connection, read_only=True), tmp_path / "journal.sqlite")
    look = desk.look(DEAD)
    with pytest.raises(ReadOnlyError):
        desk.begin(look, Plan(DEAD))
    await desk.close()
