"""Brings requeued messages that nobody has taken yet back to the dead-letter queue they came from.

An undo is a redrive the other way round, with the same guarantees: its letters are the copies that a requeue made, as
far as they lie where they went, and each is confirmed in the dead-letter queue before it is removed from there.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any, NamedTuple

from wqstudio.brokers.letters import Copies, Copy, Held, Kept, Movable, Outlet, Tries, after_asking
from wqstudio.domain.letter import Destination, Letter, LookCost, Outcome, Rewriting
from wqstudio.domain.reading import Reading, total
from wqstudio.domain.redrive import MoveState, Plan, Progress, RedriveId, RunState
from wqstudio.engine.journal.journal import Journal, Move, Routes
from wqstudio.engine.moves.plan_checks import PlanError
from wqstudio.engine.moves.redrive import OpenOutlet, Redrive
from wqstudio.engine.moves.removals import NOT_THERE
from wqstudio.engine.moves.undo_planning import Doings, undone
from wqstudio.engine.write_gate import AskedOutlet

OpenCopies = Callable[[bool], Awaitable[Sequence[Copies]]]
"""Told whether an earlier pass has had some of them in hand."""


class Undo(Redrive):
    """As ``Redrive``. ``Progress.gone`` counts copies that are not there any more, ``refused`` those that have to stay.

    ``doubled`` counts, beside copies sent twice, those that somebody was given just while they were brought back.
    """

    def __init__(
        self,
        run: RedriveId,
        plan: Plan,
        journal: Journal,
        broker: str,
        done: Doings,
        *,
        open_copies: OpenCopies,
        open_outlet: OpenOutlet,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        super().__init__(
            run, plan, journal, broker, open_letters=self._open, open_outlet=self._restoring, on_progress=on_progress
        )
        self._done = done
        self._open_copies, self._open_plain_outlet = open_copies, open_outlet
        self._copies: Several | None = None
        self._seen_before = False
        """An earlier undo of the same run, which brought not all of them back, has looked at some."""

    async def run(self) -> Progress:
        """See ``Redrive.run``. Of two that were planned when there was none yet, one is begun."""
        undoes = self._plan.undo_of
        with self._journal.claimed(undoes):
            undos = await asyncio.to_thread(self._journal.undos, undoes)
            others = [each for each in undos if each.id != self._run]
            if why := undone([self._journal.as_it_is(each) for each in others]):
                raise PlanError(why)
            self._seen_before = any(each.progress.seen for each in others)
            return await super().run()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Movable]:
        parts = await self._open_copies(self._books.resumed or self._seen_before)
        self._copies = Several(parts, len(self._done.made), self._count_doubled)
        try:
            yield self._copies
        finally:
            await self._copies.close()

    async def _restoring(self) -> Outlet:
        assert self._copies is not None, "letters are opened first"
        return _Restoring(await self._open_plain_outlet(), self._copies, self._done.record.routes)

    async def _held_by_others(self, letters: Movable) -> Reading[int]:
        """What others hold is theirs, and not to be brought back."""
        del letters
        return 0

    async def _note_beginning(self, letters: Movable) -> None:
        """The run that it undoes is all the bound there is."""
        del letters

    async def _why_no_more(self, letters: Movable) -> str:
        """Its letters are copies with its requeue's own marks, wherever they lie."""
        del letters
        return ""

    async def _count_doubled(self, more: int) -> None:
        """On the disk before it is said that they were removed: after that nobody would look at them again."""
        await self._books.tell(doubled=self.progress.doubled + more)

    async def _passes(self) -> RunState:
        state = await super()._passes()
        if state is RunState.DONE:
            self._books.note(gone=self._done.missing(self.progress.moved + self.progress.refused))
        return state

    async def _close_rest(self) -> None:
        """A copy that was put back, and then was not found where it had to be removed, may have been taken there."""
        if copied := sum(move.state is MoveState.COPIED for move in await self._books.half_done()):
            await self._count_doubled(copied)
        await super()._close_rest()

    def _closed(self, move: Move) -> Move:
        if move.state is MoveState.COPIED:
            return move._replace(state=MoveState.REMOVED)
        return move._replace(state=MoveState.GONE, reason=NOT_THERE)


class _Of(NamedTuple):
    """What ``Held.place`` is among several."""

    copies: Copies
    place: object


