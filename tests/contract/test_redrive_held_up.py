"""Moves on a RabbitMQ that takes nothing for a while, or over a link that takes long: told, obeyed, and not doubled."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from io import StringIO
from urllib.parse import urlsplit

import pytest

from tests.contract.graveyards import DEAD, WORK, RabbitGraveyard
from tests.faults import Faults
from tests.rabbit_servers import ENOUGH_MEMORY, FULL_MEMORY, RabbitHost, RabbitNode
from tests.slow_front import slow_front
from tests.waiting import until
from wqstudio.brokers.rabbitmq.amqp import bulk
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.redrive import Action, Plan, Progress, RunState
from wqstudio.engine.journal.journal import Journal, JournalError
from wqstudio.engine.letters import file as letter_file
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves.importing import Import
from wqstudio.engine.moves.redrive import Redrive

BODIES = [b"order %d" % number for number in range(60)]
_AT_ONCE = 5.0
"""Seconds that a cancel may take, a tenth of which it takes; nobody ends the alarm meanwhile."""
_ALARM = "memory alarm, RabbitMQ blocks publishers"
Alarm = Callable[[bool], Awaitable[None]]


@pytest.fixture
async def alarm(rabbit_node: RabbitNode) -> AsyncIterator[Alarm]:
    """Raised and ended; it is ended with the test at the latest."""

    async def raise_or_end(rises: bool) -> None:
        expression = FULL_MEMORY if rises else ENOUGH_MEMORY
        await asyncio.to_thread(rabbit_node.control, "eval", f"{expression}.")

    yield raise_or_end
    await raise_or_end(False)


@pytest.fixture
async def graveyard(rabbit_host: RabbitHost) -> AsyncIterator[RabbitGraveyard]:
    made = RabbitGraveyard(rabbit_host, "classic")
    await made.make()
    await made.bury(BODIES)
    yield made
    await made.close()


async def _blocked(moving: Redrive | Import, alarm: Alarm, then: float = 0.0) -> asyncio.Future[Progress]:
    """In the middle of its work, and so slow that the alarm comes before its end; ``then``: its rate from there on."""
    moving.controls.rate = 2
    running = asyncio.ensure_future(moving.run())
    await until(lambda: moving.progress.moved)
    await alarm(True)
    moving.controls.rate = then
    await until(lambda: moving.progress.trouble == _ALARM)
    return running


async def test_an_alarm_is_told_and_the_move_goes_on_after_it(
    graveyard: RabbitGraveyard, work: DeadLetterWork, alarm: Alarm, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "CONFIRM_WITHIN", 0.3)  # which is over before the alarm is
    told: list[Progress] = []
    redrive = work.redrive(Plan(DEAD, destination=graveyard.home), told.append)
    running = await _blocked(redrive, alarm)
    await asyncio.wait([running], timeout=3 * bulk.CONFIRM_WITHIN)
    assert not running.done()
    await alarm(False)
    progress = await running
    assert (progress.state, progress.moved, progress.doubled) == (RunState.DONE, len(BODIES), 0)
    assert progress.trouble == ""
    assert _ALARM in {each.trouble for each in told}
    await _check(graveyard, progress, faults, "memory alarm")


async def test_a_cancel_does_not_wait_for_the_end_of_an_alarm(
    graveyard: RabbitGraveyard, work: DeadLetterWork, alarm: Alarm, faults: Faults
) -> None:
    redrive = work.redrive(Plan(DEAD, destination=graveyard.home))
    running = await _blocked(redrive, alarm)
    redrive.controls.cancel()
    progress = await asyncio.wait_for(running, _AT_ONCE)
    assert progress.state is RunState.INTERRUPTED
    assert "under way" in progress.trouble
    again = work.finish(redrive.id)
    running = asyncio.ensure_future(again.run())
    await until(lambda: again.progress.trouble == _ALARM)
    again.controls.cancel()
    assert (await asyncio.wait_for(running, _AT_ONCE)).state is RunState.INTERRUPTED
    await alarm(False)
    progress = await work.finish(redrive.id).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    await _check(graveyard, progress, faults, "memory alarm, cancelled, finished")


async def test_a_pause_in_an_alarm_is_told_at_once_and_leaves_nothing_in_doubt(
    graveyard: RabbitGraveyard, work: DeadLetterWork, alarm: Alarm, faults: Faults
) -> None:
    redrive = work.redrive(Plan(DEAD, destination=graveyard.home))
    running = await _blocked(redrive, alarm, then=2)
    redrive.controls.pause()
    await until(lambda: redrive.progress.state is RunState.PAUSED, within=_AT_ONCE)
    assert redrive.progress.trouble == _ALARM
    redrive.controls.resume()
    await until(lambda: redrive.progress.state is RunState.RUNNING, within=_AT_ONCE)
    redrive.controls.pause()
    await alarm(False)
    await until(lambda: redrive.progress.trouble == "")
    moved = redrive.progress.moved
    assert redrive.progress.state is RunState.PAUSED
    redrive.controls.rate = 0
    redrive.controls.resume()
    progress = await running
    assert moved < len(BODIES)
    assert (progress.state, progress.moved, progress.doubled) == (RunState.DONE, len(BODIES), 0)
    await _check(graveyard, progress, faults, "memory alarm, paused")


@pytest.mark.parametrize("cancelled", [False, True])
async def test_an_import_tells_of_an_alarm_and_obeys_as_well(
    graveyard: RabbitGraveyard, work: DeadLetterWork, alarm: Alarm, cancelled: bool
) -> None:
    bringing = await _import(graveyard, work)
    running = await _blocked(bringing, alarm)
    if cancelled:
        bringing.controls.cancel()
        assert (await asyncio.wait_for(running, _AT_ONCE)).state is RunState.INTERRUPTED
        return
    await alarm(False)
    progress = await running
    assert (progress.state, progress.moved, progress.trouble) == (RunState.DONE, len(BODIES), "")


async def test_a_cancel_is_heard_in_an_alarm_though_the_journal_cannot_be_written(
    graveyard: RabbitGraveyard, work: DeadLetterWork, journal: Journal, alarm: Alarm
) -> None:
    bringing = await _import(graveyard, work)
    running = await _blocked(bringing, alarm)
    journal._execute("CREATE TRIGGER full BEFORE UPDATE ON run BEGIN SELECT RAISE(ABORT, 'disk full'); END", ())
    bringing.controls.pause()  # which is told
    await until(lambda: bringing.progress.state is RunState.PAUSED)
    assert not running.done()
    bringing.controls.cancel()
    await asyncio.wait([running], timeout=_AT_ONCE)
    assert running.done()
    with pytest.raises(JournalError, match="disk full"):
        await running


async def test_a_large_letter_has_the_time_that_a_slow_link_takes(
    graveyard: RabbitGraveyard, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is confirmed for longer than anybody waits, and all the time bytes go out."""
    monkeypatch.setattr(bulk, "CONFIRM_WITHIN", 2.0)
    large = b"x" * 1_500_000
    await graveyard.bury([large])
    connection = graveyard.connection
    assert isinstance(connection, RabbitConnection)
    port = urlsplit(connection.urls[0]).port
    assert port is not None
    async with slow_front(port, there=250_000) as slow:
        behind = replace(connection, urls=(f"amqp://127.0.0.1:{slow}",))
        progress = await DeadLetterWork(behind, journal).redrive(Plan(DEAD, destination=graveyard.home)).run()
    assert (progress.state, progress.moved, progress.doubled) == (RunState.DONE, len(BODIES) + 1, 0)
    assert await graveyard.bodies(WORK) == [*BODIES, large]


