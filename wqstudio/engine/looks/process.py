"""A process that works on dead letters, as the window sees it; see ``host.py``."""

import asyncio
import itertools
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from wqstudio.background import cancel, report, spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import Connection
from wqstudio.domain.redrive import Match, Plan, Progress, RedriveId, RunState
from wqstudio.domain.survey import Standing, Survey
from wqstudio.engine.letters.search_pace import OnSoFar
from wqstudio.engine.looks import wire
from wqstudio.fleet.child import ChildProcess
from wqstudio.fleet.wire import Hello

BEAT = 0.1
"""Seconds between two readings of what the process says by itself."""
_SOON = 0.004
"""The same while an answer is waited for."""
LEAVE_WITHIN = 5.0
"""Seconds for what is in hand to be settled or given back."""
_CLOSE_WITHIN = 2.0
_ENDED = "The process that worked on the messages ended before its time."
_CLOSED = "This look has ended; look again, and choose what is meant anew."

OnProgress: TypeAlias = Callable[[Progress], None]
OnSurvey: TypeAlias = Callable[[Survey, str], None]
"""What was counted, and why it ended before all were seen; empty: it did not."""


class LookError(BrokerError):
    """What was asked about dead letters could not be told."""


class LostLookError(LookError):
    """The connection of the look is gone; a refresh tries to get another."""


class MoveError(BrokerError):
    """The run could not be carried out, or not to its end. It can be finished later."""


class Run:
    """Moves of dead letters under way. Made by ``LettersProcess.begin``."""

    def __init__(self, run: RedriveId, plan: Plan, send: Callable[[wire.Command], None], tell: OnProgress) -> None:
        self.id = run
        self.plan = plan
        self.began = time.time()
        self.progress = Progress()
        self.failure = ""
        """Why it could not be carried out, or not to its end."""
        self._send = send
        self._tell = tell
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rests = asyncio.Event()
        """It is paused, or over."""

    @property
    def is_over(self) -> bool:
        return self._over.done()

    async def over(self) -> None:
        """Return once it is, however it ended."""
        await asyncio.shield(self._over)

    async def ended(self) -> Progress:
        """How it ended. MoveError when it did not: nothing is lost, the journal has what is needed to finish."""
        await self.over()
        if self.failure or self.progress.state.unfinished or self.progress.state is RunState.FAILED:
            raise MoveError(self.failure or self.progress.trouble or _ENDED)
        return self.progress

    def go_on_from(self, so_far: Progress) -> None:
        """An earlier process got so far, which is told before this one tells anything."""
        self.progress = replace(so_far, state=RunState.RUNNING)

    def pause(self) -> None:
        self._send(wire.Pause())

    async def halt(self) -> None:
        """Return once it has settled what it had in hand and given back the rest: so that it can be ended."""
        self.pause()
        await self._rests.wait()

    def resume(self) -> None:
        self._send(wire.Resume())

    def cancel(self) -> None:
        """Stop once no letter is half moved."""
        self._send(wire.Cancel())

    def set_rate(self, rate: float) -> None:
        """Letters a second; 0: as fast as it goes."""
        self._send(wire.SetRate(rate))

    # --- for the process

    def on_progress(self, progress: Progress) -> None:
        self.progress = progress
        if progress.state is RunState.PAUSED:
            self._rests.set()
        else:
            self._rests.clear()
        self._tell(progress)

    def end(self) -> None:
        self._rests.set()
        if not self._over.done():
            self._over.set_result(None)


