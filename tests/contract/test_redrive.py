"""Moves of dead letters: whatever happens on the way, each letter is where it was, or where it should be."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.dlq_commands import Dlq, done, journal_of
from tests.contract.graveyards import DEAD, WORK, Graveyard, check_accounted_for
from tests.contract.half_done import INTERRUPTED, begin, home
from tests.contract.movers import Mover, host_run, killed
from tests.faults import Faults
from tests.waiting import until
from wqstudio.brokers.factory import open_outlet
from wqstudio.brokers.letters import Copy, Held
from wqstudio.dlq import codes as dlq_codes
from wqstudio.domain.redrive import OPEN_MOVES, Action, Match, MoveState, OnRefusal, Owner, Plan, Progress, RunState
from wqstudio.engine.journal.journal import Journal, JournalError, Move
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.letters.patterns import PatternTimeoutError
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves import moving
from wqstudio.engine.moves.plan_checks import PlanError
from wqstudio.engine.moves.redrive import new_run
from wqstudio.engine.write_gate import ReadOnlyError

BODIES = [b'{"order": %d}' % number for number in range(30)]


async def test_all_go_to_where_they_came_from_in_their_order(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    progress = await work.redrive(Plan(DEAD)).run()
    assert (progress.state, progress.moved, progress.doubled) == (RunState.DONE, len(BODIES), 0)
    assert await graveyard.bodies(WORK) == BODIES
    assert await graveyard.bodies(DEAD) == []


async def test_only_those_that_are_meant_go(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    plan = Plan(DEAD, destination=graveyard.home, match=Match(regex=r"\b[12]?7\b"))
    progress = await work.redrive(plan).run()
    meant = [BODIES[7], BODIES[17], BODIES[27]]
    assert (progress.moved, progress.skipped) == (3, 27)
    assert await graveyard.bodies(WORK) == meant
    assert sorted(await graveyard.bodies(DEAD)) == sorted(set(BODIES) - set(meant))


async def test_no_more_than_the_limit_go(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    progress = await work.redrive(Plan(DEAD, destination=graveyard.home, limit=4)).run()
    assert (progress.state, progress.moved) == (RunState.DONE, 4)
    assert await graveyard.bodies(WORK) == BODIES[:4]
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES[4:])


@pytest.mark.parametrize("at_first", [4, 50])
async def test_a_slow_run_leaves_to_others_what_it_has_not_come_to(
    graveyard: Graveyard, work: DeadLetterWork, at_first: float
) -> None:
    """Whoever takes a letter out of the queue meanwhile is not to find it in the target, too."""
    bodies = [b"%d" % number for number in range(100)]
    await graveyard.bury(bodies)
    redrive = work.redrive(Plan(DEAD, destination=graveyard.home, rate=at_first, batch=1))
    running = asyncio.ensure_future(redrive.run())
    await until(lambda: redrive.progress.moved > 0)
    redrive.controls.rate = 4
    slow_since = redrive.progress.moved
    await until(lambda: redrive.progress.moved > slow_since + 1)
    await graveyard.empty(DEAD)
    redrive.controls.rate = 0
    progress = await running
    moved = await graveyard.bodies(WORK)
    assert progress.state is RunState.DONE
    assert (progress.moved, moved) == (len(moved), bodies[: len(moved)])
    assert len(moved) <= slow_since + 60


async def test_a_slow_run_is_not_slow_to_find_what_it_means(
    graveyard: Graveyard, work: DeadLetterWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    portions = 0
    take = moving.Moving._take

    async def take_and_count(self: moving.Moving, batch: Sequence[Held]) -> None:
        nonlocal portions
        portions += 1
        await take(self, batch)

    monkeypatch.setattr(moving.Moving, "_take", take_and_count)
    await graveyard.bury(BODIES)
    progress = await work.redrive(Plan(DEAD, destination=graveyard.home, rate=1, match=Match(regex=r"\b27\b"))).run()
    assert (progress.state, progress.moved, progress.skipped) == (RunState.DONE, 1, 29)
    assert portions < len(BODIES) / 2


@pytest.mark.parametrize(("batch", "most"), [(4, 4), (None, len(BODIES))])
async def test_so_many_are_under_way_at_a_time_as_the_plan_says(
    graveyard: Graveyard,
    work: DeadLetterWork,
    monkeypatch: pytest.MonkeyPatch,
    batch: int | None,
    most: int,
) -> None:
    under_way: list[int] = []
    record = Journal.record

    def record_and_count(
        self: Journal, run: str, moves: Sequence[Move], state: MoveState | None = None, rebegun: int = 0
    ) -> None:
        record(self, run, moves, state, rebegun)
        counts = self.counts(run)
        under_way.append(sum(counts.get(state, 0) for state in OPEN_MOVES))

    monkeypatch.setattr(Journal, "record", record_and_count)
    await graveyard.bury(BODIES)
    progress = await work.redrive(Plan(DEAD, destination=graveyard.home, batch=batch)).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert max(under_way) == most
    assert await graveyard.bodies(WORK) == BODIES


async def test_a_pattern_that_takes_too_long_stops_it_and_nothing_is_half_done(
    graveyard: Graveyard, work: DeadLetterWork
) -> None:
    slow = [*BODIES[:5], b"a" * 5_000 + b"!", *BODIES[5:]]
    await graveyard.bury(slow)
    redrive = work.redrive(Plan(DEAD, destination=graveyard.home, match=Match(regex="order|(a|aa)+$")))
    with pytest.raises(PatternTimeoutError, match="took more than 1 s on one message"):
        await redrive.run()
    assert redrive.progress.state is RunState.STOPPED
    assert work.interrupted() == []
    assert sorted(await graveyard.bodies(WORK) + await graveyard.bodies(DEAD)) == sorted(slow)


async def test_what_is_discarded_is_gone_and_nothing_else(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    progress = await work.redrive(Plan(DEAD, Action.DISCARD, match=Match(regex=r"\b1\d\b"))).run()
    assert progress.moved == 10
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES[:10] + BODIES[20:])
    assert await graveyard.bodies(WORK) == []


async def test_what_the_target_refuses_stays_and_is_told(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    await graveyard.limit_work(10)
    # In portions, for a quorum queue notices that it is full only after a burst.
    progress = await work.redrive(Plan(DEAD, destination=graveyard.home, rate=40)).run()
    moved, left = await graveyard.bodies(WORK), await graveyard.bodies(DEAD)
    assert progress.state is RunState.DONE
    assert progress.moved == len(moved) >= 10
    assert progress.refused == len(left) > 0
    assert sorted(moved + left) == sorted(BODIES)
    assert sum(refusal.count for refusal in progress.refusals) == progress.refused
    assert "full" in progress.refusals[0].reason or "maximum" in progress.refusals[0].reason


async def test_it_stops_at_a_refusal_if_that_is_wanted(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    await graveyard.limit_work(5)
    plan = Plan(DEAD, destination=graveyard.home, on_refusal=OnRefusal.STOP, rate=40)
    progress = await work.redrive(plan).run()
    assert progress.state is RunState.STOPPED
    assert 0 < progress.refused <= 10
    assert sorted(await graveyard.bodies(WORK) + await graveyard.bodies(DEAD)) == sorted(BODIES)


async def test_a_cancel_leaves_each_letter_in_one_place(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    redrive = work.redrive(Plan(DEAD, destination=graveyard.home, rate=10))
    running = asyncio.ensure_future(redrive.run())
    await until(lambda: redrive.progress.moved >= 2)
    redrive.controls.cancel()
    progress = await running
    moved = await graveyard.bodies(WORK)
    assert progress.state is RunState.CANCELLED
    assert progress.moved == len(moved) < len(BODIES)
    assert sorted(moved + await graveyard.bodies(DEAD)) == sorted(BODIES)


@pytest.mark.parametrize("graveyard", ["rabbitmq classic"], indirect=True)
async def test_what_was_chosen_and_is_not_begun_is_no_half_done_letter(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal
) -> None:
    """Where a look's ids mean nothing to another one, those that are chosen are noted before the first is moved."""
    await graveyard.bury(BODIES)
    letters = await work.look(DEAD)
    ids = tuple(held.id for held in await letters.page(0, len(BODIES)))
    plan = Plan(DEAD, destination=graveyard.home, ids=ids, rate=40)
    redrive = work.run(new_run(), plan, lambda _: None, lambda: nullcontext(letters))
    running = asyncio.ensure_future(redrive.run())
    await until(lambda: redrive.progress.moved >= 5)
    redrive.controls.cancel()
    progress = await running
    await letters.close()
    assert progress.state is RunState.CANCELLED
    chosen = len(BODIES) - progress.moved
    assert journal.counts(redrive.id) == {MoveState.REMOVED: progress.moved, MoveState.CHOSEN: chosen}