class Several(Movable):
    """The copies in all the targets of a run, one target after the other."""

    def __init__(
        self, parts: Sequence[Copies], most: int, on_doubled: Callable[[int], Awaitable[None]] | None = None
    ) -> None:
        self._parts = parts
        self._most = most
        self._on_doubled = on_doubled

    @property
    def cost(self) -> LookCost:
        """That of the dearest one."""
        costs = [part.cost for part in self._parts]
        refused = next((cost for cost in costs if cost.refusal), None)
        return refused or next((cost for cost in costs if cost.sentences), LookCost())

    @property
    def lasting_ids(self) -> bool:
        return False

    @property
    def count(self) -> int:
        return min(self._most, sum(part.count for part in self._parts))

    @property
    def newest(self) -> int | None:
        return None

    @property
    def remark(self) -> str:
        return " ".join(part.remark for part in self._parts if part.remark)

    @property
    def identity(self) -> bytes:
        return b""

    @property
    def sources(self) -> Mapping[str, bytes]:
        return {queue: identity for part in self._parts for queue, identity in part.sources.items()}

    async def held_elsewhere(self, cut_for: float) -> Reading[int]:
        return total([await part.held_elsewhere(cut_for) for part in self._parts])

    async def alive(self, fingerprints: Collection[bytes]) -> Collection[bytes]:
        return [each for part in self._parts for each in await part.alive(fingerprints)]

    async def check_removable(self) -> None:
        for part in self._parts:
            await part.check_removable()

    async def refresh(self) -> None:
        for part in self._parts:
            await part.refresh()

    async def lift_limit(self) -> None:
        for part in self._parts:
            await part.lift_limit()

    async def batches(self, size: int, ids: Collection[int] | None = None) -> AsyncGenerator[Sequence[Held], None]:
        for part in self._parts:
            async with aclosing(part.batches(size, ids)) as batches:
                async for batch in batches:
                    yield [held._replace(place=_Of(part, held.place)) for held in batch]

    async def remove(self, letters: Sequence[Held]) -> Collection[int]:
        asked = False
        for part in self._parts:
            mine = [_inner(held) for held in letters if _part(held) is part]
            before = part.doubled
            try:
                with after_asking(asked):
                    await part.remove(mine)
            finally:
                if part.doubled > before and self._on_doubled is not None:
                    await self._on_doubled(part.doubled - before)
            asked = asked or bool(mine)
        return ()

    def read(self, held: Held) -> Letter:
        return _part(held).read(_inner(held))

    def home(self, letter: Letter) -> Reading[Destination]:
        return self._parts[0].home(letter)

    def fingerprint(self, held: Held) -> bytes:
        return _part(held).fingerprint(_inner(held))

    def return_route(self, held: Held) -> str:
        return _part(held).return_route(_inner(held))

    def number(self, held: Held) -> int:
        return _part(held).number(_inner(held))

    async def close(self) -> None:
        async with AsyncExitStack() as stack:
            for part in self._parts:
                stack.push_async_callback(part.close)


def _part(held: Held) -> Copies:
    assert isinstance(held.place, _Of), "a letter of another look"
    return held.place.copies


def _inner(held: Held) -> Held:
    place: Any = held.place
    return held._replace(place=place.place)


class _Restoring(AskedOutlet):
    """Publishes each copy as it was before it was requeued, to where it was."""

    def __init__(self, outlet: Outlet, copies: Several, routes: Routes) -> None:
        super().__init__(outlet)
        self._copies = copies
        self._routes = routes

    async def put(self, copies: Sequence[Copy]) -> Sequence[Outcome]:
        return await self._outlet.put([self._restored(copy) for copy in copies])

    async def perhaps_there(self, destinations: Collection[Destination], tries: Tries) -> int:
        """Each copy has a route of its own, which may lead elsewhere by now."""
        ways = {replace(to, route=route) for to in destinations for route in self._routes.names if route}
        return await super().perhaps_there(ways, tries)

    async def kept(self, destinations: Collection[Destination]) -> Mapping[Destination, Kept]:
        """Of the one queue that all of these places are in."""
        route = self._routes.of(0)
        found = [await self._outlet.kept([replace(to, route=route)]) for to in destinations]
        return {to: kept for to, each in zip(destinations, found, strict=True) for kept in each.values()}

    def rewriting(self, copy: Copy) -> Rewriting:
        return super().rewriting(self._restored(copy))

    def _restored(self, copy: Copy) -> Copy:
        route = self._routes.of(self._copies.number(copy.held))
        return copy._replace(destination=replace(copy.destination, route=route), restores=True)
