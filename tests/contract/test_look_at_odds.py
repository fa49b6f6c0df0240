"""A look at dead letters while several things happen at once: runs, pages, filters, lost connections and processes."""

import asyncio
import select
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract import half_done
from tests.contract.graveyards import DEAD, WORK, Graveyard
from tests.rabbit_letters import cut
from tests.waiting import until
from wqstudio.brokers.letters import Copy, Letters, Outlet
from wqstudio.brokers.port import RefusedError, UnreachableError
from wqstudio.brokers.rabbitmq.letters.letters import RabbitLetters
from wqstudio.brokers.rabbitmq.letters.outlet import RabbitOutlet
from wqstudio.domain.connection import Connection
from wqstudio.domain.letter import Outcome
from wqstudio.domain.redrive import Action, Match, MoveState, Plan, RunState
from wqstudio.domain.survey import Survey
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.looks import dead_letters
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.held_look import HeldLook
from wqstudio.engine.looks.look import Look
from wqstudio.engine.looks.process import LettersProcess, LookError, Run
from wqstudio.engine.looks.redrive_process import RedriveProcess
from wqstudio.engine.moves import plan_words
from wqstudio.engine.moves.redrive import Redrive, new_run
from wqstudio.engine.write_gate import open_outlet

BODIES = [b'{"order": %d}' % number for number in range(30)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
async def look(graveyard: Graveyard, file: Path) -> AsyncIterator[Look]:
    await graveyard.bury(BODIES)
    look = Look(LettersProcess(graveyard.connection, file), DEAD)
    await look.open()
    yield look
    await look.close()


class Held:
    """A look in this very process."""

    def __init__(self, graveyard: Graveyard, file: Path) -> None:
        self.journal = Journal(file)
        self.work = DeadLetterWork(graveyard.connection, self.journal)
        self.surveys: list[Survey] = []
        self.look: HeldLook

    async def open(self) -> None:
        self.look = await HeldLook.open(self.work, DEAD, lambda survey, _: self.surveys.append(survey), exhausted=False)

    def run(self, plan: Plan) -> Redrive:
        return self.work.run(new_run(), plan, lambda _: None, self.look.lender(plan))

    async def sift(self, match: Match) -> None:
        """To the end."""
        await self.look.sift(match)
        await until(lambda: bool(self.surveys) and self.surveys[-1].done)


@pytest.fixture
async def held(graveyard: Graveyard, file: Path) -> AsyncIterator[Held]:
    await graveyard.bury(BODIES)
    held = Held(graveyard, file)
    await held.open()
    yield held
    await held.look.close()
    held.journal.close()


async def test_nothing_is_begun_in_a_process_that_is_gone(look: Look) -> None:
    await look.close()
    with pytest.raises(LookError, match="ended"):
        look.begin(Plan(DEAD), lambda _: None)
    assert look.run is None


async def test_no_limit_is_lifted_on_a_read_only_connection(graveyard: Graveyard, file: Path) -> None:
    look = Look(LettersProcess(replace(graveyard.connection, read_only=True), file), DEAD)
    await look.open()
    with pytest.raises(LookError, match="read-only"):
        await look.lift_limit()
    assert not look.lifted
    await look.close()


async def test_a_listener_that_fails_leaves_nobody_waiting(look: Look) -> None:
    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context.get("exception")))

    def fail() -> None:
        raise ZeroDivisionError

    look.on_change = fail
    look._process.sift(Match())
    await until(lambda: bool(errors))
    async with asyncio.timeout(5):
        assert len(await look.page(0, 3)) == 3
    look.on_change = lambda: None
    assert all(isinstance(error, ZeroDivisionError) for error in errors)


async def test_a_run_is_cancelled_before_its_process_is_up(graveyard: Graveyard, file: Path) -> None:
    await graveyard.bury(BODIES)
    process = RedriveProcess(LettersProcess(graveyard.connection, file), new_run(), Plan(DEAD, rate=10), lambda _: None)
    process.steering.cancel()
    assert (await process.run()).state is RunState.CANCELLED
    assert len(await graveyard.bodies(DEAD)) == len(BODIES)


async def test_what_is_told_of_a_filter_that_was_taken_away_is_not_shown(look: Look) -> None:
    """What was told of it before comes out of the pipe before the page does."""
    look.sift(Match(text="order"))
    told, _, _ = select.select(
        [look._process._child._reports], [], [], 10
    )  # as a window that is busy: it does not read
    assert told
    look.sift(None)
    await look.page(0, 1)
    assert look.survey is None
    assert look.shown == len(BODIES)


