"""A requeue taken back: what nobody has taken comes home as it was, and what somebody has stays his."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.graveyards import DEAD, WORK, Graveyard, NatsGraveyard, check_accounted_for
from tests.contract.movers import host_run, killed
from tests.faults import Faults
from tests.rabbit_letters import QUORUM, make_policymaker, set_policy
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser, connect_program
from tests.waiting import until
from wqstudio.brokers.nats.letters.copies import open_copies
from wqstudio.brokers.port import RefusedError
from wqstudio.domain.connection import NatsConnection, RabbitConnection
from wqstudio.domain.letter import Destination, Edit, Letter
from wqstudio.domain.redrive import Action, Match, Plan, Progress, RunState
from wqstudio.engine.journal.journal import Entry, Journal, JournalError
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves.plan_checks import PlanError
from wqstudio.engine.moves.redrive import new_run
from wqstudio.engine.moves.undo_planning import doings
from wqstudio.engine.write_gate import ReadOnlyError

BODIES = [b'{"order": %d}' % number for number in range(30)]


async def _requeued(work: DeadLetterWork, plan: Plan) -> str:
    redrive = work.redrive(plan)
    await redrive.run()
    return redrive.id


async def _undone(work: DeadLetterWork, run: str) -> Progress:
    return await work.undo(run).run()


async def test_all_come_back_as_they_were(graveyard: Graveyard, work: DeadLetterWork, journal: Journal) -> None:
    await graveyard.bury(BODIES, {"Customer": "ann"})
    before = await _looks(work)
    run = await _requeued(work, Plan(DEAD))
    preview = await work.undo_preview(run)
    assert (preview.count, preview.taken, preview.left_out) == (len(BODIES), 0, 0)
    undo = work.undo(run)
    progress = await undo.run()
    assert (progress.state, progress.moved, progress.gone, progress.doubled) == (RunState.DONE, len(BODIES), 0, 0)
    after = await _looks(work)
    assert after == before
    entry = journal.entry(undo.id)
    assert entry is not None
    assert (entry.plan.action, entry.plan.undo_of, entry.plan.queue) == (Action.UNDO, run, DEAD)
    with pytest.raises(PlanError, match=f"undone already, by run {undo.id}"):
        work.undo(run)
    assert (await work.redrive(Plan(DEAD)).run()).moved == len(BODIES)
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)


async def test_what_workers_have_had_stays_theirs(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    run = await _requeued(work, Plan(DEAD, destination=graveyard.home))
    await graveyard.take(7, settle=True)
    await graveyard.take(3, settle=False)
    progress = await _undone(work, run)
    assert (progress.state, progress.moved, progress.refused, progress.gone) == (RunState.DONE, 20, 3, 7)
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES[10:])
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES[7:10])
    assert "stays where it is" in progress.refusals[0].reason


@pytest.mark.parametrize("graveyard", ["rabbitmq classic", "rabbitmq quorum"], indirect=True)
async def test_what_was_only_looked_at_is_not_said_to_be_a_consumers(
    graveyard: Graveyard, work: DeadLetterWork
) -> None:
    """RabbitMQ tells the one from the other to nobody, so it stays."""
    await graveyard.bury(BODIES[:3])
    run = await _requeued(work, Plan(DEAD, destination=graveyard.home))
    async with work.looking(WORK) as letters:
        await letters.page(0, 3)
    progress = await _undone(work, run)
    assert progress.refused == 3
    assert "or somebody's look" in progress.refusals[0].reason


async def test_the_work_of_others_is_left_alone(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    first = await _requeued(work, Plan(DEAD, destination=graveyard.home, limit=10))
    await _requeued(work, Plan(DEAD, destination=graveyard.home))
    assert (await _undone(work, first)).moved == 10
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES[:10])
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES[10:])


async def test_of_two_undos_begun_in_the_same_instant_one_is_carried_out(
    graveyard: Graveyard, work: DeadLetterWork, faults: Faults
) -> None:
    """By two windows: both were planned while there was none."""
    await graveyard.bury(BODIES)
    run = await _requeued(work, Plan(DEAD, destination=graveyard.home))
    first, second, late = work.undo(run), work.undo(run), work.undo(run)
    progress, refused = await asyncio.gather(first.run(), second.run(), return_exceptions=True)
    assert isinstance(progress, Progress)
    assert isinstance(refused, JournalError)
    with pytest.raises(PlanError, match=f"undone already, by run {first.id}"):
        await late.run()
    await _check_all_back(graveyard, progress, faults, "undone twice at once")


@pytest.mark.parametrize("moved", [1, 12])
async def test_a_killed_undo_can_be_finished(
    graveyard: Graveyard, work: DeadLetterWork, tmp_path: Path, faults: Faults, moved: int
) -> None:
    await graveyard.bury(BODIES)
    run = await _requeued(work, Plan(DEAD, destination=graveyard.home))
    plan = replace(work.undo_plan(run), rate=12)
    await killed(host_run(graveyard, tmp_path, plan), moved)
    (entry,) = work.interrupted()
    with pytest.raises(PlanError, match="being undone"):
        work.undo(run)
    rest = work.finish(entry.id)
    rest.controls.rate = 0
    progress = await rest.run()
    assert progress.state is RunState.DONE
    await _check_all_back(graveyard, progress, faults, f"undo killed, kill -9 after {moved}")


async def test_a_pause_ends_nothing(graveyard: Graveyard, work: DeadLetterWork, faults: Faults) -> None:
    """What it had in hand and gave back meanwhile does not count as had by somebody."""
    await graveyard.bury(BODIES)
    run = await _requeued(work, Plan(DEAD, destination=graveyard.home))
    undo = work.undo(run)
    undo.controls.rate = 40
    running = asyncio.ensure_future(undo.run())
    await until(lambda: undo.progress.moved >= 5)
    undo.controls.pause()
    await until(lambda: undo.progress.state is RunState.PAUSED)
    undo.controls.rate = 0
    undo.controls.resume()
    await _check_all_back(graveyard, await running, faults, "undo paused")


@pytest.mark.parametrize("graveyard", ["rabbitmq classic", "rabbitmq quorum"], indirect=True)
async def test_what_a_paused_undo_gave_back_is_not_said_to_be_a_consumers(
    graveyard: Graveyard, work: DeadLetterWork, rabbit_host: RabbitHost
) -> None:
    """Where the queue has a consumer, though one that has had nothing of it, nobody can tell."""
    await graveyard.bury(BODIES)
    await graveyard.work_on([b"work"])
    consumer = connect_program(rabbit_host).channel()
    consumer.basic_qos(prefetch_count=1)
    consumer.basic_consume(WORK, lambda *_: None)
    run = await _requeued(work, Plan(DEAD, destination=graveyard.home))
    undo = work.undo(run)
    undo.controls.rate = 40
    running = asyncio.ensure_future(undo.run())
    await until(lambda: undo.progress.moved >= 5)
    undo.controls.pause()
    await until(lambda: undo.progress.state is RunState.PAUSED)
    undo.controls.resume()
    progress = await running
    consumer.connection.close()
    assert (progress.state, progress.doubled, progress.gone) == (RunState.DONE, 0, 0)
    assert progress.moved + progress.refused == len(BODIES)
    assert "to this undo, before a pause" in progress.refusals[0].reason
    everything = [*await graveyard.bodies(DEAD), *await graveyard.bodies(WORK)]
    assert sorted(everything) == sorted([*BODIES, b"work"])


@pytest.mark.parametrize("graveyard", ["rabbitmq classic", "rabbitmq quorum"], indirect=True)
async def test_an_undo_that_was_refused_keeps_none_from_coming_back(
    graveyard: Graveyard, work: DeadLetterWork, rabbit_host: RabbitHost
) -> None:
    """It has looked at them, and no consumer has. That it may not publish is told before it looks."""
    await graveyard.bury(BODIES)
    run = await _requeued(work, Plan(DEAD, destination=graveyard.home))
    rights = {"configure": ".*", "write": "^$", "read": ".*"}
    permissions = f"permissions/{{vhost}}/{rabbit_host.connection.user}"
    rabbit_host.manage("PUT", permissions, rights)
    with pytest.raises(RefusedError, match="no permission to write"):
        await work.undo_preview(run)
    assert (await _undone(work, run)).refused == len(BODIES)
    rabbit_host.manage("PUT", permissions, {**rights, "write": ".*"})
    progress = await _undone(work, run)
    assert (progress.moved, progress.refusals) == (len(BODIES), ())
    assert sorted(await graveyard.bodies(DEAD)) == sorted(BODIES)


async def test_what_an_earlier_undo_has_brought_back_is_not_said_to_be_gone(
    graveyard: Graveyard, work: DeadLetterWork
) -> None:
    await graveyard.bury(BODIES)
    run = await _requeued(work, Plan(DEAD, destination=graveyard.home))
    first = work.undo(run)
    first.controls.rate = 5
    running = asyncio.create_task(first.run())
    await until(lambda: first.progress.moved >= 2)
    first.controls.cancel()
    back = (await running).moved
    await graveyard.take(2, settle=True)
    preview = await work.undo_preview(run)
    assert (preview.count, preview.taken) == (len(BODIES) - back - 2, 2)
    progress = await _undone(work, run)
    assert (progress.state, progress.moved, progress.gone) == (RunState.DONE, len(BODIES) - back - 2, 2)


async def test_without_the_dead_letter_queue_they_stay_where_they_went(
    graveyard: Graveyard, work: DeadLetterWork
) -> None:
    """Also those that differ in nothing."""
    twins = [*BODIES, *BODIES]
    await graveyard.bury(twins, {"Customer": "ann"})
    run = await _requeued(work, Plan(DEAD, destination=graveyard.home))
    await graveyard.remove(DEAD)
    progress = await _undone(work, run)
    assert (progress.state, progress.moved, progress.refused) == (RunState.DONE, 0, len(twins))
    assert DEAD in progress.refusals[0].reason or "No stream" in progress.refusals[0].reason
    assert sorted(await graveyard.bodies(WORK)) == sorted(twins)


async def test_what_cannot_be_undone_is_said(graveyard: Graveyard, work: DeadLetterWork, journal: Journal) -> None:
    await graveyard.bury(BODIES[:4])
    discarded = await _requeued(work, Plan(DEAD, Action.DISCARD, limit=1))
    letters = await work.look(DEAD)
    (held,) = await letters.page(0, 1)
    await letters.close()
    nothing = await _requeued(work, Plan(DEAD, match=Match(text="no such text"), destination=graveyard.home))
    open_ = new_run()
    journal.begin(open_, place_of(graveyard.connection), Plan(DEAD), 0)
    refusals = {run: work.undo_refusal(_entry(journal, run)) for run in (discarded, nothing, open_)}
    assert "journal keeps no messages" in refusals[discarded]
    assert "nothing to bring back" in refusals[nothing]
    assert "not over" in refusals[open_]
    if letters.lasting_ids:
        edit = Plan(DEAD, destination=graveyard.home, ids=(held.id,), edit=Edit(b"new"))
        assert "edited" in work.undo_refusal(_entry(journal, await _requeued(work, edit)))
    if isinstance(graveyard.connection, RabbitConnection):
        through = replace(graveyard.home, exchange="amq.direct")
        run = await _requeued(work, Plan(DEAD, destination=through))
        assert "Nothing was moved" in work.undo_refusal(_entry(journal, run))


async def test_a_read_only_connection_undoes_nothing(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal
) -> None:
    await graveyard.bury(BODIES[:1])
    run = await _requeued(work, Plan(DEAD))
    with pytest.raises(ReadOnlyError):
        DeadLetterWork(replace(graveyard.connection, read_only=True), journal).undo(run)


async def test_an_undo_that_may_not_look_begins_nothing_and_is_not_left_over(
    rabbit_host: RabbitHost, user: RabbitUser, journal: Journal
) -> None:
    """The queue they went to has a delivery limit, which looking would use up."""
    set_policy(rabbit_host, WORK, delivery_limit=3)
    user.declare(WORK, QUORUM)
    user.declare(DEAD)
    user.publish(DEAD, b"letter")
    work = DeadLetterWork(rabbit_host.connection, journal)
    run = await _requeued(work, Plan(DEAD, destination=Destination(WORK, WORK)))
    undo = work.undo(run)
    with pytest.raises(PlanError, match="Lift the delivery limit"):
        await undo.run()
    assert undo.progress.state is RunState.STOPPED
    assert work.interrupted() == []
    assert (await work.undo_preview(run)).cost.liftable
    make_policymaker(rabbit_host)
    assert (await work.undo(run, lift_limit=True).run()).moved == 1
    assert (user.ready(DEAD), user.ready(WORK)) == (1, 0)


def _entry(journal: Journal, run: str) -> Entry:
    entry = journal.entry(run)
    assert entry is not None
    return entry


async def _looks(work: DeadLetterWork) -> Counter[str]:
    """All that is told of the letters, but for what a look or a new place changes."""
    letters = await work.look(DEAD)
    read = [letters.read(held) async for batch in letters.batches(100) for held in batch]
    await letters.close()
    return Counter(_without_place(letter) for letter in read)


_OF_THE_PLACE = {"Stream sequence", "redelivered", "exchange"}
_OF_THE_BROKER = {"Nats-Msg-Id", "x-delivery-count", "x-acquired-count"}


def _without_place(letter: Letter) -> str:
    headers = [header for header in letter.headers if header.name not in _OF_THE_BROKER]
    properties = [setting for setting in letter.properties if setting.name not in _OF_THE_PLACE]
    headers.sort(key=lambda header: header.name)
    return repr((letter.body, headers, properties, letter.origin, letter.route, letter.reason))


async def _check_all_back(graveyard: Graveyard, progress: Progress, faults: Faults, fault: str) -> None:
    back = await graveyard.bodies(DEAD)
    assert await graveyard.bodies(WORK) == []
    check_accounted_for(faults.note(fault, BODIES, back), progress, graveyard)


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_a_copy_that_the_server_would_not_delete_is_told_and_not_called_removed(
    graveyard: NatsGraveyard, work: DeadLetterWork, journal: Journal
) -> None:
    await graveyard.bury(BODIES)
    run = await _requeued(work, Plan(DEAD, destination=graveyard.home))
    assert isinstance(graveyard.connection, NatsConnection)
    (copies,) = await open_copies(graveyard.connection, [graveyard.home], doings(journal, run).made)
    held = [each async for batch in copies.batches(100) for each in batch]
    await graveyard.change_work(sealed=True)
    with pytest.raises(RefusedError, match=f"{len(BODIES)} copies are left .* would not delete"):
        await copies.remove(held)
    assert copies.doubled == 0
    assert await graveyard.bodies(WORK) == BODIES
    await copies.close()
