"""What comes once a run has begun is none of it: nobody who gave the order has seen it, however late it is finished."""

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.fuse import Blow
from tests.contract.graveyards import DEAD, Graveyard
from tests.contract.half_done import INTERRUPTED, begin
from tests.contract.mortal import BATCH, Mortals, Order
from tests.contract.movers import host_run, killed
from tests.waiting import until
from wqstudio.domain.redrive import Action, Bound, Match, MoveState, Plan, RunState
from wqstudio.engine.journal.journal import Journal, Move
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves.redrive import Redrive

BODIES = [b'{"order": %d}' % number for number in range(30)]
LATER = [b'{"later": %d}' % number for number in range(40)]
_NUMBERED = 2
"""The step of a resumed run at which its first new letters have got their numbers in the journal, and nothing else was
done.
"""


@pytest.mark.parametrize("match", [Match(), Match(regex="[05]}$")])
async def test_what_came_while_a_run_was_interrupted_is_left(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal, match: Match
) -> None:
    """Also where it is filtered: what matches and what does not came in one line."""
    meant = [body for body in BODIES if match == Match() or body[-2:-1] in b"05"]
    await graveyard.bury(BODIES)
    redrive = work.redrive(Plan(DEAD, Action.DISCARD, match=match, rate=8, batch=2))
    await _broken_off_after(redrive, 2)
    await graveyard.bury(LATER)
    (entry,) = work.interrupted()
    rest = work.finish(entry.id)
    rest.controls.rate = 0
    progress = await rest.run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(meant))
    assert sorted(await graveyard.bodies(DEAD)) == sorted({*BODIES, *LATER} - set(meant))
    kept = journal.entry(entry.id)
    assert kept is not None
    assert kept.plan.bound is not None
    assert kept.plan.bound.count == len(BODIES)


async def test_what_came_between_two_passes_is_left(graveyard: Graveyard, work: DeadLetterWork) -> None:
    """A pause ends a pass, as a lost connection does."""
    await graveyard.bury(BODIES)
    redrive = work.redrive(Plan(DEAD, Action.DISCARD, rate=40))
    running = asyncio.ensure_future(redrive.run())
    await until(lambda: redrive.progress.moved >= 5)
    redrive.controls.pause()
    await until(lambda: redrive.progress.state is RunState.PAUSED)
    await graveyard.bury(LATER)
    redrive.controls.rate = 0
    redrive.controls.resume()
    progress = await running
    assert (progress.state, progress.moved, progress.total) == (RunState.DONE, len(BODIES), len(BODIES))
    assert sorted(await graveyard.bodies(DEAD)) == sorted(LATER)


async def test_a_run_of_an_earlier_release_goes_through_as_many_as_it_would_have(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal
) -> None:
    await graveyard.bury(BODIES)
    await _begun(graveyard, work, journal, Plan(DEAD, Action.DISCARD))
    await graveyard.bury(LATER)
    progress = await work.finish("interrupted").run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert sorted(await graveyard.bodies(DEAD)) == sorted(LATER)


@pytest.mark.parametrize("graveyard", ["rabbitmq classic", "rabbitmq quorum"], indirect=True)
async def test_what_died_later_is_left_though_it_lies_first(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal
) -> None:
    """A quorum queue puts what is given back behind what has come meanwhile."""
    await graveyard.bury(LATER[:5])
    await graveyard.lay(BODIES)
    await _begun(graveyard, work, journal, Plan(DEAD, Action.DISCARD, bound=Bound(len(BODIES) + 1)), BODIES[0])
    journal._execute("UPDATE run SET started = started - 600", ())
    progress = await work.finish("interrupted").run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert sorted(await graveyard.bodies(DEAD)) == sorted(LATER[:5])


@pytest.mark.parametrize("graveyard", ["rabbitmq classic", "rabbitmq quorum"], indirect=True)
async def test_what_a_broker_forgot_and_a_kill_after_it_leave_none_behind(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal, tmp_path: Path
) -> None:
    """Letters that are begun a second time are none of those that were never begun, for a later process, too."""
    forgotten = 10
    await graveyard.lay(BODIES[:forgotten])
    plan = Plan(DEAD, Action.DISCARD, bound=Bound(len(BODIES)), rate=20, batch=2)
    moves = await begin(graveyard, journal, plan)
    journal.record(INTERRUPTED, moves, MoveState.REMOVED)
    await graveyard.lay(BODIES[forgotten:])
    await killed(host_run(graveyard, tmp_path, plan, run=INTERRUPTED), 2 * forgotten + 2)
    entry = journal.entry(INTERRUPTED)
    assert entry is not None
    assert entry.progress.rebegun == forgotten
    rest = work.finish(INTERRUPTED)
    rest.controls.rate = 0
    progress = await rest.run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES) + forgotten)
    assert await graveyard.bodies(DEAD) == []


