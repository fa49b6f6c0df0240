"""Dead-letter work on one connection: looking into queues, planning moves, running them or finishing old ones."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from wqstudio.brokers.factory import open_copies, open_letters, open_outlet
from wqstudio.brokers.letters import Copy, Held, Letters, Outlet
from wqstudio.domain.connection import Connection, RabbitConnection
from wqstudio.domain.letter import Destination, Load, Rewriting, Ways
from wqstudio.domain.reading import Unknown
from wqstudio.domain.redrive import Action, Plan, Progress, RedriveId, Refusal
from wqstudio.engine.executor import ReadOnlyError
from wqstudio.engine.importing import Import, OnRefusal, Read, reader
from wqstudio.engine.journal import Entry, Journal, JournalError
from wqstudio.engine.matching import compiled
from wqstudio.engine.moving import address
from wqstudio.engine.redrive import OpenMovable, PlanError, Redrive, check, new_run
from wqstudio.engine.rewritings import Rewritings
from wqstudio.engine.sayings import merged
from wqstudio.engine.undo import Several, Undo
from wqstudio.engine.undo_planning import UndoPreview, doings, plan_of, preview, record, refusal

_BATCH = 1_000
_HEARD = 5
"""Destinations, the most frequent ones, of which a preview says who else is there."""


def journal_file() -> Path:
    """Where the journal is, for this user."""
    return user_data_path("wqstudio") / "journal.sqlite"


def place_of(connection: Connection) -> str:
    """The broker's name in the journal: the same for the same place, and free of credentials."""
    where = f"{connection.product.title} {connection.urls[0]}"
    return f"{where} {connection.vhost or '/'}" if isinstance(connection, RabbitConnection) else where


@dataclass(frozen=True, slots=True)
class Preview:
    """What a plan would do, as the queue is now. Looking for it costs what any look costs."""

    count: int
    """Letters that the plan means."""
    destinations: tuple[tuple[Destination, int], ...]
    """The most frequent first; empty for a discard."""
    homeless: tuple[Refusal, ...]
    """Letters that could not be addressed, and why."""
    rewriting: Rewriting | None
    """Of the first thousand letters together; None: there is none, or they are discarded."""
    complete: bool = True
    """False: there are more letters than were looked through, so there may be more of everything."""
    meant: int | None = None
    """As ``count``, of all letters; None: where not all were looked through, that is not known."""
    size: int = 0
    """Bytes of the bodies of those that the plan means."""
    audience: tuple[str, ...] = ()
    """See ``Outlet.audience``; of the most frequent destinations."""
    shortage: tuple[str, ...] = ()
    """See ``Outlet.shortage``: to be warned of."""
    doubling: str = ""
    """See ``Outlet.doubling``; empty for a discard."""


