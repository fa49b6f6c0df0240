"""Dead-letter work on one connection: looking into queues, planning moves, running them or finishing old ones."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from platformdirs import user_data_path

from wqstudio.brokers.letters import Held, Letters
from wqstudio.brokers.port import RefusedError
from wqstudio.domain.connection import Connection, Product
from wqstudio.domain.letter import Destination, Ways
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.redrive import OPEN_MOVES, Action, Plan, Progress, RedriveId, RunState
from wqstudio.engine.journal.claims import OverError, UnknownRunError
from wqstudio.engine.journal.journal import Entry, Journal
from wqstudio.engine.journal.place import may_be, names_of, place_of
from wqstudio.engine.journal.seen_deaths import SeenDeaths
from wqstudio.engine.journal.strangers import strangers
from wqstudio.engine.letters.matching import compiled
from wqstudio.engine.live_work import keeps_dead_letters, live_remark
from wqstudio.engine.moves import import_previews, previews
from wqstudio.engine.moves.carrying import Warn
from wqstudio.engine.moves.exhausted import OpenPointers, RedriveOfExhausted
from wqstudio.engine.moves.exporting import Export, Found, Writing
from wqstudio.engine.moves.import_previews import ImportPreview
from wqstudio.engine.moves.imported_before import Read, imported_before
from wqstudio.engine.moves.importing import Import, OnRefusal, reader
from wqstudio.engine.moves.lifted_limits import KeptLifts
from wqstudio.engine.moves.plan_checks import PlanError, check, check_way
from wqstudio.engine.moves.plan_words import GIVEN_UP
from wqstudio.engine.moves.previews import Preview
from wqstudio.engine.moves.redrive import OpenMovable, ReadChosen, Redrive, new_run, none_exported
from wqstudio.engine.moves.undo import Several, Undo
from wqstudio.engine.moves.undo_planning import Doings, UndoPreview, doings, plan_of, preview, record, refusal
from wqstudio.engine.write_gate import check_writable, open_copies, open_letters, open_outlet, open_pointers

_BATCH = 1_000
_ROUTES_ASKED = 100
"""By which letters may come back, of which it is asked beforehand whether they lead there."""
_COPYING = frozenset({Action.REQUEUE, Action.UNDO})
"""What is half done by these may lie in two places."""


def journal_file() -> Path:
    """Where the journal is, for this user."""
    return user_data_path("wqstudio") / "journal.sqlite"


class DeadLetterWork:
    """``journal`` stays the caller's to close."""

    def __init__(self, connection: Connection, journal: Journal) -> None:
        self._connection = connection
        self._journal = journal
        self._lifts = KeptLifts(journal, place_of(connection))

    @property
    def product(self) -> Product:
        return self._connection.product

    async def look(self, queue: str, *, exhausted: bool = False) -> Letters:
        return await open_letters(self._connection, queue, self._lifts, exhausted=exhausted)

    async def check_there(self, queue: str) -> None:
        """RefusedError: there is no queue of that name. No message is looked at."""
        await (await self.look(queue)).close()

    def seen_deaths(self, queue: str) -> SeenDeaths:
        """To be told what a look into it sees."""
        return SeenDeaths(self._journal, place_of(self._connection), queue)

    def redrive(
        self,
        plan: Plan,
        on_progress: Callable[[Progress], None] = lambda _: None,
        *,
        warn: Warn | None = None,
        chosen: ReadChosen = none_exported,
    ) -> Redrive:
        """Raises ReadOnlyError, PlanError or MatchError before anything is touched. ``warn``: see ``Job``; ``chosen``:
        see ``Redrive``.
        """
        return self.run(new_run(), plan, on_progress, warn=warn, chosen=chosen)

    def finish(
        self,
        run: RedriveId,
        on_progress: Callable[[Progress], None] = lambda _: None,
        *,
        any_queue: bool = False,
        warn: Warn | None = None,
    ) -> Redrive | Import:
        """Go on with a run that was interrupted. JournalError when there is none of that name on this broker.

        ``any_queue``: begin further letters, too, where the queue is not known to keep dead letters any more.
        """
        plan = self.check_unfinished(run).plan
        if plan.action is Action.IMPORT:
            return self.bring(run, plan, on_progress)
        return self.run(run, plan, on_progress, any_queue=any_queue, warn=warn)

    async def keeps_dead_letters(self, queue: str) -> Reading[bool]:
        """Looks at no message. UnreachableError, DeniedError."""
        marks = await asyncio.to_thread(self._journal.marks, place_of(self._connection))
        return await keeps_dead_letters(self._connection, marks, queue)

    def check_unfinished(self, run: RedriveId) -> Entry:
        """JournalError: there is none of that name on this broker, or it is over."""
        return _unfinished(self._journal.as_it_is(self._entry(run)))

    def drop(self, run: RedriveId) -> int:
        """Give up a run that was interrupted. How many of its letters stay half done: they are where they were, and
        perhaps at their destination, too. JournalError when there is no such run to be finished, or it goes on.
        """
        entry = self.check_unfinished(run)
        with self._journal.claimed(run):
            _unfinished(self._entry(run))  # nobody has finished it meanwhile
            counts = self._journal.counts(run)
            half_done = sum(counts.get(state, 0) for state in OPEN_MOVES)
            doubled = entry.progress.doubled + (half_done if entry.plan.action in _COPYING else 0)
            self._journal.keep_progress(
                run,
                replace(entry.progress, state=RunState.FAILED, rate=0.0, left=None, doubled=doubled, trouble=GIVEN_UP),
            )
        return half_done

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
        if entry.broker not in names_of(place_of(self._connection)):
            return f"It was made on {entry.broker}; connect there to undo it."
        later = [self._journal.as_it_is(each) for each in self._journal.undos(entry.id)]
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
        await self._check_way_back(plan, done)
        parts = await open_copies(self._connection, done.record.targets, done.made, self._lifts)
        copies = Several(parts, len(done.made))
        try:
            await copies.check_removable()
            return replace(await preview(done, copies), rate=plan.rate)
        finally:
            await copies.close()

    async def _check_way_back(self, plan: Plan, done: Doings) -> None:
        """RefusedError: the queue takes none of them from this user, as far as the broker tells."""
        routes = {*filter(None, done.record.routes.names)}
        back = [Destination(plan.queue, route) for route in islice(routes, _ROUTES_ASKED + 1)]
        if len(back) > _ROUTES_ASKED:
            return
        outlet = await open_outlet(self._connection)
        try:
            refused = await outlet.refusals(back)
        finally:
            await outlet.close()
        if len(refused) == len(back) and all(no_way.certain for no_way in refused.values()):
            raise RefusedError(next(iter(refused.values())).sentence)

    async def preview(self, plan: Plan) -> Preview:
        async with self.looking(plan.queue, exhausted=plan.exhausted) as letters:
            return await self.foresee(plan, letters.batches(_BATCH, plan.ids), letters)

    async def foresee(self, plan: Plan, batches: AsyncGenerator[Sequence[Held], None], letters: Letters) -> Preview:
        """As ``preview``, of these ``batches`` of letters that are looked at already.

        Raises what a run of the plan would: also where nothing can be removed from there.
        """
        check(plan)
        await letters.check_removable()
        place, from_anywhere = place_of(self._connection), bool(letters.identity)
        others = await asyncio.to_thread(strangers, self._journal, place, plan, from_anywhere=from_anywhere)
        outlet = await open_outlet(self._connection)
        try:
            returning = await check_way(plan, outlet)
            found = await previews.foresee(plan, batches, letters, outlet, others)
            if returning:
                found = replace(found, audience=(returning, *found.audience))
            return replace(found, pointers_in=await self._pointers_in(plan)) if found.count else found
        finally:
            await outlet.close()

    async def _pointers_in(self, plan: Plan) -> tuple[str, ...]:
        if not plan.exhausted:
            return ()
        pointers = await open_pointers(self._connection, plan.queue)
        await pointers.close()
        return tuple(pointers.queues)

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
        *,
        any_queue: bool = False,
        warn: Warn | None = None,
        chosen: ReadChosen = none_exported,
    ) -> Redrive:
        """A new run under that name, or the rest of the old one; no import.

        ``looking``: at the letters that it is about. ``any_queue``: see ``finish``; ``chosen``: see ``Redrive``.
        """
        check_allowed(self._connection, plan)
        if plan.action is Action.UNDO:
            return self._undoing(run, plan, on_progress)
        kind = partial(RedriveOfExhausted, open_pointers=self._open_pointers(plan)) if plan.exhausted else Redrive
        return kind(
            run,
            plan,
            self._journal,
            place_of(self._connection),
            open_letters=looking or (lambda: self.looking(plan.queue, exhausted=plan.exhausted)),
            open_outlet=lambda: open_outlet(self._connection),
            live_remark=partial(self._live_remark, "" if any_queue else plan.queue),
            on_progress=on_progress,
            warn=warn,
            chosen=chosen,
        )

    def _open_pointers(self, plan: Plan) -> OpenPointers:
        return lambda: open_pointers(self._connection, plan.queue)

    async def _live_remark(self, queue: str) -> str:
        """Empty also where it cannot be told, as when a run begins."""
        keeps = await self.keeps_dead_letters(queue) if queue else True
        return "" if isinstance(keeps, Unknown) or keeps else live_remark(queue)

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
            read=read or self._reader(plan),
            open_outlet=lambda: open_outlet(self._connection),
            on_progress=on_progress,
            on_refusal=on_refusal,
        )

    async def export(self, plan: Plan, letters: Letters, found: Found, writing: Writing) -> int:
        """See ``Export``. Allowed on a read-only connection, too: it changes nothing there. MatchError."""
        compiled(plan.match)
        export = Export(new_run(), plan, self._journal, place_of(self._connection), self._connection.product)
        return await export.run(letters, found, writing)

    async def foresee_import(self, plan: Plan, read: Read | None = None) -> ImportPreview:
        """As ``preview``, of an import; ``read`` as for ``bring``. Raises what reading the file raises."""
        read = read or self._reader(plan)
        before = await asyncio.to_thread(imported_before, self._journal, place_of(self._connection), read)
        outlet = await open_outlet(self._connection)
        try:
            return await import_previews.foresee(plan, read(), outlet, before)
        finally:
            await outlet.close()

    def _reader(self, plan: Plan) -> Read:
        return reader(Path(plan.queue), self._connection.product)

    def _undoing(self, run: RedriveId, plan: Plan, on_progress: Callable[[Progress], None]) -> Undo:
        done = doings(self._journal, plan.undo_of, run)
        return Undo(
            run,
            plan,
            self._journal,
            place_of(self._connection),
            done,
            open_copies=lambda again: open_copies(
                self._connection, done.record.targets, done.made, self._lifts, again=again
            ),
            open_outlet=lambda: open_outlet(self._connection),
            on_progress=on_progress,
        )

    def _entry(self, run: RedriveId) -> Entry:
        entry = self._journal.entry(run)
        if entry is None or not may_be(place_of(self._connection), entry.broker):
            raise UnknownRunError(
                f"The journal knows no run {run} on {place_of(self._connection)}; see `wqstudio dlq journal`."
            )
        return entry


def _unfinished(entry: Entry) -> Entry:
    if not entry.unfinished:
        raise OverError(f"Run {entry.id} is over ({entry.progress.state.value}); there is nothing to finish.")
    return entry


def check_allowed(connection: Connection, plan: Plan) -> None:
    """Raises ReadOnlyError: before the journal says that it was begun, which the gate alone would be too late for."""
    check_writable(f"{plan.action.value} anything in {plan.queue}", read_only=connection.read_only)