@pytest.mark.parametrize("graveyard", ["rabbitmq classic", "rabbitmq quorum"], indirect=True)
async def test_what_is_begun_a_second_time_is_known_as_that_by_the_time_it_has_a_number(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal, tmp_path: Path, mortals: Mortals
) -> None:
    """Killed in between, the run would take as many letters to be begun that never were, and leave these behind."""
    forgotten = 10
    await graveyard.lay(BODIES[:forgotten])
    plan = Plan(DEAD, Action.DISCARD, bound=Bound(len(BODIES)))
    moves = await begin(graveyard, journal, plan)
    journal.record(INTERRUPTED, moves, MoveState.REMOVED)
    await graveyard.lay(BODIES[forgotten:])
    file = tmp_path / "journal.sqlite"
    order = Order(graveyard.connection, file, INTERRUPTED, plan, blow=Blow.KILL, step=_NUMBERED)
    assert await mortals.run(order) is None
    (entry,) = work.interrupted()
    assert (entry.progress.rebegun, journal.next_number(INTERRUPTED)) == (BATCH, forgotten + BATCH)
    progress = await work.finish(INTERRUPTED).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES) + forgotten)
    assert progress.rebegun == forgotten
    assert await graveyard.bodies(DEAD) == []


async def test_ages_are_those_of_when_it_began(graveyard: Graveyard, work: DeadLetterWork, journal: Journal) -> None:
    """Or a run that is finished days later would mean what was too young when the order was given."""
    await graveyard.bury(BODIES)
    await _begun(graveyard, work, journal, Plan(DEAD, Action.DISCARD, match=Match(older_than=1_800)))
    journal._execute("UPDATE run SET started = started + 3600", ())
    assert (await work.finish("interrupted").run()).moved == len(BODIES)


async def test_what_comes_of_age_later_is_left(graveyard: Graveyard, work: DeadLetterWork, journal: Journal) -> None:
    await graveyard.bury(BODIES)
    async with work.looking(DEAD) as letters:
        bound = Bound(letters.count, letters.newest)
    await _begun(graveyard, work, journal, Plan(DEAD, Action.DISCARD, match=Match(older_than=0.0), bound=bound))
    journal._execute("UPDATE run SET started = started - 3600", ())
    progress = await work.finish("interrupted").run()
    assert (progress.state, progress.moved) == (RunState.DONE, 1)
    assert len(await graveyard.bodies(DEAD)) == len(BODIES) - 1


async def test_a_discard_of_what_was_exported_is_finished_as_it_was_meant(
    graveyard: Graveyard, work: DeadLetterWork
) -> None:
    await graveyard.bury(BODIES)
    async with work.looking(DEAD) as letters:
        exported = [letters.fingerprint(held) for held in await letters.page(5, 20)]
    redrive = work.redrive(Plan(DEAD, Action.DISCARD, exported="some.jsonl", rate=40), chosen=lambda: exported)
    await _broken_off_after(redrive, 5)
    await graveyard.bury(LATER)
    progress = await work.finish(redrive.id).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(exported))
    left = await graveyard.bodies(DEAD)
    assert len(left) == len(BODIES) - len(exported) + len(LATER)
    assert set(LATER) <= set(left)


async def _broken_off_after(redrive: Redrive, moved: int) -> None:
    running = asyncio.ensure_future(redrive.run())
    await until(lambda: redrive.progress.moved >= moved)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert redrive.progress.state is RunState.INTERRUPTED


async def _begun(graveyard: Graveyard, work: DeadLetterWork, journal: Journal, plan: Plan, body: bytes = b"") -> None:
    """As a process leaves it that is killed when it is about to discard the first letter, or the one with that body."""
    async with work.looking(DEAD) as letters:
        page = await letters.page(0, letters.count)
        held = next(held for held in page if body in {b"", held.body})
        journal.begin(
            "interrupted", place_of(graveyard.connection), replace(plan, identity=letters.identity), letters.count
        )
        journal.record("interrupted", [Move(0, letters.fingerprint(held), MoveState.INTENDED)])
