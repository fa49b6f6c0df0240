"""One queue's dead letters, looked at from the window through a process of their own."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar

from wqstudio.domain.letter import Letter, LetterLine, Ways
from wqstudio.domain.redrive import Choice, Match, Plan, RedriveId
from wqstudio.domain.survey import Standing, Survey
from wqstudio.engine.letters.matching import needs_reading
from wqstudio.engine.letters.search_pace import OnSoFar
from wqstudio.engine.looks import wire
from wqstudio.engine.looks.process import LEAVE_WITHIN, LettersProcess, LookError, OnProgress, Run
from wqstudio.engine.moves.previews import Preview
from wqstudio.engine.moves.redrive import new_run

R = TypeVar("R")


class Look:
    """Through a process that is its own from then on. ``open`` is awaited first; before it all raises LookError.

    What is asked raises LookError, or LostLookError when the connection is gone.
    """

    def __init__(self, process: LettersProcess, queue: str, *, exhausted: bool = False) -> None:
        self.queue, self.exhausted = queue, exhausted
        self.standing = Standing(0, 0)
        self.counts = 0
        """How often its letters were counted; with a page its standing comes as of then."""
        self._match: Match | None = None
        self.survey: Survey | None = None
        """Of the filter that is set, as far as it is counted; None: all are shown, and none counted."""
        self.trouble = ""
        """Why the survey ended before all were seen."""
        self.lifted = False
        """A delivery limit is suspended for the time of this look; what is moved from it needs that, too."""
        self.on_change: Callable[[], None] = lambda: None
        """The standing or the survey is another."""
        self._exports: set[asyncio.Future[wire.Exported]] = set()
        self._process = process
        self._process.on_survey = self._on_survey
        self._process.on_standing = self._on_standing

    @property
    def run(self) -> Run | None:
        """The one that is going on."""
        return self._process.run

    @property
    def holds(self) -> bool:
        """Or it may: what is looked at here is kept from any other look."""
        return not (self.standing.lasting_ids or self._process.is_over)

    @property
    def shown(self) -> int:
        """Letters that can be paged through: those that the filter means, or all that are reachable."""
        return self.survey.matched if self.survey is not None and self.narrowed else self.standing.reachable

    @property
    def narrowed(self) -> bool:
        """Only those are shown that a filter means; one that means all leaves each in its place, and counts them."""
        return self._match is not None and needs_reading(self._match)

    async def open(self) -> Standing:
        """What is there and what looking costs; nothing is looked at yet."""
        return self._stand(await self._asked(wire.Open(self.queue, self.exhausted), wire.Stands))

    async def lift_limit(self) -> Standing:
        """See ``Letters.lift_limit``."""
        standing = self._stand(await self._asked(wire.Lift(), wire.Stands))
        self.lifted = True
        return standing

    async def refresh(self) -> Standing:
        """Count anew, and filter anew; what is held is given back (RabbitMQ)."""
        return self._stand(await self._asked(wire.Refresh(), wire.Stands))

    async def catch_up(self) -> Standing:
        """Let go of those that have gone, also of those that the filter means; nothing is filtered anew."""
        match = self._match
        answer = await self._asked(wire.CatchUp(), wire.Stands)
        if answer.survey is not None and self._match is match:
            self.survey = answer.survey
        return self._stand(answer)

    async def page(self, first: int, count: int) -> Sequence[LetterLine]:
        """Of those shown, oldest first; fewer where they came to their end, or are very large."""
        answer = await self._asked(wire.Page(first, count), wire.Lines)
        self.standing = answer.standing
        return answer.lines

    async def letter(self, id_: int) -> Letter | None:
        """Whole; None: it is not there any more."""
        return (await self._asked(wire.Whole(id_), wire.Read)).letter

    def sift(self, match: Match | None) -> None:
        """Show only those that match, and count them by reason and origin; None: show all, and count nothing."""
        self._match = match
        self.survey = None if match is None else Survey(0, self.standing.reachable, 0)
        self.trouble = ""
        self._process.sift(match)
        self.on_change()

    async def foresee(self, plan: Plan, on_so_far: OnSoFar = lambda _: None) -> Preview:
        """Who does not wait for its end any more ends it."""
        return (await self._asked(wire.Foresee(plan), wire.Foreseen, on_so_far)).preview

    async def ways(self, queue: str, routes: Collection[str]) -> Ways:
        """See ``Outlet.ways``."""
        return (await self._asked(wire.Lead(queue, tuple(routes)), wire.Led)).ways

    async def export(self, choice: Choice, file: Path) -> Choice:
        """Exactly those that were written: by their ids, or by the file, which must not be there yet."""
        asked = asyncio.ensure_future(self._asked(wire.Export(choice, file), wire.Exported))
        self._exports.add(asked)
        asked.add_done_callback(self._exports.discard)
        answer = await asked
        if answer.standing.turn != self.standing.turn:
            self._stand(answer)
        return answer.written

    def begin(self, plan: Plan, on_progress: OnProgress, run: RedriveId | None = None) -> Run:
        """Carry out a plan on letters of this queue, one at a time."""
        return self._process.begin(run or new_run(), plan, on_progress)

    async def worked(self) -> None:
        """Once all is over that works on its letters: a run, exports."""
        if self.run is not None:
            await self.run.over()
        while self._exports:
            await asyncio.wait(self._exports)

    async def close(self) -> None:
        """Give back what is held; ends a run that is going on, which can be finished later."""
        await self._process.halt()
        try:
            async with asyncio.timeout(LEAVE_WITHIN):
                await self._asked(wire.Close(), wire.Closed)
        except (LookError, TimeoutError):
            pass  # the broker takes back what a process held that is gone
        await self._process.close()

    async def _asked(self, question: wire.Question, kind: type[R], on_so_far: OnSoFar = lambda _: None) -> R:
        answer = await self._process.ask(question, on_so_far)
        assert isinstance(answer, kind), answer
        return answer

    def _stand(self, answer: wire.Stands | wire.Exported) -> Standing:
        self._on_standing(answer.standing)
        return self.standing

    def _on_survey(self, survey: Survey, trouble: str) -> None:
        self.survey, self.trouble = survey, trouble
        self.on_change()

    def _on_standing(self, standing: Standing | None) -> None:
        if standing is not None:
            self.standing = standing
            self.counts += 1
            self.on_change()
