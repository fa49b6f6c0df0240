"""Brings requeued messages that nobody has taken yet back to the dead-letter queue they came from.

An undo is a redrive the other way round, with the same guarantees: its letters are the copies that a requeue made, as
far as they lie where they went, and each is confirmed in the dead-letter queue before it is removed from there.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from wqstudio.brokers.letters import Copies, Copy, Held, Made, Movable, Outlet
from wqstudio.domain.letter import Destination, Letter, LookCost, Outcome, Rewriting, Ways
from wqstudio.domain.reading import Reading
from wqstudio.domain.redrive import Action, MoveState, Plan, Progress, RedriveId, RunState
from wqstudio.engine.journal import Entry, Journal, Move, Routes
from wqstudio.engine.redrive import OpenOutlet, Redrive

_BATCH = 1_000


class Record(NamedTuple):
    """What the journal knows of a run that may be undone, as far as it costs little to ask."""

    moved: int
    routes: Routes
    targets: Sequence[Destination]


@dataclass(frozen=True, slots=True)
class Doings:
    """All that it knows of one that is to be undone."""

    made: Mapping[str, Made]
    """By mark: the copies whose originals were removed, and which can be put back."""
    record: Record


def record(journal: Journal, run: RedriveId) -> Record:
    moved = journal.counts(run).get(MoveState.REMOVED, 0)
    return Record(moved, journal.routes(run), journal.targets(run))


def doings(journal: Journal, run: RedriveId) -> Doings:
    known = record(journal, run)
    moves = journal.moves(run, {MoveState.REMOVED})
    made = {f"{run}.{move.number}": Made(move.number, move.place) for move in moves if known.routes.of(move.number)}
    return Doings(made, known)


def refusal(entry: Entry, known: Record, later: Sequence[Entry]) -> str:
    """Why a run cannot be undone, in a sentence for a person; empty: it can. ``later``: the undos that there were."""
    plan, state = entry.plan, entry.progress.state
    if state.unfinished:
        return f"Run {entry.id} is not over; finish it first."
    if plan.action is Action.DISCARD:
        return "What was discarded is gone: the journal keeps no messages. If they were exported, import them."
    if plan.action is Action.UNDO:
        return "This was an undo itself; requeue the messages again instead."
    if plan.exhausted:
        return (
            "These messages were exhausted in place: in their stream they had a consumer's count of deliveries, which "
            "no copy can be given."
        )
    if plan.edit is not None:
        return "The message was edited before it was requeued, and what it was before is not kept."
    return _unmoved(known) or _undone(later)


def _unmoved(known: Record) -> str:
    if not known.moved:
        return "Nothing was moved, so there is nothing to bring back."
    if not known.targets:
        return "The run is older than this journal's memory of where messages went; requeue them by hand."
    if not any(known.routes.names):
        return (
            "The dead-letter queue held pointers to the messages, not the messages: a copy put there would not be "
            "what was there."
        )
    if exchange := next((to.exchange for to in known.targets if to.exchange), ""):
        return f"They were published to the exchange {exchange}, and to which queues that led cannot be told any more."
    return ""


def _undone(later: Sequence[Entry]) -> str:
    for undo in later:
        if undo.progress.state.unfinished:
            return f"It is being undone by run {undo.id}; finish that one."
        if undo.progress.state is RunState.DONE and not undo.progress.refused:
            return f"It was undone already, by run {undo.id}."
    return ""


def plan_of(entry: Entry, known: Record, *, lift_limit: bool) -> Plan:
    route = next((name for name in known.routes.names if name), "")
    return Plan(
        entry.plan.queue,
        Action.UNDO,
        Destination(entry.plan.queue, route),
        rate=entry.plan.rate,
        lift_limit=lift_limit,
        undo_of=entry.id,
    )


OpenCopies = Callable[[bool], Awaitable[Sequence[Copies]]]
"""Told whether an earlier pass has had some of them in hand."""


class Undo(Redrive):
    """As ``Redrive``. ``Progress.gone`` counts the copies that were taken before, ``refused`` those that have to stay.

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

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Movable]:
        parts = await self._open_copies(self._books.resumed)
        self._copies = Several(parts, len(self._done.made), self._count_doubled)
        try:
            yield self._copies
        finally:
            await self._copies.close()

    async def _restoring(self) -> Outlet:
        assert self._copies is not None, "letters are opened first"
        return _Restoring(await self._open_plain_outlet(), self._copies, self._done.record.routes)

    def _what_hides(self, letters: Movable) -> str:
        """What others hold is theirs, and not to be brought back."""
        del letters
        return ""

    def _count_doubled(self, more: int) -> None:
        self._books.note(doubled=self.progress.doubled + more)

    async def _passes(self) -> RunState:
        state = await super()._passes()
        if state is RunState.DONE:
            over = self.progress.moved + self.progress.refused
            self._books.note(gone=max(0, len(self._done.made) - over))
        return state

    async def _close_rest(self) -> None:
        """A copy that was put back, and then was not found where it had to be removed, may have been taken there."""
        copied = [move for move in await self._books.half_done() if move.state is MoveState.COPIED]
        self._count_doubled(len(copied))
        await super()._close_rest()

    def _closed(self, move: Move) -> Move:
        if move.state is MoveState.COPIED:
            return move._replace(state=MoveState.REMOVED)
        return move._replace(state=MoveState.GONE, reason="it was taken before it was brought back")