class LettersProcess:
    """Started by construction, on a running loop; ``close`` ends it. It connects to nothing before it is asked.

    Until then nobody listens to it, so one that is only kept ready wakes no loop.
    """

    def __init__(self, connection: Connection, journal: Path) -> None:
        self.on_survey: OnSurvey = lambda _survey, _trouble: None
        self.on_standing: Callable[[Standing | None], None] = lambda _standing: None
        """Of the look, after a run; None: it came to an end meanwhile."""
        self._child = ChildProcess("wqstudio.engine.looks.host", wire.report_decoder())
        self._child.send(Hello.to(connection, ""))
        self._child.send(wire.Keep(journal))
        self._numbers = itertools.count()
        self._asked: dict[int, asyncio.Future[wire.Reply]] = {}
        self._on_so_far: dict[int, OnSoFar] = {}
        self._asking = asyncio.Event()
        self._filters = 0
        self._is_closed = False
        self._run: Run | None = None
        self._pump: asyncio.Task[None] | None = None

    @property
    def run(self) -> Run | None:
        """The one that is going on."""
        return self._run

    @property
    def is_over(self) -> bool:
        """It answers nothing and begins nothing any more."""
        return self._child.is_over or (self._pump is not None and self._pump.done())

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def lives(self) -> bool:
        """As the system knows, also of one that nobody listens to."""
        return self._child.lives

    async def ask(self, question: wire.Question, on_so_far: OnSoFar = lambda _: None) -> wire.Reply:
        """Raises LookError, or LostLookError."""
        self._raise_if_over()
        number = next(self._numbers)
        answer: asyncio.Future[wire.Reply] = asyncio.get_running_loop().create_future()
        self._asked[number], self._on_so_far[number] = answer, on_so_far
        self._send(wire.Ask(number, question))
        self._asking.set()
        try:
            return await answer
        finally:
            del self._asked[number], self._on_so_far[number]
            if answer.cancelled() and isinstance(question, wire.Foresee) and not self.is_over:
                self._send(wire.Drop(number))  # it would go on through thousands of letters, and hold them

    def sift(self, match: Match | None) -> None:
        self._filters += 1
        self._send(wire.Sift(self._filters, match))

    def begin(self, run: RedriveId, plan: Plan, on_progress: OnProgress = lambda _: None) -> Run:
        """One at a time. LookError: the process is gone."""
        self._raise_if_over()
        assert self._run is None, "a run is going on already"
        self._run = Run(run, plan, self._child.send, on_progress)
        self._send(wire.Begin(run, plan))
        return self._run

    async def halt(self) -> None:
        """A run that is going on can be ended then, if that takes it no longer than anybody waits."""
        if self._run is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(LEAVE_WITHIN):
                    await self._run.halt()

    def kill(self) -> None:
        """``kill -9``: what the journal is for."""
        self._child.kill()

    async def close(self) -> None:
        self._is_closed = True
        await self._child.close(_CLOSE_WITHIN)
        await cancel(self._pump)
        self._fail_all()

    def _send(self, command: wire.Command) -> None:
        self._child.send(command)
        if self._pump is None:
            self._pump = spawn(self._receive(), "reports on dead letters")

    # --- what it says

    async def _receive(self) -> None:
        try:
            while not self._child.ended:
                for said in self._child.receive():
                    self._heed(said)
                if self._asked:
                    await asyncio.sleep(_SOON)
                else:
                    await self._rest()
        finally:
            self._fail_all()

    def _heed(self, said: wire.Report) -> None:
        """Whoever fails at what is told to him keeps nothing from the others."""
        try:
            self._take(said)
        except Exception as error:  # noqa: BLE001 - reported
            report(error, "what is told of dead letters was not understood")

    async def _rest(self) -> None:
        self._asking.clear()
        try:
            async with asyncio.timeout(BEAT):
                await self._asking.wait()
        except TimeoutError:
            pass

    def _take(self, said: wire.Report) -> None:
        match said:
            case wire.Answer(number, reply):
                self._settle(number, reply)
            case wire.Refused(number, why, lost):
                self._settle(number, LostLookError(why) if lost else LookError(why))
            case wire.Foreseeing(number, so_far) if number in self._on_so_far:
                self._on_so_far[number](so_far)
            case wire.Surveyed(number, survey, trouble) if number == self._filters:
                self.on_survey(survey, trouble)
            case wire.Told(progress) if self._run is not None:
                self._run.on_progress(progress)
            case wire.Failed(why) if self._run is not None:
                self._run.failure = why
            case wire.Over(standing):
                self._end_run()
                self.on_standing(standing)
            case _:
                pass  # of a run or a filter that is over

    def _settle(self, number: int, outcome: wire.Reply | LookError) -> None:
        answer = self._asked.get(number)
        if answer is None or answer.done():
            return  # whoever asked does not wait for it any more
        if isinstance(outcome, LookError):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)

    @property
    def _why_over(self) -> str:
        return _CLOSED if self._is_closed else _ENDED

    def _raise_if_over(self) -> None:
        if self.is_over:
            raise LookError(self._why_over)

    def _fail_all(self) -> None:
        for number in tuple(self._asked):
            self._settle(number, LookError(self._why_over))
        self._end_run()

    def _end_run(self) -> None:
        run, self._run = self._run, None
        if run is not None:
            run.end()
