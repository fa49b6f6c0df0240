"""A process for dead letters that is started before somebody needs one, since starting takes it most of a second."""

import asyncio
from pathlib import Path

from wqstudio.background import spawn
from wqstudio.domain.connection import Connection
from wqstudio.engine.looks.process import LettersProcess

STARTED_AFTER = 1.0
"""Seconds: what a person has just asked for, a connection or a first page, has the processors first."""


class SpareProcess:
    """From ``prepare`` to ``close`` keeps one ready for each that is taken. It has no connection to the broker yet."""

    def __init__(self, connection: Connection, journal: Path) -> None:
        self._connection, self._journal = connection, journal
        self._spare: LettersProcess | None = None
        self._wanted = False
        self._soon: asyncio.TimerHandle | None = None

    @property
    def is_ready(self) -> bool:
        """It is started, and may be coming up still."""
        return self._spare is not None and self._spare.lives

    def prepare(self) -> None:
        """Have one ready soon, and again after each that is taken. Does nothing the second time."""
        if not self._wanted:
            self._wanted = True
            self._start_soon()

    def take(self) -> LettersProcess:
        """The one that is ready, or else one that starts now. It is the caller's to close."""
        spare, self._spare = self._spare, None
        if self._wanted:
            self._start_soon()
        if spare is not None and spare.lives:
            return spare
        if spare is not None:
            spawn(spare.close(), "a process for dead letters that ended before it was needed")
        return self._begun()

    async def close(self) -> None:
        self._wanted = False
        if self._soon is not None:
            self._soon.cancel()
        if self._spare is not None:
            await self._spare.close()

    def _start_soon(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
        self._soon = asyncio.get_running_loop().call_later(STARTED_AFTER, self._start)

    def _start(self) -> None:
        self._spare = self._begun()

    def _begun(self) -> LettersProcess:
        return LettersProcess(self._connection, self._journal)