@pytest.mark.parametrize("graveyard", ["rabbitmq classic"], indirect=True)
async def test_what_was_chosen_is_noted_whole_or_not_at_all(
    graveyard: Graveyard, work: DeadLetterWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who finishes the run knows what was chosen from the journal alone; which fails here at its second step."""
    record, steps = Journal.record, iter(range(100))

    def fail_once(self: Journal, *move: object) -> None:
        if next(steps) == 1:
            raise JournalError("the disk is full")
        record(self, *move)  # type: ignore[arg-type] # whatever it was called with

    monkeypatch.setattr(Journal, "record", fail_once)
    monkeypatch.setattr(moving, "BATCH", 10)
    await graveyard.bury(BODIES)
    letters = await work.look(DEAD)
    ids = tuple(held.id for held in await letters.page(0, len(BODIES)))
    plan = Plan(DEAD, destination=graveyard.home, ids=ids)
    redrive = work.run(new_run(), plan, lambda _: None, lambda: nullcontext(letters))
    with pytest.raises(JournalError):
        await redrive.run()
    await letters.close()
    progress = await work.finish(redrive.id).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)


async def test_a_run_that_is_over_is_not_gone_on_with(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal
) -> None:
    """Also where it was not yet when that was asked for."""
    await graveyard.bury(BODIES)
    await begin(graveyard, journal, home(graveyard))
    one, two = work.finish(INTERRUPTED), work.finish(INTERRUPTED)
    assert (await one.run()).state is RunState.DONE
    with pytest.raises(JournalError, match="is over"):
        await two.run()
    assert await graveyard.bodies(WORK) == BODIES


async def test_a_run_that_met_a_refusal_at_which_to_stop_begins_no_more_when_it_is_finished(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal
) -> None:
    await graveyard.bury(BODIES)
    plan = Plan(DEAD, destination=graveyard.home, on_refusal=OnRefusal.STOP)
    first, *_ = await begin(graveyard, journal, plan, 3)
    journal.record(INTERRUPTED, [first._replace(state=MoveState.REFUSED, reason="full")])
    progress = await work.finish(INTERRUPTED).run()
    assert (progress.state, progress.moved, progress.refused) == (RunState.STOPPED, 2, 1)
    assert await graveyard.bodies(WORK) == BODIES[1:3]


async def test_a_pause_gives_back_what_is_held(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    redrive = work.redrive(Plan(DEAD, destination=graveyard.home, rate=40))
    running = asyncio.ensure_future(redrive.run())
    await until(lambda: redrive.progress.moved >= 5)
    redrive.controls.pause()
    await until(lambda: redrive.progress.state is RunState.PAUSED)
    letters = await work.look(DEAD)
    assert letters.count == len(BODIES) - redrive.progress.moved
    await letters.close()
    redrive.controls.rate = 0
    redrive.controls.resume()
    progress = await running
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)


async def test_they_go_although_the_broker_is_killed(
    graveyard: Graveyard, work: DeadLetterWork, faults: Faults
) -> None:
    """Nothing is lost, and what may be there twice is counted."""
    await graveyard.lay(BODIES)
    await asyncio.to_thread(graveyard.remember)
    redrive = work.redrive(Plan(DEAD, destination=graveyard.home, rate=4))
    running = asyncio.ensure_future(redrive.run())
    await until(lambda: redrive.progress.moved >= 4)
    await asyncio.to_thread(graveyard.kill)
    await until(lambda: redrive.progress.trouble)
    redrive.controls.rate = 0
    await asyncio.to_thread(graveyard.start)
    progress = await running
    assert progress.state in {RunState.DONE, RunState.INTERRUPTED}
    if progress.state is RunState.INTERRUPTED:  # the server took longer to come back than anybody waits
        progress = await work.finish(redrive.id).run()
    await _check_all_moved(graveyard, progress, faults, "broker killed, kill -9")


async def test_broker_and_window_are_killed_at_once(
    graveyard: Graveyard, typed: Dlq, tmp_path: Path, faults: Faults
) -> None:
    """As a power cut stops all: none can say a last word. The next start shows what was half done, and finishes it."""
    await graveyard.lay(BODIES)
    await asyncio.to_thread(graveyard.remember)
    mover = await Mover.start(graveyard, journal_of(tmp_path), window=True)
    await mover.until_moved(4)
    await mover.cut_power(graveyard)
    (entry,) = json.loads(done(typed("journal", "--json")))
    assert (entry["state"], entry["queue"], entry["moved"] < len(BODIES)) == ("interrupted", DEAD, True)
    await asyncio.to_thread(graveyard.start)
    result = typed("finish", "--json")
    finished = json.loads(result.stdout)
    assert result.returncode == (dlq_codes.PARTLY if finished["doubled"] else dlq_codes.DONE), result
    assert (finished["run"], finished["state"]) == (entry["run"], "done")
    assert finished["moved"] >= len(BODIES)  # what a broker forgets to have removed is moved again, and counted
    assert json.loads(done(typed("journal", "--json")))[0]["state"] == "done"
    fault = "broker and window killed at once, kill -9"
    await _check_all_moved(graveyard, Progress(doubled=finished["doubled"]), faults, fault)


@pytest.mark.parametrize(("moved", "window"), [(1, False), (20, False), (8, True)])
async def test_a_killed_process_loses_nothing(
    graveyard: Graveyard, work: DeadLetterWork, tmp_path: Path, faults: Faults, moved: int, *, window: bool
) -> None:
    """A window's letters host ends with it, however that ends."""
    await graveyard.bury(BODIES)
    mover = await Mover.start(graveyard, tmp_path / "journal.sqlite", window=window)
    await mover.until_moved(moved)
    await mover.kill()
    await until(work.interrupted)
    (entry,) = work.interrupted()
    assert entry.progress.state is RunState.INTERRUPTED
    progress = await work.finish(entry.id).run()
    assert progress.state is RunState.DONE
    assert work.interrupted() == []
    what = "window" if window else "moving process"
    await _check_all_moved(graveyard, progress, faults, f"{what} killed, kill -9 after {moved}")


async def test_what_another_run_has_half_done_is_left_to_it(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal
) -> None:
    """There may be a copy of it already."""
    await graveyard.bury(BODIES)
    plan = home(graveyard)
    await begin(graveyard, journal, plan, 1)
    owners = (Owner(INTERRUPTED, 1),)
    preview = await work.preview(plan)
    assert (preview.count, preview.owners) == (len(BODIES), owners)
    assert dict(preview.destinations) == {graveyard.home: len(BODIES) - 1}
    redrive = work.redrive(replace(plan, on_refusal=OnRefusal.STOP))
    progress = await redrive.run()
    assert (progress.state, progress.moved, progress.refused) == (RunState.DONE, len(BODIES) - 1, 0)
    assert (progress.foreign, progress.owners) == (1, owners)
    assert journal.counts(redrive.id)[MoveState.FOREIGN] == 1
    assert (await work.finish(INTERRUPTED).run()).moved == 1
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)


