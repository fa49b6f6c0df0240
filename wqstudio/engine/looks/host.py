"""A process that works on dead letters, so that the window's frames stay even. It ends with its parent.

Whatever ends it, the journal has what is needed to finish a run that it was at.
"""

import asyncio
import gc
import os
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TypeAlias, assert_never

import msgspec

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.domain.connection import Connection
from wqstudio.domain.redrive import Action, Match, Plan, Progress
from wqstudio.domain.survey import SoFar, Standing, Survey
from wqstudio.engine.journal.journal import Journal, JournalError
from wqstudio.engine.letters.file import LetterFileError
from wqstudio.engine.letters.matching import MatchError
from wqstudio.engine.looks import wire
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.looks.held_look import HeldLook
from wqstudio.engine.moves import exported
from wqstudio.engine.moves.importing import Import
from wqstudio.engine.moves.redrive import Redrive, none_exported
from wqstudio.fleet.childhood import be_child, die
from wqstudio.fleet.frames import FrameEncoder
from wqstudio.fleet.wire import Hello

_GARBAGE = 50_000
"""Objects between two looks for cycles. Letters under way are thousands of tuples, which at Python's 700 are walked
over and over: a tenth of the time."""
_MOVING = "Moving the messages"
Take: TypeAlias = Callable[[wire.Command], None]
_FORESEEN = (BrokerError, JournalError, LetterFileError, MatchError, OSError)


