"""Dead-letter work as the window has it done: runs that are followed, finished and undone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract import half_done
from tests.contract.graveyards import DEAD, WORK, Graveyard
from tests.waiting import until
from wqstudio.domain.redrive import Action, Bound, Choice, Plan, RunState
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.process import LookError, MoveError, Run
from wqstudio.engine.moves.plan_checks import PlanError
from wqstudio.engine.write_gate import ReadOnlyError

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


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_what_is_finished_is_what_was_there_when_it_began_though_it_was_read_before_that_was_noted(
    desk: Desk, graveyard: Graveyard
) -> None:
    """Somebody takes some of them meanwhile, and as many others come."""
    plan = half_done.home(graveyard)
    await half_done.begin(graveyard, desk.journal, plan, 2)
    read = desk.journal.entry(half_done.INTERRUPTED)
    assert read is not None
    look = desk.look(DEAD)
    standing = await look.open()
    noted = replace(plan, bound=Bound(standing.count, len(BODIES)), identity=standing.identity)
    desk.journal.keep_plan(half_done.INTERRUPTED, noted)
    await desk.leave(look)
    await graveyard.take_dead(4)
    late = [b"late %d" % number for number in range(4)]
    await graveyard.bury(late)
    await (await desk.finish(read)).ended()
    assert await graveyard.bodies(DEAD) == late
    after = desk.journal.entry(half_done.INTERRUPTED)
    assert after is not None
    assert after.plan == noted


@pytest.mark.parametrize("graveyard", ["nats", "rabbitmq classic"], indirect=True)
@pytest.mark.parametrize("action", [Action.REQUEUE, Action.DISCARD])
async def test_what_was_chosen_in_a_queue_means_nothing_in_another_of_its_name(
    desk: Desk, graveyard: Graveyard, action: Action
) -> None:
    """It is deleted and made anew under an open look, and there are as many letters in it again, of the same ids."""
    look = desk.look(DEAD)
    await look.open()
    ids = tuple(line.id for line in await look.page(0, 5))
    plan = Plan(DEAD, action, ids=ids, identity=look.standing.identity)
    await graveyard.remove(DEAD)
    await graveyard.make()
    others = [b"other %d" % number for number in range(len(BODIES))]
    await graveyard.lay(others)
    run = desk.begin(look, plan)
    await run.over()
    await desk.leave(look)
    if graveyard.deduplicates:
        assert (run.progress.state, run.progress.moved) == (RunState.STOPPED, 0)
        assert "jobs_dead was deleted and made anew since" in run.progress.trouble
    assert sorted(await graveyard.bodies(DEAD)) == sorted(others)
    assert not set(await graveyard.bodies(WORK)) & set(others)


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_a_look_into_a_stream_that_was_made_anew_says_so_until_it_is_looked_into_again(
    desk: Desk, graveyard: Graveyard, tmp_path: Path
) -> None:
    look = desk.look(DEAD)
    before = await look.open()
    ids = tuple(line.id for line in await look.page(0, 5))
    await graveyard.remove(DEAD)
    await graveyard.make()
    await graveyard.bury(BODIES)
    plan = Plan(DEAD, ids=ids, identity=before.identity)
    for chosen in (plan, replace(plan, identity=b"")):
        with pytest.raises(LookError, match="made anew"):
            await look.foresee(chosen)
    with pytest.raises(LookError, match="made anew"):
        await look.export(Choice(DEAD, 5, ids), tmp_path / "letters.jsonl")
    with pytest.raises(LookError, match="made anew"):
        await look.letter(ids[0])
    after = await look.refresh()
    assert (after.count, after.turn) == (before.count, before.turn + 1)
    assert after.identity != before.identity
    with pytest.raises(LookError, match="what was chosen is gone"):
        await look.foresee(plan)
    assert (await look.foresee(replace(plan, identity=after.identity))).count == 5
    await desk.leave(look)
    with pytest.raises(LookError, match="This look has ended"):
        await look.foresee(plan)


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