async def test_of_filters_that_follow_each_other_the_last_one_counts(held: Held) -> None:
    await held.look.sift(Match())
    await asyncio.sleep(0)
    await asyncio.gather(*(held.look.sift(Match(regex=rf'"order": {number}\b')) for number in range(3)))
    await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name() == "look through dead letters"])
    assert len([survey for survey in held.surveys if survey.done]) == 1


async def test_a_run_through_all_goes_on_after_a_pause_with_all_that_are_left(look: Look, graveyard: Graveyard) -> None:
    await look.page(0, 10)
    run = look.begin(Plan(DEAD, destination=graveyard.home, rate=20), lambda _: None)
    await until(lambda: run.progress.moved >= 1)
    run.pause()
    await until(lambda: run.progress.state is RunState.PAUSED)
    run.set_rate(0)
    run.resume()
    progress = await run.ended()
    assert (progress.state, progress.moved, progress.gone, progress.doubled) == (RunState.DONE, 30, 0, 0)
    await look.close()
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)


@pytest.mark.parametrize("chosen", [True, False])
async def test_a_run_goes_on_when_only_the_way_out_is_lost(
    held: Held, graveyard: Graveyard, monkeypatch: pytest.MonkeyPatch, *, chosen: bool
) -> None:
    lines = await held.look.page(0, 30)
    cuts: list[RabbitOutlet] = []
    put = RabbitOutlet.put

    async def put_once(self: RabbitOutlet, copies: Sequence[Copy]) -> Sequence[Outcome]:
        if not cuts and run.progress.moved:
            cuts.append(self)
            cut(self._client)
        return await put(self, copies)

    monkeypatch.setattr(RabbitOutlet, "put", put_once)
    ids = tuple(line.id for line in lines) if chosen else None
    run = held.run(Plan(DEAD, ids=ids, destination=graveyard.home, rate=40))
    progress = await run.run()
    await held.look.after_run(run.plan)
    assert (progress.state, progress.moved, progress.gone) == (RunState.DONE, 30, 0)
    left = held.look.standing.count
    await held.look.close()
    assert (left, await graveyard.bodies(DEAD)) == (0, [])
    assert set(await graveyard.bodies(WORK)) == set(BODIES)


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
@pytest.mark.parametrize("action", [Action.REQUEUE, Action.DISCARD])
async def test_what_was_chosen_and_somebody_took_before_the_run_began_is_told(
    held: Held, graveyard: Graveyard, action: Action
) -> None:
    """Where looking is holding, nobody can."""
    ids = tuple(line.id for line in await held.look.page(0, 10))
    assert await graveyard.take_dead(3) == BODIES[:3]
    home = graveyard.home if action is Action.REQUEUE else None
    run = held.run(Plan(DEAD, action, ids=ids, destination=home))
    progress = await run.run()
    assert (progress.state, progress.moved, progress.gone) == (RunState.DONE, 7, 3)
    entry = held.journal.entry(run.id)
    assert entry is not None
    assert plan_words.result(entry.plan, entry.progress).endswith("7, 3 not there any more")


@pytest.mark.parametrize("action", [Action.REQUEUE, Action.DISCARD])
async def test_of_those_that_are_chosen_no_more_go_than_the_limit(
    held: Held, graveyard: Graveyard, action: Action
) -> None:
    """As the preview has said."""
    ids = tuple(line.id for line in await held.look.page(0, 10))
    home = graveyard.home if action is Action.REQUEUE else None
    plan = Plan(DEAD, action, ids=ids, destination=home, limit=3)
    assert (await held.look.foresee(plan)).count == 3
    assert (await held.run(plan).run()).moved == 3
    await held.look.close()
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES[3:])


