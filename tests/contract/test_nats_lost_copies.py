"""A copy that its stream has lost before the original was removed is made again; what was taken from there is not."""

import shutil
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.fuse import Blow
from tests.contract.graveyards import DEAD, WORK, NatsGraveyard
from tests.contract.mortal import BATCH, Mortals, Order
from tests.jetstream import JetStream
from tests.servers import NatsServer, StartNatsServer
from wqstudio.domain.redrive import Plan, Progress, RunState
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves.redrive import new_run

BODIES = [b"%d" % number for number in range(BATCH)]
"""One batch."""
_CONFIRMED = 7
"""Steps up to where the journal has it that all of them are copied, and none is removed."""

Loss = Callable[[NatsServer], Awaitable[None]]


@pytest.fixture
async def server(start_nats_server: StartNatsServer) -> NatsServer:
    server = start_nats_server()
    graveyard = NatsGraveyard(server)
    await graveyard.make()
    await graveyard.work_on([b"before"])
    await graveyard.take(1, settle=True)
    await graveyard.bury(BODIES)
    await graveyard.close()
    return server


async def _deleted(server: NatsServer) -> None:
    user = await JetStream.connect(server)
    await user.api(f"STREAM.DELETE.{WORK}")
    await user.close()


async def _made_anew(server: NatsServer) -> None:
    await _deleted(server)
    graveyard = NatsGraveyard(server)
    await graveyard.make()
    await graveyard.work_on([b"%d others'" % number for number in range(2 * BATCH)])
    await graveyard.close()


@pytest.mark.parametrize("lose", [_deleted, _made_anew])
async def test_what_went_to_a_stream_that_is_gone_is_not_removed_for_that(
    server: NatsServer, mortals: Mortals, tmp_path: Path, lose: Loss
) -> None:
    run = await _killed(server, mortals, tmp_path)
    await lose(server)
    progress = await _finished(server, tmp_path, run)
    assert progress.state is RunState.DONE
    assert progress.doubled == BATCH  # somebody may have taken the first copies before
    there = await _there(server, DEAD, *([WORK] if lose is _made_anew else []))
    assert sorted(body for body in there if body in BODIES) == BODIES


async def test_what_a_disk_had_not_got_yet_is_copied_again(
    server: NatsServer, mortals: Mortals, tmp_path: Path
) -> None:
    """As after a power cut, since the server confirms before it has that on the disk."""
    on_disk = server.folder / "store" / "jetstream" / "$G" / "streams" / WORK
    server.stop()
    shutil.copytree(on_disk, tmp_path / "on disk")
    server.start()
    run = await _killed(server, mortals, tmp_path)
    server.kill()
    shutil.rmtree(on_disk)
    shutil.copytree(tmp_path / "on disk", on_disk)
    server.start()
    progress = await _finished(server, tmp_path, run)
    assert (progress.state, progress.moved) == (RunState.DONE, BATCH)
    assert await _there(server, DEAD, WORK) == BODIES


async def test_what_was_taken_from_a_stream_that_has_all_it_had_is_not_copied_again(
    server: NatsServer, mortals: Mortals, tmp_path: Path
) -> None:
    run = await _killed(server, mortals, tmp_path)
    graveyard = NatsGraveyard(server)
    assert await graveyard.take(BATCH, settle=True) == BODIES
    await graveyard.close()
    progress = await _finished(server, tmp_path, run)
    assert (progress.state, progress.moved, progress.doubled) == (RunState.DONE, BATCH, 0)
    assert await _there(server, DEAD, WORK) == []


async def _killed(server: NatsServer, mortals: Mortals, folder: Path) -> str:
    order = Order(server.connection, folder / "journal.sqlite", new_run(), Plan(DEAD), blow=Blow.KILL, step=_CONFIRMED)
    assert await mortals.run(order) is None
    assert await _there(server, DEAD) == BODIES
    return order.run


async def _finished(server: NatsServer, folder: Path, run: str) -> Progress:
    with closing(Journal(folder / "journal.sqlite")) as journal:
        return await DeadLetterWork(server.connection, journal).finish(run).run()


async def _there(server: NatsServer, *queues: str) -> list[bytes]:
    graveyard = NatsGraveyard(server)
    found = [body for queue in queues for body in await graveyard.bodies(queue)]
    await graveyard.close()
    return found
