"""Dead-letter work as the window has it done: runs that are followed, finished and undone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.graveyards import DEAD, WORK, Graveyard
from tests.waiting import until
from wqstudio.domain.redrive import Plan, RunState
from wqstudio.engine.desk import Desk
from wqstudio.engine.executor import ReadOnlyError
from wqstudio.engine.letters_process import MoveError, Run
from wqstudio.engine.redrive import PlanError

BODIES = [b'{"order": %d}' % number for number in range(12)]
HOLDING = ["rabbitmq classic", "rabbitmq quorum"]
"""Where looking is holding."""


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
    rest = await desk.finish(entry)
    rest.set_rate(0)
    assert (await rest.ended()).state is RunState.DONE
    assert await desk.interrupted() == []
    [entry] = desk.journal.entries()
    assert await desk.undo_refusal(entry) == ""
    both = await asyncio.gather(desk.undo(entry), desk.undo(entry), return_exceptions=True)
    [begun] = [one for one in both if isinstance(one, Run)]
    [refused] = [one for one in both if isinstance(one, BaseException)]
    assert isinstance(refused, PlanError)
    undone = await begun.ended()
    assert undone.moved >= len(BODIES)
    assert await graveyard.bodies(WORK) == []
    assert set(await graveyard.bodies(DEAD)) == set(BODIES)


async def test_a_read_only_connection_begins_nothing(graveyard: Graveyard, tmp_path: Path) -> None:
    desk = Desk(replace(graveyard.connection, read_only=True), tmp_path / "journal.sqlite")
    look = desk.look(DEAD)
    with pytest.raises(ReadOnlyError):
        desk.begin(look, Plan(DEAD))
    await desk.close()


@pytest.mark.parametrize("graveyard", HOLDING, indirect=True)
async def test_nothing_is_undone_that_a_look_here_holds(desk: Desk, graveyard: Graveyard) -> None:
    look = desk.look(DEAD)
    await look.open()
    await desk.begin(look, Plan(DEAD, destination=graveyard.home)).ended()
    await desk.leave(look)
    target = desk.look(WORK)
    await target.open()
    await target.page(0, 5)
    [entry] = desk.journal.entries()
    with pytest.raises(PlanError, match="give them back first"):
        await desk.undo(entry)
    await desk.leave(target)
    undone = await (await desk.undo(entry)).ended()
    assert (undone.moved, undone.refused) == (len(BODIES) - 5, 5)  # nobody can tell who had those that were looked at


@pytest.mark.parametrize("graveyard", HOLDING, indirect=True)
async def test_letters_that_somebody_else_holds_are_not_given_up(
    desk: Desk, graveyard: Graveyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They were chosen, and intended, before they were lost sight of."""
    look = desk.look(DEAD)
    await look.open()
    ids = tuple(line.id for line in await look.page(0, len(BODIES)))
    run = desk.begin(look, Plan(DEAD, ids=ids, destination=graveyard.home, rate=5))
    await until(lambda: run.progress.moved >= 1)
    look._process.kill()
    await until(lambda: not desk.runs)
    await desk.leave(look)
    other = desk.look(DEAD)
    await other.open()
    held = await other.page(0, len(BODIES))
    monkeypatch.setattr(desk, "_holder", lambda _plan: None)  # as from another studio
    [entry] = await desk.interrupted()
    rest = await desk.finish(entry)
    rest.set_rate(0)
    with pytest.raises(MoveError, match="Finish it later"):
        await rest.ended()
    await desk.leave(other)
    assert len(held) + len(await graveyard.bodies(WORK)) >= len(BODIES)
    [entry] = await desk.interrupted()
    assert (await (await desk.finish(entry)).ended()).moved == len(BODIES)
