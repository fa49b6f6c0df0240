"""The desk on which a window works on dead letters: runs with what is said of them, imports, undos, the journal."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.graveyards import DEAD, WORK, Graveyard
from tests.waiting import until
from wqstudio.domain.events import Event, Level
from wqstudio.domain.redrive import Action, Choice, MoveState, Plan, RunState
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.look import Look
from wqstudio.engine.looks.process import MoveError
from wqstudio.engine.moves.plan_checks import PlanError
from wqstudio.engine.write_gate import ReadOnlyError

BODIES = [b'{"order": %d}' % number for number in range(12)]

# What differs between kinds of queues is tested with the adapters; here it is the desk.
pytestmark = pytest.mark.parametrize("graveyard", ["nats", "rabbitmq classic"], indirect=True)


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
async def desk(graveyard: Graveyard, tmp_path: Path, told: list[Event]) -> AsyncIterator[Desk]:
    await graveyard.bury(BODIES)
    desk = Desk(graveyard.connection, tmp_path / "journal.sqlite", told.append)
    yield desk
    await desk.close()


@pytest.fixture
async def look(desk: Desk) -> Look:
    look = desk.look(DEAD)
    await look.open()
    return look


async def test_what_was_exported_and_discarded_comes_back_by_an_import(
    desk: Desk, look: Look, graveyard: Graveyard, tmp_path: Path
) -> None:
    file = tmp_path / "letters.jsonl"
    ids = tuple(line.id for line in await look.page(0, 50))
    await look.export(Choice(DEAD, len(ids), ids), file)
    await desk.begin(look, Plan(DEAD, Action.DISCARD, ids=ids)).ended()
    progress = await desk.bring(Plan(str(file), Action.IMPORT)).ended()
    assert (progress.state, progress.total, progress.moved) == (RunState.DONE, len(BODIES), len(BODIES))
    [told, _, exported] = desk.journal.entries()
    assert (exported.plan.action, exported.plan.queue, exported.plan.file) == (Action.EXPORT, DEAD, str(file))
    assert (exported.progress.state, exported.progress.moved) == (RunState.DONE, len(BODIES))
    assert "nothing to undo" in await desk.undo_refusal(exported)
    assert (told.plan.action, told.plan.queue, told.progress.moved) == (Action.IMPORT, str(file), len(BODIES))
    assert await desk.states(told.id) == {MoveState.REMOVED: len(BODIES)}
    assert "no queue to bring them back to" in await desk.undo_refusal(told)
    await desk.leave(look)
    assert await graveyard.bodies(WORK) == BODIES
    assert await graveyard.bodies(DEAD) == []


async def test_what_comes_into_a_queue_by_a_run_is_counted_as_it_comes(graveyard: Graveyard, tmp_path: Path) -> None:
    """So that nobody takes it for deaths."""
    await graveyard.bury(BODIES)
    brought: list[tuple[str, int]] = []
    desk = Desk(graveyard.connection, tmp_path / "journal.sqlite", brought=lambda _, *what: brought.append(what))
    look = desk.look(DEAD)
    await look.open()
    requeue = desk.begin(look, Plan(DEAD, destination=graveyard.home))
    await requeue.ended()
    await desk.leave(look)
    assert {queue for queue, _ in brought} == {graveyard.home.queue}
    assert sum(count for _, count in brought) == len(BODIES)
    brought.clear()
    (entry,) = desk.journal.entries()
    await (await desk.undo(entry)).ended()
    await desk.close()
    assert {queue for queue, _ in brought} == {DEAD}
    assert sum(count for _, count in brought) == len(BODIES)


@pytest.mark.parametrize("content", [b'{"version": 1}\n', b"\xff\xfe\x00"])
async def test_a_file_that_holds_no_messages_is_told_and_nothing_published(
    desk: Desk, graveyard: Graveyard, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "letters.jsonl"
    file.write_bytes(content)
    with pytest.raises(MoveError, match=r"not an? (exported message|file of exported messages)"):
        await desk.bring(Plan(str(file), Action.IMPORT)).ended()
    assert await graveyard.bodies(WORK) == []


async def test_what_begins_and_ends_is_told_and_kept(desk: Desk, look: Look, told: list[Event]) -> None:
    ids = tuple(line.id for line in await look.page(0, 3))
    run = desk.begin(look, Plan(DEAD, ids=ids))
    with pytest.raises(PlanError, match="being moved already"):
        desk.begin(look, Plan(DEAD, ids=ids))
    await run.ended()
    await until(lambda: len(told) == 2)
    assert [event.text for event in told] == [
        f"Requeue {DEAD} → where they came from has begun (3 chosen)",
        f"Requeue {DEAD} → where they came from: Requeued 3",
    ]
    assert {event.level for event in told} == {Level.INFO}
    (entry,) = desk.journal.page(0, 10, desk.place)
    assert (entry.id, entry.progress.moved) == (run.id, 3)
    assert await desk.states(run.id) == {MoveState.REMOVED: 3}
    assert desk.journal.page(0, 10, "another broker") == []


async def test_a_refusal_is_told_with_its_reason(
    desk: Desk, look: Look, graveyard: Graveyard, told: list[Event]
) -> None:
    await graveyard.limit_work(1)
    ids = tuple(line.id for line in await look.page(0, 3))
    progress = await desk.begin(look, Plan(DEAD, ids=ids, rate=20)).ended()
    assert progress.refused
    await until(lambda: len(told) >= 3)
    assert [event.level for event in told[1:]] == [Level.WARNING] * len(told[1:])
    assert "refused and still there" in told[1].text


async def test_what_a_killed_process_left_is_offered_with_what_was_done_and_finished(
    desk: Desk, look: Look, graveyard: Graveyard, told: list[Event]
) -> None:
    ids = tuple(line.id for line in await look.page(0, 50))
    run = desk.begin(look, Plan(DEAD, ids=ids, destination=graveyard.home, rate=8))
    await until(lambda: run.progress.moved >= 1)
    look._process.kill()
    await run.over()
    await until(lambda: "it can be finished" in told[-1].text)
    (entry,) = await desk.interrupted()
    assert entry.progress.state is RunState.INTERRUPTED
    assert entry.progress.moved >= 1
    assert entry.progress.total == len(BODIES)
    await desk.leave(look)
    rest = await desk.finish(entry)
    rest.set_rate(0)
    progress = await rest.ended()
    assert progress.moved == len(BODIES)
    assert sorted(set(await graveyard.bodies(WORK))) == sorted(BODIES)
    assert await desk.interrupted() == []


async def test_a_connection_that_is_read_only_moves_nothing(graveyard: Graveyard, tmp_path: Path) -> None:
    desk = Desk(replace(graveyard.connection, read_only=True), tmp_path / "journal.sqlite")
    with pytest.raises(ReadOnlyError):
        desk.bring(Plan(str(tmp_path / "letters.jsonl"), Action.IMPORT))
    await desk.close()
