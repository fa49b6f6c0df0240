"""The process for dead letters that is kept ready: there before it is needed, at no cost, and gone with its parent."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from tests.jetstream import JetStream
from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.engine.looks import spare as letters_spare
from wqstudio.engine.looks.desk import Desk
from wqstudio.fleet.childhood import NICENESS

DEAD = "dead"
PARENT = """
import asyncio, sys
from pathlib import Path
from wqstudio.domain.connection import NatsConnection
from wqstudio.engine.looks.spare import SpareProcess

async def main():
    spare = SpareProcess(NatsConnection(), Path(sys.argv[1]))
    spare.prepare()
    while not spare.is_ready:
        await asyncio.sleep(0.01)
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def start_child() -> None:
    """It is started here, not forked."""


@pytest.fixture
async def desk(nats_server: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(letters_spare, "STARTED_AFTER", 0.0)
    user = await JetStream.connect(nats_server)
    await user.stream(DEAD)
    await user.publish(f"{DEAD}.any", b"1")
    await user.close()
    desk = Desk(nats_server.connection, tmp_path / "journal.sqlite")
    desk.prepare()
    await until(lambda: _letters_hosts(psutil.Process()))
    yield desk
    await desk.close()
    assert not _letters_hosts(psutil.Process())


async def test_a_look_takes_the_one_that_is_ready_and_another_comes(desk: Desk) -> None:
    [spare] = _letters_hosts(psutil.Process())
    await until(lambda: spare.nice() >= min(19, os.nice(0) + NICENESS))  # it is up
    assert spare.net_connections() == []
    look = desk.look(DEAD)
    await look.open()
    assert len(await look.page(0, 5)) == 1
    assert len(spare.net_connections()) == 1
    await until(lambda: len(_letters_hosts(psutil.Process())) == 2)
    await desk.leave(look)
    assert not spare.is_running()


async def test_one_that_ended_meanwhile_is_not_given_to_anybody(desk: Desk) -> None:
    [spare] = _letters_hosts(psutil.Process())
    spare.kill()
    await until(lambda: not desk._spare.is_ready)
    look = desk.look(DEAD)
    assert (await look.open()).count == 1


async def test_it_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path / "journal.sqlite")]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: ASYNC220 - milliseconds
    assert parent.stdout is not None
    with parent.stdout:
        assert await asyncio.to_thread(parent.stdout.readline) == b"ready\n"
        hosts = _letters_hosts(psutil.Process(parent.pid))
        assert len(hosts) == 1
        await until(lambda: hosts[0].nice() >= min(19, os.nice(0) + NICENESS))
        os.kill(hosts[0].pid, signal.SIGSTOP)  # it cannot notice by itself
        parent.kill()
        parent.wait()
    _, alive = psutil.wait_procs(hosts, timeout=10)
    for host in alive:
        host.kill()
    assert not alive


def _letters_hosts(parent: psutil.Process) -> list[psutil.Process]:
    return [child for child in parent.children() if "wqstudio.engine.looks.host" in child.cmdline()]