class _Host:
    def __init__(self, reports: int) -> None:
        self._reports = reports
        self._encoder = FrameEncoder()
        self._hello: Hello | None = None
        self._journal: Path | None = None
        self._look: HeldLook | None = None
        self._redrive: Redrive | Import | None = None
        self._filter = 0
        self._answering: dict[int, asyncio.Task[None]] = {}
        """By the numbers of the questions."""

    def take(self, command: wire.Command) -> None:
        match command:
            case Hello():
                self._hello = command
            case wire.Keep(journal):
                self._journal = journal
            case wire.Ask(number, question):
                self._be_asked(number, question)
            case wire.Drop(number):
                self._drop(number)
            case wire.Sift(number, match_):
                spawn(self._sift(number, match_), "filter dead letters")
            case wire.Begin():
                self._begin(command)
            case _:
                if self._redrive is not None:
                    _steer(self._redrive, command)

    # --- looking

    def _be_asked(self, number: int, question: wire.Question) -> None:
        answering = spawn(self._answer(number, question), "a question about dead letters")
        self._answering[number] = answering
        answering.add_done_callback(lambda _: self._answering.pop(number))

    def _drop(self, number: int) -> None:
        if number in self._answering:  # it may be answered meanwhile
            self._answering[number].cancel()

    async def _answer(self, number: int, question: wire.Question) -> None:
        try:
            if isinstance(question, wire.ForeseeImport | wire.Lead):
                reply = await self._answered_without_look(question)
            else:
                reply = await self._answered(number, question)
            self._tell(wire.Answer(number, reply))
        except UnreachableError as error:
            self._tell(wire.Refused(number, str(error), lost=True))
        except Exception as error:  # noqa: BLE001 - whoever asked has to be told that there is no answer
            self._tell(wire.Refused(number, _why("Looking at the messages", error)))

    async def _answered_without_look(self, question: wire.ForeseeImport | wire.Lead) -> wire.Reply:
        match question:
            case wire.ForeseeImport(plan):
                return wire.ForeseenImport(await self._work.foresee_import(plan))
            case wire.Lead(queue, routes):
                return wire.Led(await self._work.ways(queue, routes))
            case _:
                assert_never(question)

    async def _answered(self, number: int, question: wire.QuestionOfLook) -> wire.Reply:
        if isinstance(question, wire.Open):
            queue, exhausted = question.queue, question.exhausted
            self._look = await HeldLook.open(self._work, queue, self._on_survey, exhausted=exhausted)
        look = self._look
        assert look is not None, "a look is opened before it is asked anything"
        if isinstance(question, wire.Foresee | wire.Export):
            return await self._planned(look, number, question)
        reply: wire.Reply = wire.Closed()
        match question:
            case wire.Open():
                reply = wire.Stands(look.standing)
            case wire.Lift():
                await look.lift_limit()
                reply = wire.Stands(look.standing)
            case wire.Refresh():
                await look.refresh()
                reply = wire.Stands(look.standing)
            case wire.CatchUp():
                survey = await look.catch_up()
                reply = wire.Stands(look.standing, survey)
            case wire.Page(first, count):
                reply = wire.Lines(await look.page(first, count), look.standing)
            case wire.Whole(id_):
                reply = wire.Read(await look.whole(id_))
            case wire.Close():
                await look.close()
            case _:
                assert_never(question)
        return reply

    async def _planned(self, look: HeldLook, number: int, question: wire.Foresee | wire.Export) -> wire.Reply:
        match question:
            case wire.Foresee(plan):
                return wire.Foreseen(await look.foresee(plan, partial(self._on_so_far, number)))
            case wire.Export(choice, file):
                return wire.Exported(await look.export(choice, file), look.standing)
            case _:
                assert_never(question)

    async def _sift(self, number: int, match: Match | None) -> None:
        assert self._look is not None, "a look is opened before it is filtered"
        try:
            await self._look.sift(match)
        except _FORESEEN as error:
            self._tell(wire.Surveyed(number, Survey(0, 0, 0, done=True), str(error)))
        else:
            self._filter = number  # before anything is told of it, and after the last was told of the one before

    def _on_so_far(self, number: int, so_far: SoFar) -> None:
        self._tell(wire.Foreseeing(number, so_far))

    def _on_survey(self, survey: Survey, trouble: str) -> None:
        self._tell(wire.Surveyed(self._filter, survey, trouble))

    # --- moving

    def _begin(self, begin: wire.Begin) -> None:
        """At once, so that it obeys what comes next: a person may cancel before the process is up."""
        try:
            self._redrive = self._mover(begin)
        except Exception as error:  # noqa: BLE001 - whoever waits for the end has to be told why it came
            self._tell(wire.Failed(_why(_MOVING, error)))
        spawn(self._run(begin.plan), "redrive")

    async def _run(self, plan: Plan) -> None:
        try:
            if self._redrive is not None:
                await self._redrive.run()
        except Exception as error:  # noqa: BLE001 - whoever waits for the end has to be told why it came
            self._tell(wire.Failed(_why(_MOVING, error)))
        self._redrive = None
        self._tell(wire.Over(await self._after(plan)))

    def _mover(self, begin: wire.Begin) -> Redrive | Import:
        if begin.plan.action is Action.IMPORT:
            return self._work.bring(begin.run, begin.plan, self._on_progress)
        plan = begin.plan
        lender = self._look.lender(plan) if self._look is not None else None
        chosen = partial(exported.marks, plan, self._connection.product) if plan.exported else none_exported
        return self._work.run(begin.run, plan, self._on_progress, lender, chosen=chosen)

    async def _after(self, plan: Plan) -> Standing | None:
        """None: there is no look, or it came to an end meanwhile; the next question is refused then."""
        if self._look is None:
            return None
        try:
            await self._look.after_run(plan)
        except _FORESEEN:
            return None
        return self._look.standing

    def _on_progress(self, progress: Progress) -> None:
        self._tell(wire.Told(progress))

    # --- the ends of the pipe

    @property
    def _connection(self) -> Connection:
        assert self._hello is not None, "the connection comes first"
        return self._hello.connection

    @cached_property
    def _work(self) -> DeadLetterWork:
        """Raises JournalError."""
        assert self._journal is not None, "the journal comes second"
        return DeadLetterWork(self._connection, Journal(self._journal))

    def _tell(self, report: msgspec.Struct) -> None:
        """The pipe holds a hundred thousand of them; who does not read for that long is gone or stopped."""
        frame = self._encoder.encode(report)
        while frame:
            try:
                frame = frame[os.write(self._reports, frame) :]
            except BrokenPipeError:
                die()


def _why(what: str, error: Exception) -> str:
    """For a person."""
    if isinstance(error, _FORESEEN):
        return str(error)
    return f"{what} failed in a way that was not foreseen: {error!r}"


def _steer(redrive: Redrive | Import, command: wire.SetRate | wire.Pause | wire.Resume | wire.Cancel) -> None:
    match command:
        case wire.SetRate(rate):
            redrive.controls.rate = rate
        case wire.Pause():
            redrive.controls.pause()
        case wire.Resume():
            redrive.controls.resume()
        case wire.Cancel():
            redrive.controls.cancel()
        case _:
            assert_never(command)


def begin(reports: int) -> Take:
    """For ``be_child``."""
    return _Host(reports).take


if __name__ == "__main__":
    gc.set_threshold(_GARBAGE)
    be_child(wire.command_decoder(), begin)