class DeadLetterWork:
    """``journal`` stays the caller's to close."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal

    async def look(self, queue: str, *, exhausted: bool = False) -> Letters:
        return await open_letters(self._connection, queue, exhausted=exhausted)

    def check_liftable(self, queue: str) -> None:
        """ReadOnlyError: not even for the time of a look."""
        _check_writable(self._connection, f"lift the delivery limit of {queue}")

    def redrive(self, plan: Plan, on_progress: Callable[[Progress], None] = lambda _: None) -> Redrive:
        """Raises ReadOnlyError, PlanError or MatchError before anything is touched."""
        return self.run(new_run(), plan, on_progress)

    def finish(self, run: RedriveId, on_progress: Callable[[Progress], None] = lambda _: None) -> Redrive | Import:
        """Go on with a run that was interrupted. JournalError when there is none of that name on this broker."""
        plan = self.check_unfinished(run).plan
        return self.bring(run, plan, on_progress) if plan.action is Action.IMPORT else self.run(run, plan, on_progress)

    def check_unfinished(self, run: RedriveId) -> Entry:
        """JournalError: there is none of that name on this broker, or it is over."""
        entry = self._entry(run)
        if not entry.unfinished:
            raise JournalError(f"Run {run} is over ({entry.progress.state.value}); there is nothing to finish.")
        return entry

    def interrupted(self) -> Sequence[Entry]:
        """What was half done here when the studio or the broker went away, oldest first."""
        return self._journal.interrupted(place_of(self._connection))

    @asynccontextmanager
    async def looking(self, queue: str, *, exhausted: bool = False) -> AsyncIterator[Letters]:
        letters = await self.look(queue, exhausted=exhausted)
        try:
            yield letters
        finally:
            await letters.close()

    def undo_refusal(self, entry: Entry) -> str:
        """Why a run cannot be undone, as far as the journal knows, in a sentence; empty: it can."""
        if entry.broker != place_of(self._connection):
            return f"It was made on {entry.broker}; connect there to undo it."
        later = [each for each in self._journal.entries() if each.plan.undo_of == entry.id]
        return refusal(entry, record(self._journal, entry.id), later)

    def undo_plan(self, run: RedriveId, *, lift_limit: bool = False) -> Plan:
        """To be run like any other. JournalError: there is no such run. PlanError: it cannot be undone."""
        entry = self._entry(run)
        if why := self.undo_refusal(entry):
            raise PlanError(why)
        return plan_of(entry, record(self._journal, run), lift_limit=lift_limit)

    def undo(
        self,
        run: RedriveId,
        on_progress: Callable[[Progress], None] = lambda _: None,
        *,
        lift_limit: bool = False,
    ) -> Redrive:
        """Bring back what nobody has taken; a run of its own. Raises as ``undo_plan``, and ReadOnlyError."""
        return self.run(new_run(), self.undo_plan(run, lift_limit=lift_limit), on_progress)

    async def undo_preview(self, run: RedriveId) -> UndoPreview:
        """Raises as ``undo_plan``; RefusedError where nothing can come back, as the broker tells now.

        What the journal has of the run is read in a thread: that may be a million moves.
        """
        plan = await asyncio.to_thread(self.undo_plan, run)
        await (await self.look(plan.queue)).close()  # it is there still
        done = await asyncio.to_thread(doings, self._journal, run)
        copies = Several(await open_copies(self._connection, done.record.targets, done.made), len(done.made))
        try:
            await copies.check_removable()
            return await preview(done, copies)
        finally:
            await copies.close()

    async def preview(self, plan: Plan) -> Preview:
        async with self.looking(plan.queue, exhausted=plan.exhausted) as letters:
            return await self.foresee(plan, letters.batches(_BATCH, plan.ids), letters)

    async def foresee(self, plan: Plan, batches: AsyncGenerator[Sequence[Held], None], letters: Letters) -> Preview:
        """As ``preview``, of these ``batches`` of letters that are looked at already."""
        check(plan)
        outlet = await open_outlet(self._connection)
        try:
            return await _preview(plan, batches, letters, outlet)
        finally:
            await outlet.close()

    async def blind_spots(self, destination: Destination) -> Sequence[str]:
        """That it cannot be told whether a copy would push a message out there, as sentences. Looks at no letter."""
        outlet = await open_outlet(self._connection)
        try:
            return await outlet.shortage({destination: Load(0, 0)})
        finally:
            await outlet.close()

    async def ways(self, queue: str, routes: Collection[str]) -> Ways:
        """See ``Outlet.ways``."""
        outlet = await open_outlet(self._connection)
        try:
            return await outlet.ways(queue, routes)
        finally:
            await outlet.close()

    def run(
        self,
        run: RedriveId,
        plan: Plan,
        on_progress: Callable[[Progress], None],
        looking: OpenMovable | None = None,
    ) -> Redrive:
        """A new run under that name, or the rest of the old one; no import.

        ``looking``: at the letters that it is about.
        """
        check_allowed(self._connection, plan)
        if plan.action is Action.UNDO:
            return self._undoing(run, plan, on_progress)
        return Redrive(
            run,
            plan,
            self._journal,
            place_of(self._connection),
            open_letters=looking or (lambda: self.looking(plan.queue, exhausted=plan.exhausted)),
            open_outlet=lambda: open_outlet(self._connection),
            on_progress=on_progress,
        )

    def bring(
        self,
        run: RedriveId,
        plan: Plan,
        on_progress: Callable[[Progress], None] = lambda _: None,
        *,
        read: Read | None = None,
        on_refusal: OnRefusal = lambda _line, _why: None,
    ) -> Import:
        """An import, new or the rest of an old one; ``read`` None: of the file that it names. Raises ReadOnlyError."""
        check_allowed(self._connection, plan)
        return Import(
            run,
            plan,
            self._journal,
            place_of(self._connection),
            read=read or reader(Path(plan.queue), self._connection.product),
            open_outlet=lambda: open_outlet(self._connection),
            on_progress=on_progress,
            on_refusal=on_refusal,
        )

    def _undoing(self, run: RedriveId, plan: Plan, on_progress: Callable[[Progress], None]) -> Undo:
        done = doings(self._journal, plan.undo_of)
        return Undo(
            run,
            plan,
            self._journal,
            place_of(self._connection),
            done,
            open_copies=lambda again: open_copies(self._connection, done.record.targets, done.made, again=again),
            open_outlet=lambda: open_outlet(self._connection),
            on_progress=on_progress,
        )

    def _entry(self, run: RedriveId) -> Entry:
        entry = self._journal.entry(run)
        if entry is None or entry.broker != place_of(self._connection):
            raise JournalError(f"The journal knows no run {run} on {place_of(self._connection)}; list what it knows.")
        return entry


def check_allowed(connection: Connection, plan: Plan) -> None:
    """Raises ReadOnlyError."""
    _check_writable(connection, f"{plan.action.value} anything in {plan.queue}")


def _check_writable(connection: Connection, doing: str) -> None:
    if connection.read_only:
        raise ReadOnlyError(
            f"This connection is read-only, so the studio does not {doing}; connect again without that to allow it."
        )


async def _preview(
    plan: Plan, batches: AsyncGenerator[Sequence[Held], None], letters: Letters, outlet: Outlet
) -> Preview:
    means, goes = compiled(plan.match), Counter[Destination]()
    sizes = Counter[Destination]()
    homeless, count, size, rewritings = Counter[str](), 0, 0, Rewritings()
    async with aclosing(batches) as looked_at:
        async for held in _each(looked_at):
            if count == plan.limit:
                break  # what is not looked at costs nothing
            if not means(letters.read(held)):
                continue
            count += 1
            size += len(held.body)
            if plan.action is Action.DISCARD:
                continue
            to = address(plan, letters, held)
            if isinstance(to, Unknown):
                homeless[to.reason] += 1
            else:
                goes[to] += 1
                sizes[to] += len(held.body)
                if not rewritings.is_full:
                    rewritings.add(outlet.rewriting(_copy(plan, held, to)))
    destinations = tuple(goes.most_common())
    return Preview(
        count,
        destinations,
        tuple(Refusal(*each) for each in homeless.most_common()),
        rewritings.total(),
        size=size,
        audience=await _audience([to for to, _ in destinations[:_HEARD]], outlet),
        shortage=tuple(await outlet.shortage({to: Load(number, sizes[to]) for to, number in destinations})),
        doubling=await outlet.doubling(destinations[0][0]) if destinations else "",
    )


async def _audience(destinations: Sequence[Destination], outlet: Outlet) -> tuple[str, ...]:
    """What is said of several is said once."""
    said = [(to.route, sentence) for to in destinations for sentence in await outlet.audience(to)]
    return merged(said)


async def _each(batches: AsyncIterator[Sequence[Held]]) -> AsyncIterator[Held]:
    async for batch in batches:
        for held in batch:
            yield held


def _copy(plan: Plan, held: Held, to: Destination) -> Copy:
    return Copy(held, to, "(the run's own)", plan.edit)
