"""A look into a queue of dead letters that stays open: paged through, filtered, counted, chosen from, moved from."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from wqstudio.background import cancel, spawn
from wqstudio.brokers.letters import Held, Letters
from wqstudio.brokers.port import BrokerError, RefusedError, UnreachableError
from wqstudio.domain.letter import Letter, LetterLine
from wqstudio.domain.redrive import Action, Choice, Match, Plan
from wqstudio.domain.survey import Standing, Survey
from wqstudio.engine.letters import file as letter_file
from wqstudio.engine.letters.lines import line
from wqstudio.engine.letters.matching import compiled, needs_reading
from wqstudio.engine.letters.plain_headers import plain
from wqstudio.engine.letters.search_pace import OnSoFar, telling
from wqstudio.engine.letters.sifting import BATCH, OnSurvey, Sifting, in_reach
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.looks.sample import MOST_HELD, Sample
from wqstudio.engine.moves import exported
from wqstudio.engine.moves.plan_checks import PlanError, made_anew
from wqstudio.engine.moves.previews import Preview
from wqstudio.engine.moves.redrive import OpenMovable


class HeldLook:
    """Made by ``open``. Everything raises what ``Letters`` raises."""

    def __init__(
        self, work: DeadLetterWork, queue: str, letters: Letters, on_survey: OnSurvey, *, exhausted: bool
    ) -> None:
        self._work, self._queue, self._exhausted = work, queue, exhausted
        self._letters = letters
        self._deaths = work.seen_deaths(queue)
        self._on_survey = on_survey
        self._turns = 0
        """Of those that were looked at before, over connections that are lost."""
        self._lifted = False
        self._lent = self._waits = False
        self._exports_all = False
        """An export takes them all, and keeps none here."""
        self._changing = asyncio.Lock()
        """One after the other: what letters are looked at, and which of them are shown."""
        self._refreshing = asyncio.Lock()
        """Of two at once, the second is not to take the place of a connection that the first has just made."""
        self._match: Match | None = None
        self._sifting: Sifting | None = None
        self._counting: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, work: DeadLetterWork, queue: str, on_survey: OnSurvey, *, exhausted: bool) -> "HeldLook":
        letters = await work.look(queue, exhausted=exhausted)
        return cls(work, queue, letters, on_survey, exhausted=exhausted)

    @property
    def standing(self) -> Standing:
        letters = self._letters
        return Standing(
            letters.count,
            letters.reachable,
            letters.cost,
            letters.remark,
            letters.lasting_ids,
            letters.held,
            self._turns + letters.turn,
            letters.identity,
        )

    async def lift_limit(self) -> None:
        await self._letters.lift_limit()
        self._lifted = True

    async def refresh(self) -> None:
        """Count anew, on a new connection where the old one is lost; the filter goes through all of them again.

        While a run works on what is held, that waits for its end.
        """
        if self._lent:
            self._waits = True
            return
        async with self._refreshing:
            try:
                await self._renew()
            except UnreachableError:
                await self._letters.close()
                self._turns += self._letters.turn + 1
                letters = await self._work.look(self._queue, exhausted=self._exhausted)
                letters.succeed(self._letters)
                self._letters = letters
                if self._lifted:
                    await self._letters.lift_limit()
        await self._sift_anew()

    async def catch_up(self) -> Survey | None:
        """Let go of those that are not there any more; nothing is filtered anew. What is left of the filter's."""
        async with self._changing:
            if self._letters.lasting_ids:
                await self._letters.refresh()
            return None if self._sifting is None else self._sifting.let_go()

    async def sift(self, match: Match | None) -> None:
        """Show only those that match, and count them; None: show all. Raises MatchError."""
        async with self._changing:
            await self._sift(match)

    async def _sift_anew(self) -> None:
        """By the filter that is set once it is this one's turn."""
        async with self._changing:
            await self._sift(self._match)

    async def _sift(self, match: Match | None) -> None:
        sifting = None if match is None else Sifting(self._letters, match, self._on_survey)
        await cancel(self._counting)
        self._match, self._sifting = match, sifting
        if sifting is not None:
            self._counting = spawn(sifting.run(), "look through dead letters")

    async def page(self, first: int, count: int) -> tuple[LetterLine, ...]:
        """Of those that the filter means, as far as they are found."""
        async with self._changing:
            sifting = self._sifting if self._match is not None and needs_reading(self._match) else None
        if sifting is None:
            held = await self._letters.page(first, count)
        else:
            held = await self._chosen(self._letters.still_there(sifting.ids(first, count)))
        letters = [self._letters.read(each) for each in held]
        if sifting is None:
            await self._deaths.saw(letters)
        return tuple(map(line, letters))

    async def whole(self, id_: int) -> Letter | None:
        """None: it is not there any more."""
        return next((plain(self._letters.read(held)) for held in await self._chosen([id_])), None)

    async def foresee(self, plan: Plan, on_so_far: OnSoFar = lambda _: None) -> Preview:
        """It can be cancelled: what was taken till then is held like the rest."""
        self._check_identity(plan.identity)
        if plan.ids is not None:
            batches = telling(self._letters.batches(BATCH, plan.ids), len(plan.ids), on_so_far)
            preview = await self._work.foresee(plan, batches, self._letters)
            return replace(preview, meant=preview.count)
        some = Sample(self._letters, partial(self._found, plan.match), on_so_far)
        if plan.exported:
            return await self._foresee_exported(plan, some)
        preview = await self._work.foresee(plan, some.batches(), self._letters)
        if not (preview.count or some.were_all) and (ids := self._found_so_far(plan.match)[:MOST_HELD]):
            batches = telling(self._letters.batches(BATCH, ids), len(ids), on_so_far)
            preview = await self._work.foresee(plan, batches, self._letters)
        complete = some.were_all or preview.count == plan.limit
        meant = preview.count if complete else self._count_meant(plan)
        return replace(preview, complete=complete, meant=meant)

    async def _foresee_exported(self, plan: Plan, some: Sample) -> Preview:
        """Those that are out of reach of this look are taken to be there still."""
        marks = await asyncio.to_thread(exported.marks, plan, self._work.product)
        batches = exported.only(some.batches(), self._letters, marks)
        preview = await self._work.foresee(plan, batches, self._letters)
        if some.were_all or preview.count == len(marks):
            return replace(preview, meant=preview.count, gone=len(marks) - preview.count)
        return replace(preview, complete=False, meant=len(marks))

    def _count_meant(self, plan: Plan) -> int | None:
        """How many there are, if that is known without another look through all of them."""
        most = self._letters.count if plan.limit is None else plan.limit
        if not needs_reading(plan.match):
            return min(most, self._letters.count)
        found = None if plan.match.has_ages else self._found(plan.match)  # some may be too old by now
        return None if found is None else min(most, len(found))

    def _found(self, match: Match) -> Sequence[int] | None:
        """The ids of all that match and are there still, if they were looked for already, and perhaps of some that were
        young enough then; None: they were not, not all can be, or others have become old enough since.
        """
        sifting, letters = self._sifting_of(match), self._letters
        if sifting is None or not needs_reading(match) or not sifting.is_through:
            return None
        if match.older_than is not None or letters.reachable < letters.count:
            return None
        return self._there_still(sifting)

    def _found_so_far(self, match: Match) -> Sequence[int]:
        """The same of those that were found; there may be others."""
        sifting = self._sifting_of(match)
        return () if sifting is None else self._there_still(sifting)

    def _sifting_of(self, match: Match) -> Sifting | None:
        """None: another filter counts now, or none."""
        return self._sifting if match == self._match else None

    def _there_still(self, sifting: Sifting) -> Sequence[int]:
        return tuple(self._letters.still_there(sifting.ids(0, sifting.found)))

    async def export(self, choice: Choice, file: Path) -> Choice:
        """Exactly those that were written, so that these can be discarded, and none that came, or matched, later.

        Where all are meant, and more than can be looked at together, none is kept here once it is written. They are
        given back afterwards, and have other ids then, so the file says which they are. RefusedError where that cannot
        be; OSError, LetterFileError, JournalError.
        """
        self._check_identity(choice.identity)
        if choice.ids is None and self._letters.reachable < self._letters.count:
            if self._lent:
                raise RefusedError(self._too_many())
            return await self._export_all(choice, file)
        ids: list[int] = []
        batches = self._letters.batches(BATCH, choice.ids) if choice.ids is not None else self._in_reach(None)
        count = await self._write(choice, file, batches, ids)
        return replace(choice, count=count, ids=tuple(ids), match=Match(), identity=self._letters.identity)

    async def _export_all(self, choice: Choice, file: Path) -> Choice:
        self._exports_all = True
        try:
            async with self._changing:  # what pages took meanwhile would be out of their places
                await cancel(self._counting)
                count = await self._write(choice, file, self._letters.batches(BATCH))
        finally:
            self._exports_all = False
            with contextlib.suppress(BrokerError):  # whoever looks next is told
                await self.refresh()
        return replace(choice, count=count, match=Match(), exported=str(file))

    async def _write(
        self, choice: Choice, file: Path, batches: AsyncGenerator[Sequence[Held], None], ids: list[int] | None = None
    ) -> int:
        """``ids`` get those of the letters that are meant."""
        plan = replace(choice.plan(Action.EXPORT), file=str(file))
        async with aclosing(self._meant(plan, batches, ids)) as found:
            return await self._work.export(plan, self._letters, found, letter_file.writing(file))

    def _too_many(self) -> str:
        letters = self._letters
        return (
            f"Only the first {letters.reachable:,} of {letters.count:,} messages of {self._queue} can be looked at "
            "together, and some are being moved; wait for the end of that, or cancel it."
        )

    def _check_identity(self, identity: bytes) -> None:
        """PlanError: what was chosen lay in a queue of that name that was deleted since."""
        if identity and identity != self._letters.identity:
            raise PlanError(made_anew(self._queue))

    async def _meant(
        self, plan: Plan, batches: AsyncGenerator[Sequence[Held], None], ids: list[int] | None
    ) -> AsyncGenerator[tuple[Held, Letter], None]:
        means = compiled(plan.match)
        async with aclosing(batches) as looked_at:
            async for held in (held async for batch in looked_at for held in batch):
                letter = self._letters.read(held)
                if means(letter):
                    yield held, letter
                    if ids is not None:
                        ids.append(held.id)

    def lender(self, plan: Plan) -> OpenMovable | None:
        """What a run of the plan looks at. Where looking is holding, that is what is held here, as long as it lasts.

        Until ``after_run``. What an export has taken, or a pass through all of them on its way, or what could not be
        told to be removed, is given back before the next pass: no look shows it twice, and as long as it is held no
        other shows it at all.
        """
        if self._letters.lasting_ids or plan.queue != self._queue:
            return None
        self._lent = True
        lost, stale = False, self._exports_all

        @asynccontextmanager
        async def looking() -> AsyncIterator[Letters]:
            nonlocal lost, stale
            if stale and not lost:
                lost = not await self._is_renewed()
            if lost:
                async with self._work.looking(plan.queue, exhausted=plan.exhausted) as letters:
                    yield letters
                return
            try:
                yield self._letters
            except UnreachableError:
                stale = True
                raise
            stale = plan.ids is None

        return looking

    async def after_run(self, plan: Plan) -> None:
        """What was moved is not shown any more. What a run through all of them took on its way is given back."""
        anew = plan.ids is None or self._waits
        self._lent = self._waits = False
        if self._letters.lasting_ids:
            await self.refresh()
            return
        if anew:  # and not on another connection, where the ids that somebody chose would mean other letters
            await self._renew()
        await self._sift_anew()

    async def close(self) -> None:
        await cancel(self._counting)
        await self._letters.close()

    async def _renew(self) -> None:
        async with self._changing:
            await cancel(self._counting)
            await self._letters.refresh()
            if self._lifted:
                await self._letters.lift_limit()

    async def _is_renewed(self) -> bool:
        """False: it is lost, and holds nothing any more."""
        try:
            await self._renew()
        except UnreachableError:
            await self._letters.close()
            return False
        return True

    def _in_reach(self, most: int | None) -> AsyncGenerator[Sequence[Held], None]:
        return in_reach(self._letters, BATCH, most)

    async def _chosen(self, ids: Collection[int]) -> list[Held]:
        if not ids:
            return []
        async with aclosing(self._letters.batches(BATCH, ids)) as batches:
            return [held async for batch in batches for held in batch]
