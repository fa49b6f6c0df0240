"""Child processes that cannot outlive this program, whatever ends it."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from subprocess import PIPE
from typing import Any, BinaryIO

from wqstudio.background import cancel
from wqstudio.brokers.local import guard
from wqstudio.brokers.local.errors import LocalServerError

_AFTER_GRACE = 3.0
"""Seconds the guard itself may take beyond the command's grace."""


class GuardedProcess:
    """A command run by ``guard.py``. Made by ``start_guarded``."""

    def __init__(self, guard_process: Process, pid: int, grace: float) -> None:
        self.pid = pid
        """The command's, not the guard's."""
        self._guard = guard_process
        self._grace = grace

    @property
    def guard_pid(self) -> int:
        return self._guard.pid

    async def wait(self) -> int:
        """The command's exit code, 128 + n when signal n ended it."""
        return await self._guard.wait()

    async def until(self, answer: Coroutine[Any, Any, None], within: float) -> None:
        """Until ``answer`` returns, and raises what that raises.

        LocalServerError says what the command did instead: it ended first, or took more than ``within`` seconds.
        """
        answering, ending = asyncio.ensure_future(answer), asyncio.ensure_future(self.wait())
        try:
            await asyncio.wait([answering, ending], timeout=within, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                return answering.result()
            raise LocalServerError("ended at its start" if ending.done() else f"did not answer within {within:.0f} s")
        finally:
            await cancel(answering)
            await cancel(ending)

    async def end(self, grace: float) -> None:
        """Have the command end as if by itself, or killed after ``grace`` seconds. Its folder is kept."""
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(grace):
                await self._guard.wait()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._guard.wait()

    def _signal(self, number: signal.Signals) -> None:
        """Nothing once it is gone: its number may be another's by then."""
        if self._guard.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def stop(self) -> None:
        """Ask the command to end, kill it after its grace, and return when it is gone."""
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        try:
            async with asyncio.timeout(self._grace + _AFTER_GRACE):
                await self._guard.wait()
        except TimeoutError:
            self._guard.kill()
            await self._guard.wait()


async def start_guarded(
    command: Sequence[str | Path],
    *,
    log: BinaryIO,
    grace: float = 5.0,
    remove: Path | None = None,
    keep: Sequence[int] = (),
    environment: Mapping[str, str] | None = None,
) -> GuardedProcess:
    """Start ``command`` with its output in ``log``; it gets SIGTERM, and ``grace`` seconds later SIGKILL, at the end.

    ``remove`` is a folder removed after the end, ``keep`` are file descriptors that the command inherits;
    ``environment`` None: this program's. Raises LocalServerError when the command cannot be started.
    """
    settings: guard.Settings = {"grace": grace, "remove": str(remove) if remove else None, "keep": list(keep)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", guard.__file__, json.dumps(settings)),
        *map(str, command),
        stdin=PIPE,
        stdout=PIPE,
        stderr=log,
        pass_fds=keep,
        env=environment,
        process_group=0,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = await process.stdout.readline()
    except asyncio.CancelledError:
        process.stdin.close()
        raise
    report: guard.Report = json.loads(line) if line else {"error": f"{command[0]}: no process could be made"}
    if "pid" in report:
        return GuardedProcess(process, report["pid"], grace)
    await process.wait()
    raise LocalServerError(f"{report['error']}; check the installation.")
