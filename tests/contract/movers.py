"""Processes in the middle of a run, to be killed: alone, with the window that has them, or with the broker."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.contract.graveyards import Graveyard
from tests.waiting import until
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.redrive import Plan, Progress, RedriveId
from wqstudio.engine.looks.process import LettersProcess
from wqstudio.engine.looks.redrive_process import MoveError, RedriveProcess
from wqstudio.engine.moves.redrive import new_run


class Mover:
    """See ``redrive_child.py``; ``start`` makes one."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._host = 0

    @classmethod
    async def start(cls, graveyard: Graveyard, journal: Path, *, window: bool = False) -> "Mover":
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.contract.redrive_child", "window" if window else "command", journal,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        connection = graveyard.connection
        secret = (
            ""
            if isinstance(connection, NatsConnection)
            else f"{connection.user}\n{connection.password}\n{connection.vhost}\n{connection.management_url}\n"
        )
        told = f"{connection.product.value}\n{connection.urls[0]}\n{graveyard.home.route}\n{secret}"
        process.stdin.write(told.encode())
        process.stdin.write_eof()
        return cls(process)

    async def until_moved(self, count: int) -> None:
        assert self._process.stdout is not None
        moved = -1
        while moved < count:
            line = await self._process.stdout.readline()
            assert line, "it ended before"
            self._host, moved = map(int, line.split())

    async def kill(self) -> None:
        """``kill -9``, of the program alone."""
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def cut_power(self, graveyard: Graveyard) -> None:
        """``kill -9`` of the program, its letters host and the broker in the same instant."""
        await graveyard.leave()
        for pid in filter(None, (graveyard.pid, self._host, self._process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await self._process.wait()
        await asyncio.to_thread(graveyard.kill)


def host_run(
    graveyard: Graveyard,
    folder: Path,
    plan: Plan,
    tell: Callable[[Progress], None] = lambda _: None,
    *,
    run: RedriveId = "",
) -> RedriveProcess:
    """In a letters host whose window is the test, with ``journal.sqlite`` in that folder. ``run``: not a new one."""
    host = LettersProcess(graveyard.connection, folder / "journal.sqlite")
    return RedriveProcess(host, run or new_run(), plan, tell)


async def killed(process: RedriveProcess, moved: int) -> None:
    """``kill -9`` of the host, once so many have moved."""
    running = asyncio.ensure_future(process.run())
    await until(lambda: process.progress.moved >= moved)
    process.kill()
    with pytest.raises(MoveError, match="before its time"):
        await running