async def _import(graveyard: RabbitGraveyard, work: DeadLetterWork) -> Import:
    """Of its dead letters, back to work."""
    async with work.looking(DEAD) as letters:
        found = [(held, letters.read(held)) async for batch in letters.batches(100) for held in batch]
    lines = [letter_file.as_line(*each, graveyard.home, graveyard.connection.product) for each in found]
    imported = list(letter_file.read(StringIO("\n".join(lines)), graveyard.connection.product))
    return work.bring("run", Plan("letters.jsonl", Action.IMPORT), read=lambda: imported)


async def _check(graveyard: RabbitGraveyard, progress: Progress, faults: Faults, fault: str) -> None:
    everything = [body for queue in (WORK, DEAD) for body in await graveyard.bodies(queue)]
    figures = faults.note(fault, BODIES, everything, "rabbitmq classic")
    assert figures.lost == 0
    assert figures.doubled <= progress.doubled


async def test_a_preview_is_not_held_up(graveyard: RabbitGraveyard, work: DeadLetterWork, alarm: Alarm) -> None:
    """Whether this user may publish is found out on another connection than the rest."""
    await alarm(True)
    preview = await work.preview(Plan(DEAD, destination=graveyard.home))
    assert preview.going == len(BODIES)
    assert not any("only trying it shows that" in sentence for sentence in preview.audience)