@pytest.mark.parametrize("graveyard", ["rabbitmq classic"], indirect=True)
async def test_what_another_run_has_half_done_is_left_to_it_also_where_it_was_chosen(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal
) -> None:
    """What is chosen in a look that is no other's is noted beforehand, and must not pass for begun by this run."""
    await graveyard.bury(BODIES)
    letters = await work.look(DEAD)
    page = await letters.page(0, 3)
    plan = Plan(DEAD, destination=graveyard.home)
    journal.begin(INTERRUPTED, place_of(graveyard.connection), plan, 1)
    journal.record(INTERRUPTED, [Move(0, letters.fingerprint(page[0]))])
    chosen = replace(plan, ids=tuple(held.id for held in page))
    progress = await work.run(new_run(), chosen, lambda _: None, lambda: nullcontext(letters)).run()
    await letters.close()
    assert (progress.state, progress.moved, progress.foreign) == (RunState.DONE, 2, 1)
    assert sorted(await graveyard.bodies(WORK)) == sorted(held.body for held in page[1:])


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_what_was_chosen_in_a_queue_that_was_made_anew_means_nothing_there(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal
) -> None:
    await graveyard.bury(BODIES)
    letters = await work.look(DEAD)
    held = await letters.page(0, 5)
    await letters.close()
    plan = Plan(DEAD, Action.DISCARD, ids=tuple(each.id for each in held))
    journal.begin(INTERRUPTED, place_of(graveyard.connection), plan, 5)
    journal.record(INTERRUPTED, [Move(0, letters.fingerprint(held[0]), MoveState.REMOVED)])
    await graveyard.remove(DEAD)
    await graveyard.make()
    await graveyard.bury(BODIES)
    progress = await work.finish(INTERRUPTED).run()
    assert (progress.state, progress.moved) == (RunState.STOPPED, 1)
    assert "made anew" in progress.trouble
    assert await graveyard.bodies(DEAD) == BODIES


