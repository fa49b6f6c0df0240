"""The journal and the progress of one redrive, kept in step."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from wqstudio.brokers.letters import Level, Tries
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import (
    OPEN_MOVES,
    UNSETTLED,
    Bound,
    MoveState,
    Plan,
    Progress,
    RedriveId,
    RunState,
    counted,
)
from wqstudio.engine.journal.claims import JournalError, OverError
from wqstudio.engine.journal.journal import Journal, Move
from wqstudio.engine.journal.pending import Pending
from wqstudio.engine.journal.strangers import Strangers, strangers
from wqstudio.engine.moves.removals import Removals

TELL_EVERY = 0.1
"""Seconds between two reports of progress, at least."""
_KEEP_EVERY = 1.0
"""Seconds between writes of the progress: after a crash it is counted anew from the moves."""
_RATE_OVER = 5.0
"""Seconds over which the rate is taken."""
_STAYING = frozenset({MoveState.REFUSED, MoveState.KEPT, MoveState.FOREIGN})
_REMEMBERED = UNSETTLED | _STAYING
_LONG_AGO = 1.0
"""Unix seconds; 0 is never."""


class Books:
    """Every method that writes returns once it is on the disk; the disk is waited for in a thread."""

    def __init__(self, journal: Journal, run: RedriveId, on_progress: Callable[[Progress], None]) -> None:
        self._journal = journal
        self._run = run
        self._on_progress = on_progress
        self._number = 0
        self._limit: int | None = None
        self._progress = Progress()
        self._samples: deque[tuple[float, int]] = deque()
        self._told = self._kept = 0.0
        self._keeping = asyncio.Lock()
        """Of two that tell at once, what is on the disk in the end is what both have said."""
        self._broker = ""
        self._plan = Plan("")
        self._route: str | None = None
        self._targets: set[Destination] = set()
        self._levels: dict[Destination, Level | None] = {}
        """See ``Outlet.level``; all that lead to one queue have that queue's first."""
        self._first_levels: dict[bytes, Level] = {}
        """By the queue's identity."""
        self._notes_levels = True
        """An earlier release may have sent copies without."""
        self._removed = Counter[bytes]()
        """See ``removed``."""
        self.removals = Removals()
        self.resumed = False
        """The run was begun before, so ids of letters that it was given may mean others by now."""
        self.continued = False
        """Another process, or an earlier one of these objects, began the run."""
        self.was_cut_off = False
        """The broker was out of reach meanwhile, or is another one by now: what ids it knew it may have forgotten."""
        self.began = 0.0
        """When the run began, in whatever process; unix seconds."""
        self.began_on = ""
        """On which broker, as the journal names it."""

    @property
    def progress(self) -> Progress:
        return self._progress

    @property
    def over(self) -> int:
        """Letters that are not there any more."""
        return self._progress.moved + self._progress.gone

    @property
    def settled(self) -> int:
        """Letters of which it is known what became of them; see ``Import``."""
        return self._progress.moved + self._progress.refused + self._progress.prevented

    @property
    def intended(self) -> int:
        """Letters that were ever begun, or chosen by name to be."""
        return self._number

    @property
    def never_begun(self) -> int:
        """Letters of those that were there when the run began, which notes how many in its plan."""
        there = self._plan.bound.count if self._plan.bound is not None else 0
        return there - self._number + self._progress.rebegun

    @property
    def plan(self) -> Plan:
        """With what was noted when the run began."""
        return self._plan

    async def open(self, broker: str, plan: Plan) -> None:
        """Begin the run, or go on with it, which nobody else does meanwhile. JournalError: somebody has finished it."""
        self._limit = plan.limit
        self._broker, self._plan = broker, plan
        entry = await asyncio.to_thread(self._journal.entry, self._run)
        if entry is None:
            self.began, self.began_on = time.time(), broker
            await asyncio.to_thread(self._journal.begin, self._run, broker, plan, 0)
            return
        self.began, self.began_on = entry.started, entry.broker
        if not entry.unfinished:
            state = entry.progress.state.value
            raise OverError(f"Run {self._run} is over ({state}) by now; there is nothing to finish.")
        self.resumed = self.continued = True
        if plan.is_open and plan.bound is None:  # an earlier release noted no more than how many it would look through
            await self.note_beginning(replace(plan, bound=Bound(entry.progress.total)))
        self._number = await asyncio.to_thread(self._journal.next_number, self._run)
        self.removals.note_inherited(await self.half_done())
        self._levels = await asyncio.to_thread(self._journal.levels, self._run)
        self._first_levels = {level.identity: level for level in self._levels.values() if level is not None}
        self._notes_levels = bool(self._levels)
        counts = await asyncio.to_thread(self._journal.counts, self._run)
        self._progress = Progress(
            total=entry.progress.total,
            seen=entry.progress.seen,
            skipped=entry.progress.skipped,
            doubled=entry.progress.doubled,
            pointers=entry.progress.pointers,
            overtaken=entry.progress.overtaken,
            unsure=entry.progress.unsure,
            rebegun=max(entry.progress.rebegun, await asyncio.to_thread(self._journal.rebegun, self._run)),
            refusals=await asyncio.to_thread(self._journal.refusals, self._run),
            owners=await asyncio.to_thread(self._journal.owners, self._run),
            **counted(counts),
        )

    async def note_beginning(self, plan: Plan) -> None:
        """Before its first letter is begun: what there was then, as ``plan`` says it now."""
        self._plan = plan
        await asyncio.to_thread(self._journal.keep_plan, self._run, plan)

    async def pending(self) -> Pending:
        """What earlier passes began, and what they had to leave."""
        return Pending(await self._moves(_REMEMBERED))

    async def removed(self) -> Counter[bytes]:
        """Fingerprints of the letters that were moved. What is intended of these from now on is begun anew."""
        self._removed = Counter(await asyncio.to_thread(self._journal.fingerprints, self._run, MoveState.REMOVED))
        return self._removed

    async def fingerprints(self) -> Sequence[bytes]:
        """Of all letters that were ever begun, in the order of their numbers."""
        return await asyncio.to_thread(self._journal.line, self._run)

    async def first_fingerprint(self) -> bytes:
        return await asyncio.to_thread(self._journal.first_fingerprint, self._run)

    async def last_fingerprint(self) -> bytes:
        """See ``Journal.last_fingerprint``."""
        return await asyncio.to_thread(self._journal.last_fingerprint, self._run)

    async def half_done(self) -> Sequence[Move]:
        return await self._moves(OPEN_MOVES)

    async def unsettled(self) -> Sequence[Move]:
        """Half done, or chosen and not begun."""
        return await self._moves(UNSETTLED)

    async def moved_by_others(self, moves: Iterable[Move]) -> Collection[bytes]:
        """Fingerprints of those letters that other runs have moved since this one began. None where letters may be just
        like each other (RabbitMQ).
        """
        if not self._plan.identity:
            return ()
        marks = {move.fingerprint for move in moves}
        return await asyncio.to_thread(self._journal.moved_by_others, self._run, self.began, marks)

    async def _moves(self, states: Collection[MoveState]) -> Sequence[Move]:
        """What is yet to come by a clock that was set back since may be of any age, and so is taken for old: a
        destination that is said to know a copy still may have forgotten it.
        """
        moves = await asyncio.to_thread(self._journal.moves, self._run, states)
        now = time.time()
        return [move if move.at <= now else move._replace(at=_LONG_AGO) for move in moves]

    async def strangers(self, *, from_anywhere: bool) -> Strangers:
        """See ``strangers``."""
        return await asyncio.to_thread(
            strangers, self._journal, self._broker, self._plan, self._run, from_anywhere=from_anywhere
        )

    async def intend(self, fingerprints: Iterable[bytes], state: MoveState = MoveState.INTENDED) -> list[Move]:
        """Number new letters; ``state`` CHOSEN: they are not begun yet.

        How many of them are begun anew is on the disk with their numbers: a process that is killed then leaves both.
        """
        moves = [Move(number, mark, state) for number, mark in enumerate(fingerprints, self._number)]
        self._number += len(moves)
        again = self._removed
        await self.record(moves, rebegun=sum(move.fingerprint in again for move in moves) if again else 0)
        return moves

    async def note_routes(self, routes: Sequence[str]) -> None:
        """Of the letters that are intended next. Does nothing where they are as the one before."""
        if any(route != self._route for route in routes):
            await asyncio.to_thread(self._journal.note_routes, self._run, self._number, routes)
            self._route = routes[-1]

    def new_targets(self, targets: Collection[Destination]) -> set[Destination]:
        """Those that ``note_targets`` has not heard of yet."""
        return set(targets) - self._targets

    async def note_targets(self, targets: Collection[Destination]) -> None:
        """Where copies are about to go."""
        if new := self.new_targets(targets):
            await asyncio.to_thread(self._journal.note_targets, self._run, new)
            self._targets |= new

    async def note_memory(self, memory: str) -> None:
        """Of the broker as it is now; see ``Outlet.memory``."""
        if not memory:
            return
        relied_on_another: bool = await asyncio.to_thread(self._journal.note_memory, self._run, memory)
        self.was_cut_off = self.was_cut_off or relied_on_another

    def without_level(self, targets: Collection[Destination]) -> set[Destination]:
        """Those of which a level is to be noted before the first copy goes there."""
        return set(targets) - self._levels.keys() if self._notes_levels else set()

    async def note_levels(self, levels: Mapping[Destination, Level | None]) -> None:
        new = {to: level and self._first_levels.setdefault(level.identity, level) for to, level in levels.items()}
        await asyncio.to_thread(self._journal.note_levels, self._run, new)
        self._levels |= new

    def level(self, to: Destination) -> Level | None:
        """As it was noted; None: that could not be told."""
        return self._levels.get(to)

    async def tries(self, level: Level | None, marks: Collection[str], since: float) -> Tries:
        """Places are those in one queue only where the run goes to no other."""
        alone = set(self._levels.values()) == {level}
        known = await asyncio.to_thread(self._journal.places, self._run) if alone else ()
        return Tries(marks, since, level, known)

    async def targets(self) -> Collection[Destination]:
        """Where copies may have gone, in any pass."""
        plan = [self._plan.destination] if self._plan.destination is not None else []
        return {*plan, *await asyncio.to_thread(self._journal.targets, self._run)}

    async def leave(self, moves: Sequence[Move], why: Mapping[bytes, str]) -> None:
        """They stay where they are, as ``why`` says by fingerprints; those that were copied are there twice."""
        left = [
            move._replace(
                state=MoveState.KEPT if move.state is MoveState.COPIED else MoveState.REFUSED,
                reason=why[move.fingerprint],
            )
            for move in moves
        ]
        if kept := sum(move.state is MoveState.KEPT for move in left):
            await self.tell(doubled=self._progress.doubled + kept)
        await self.record(left)

    async def record(self, moves: Sequence[Move], state: MoveState | None = None, rebegun: int = 0) -> None:
        """As ``Journal.record``."""
        if not moves:
            return
        await asyncio.to_thread(self._journal.record, self._run, moves, state, rebegun)
        states = {state: len(moves)} if state is not None else Counter([move.state for move in moves])
        more = {name: getattr(self._progress, name) + count for name, count in counted(states).items() if count}
        self.note(**more)
        if self.over > self._progress.total:  # some were removed already, which no journal said when it was counted
            self.note(total=self.over, seen=self.over)
        if MoveState.REFUSED in states or MoveState.KEPT in states:
            self.note(refusals=await asyncio.to_thread(self._journal.refusals, self._run))
        if MoveState.FOREIGN in states:
            self.note(owners=await asyncio.to_thread(self._journal.owners, self._run))
        await self._tell_now_and_then()

    def note(self, **changes: Any) -> None:
        """Fields of the progress that changed; told with the next report."""
        self._progress = replace(self._progress, **changes)

    def add_trouble(self, why: str) -> None:
        """To what is said already."""
        self.note(trouble=". ".join(filter(None, (self._progress.trouble.rstrip("."), why))))

    def saw(self, letters: int, skipped: int = 0) -> None:
        self.note(seen=self._progress.seen + letters, skipped=self._progress.skipped + skipped)

    def begin_pass(self, letters: int) -> None:
        """``letters`` are in the queue now; those moved before are not among them any more."""
        self.note(total=self.over + letters, seen=self.over, skipped=0, trouble="")

    async def tell(self, **changes: Any) -> None:
        """Report and keep, now."""
        self.note(**changes)
        self._kept = self._told = time.monotonic()
        async with self._keeping:
            await asyncio.to_thread(self._journal.keep_progress, self._run, self._progress)
        self._on_progress(self._progress)

    async def end(self, state: RunState) -> None:
        """One that was interrupted before it had begun a letter leaves nothing to finish: it has failed. One that was
        cancelled or stopped is over only where no letter is half done, of which nobody else would know.
        """
        if state is RunState.INTERRUPTED and not self.intended:
            state = RunState.FAILED
        elif state in (RunState.CANCELLED, RunState.STOPPED) and (left := len(await self.half_done())):
            self.add_trouble(f"{left:,} were under way then: finish it.")
            state = RunState.INTERRUPTED
        await self.tell(state=state, rate=0.0, left=None)
        # Now that nobody waits for the next step. The run is over, and kept as that: what cannot be forgotten today is
        # by the next one that ends.
        with suppress(JournalError):
            await asyncio.to_thread(self._journal.forget)

    async def _tell_now_and_then(self) -> None:
        now = time.monotonic()
        if now - self._told < TELL_EVERY:
            return
        self.note(**self._speed(now))
        if now - self._kept >= _KEEP_EVERY:
            await self.tell()
            return
        self._told = now
        self._on_progress(self._progress)

    def _speed(self, now: float) -> dict[str, float | None]:
        self._samples.append((now, self._progress.moved))
        while self._samples[0][0] < now - _RATE_OVER:
            self._samples.popleft()
        began, moved = self._samples[0]
        rate = (self._progress.moved - moved) / (now - began) if now > began else 0.0
        return {"rate": rate, "left": self._left() / rate if rate else None}

    def _left(self) -> float:
        """Letters whose turn comes yet; what is read already may wait long where the rate is limited. Of what was not
        looked at, a filter is taken to mean as large a part as of the rest.
        """
        progress = self._progress
        over = self.over + progress.refused + progress.foreign + progress.prevented
        unseen = max(0, progress.total - progress.seen)
        meant = progress.seen - progress.skipped
        share = meant / progress.seen if progress.seen else 1.0
        left = max(0.0, meant + unseen * share - over)
        return left if self._limit is None else min(left, max(0, self._limit - over))