@pytest.mark.parametrize("graveyard", ["rabbitmq classic"], indirect=True)
async def test_what_was_chosen_and_is_lost_before_it_is_noted_is_not_said_to_be_done(
    held: Held, graveyard: Graveyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is no way out, the next pass looks anew, and there ids mean nothing."""
    tries = iter(range(100))

    async def open_later(connection: Connection) -> Outlet:
        if next(tries) == 0:
            raise UnreachableError("The broker does not answer.")
        return await open_outlet(connection)

    monkeypatch.setattr(dead_letters, "open_outlet", open_later)
    ids = tuple(line.id for line in await held.look.page(0, 10))
    run = held.run(Plan(DEAD, ids=ids, destination=graveyard.home))
    with pytest.raises(RefusedError, match="choose them again"):
        await run.run()
    assert (run.progress.state, run.progress.moved) == (RunState.FAILED, 0)
    await held.look.close()
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES)


async def test_ids_of_an_older_look_mean_nothing_else_now(look: Look, graveyard: Graveyard) -> None:
    before = tuple(line.id for line in await look.page(0, 5))
    await look.begin(Plan(DEAD, Action.DISCARD, match=Match(regex=r'": \d\b')), lambda _: None).ended()
    await until(lambda: look.standing.count == 20)
    await look.page(0, 20)
    run = look.begin(Plan(DEAD, ids=before, destination=graveyard.home), lambda _: None)
    await run.over()
    assert run.progress.moved == 0
    await look.close()
    assert await graveyard.bodies(WORK) == []
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES[10:])


@pytest.mark.parametrize("graveyard", ["rabbitmq classic", "rabbitmq quorum"], indirect=True)
async def test_ids_of_a_look_that_was_lost_mean_nothing_else_in_the_one_that_a_refresh_makes(
    held: Held, graveyard: Graveyard
) -> None:
    """A preview that is open meanwhile would else discard what stands in their places by then."""
    chosen = tuple(line.id for line in await held.look.page(0, 5))
    letters = held.look._letters
    assert isinstance(letters, RabbitLetters)
    checkout = letters._checkout
    cut(letters._client)
    await until(lambda: checkout._gone is not None)
    assert sorted(await graveyard.take_dead(5)) == sorted(BODIES[:5])
    await held.look.refresh()
    assert len(await held.look.page(0, 30)) == 25
    with pytest.raises(RefusedError, match="choose them again"):
        await held.run(Plan(DEAD, Action.DISCARD, ids=chosen)).run()
    await held.look.close()
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES[5:])


async def test_what_was_interrupted_is_finished_though_a_look_holds_its_letters(
    graveyard: Graveyard, file: Path
) -> None:
    await graveyard.bury(BODIES)
    desk = Desk(graveyard.connection, file)
    first = desk.look(DEAD)
    await first.open()
    ids = tuple(line.id for line in await first.page(0, 20))
    run = desk.begin(first, Plan(DEAD, ids=ids, destination=graveyard.home, rate=10))
    await until(lambda: run.progress.moved >= 1)
    first._process.kill()
    await until(lambda: not desk.runs)
    await desk.leave(first)
    second = desk.look(DEAD)
    await second.open()
    await until_all_are_back(second)
    [entry] = await desk.interrupted()
    rest: Run = await desk.finish(entry)
    rest.set_rate(0)
    progress = await rest.ended()
    assert (progress.state, progress.moved, progress.gone) == (RunState.DONE, 20, 0)
    await desk.close()
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES[20:])


async def until_all_are_back(look: Look) -> None:
    """And held by the look, where looking is holding."""
    async with asyncio.timeout(20):
        while len(await look.page(0, 30)) < 10:
            await look.refresh()


@pytest.mark.parametrize("graveyard", ["rabbitmq classic", "rabbitmq quorum"], indirect=True)
async def test_what_is_being_copied_when_the_look_is_lost_is_not_copied_twice(
    held: Held, graveyard: Graveyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On NATS the broker itself stores no copy twice."""
    monkeypatch.setattr("wqstudio.engine.moves.moving.BATCH", 5)
    cuts = 0
    put = RabbitOutlet.put

    async def put_while_it_is_cut(self: RabbitOutlet, copies: Sequence[Copy]) -> Sequence[Outcome]:
        nonlocal cuts
        outcomes = await put(self, copies)
        if not cuts:
            cuts += 1
            letters = held.look._letters
            assert isinstance(letters, RabbitLetters)
            checkout = letters._checkout
            cut(letters._client)
            await until(lambda: checkout._gone is not None)  # before it is heard that the copies are stored
        return outcomes

    monkeypatch.setattr(RabbitOutlet, "put", put_while_it_is_cut)
    progress = await held.run(Plan(DEAD, destination=graveyard.home)).run()
    assert (progress.state, progress.moved, progress.doubled) == (RunState.DONE, 30, 0)
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)