@pytest.mark.parametrize("age", [0, 3_600])
async def test_what_the_target_would_know_is_not_counted_as_doubled(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal, age: float
) -> None:
    """A stream remembers ids for two minutes: what it takes for new then was not there before."""
    await graveyard.bury(BODIES)
    await begin(graveyard, journal, home(graveyard))
    journal._execute("UPDATE move SET at = at - ?", (age,))
    progress = await work.finish(INTERRUPTED).run()
    assert progress.moved == len(BODIES)
    assert progress.doubled == (0 if graveyard.deduplicates and not age else len(BODIES))
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)  # a quorum queue may turn its line


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_copies_that_are_there_are_found_wherever_each_letter_went(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal
) -> None:
    """As a process leaves them that is killed before it has heard of any; by now the stream forgot their ids."""
    await graveyard.bury(BODIES)
    await begin(graveyard, journal, Plan(DEAD))
    letters, outlet = await work.look(DEAD), await open_outlet(graveyard.connection)
    sent = [
        Copy(held, graveyard.home, f"{INTERRUPTED}.{number}")
        for number, held in enumerate(await letters.page(0, len(BODIES)))
    ]
    journal.note_targets(INTERRUPTED, [graveyard.home])
    await outlet.put(sent)
    await outlet.close()
    await letters.close()
    progress = await work.finish(INTERRUPTED).run()
    assert (progress.state, progress.moved, progress.doubled) == (RunState.DONE, len(BODIES), 0)
    assert await graveyard.bodies(WORK) == BODIES
    assert await graveyard.bodies(DEAD) == []


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_what_was_removed_before_the_process_could_say_so_is_among_the_total(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal
) -> None:
    await graveyard.bury(BODIES)
    await begin(graveyard, journal, home(graveyard))
    journal.record(INTERRUPTED, [Move(len(BODIES), b"removed already", MoveState.COPIED)])
    progress = await work.finish(INTERRUPTED).run()
    assert (progress.moved, progress.total, progress.seen) == (31, 31, 31)


