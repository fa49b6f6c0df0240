"""A redrive in a process of its own, as the window sees it."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import Connection
from wqstudio.domain.redrive import Plan, Progress, RedriveId
from wqstudio.engine import redrive_wire as wire
from wqstudio.fleet.child import ChildProcess
from wqstudio.fleet.wire import Hello

BEAT = 0.1
"""Seconds between two looks at what the process says."""
_CLOSE_WITHIN = 2.0


class MoveError(BrokerError):
    """The run could not be carried out, or not to its end. It can be finished later."""


class RedriveProcess:
    """Started by construction; ``run`` is awaited once and sees it through, ``close`` ends it before that."""

    def __init__(
        self,
        connection: Connection,
        journal: Path,
        run: RedriveId,
        plan: Plan,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.id = run
        self.plan = plan
        self.progress = Progress()
        self._on_progress = on_progress
        self._failure = ""
        self._child = ChildProcess("wqstudio.engine.redrive_host", wire.report_decoder())
        self._child.send(Hello.to(connection, run))
        self._child.send(wire.Begin(run, plan, journal))

    async def run(self) -> Progress:
        """How it ended. MoveError when it did not: nothing is lost, the journal has what is needed to finish."""
        try:
            while not self._child.ended:
                self._receive()
                await asyncio.sleep(BEAT)
        finally:
            await self.close()
        if self._failure:
            raise MoveError(self._failure)
        if self.progress.state.unfinished:
            raise MoveError(self.progress.trouble or "The process that moved the messages ended before its time.")
        return self.progress

    def pause(self) -> None:
        self._child.send(wire.Pause())

    def resume(self) -> None:
        self._child.send(wire.Resume())

    def cancel(self) -> None:
        """Stop once no letter is half moved."""
        self._child.send(wire.Cancel())

    def set_rate(self, rate: float) -> None:
        """Letters a second; 0: as fast as it goes."""
        self._child.send(wire.SetRate(rate))

    def kill(self) -> None:
        """``kill -9``: what the journal is for."""
        self._child.kill()

    async def close(self) -> None:
        await self._child.close(_CLOSE_WITHIN)

    def _receive(self) -> None:
        latest = None
        for report in self._child.receive():
            if isinstance(report, wire.Failed):
                self._failure = report.why
            else:
                latest = report.progress
        if latest is not None:
            self.progress = latest
            self._on_progress(latest)