class _Of(NamedTuple):
    """What ``Held.place`` is among several."""

    copies: Copies
    place: object


class Several(Movable):
    """The copies in all the targets of a run, one target after the other."""

    def __init__(self, parts: Sequence[Copies], most: int, on_doubled: Callable[[int], None] = lambda _: None) -> None:
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
    def remark(self) -> str:
        return " ".join(part.remark for part in self._parts if part.remark)

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

    async def remove(self, letters: Sequence[Held]) -> None:
        for part in self._parts:
            mine = [_inner(held) for held in letters if _part(held) is part]
            before = part.doubled
            await part.remove(mine)
            if part.doubled > before:
                self._on_doubled(part.doubled - before)

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


class _Restoring(Outlet):
    """Publishes each copy as it was before it was requeued, to where it was."""

    def __init__(self, outlet: Outlet, copies: Several, routes: Routes) -> None:
        self._outlet = outlet
        self._copies = copies
        self._routes = routes

    async def put(self, copies: Sequence[Copy]) -> Sequence[Outcome]:
        return await self._outlet.put([self._restored(copy) for copy in copies])

    async def stored(self, destination: Destination, marks: Collection[str], since: float) -> Mapping[str, int | None]:
        return await self._outlet.stored(destination, marks, since)

    async def remembers(self, destination: Destination) -> float:
        return await self._outlet.remembers(destination)

    def rewriting(self, copy: Copy) -> Rewriting:
        return self._outlet.rewriting(self._restored(copy))

    async def ways(self, queue: str, routes: Collection[str]) -> Ways:
        return await self._outlet.ways(queue, routes)

    async def audience(self, destination: Destination) -> Sequence[str]:
        return await self._outlet.audience(destination)

    async def doubling(self, destination: Destination) -> str:
        return await self._outlet.doubling(destination)

    async def close(self) -> None:
        await self._outlet.close()

    def _restored(self, copy: Copy) -> Copy:
        route = self._routes.of(self._copies.number(copy.held))
        return copy._replace(destination=replace(copy.destination, route=route), restores=True)


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What an undo would do, as things are now."""

    count: int
    """Messages that would come back; where ``is_exact`` is False, at most so many."""
    taken: int
    """Those that somebody has, or has had; 0 where that does not show without taking them."""
    is_exact: bool
    left_out: int
    """Pointers among what was requeued: they cannot be put back."""
    cost: LookCost
    """Of taking them back, for the queues where they are."""


async def preview(done: Doings, copies: Several) -> UndoPreview:
    """Looks only where looking costs nothing; on the other broker a look alone would make them seem taken."""
    left_out = done.record.moved - len(done.made)
    if copies.cost.sentences or copies.cost.refusal:
        return UndoPreview(copies.count, 0, is_exact=False, left_out=left_out, cost=copies.cost)
    count = 0
    async with aclosing(copies.batches(_BATCH)) as batches:
        async for batch in batches:
            count += sum(not held.problem for held in batch)
    return UndoPreview(count, len(done.made) - count, is_exact=True, left_out=left_out, cost=copies.cost)