@pytest.mark.parametrize(
    ("graveyard", "chosen"), [("rabbitmq classic", True), ("rabbitmq quorum", False)], indirect=["graveyard"]
)
async def test_what_the_look_itself_holds_is_not_said_to_be_with_others(
    held: Held, graveyard: Graveyard, *, chosen: bool
) -> None:
    """While letters are missed that were removed just before their mover was killed: they do not come back."""
    plan = replace(half_done.home(graveyard), ids=(1, 2, 3) if chosen else None)
    moves = await half_done.begin(graveyard, held.journal, plan, 3)
    held.journal.record(half_done.INTERRUPTED, moves, MoveState.COPIED)
    marks = {move.fingerprint for move in moves}
    async with held.work.looking(DEAD) as letters:
        await letters.remove([each for each in await letters.page(0, 30) if letters.fingerprint(each) in marks])
    await held.look.refresh()
    assert len(await held.look.page(0, 30)) == 27
    run = held.work.run(half_done.INTERRUPTED, plan, lambda _: None, held.look.lender(plan))
    progress = await run.run()
    assert (progress.state, progress.moved, progress.trouble) == (RunState.DONE, 3 if chosen else 30, "")


@pytest.mark.parametrize("graveyard", ["nats", "rabbitmq classic"], indirect=True)
async def test_a_preview_by_age_says_what_its_run_moves(held: Held) -> None:
    """Both of those that grew old enough since the filter had looked, and of those that did since the preview."""
    died = [line.died_at for line in await held.look.page(0, 30) if line.died_at is not None]
    plan = Plan(DEAD, Action.DISCARD, match=Match(older_than=2.0))
    await held.sift(plan.match)
    none = plan.foreseen_at(min(died))
    await until(lambda: time.time() > max(died) + 2.0)
    preview = await held.look.foresee(plan)
    assert (preview.complete, preview.meant) == (True, 30)
    assert (await held.look.foresee(none)).meant == (await held.run(none).run()).moved == 0
    await held.look.after_run(none)
    assert (await held.run(plan).run()).moved == 30


@pytest.mark.parametrize("graveyard", ["nats", "rabbitmq classic"], indirect=True)
async def test_what_a_run_is_moving_is_in_no_way_of_a_preview_under_a_filter(held: Held, graveyard: Graveyard) -> None:
    plan = Plan(DEAD, destination=graveyard.home, match=Match(text="order"))
    await held.sift(plan.match)
    ids = tuple(line.id for line in await held.look.page(0, 20))
    run = held.run(replace(plan, ids=ids, match=Match(), rate=10))
    going = asyncio.ensure_future(run.run())
    await until(lambda: run.progress.moved >= 3)
    preview = await held.look.foresee(plan)
    assert preview.complete
    assert 10 <= preview.count <= (27 if held.look.standing.held else 30)
    run.controls.cancel()
    await going


@pytest.mark.parametrize("graveyard", ["nats", "rabbitmq classic"], indirect=True)
async def test_a_page_under_a_filter_is_without_what_a_run_has_just_moved(held: Held, graveyard: Graveyard) -> None:
    await held.sift(Match(text="order"))
    ids = [line.id for line in await held.look.page(0, 20)]
    await held.run(Plan(DEAD, ids=tuple(ids[:5]), destination=graveyard.home)).run()
    assert [line.id for line in await held.look.page(0, 20)] == ids[5:]


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_of_two_refreshes_at_once_one_makes_a_new_connection(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one would stay open, known to nobody."""
    made: list[Letters] = []
    look = DeadLetterWork.look

    async def noted(self: DeadLetterWork, queue: str, *, exhausted: bool = False) -> Letters:
        made.append(await look(self, queue, exhausted=exhausted))
        return made[-1]

    monkeypatch.setattr(DeadLetterWork, "look", noted)
    await held.look._letters.close()
    await asyncio.gather(held.look.refresh(), held.look.refresh())
    assert made == [held.look._letters]
    assert len(await held.look.page(0, 30)) == 30


@pytest.mark.parametrize("graveyard", ["rabbitmq classic"], indirect=True)
async def test_under_a_filter_too_it_is_found_out_that_what_was_held_is_lost(held: Held) -> None:
    await held.sift(Match(text="order"))
    letters = held.look._letters
    assert isinstance(letters, RabbitLetters)
    checkout = letters._checkout
    cut(letters._client)
    await until(lambda: checkout._gone is not None)
    with pytest.raises(UnreachableError):
        await held.look.page(0, 1)