async def test_a_read_only_connection_moves_nothing(graveyard: Graveyard, journal: Journal) -> None:
    looking = DeadLetterWork(replace(graveyard.connection, read_only=True), journal)
    with pytest.raises(ReadOnlyError):
        looking.redrive(Plan(DEAD))


async def test_a_plan_that_leads_back_is_refused(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES[:1])
    with pytest.raises(PlanError, match="choose another destination"):
        work.redrive(Plan(DEAD, destination=replace(graveyard.home, queue=DEAD)))


async def test_a_preview_counts_and_changes_nothing(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES, {"Customer": "ann"})
    preview = await work.preview(Plan(DEAD, match=Match(regex=r"\b1\d\b")))
    assert preview.count == 10
    assert preview.destinations == ((replace(preview.destinations[0][0]), 10),)
    assert preview.rewriting is not None
    assert "Customer" in preview.rewriting.kept
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES)
    assert await graveyard.bodies(WORK) == []


async def _check_all_moved(graveyard: Graveyard, progress: Progress, faults: Faults, fault: str) -> None:
    moved = await graveyard.bodies(WORK)
    assert await graveyard.bodies(DEAD) == []
    check_accounted_for(faults.note(fault, BODIES, moved), progress, graveyard)


async def test_a_process_of_its_own_moves_them_and_tells(graveyard: Graveyard, tmp_path: Path) -> None:
    await graveyard.bury(BODIES)
    told: list[Progress] = []
    plan = Plan(DEAD, destination=graveyard.home)
    process = host_run(graveyard, tmp_path, plan, told.append)
    progress = await process.run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert told[-1] == progress
    assert await graveyard.bodies(WORK) == BODIES


async def test_a_process_that_is_killed_leaves_a_run_to_finish(
    graveyard: Graveyard, tmp_path: Path, journal: Journal, work: DeadLetterWork, faults: Faults
) -> None:
    await graveyard.bury(BODIES)
    plan = Plan(DEAD, destination=graveyard.home, rate=4)
    process = host_run(graveyard, tmp_path, plan)
    await killed(process, 1)
    (entry,) = work.interrupted()
    assert entry.id == process.id
    rest = host_run(graveyard, tmp_path, entry.plan, run=entry.id)
    rest.steering.set_rate(0)
    await _check_all_moved(graveyard, await rest.run(), faults, "letters host killed, kill -9")
    assert journal.interrupted(entry.broker) == []
