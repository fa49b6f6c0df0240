"""One pass through a queue of dead letters: read, intend, copy, remove, each stage while the next one reads on."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias

from wqstudio.brokers.letters import Copy, Held, Movable, Outlet, StaysError
from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.domain.letter import Destination, Fate, Load, Outcome
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.redrive import OPEN_MOVES, UNSETTLED, Action, MoveState, OnRefusal, Plan, RedriveId
from wqstudio.engine.books import Books
from wqstudio.engine.controls import Controls
from wqstudio.engine.journal import Move
from wqstudio.engine.matching import MatchError, compiled, needs_reading
from wqstudio.engine.pending import Pending
from wqstudio.engine.plain_headers import restored
from wqstudio.engine.stage import Stage, Turns
from wqstudio.engine.strangers import Strangers

Warn: TypeAlias = Callable[[str], object]
"""Told a sentence for a person."""
BATCH = 1_000
"""Letters under way in each stage."""
_COPIED_AT_ONCE = 2
"""Batches: the broker has the next one while the confirms of one go into the journal."""
CAUTIOUS = 20
"""The same where a refusal is to stop the run: no more than these are tried."""
_ANOTHER = "another run had copied it there"
_CHOSEN, _INTENDED, _COPIED = MoveState.CHOSEN, MoveState.INTENDED, MoveState.COPIED
"""Looked up once for all letters: an enumeration takes a tenth of a microsecond to find its member."""


class PassEnd(Enum):
    THROUGH = "the end of the queue"
    INCOMPLETE = "letters that were under way, or chosen, are not there yet"
    HALTED = "paused or cancelled"
    REFUSED = "a refusal, at which the plan says to stop"


class _Item(NamedTuple):
    move: Move
    held: Held
    again: bool
    """An earlier pass began it: there may be a copy."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a pass needs to know of its run. ``tag`` begins the marks of all copies the run makes."""

    plan: Plan
    tag: str
    books: Books
    controls: Controls
    begins: bool = True
    """False: what earlier passes began is finished, and no other letter is begun."""
    warn: Warn | None = None
    """Told, for each place before the first copy goes there, what might be pushed out of it and cannot be known."""

    def mark(self, move: Move) -> str:
        return f"{self.tag}{move.number}"


class Moving:
    """``go`` once. UnreachableError: the connection went, and what was under way is pending for the next pass.

    MatchError: a pattern took too long, at a letter's boundary.
    """

    def __init__(self, job: Job, letters: Movable, outlet: Outlet) -> None:
        self._plan, self._books, self._controls = job.plan, job.books, job.controls
        self._job = job
        self._letters, self._outlet = letters, outlet
        self._means = compiled(job.plan.match)
        self._reads = needs_reading(job.plan.match)
        chosen_by_look = job.books.resumed and job.plan.ids is not None and not letters.lasting_ids
        self._only_pending = chosen_by_look or not job.begins
        self._due = UNSETTLED if job.begins else OPEN_MOVES
        """States of those that are to be gone on with."""
        self._own_mark = job.tag.encode()
        self._pending = Pending(())
        self._strangers = Strangers()
        self._owners: dict[int, RedriveId] = {}
        """By id: the run that has half done a letter, and was not finished."""
        self._others: set[int] = set()
        """Numbers of moves whose copy another run made, at the same time."""
        self._removed: frozenset[bytes] = frozenset()
        """Fingerprints of what earlier passes removed: a broker that was killed may have forgotten that, and has the
        letter again, of which there is a copy already.
        """
        self._copying = Stage(self._copy, "copy dead letters", _COPIED_AT_ONCE)
        self._turns = Turns()
        """Letters are removed in line: at the head of a queue that takes one request for many."""
        self._removing = Stage(self._remove, "remove dead letters")
        self._stop = False
        self._resumed = job.books.resumed

    async def go(self) -> PassEnd:
        ids = None if self._only_pending else self._plan.ids
        if ids is not None and not self._letters.lasting_ids:
            await self._note_chosen(ids)
        self._pending = await self._find_pending()
        self._strangers = await self._books.strangers()
        self._removed = await self._books.removed() if self._resumed else frozenset()
        self._books.begin_pass(self._letters.count if ids is None else len(ids) - self._books.over)
        await self._books.tell()
        if not self._job.begins and not self._has_unsettled():
            return PassEnd.THROUGH  # nothing is so much as looked at
        try:
            async with aclosing(self._letters.batches(self._at_once(), ids)) as batches:
                async for batch in batches:
                    await self._take(batch)
                    if self._is_over():
                        break
            await self._copying.finish()
        except (BrokerError, MatchError):
            await self._copying.finish()  # what is confirmed meanwhile has to reach the journal, or it is copied again
            raise
        finally:
            await self._removing.finish()
        return self._end()

    async def abort(self) -> None:
        await self._copying.abort()
        await self._removing.abort()

    def _at_once(self) -> int:
        """No more than are meant, where that is known: looking at the others may cost them."""
        limit = None if self._reads else self._plan.limit
        return BATCH if limit is None else min(BATCH, limit)

    # --- what to move

    async def _note_chosen(self, ids: Collection[int]) -> None:
        """Before the first of them is moved, since another look could not tell which ones were chosen."""
        async for batch in self._letters.batches(BATCH, ids):
            await self._intend(batch, _CHOSEN)

    async def _intend(self, letters: Sequence[Held], state: MoveState = _INTENDED) -> list[Move]:
        if self._plan.action is Action.REQUEUE:
            await self._books.note_routes([self._letters.return_route(held) for held in letters])
        return await self._books.intend([self._letters.fingerprint(held) for held in letters], state)

    async def _begun(self, items: Sequence[_Item]) -> Sequence[_Item]:
        """The same, those among them begun that were only chosen."""
        if all(item.move.state is not _CHOSEN for item in items):
            return items
        now = [item.move._replace(state=_INTENDED) if item.move.state is _CHOSEN else item.move for item in items]
        await self._books.record([move for move, item in zip(now, items, strict=True) if move is not item.move])
        return [item._replace(move=move) for move, item in zip(now, items, strict=True)]

    async def _find_pending(self) -> Pending:
        """Those of which a copy is found at their destination need no other."""
        pending = await self._books.pending()
        doubtful = [move for move in pending.rest() if move.state is MoveState.INTENDED]
        if not doubtful or self._plan.action is Action.DISCARD:
            return pending
        marks = {self._job.mark(move): move for move in doubtful}
        since = min(move.at for move in doubtful)
        found = await self._outlet.stored(await self._books.targets(), marks.keys(), since)
        await self._books.record(
            [marks[mark]._replace(state=MoveState.COPIED, place=place) for mark, place in found.items()]
        )
        return await self._books.pending() if found else pending

    async def _take(self, batch: Sequence[Held]) -> None:
        begun, others = self._sorted(batch)
        try:
            new = self._meant(others)
        except MatchError:
            await self._copying.put(begun)
            raise
        self._books.saw(len(batch), skipped=len(batch) - len(begun) - len(new))
        for items in self._portions(begun):
            if not await self._may_go(items):
                return
            await self._put(await self._begun(items))
        while letters := new[: self._portion_of_new()]:
            new = new[len(letters) :]
            if not await self._may_go(letters):
                return
            moves = await self._intend(letters)
            again = self._removed
            letters = [self._as_twin(held) for held in letters] if again else letters
            items = [_Item(move, held, move.fingerprint in again) for move, held in zip(moves, letters, strict=True)]
            await self._put(items)

    def _as_twin(self, held: Held) -> Held:
        """A pointer to a message that an earlier pass has moved says so: it is no letter of its own (NATS)."""
        points = self._letters.lasting_ids and not self._letters.return_route(held)
        if points and self._letters.fingerprint(held) in self._removed:
            return held._replace(problem="An earlier letter pointed to the same message, which this run has moved.")
        return held

    async def _may_go(self, letters: Sequence[object]) -> bool:
        """Once the rate allows so many; False: no more are to be begun."""
        return not self._stop and await self._controls.pace(len(letters))

    async def _put(self, items: Sequence[_Item]) -> None:
        await self._copying.put(items)
        if self._plan.on_refusal is OnRefusal.STOP or self._plan.batch is not None:
            await self._copying.finish()
        if self._plan.batch is not None:
            await self._removing.finish()

    def _sorted(self, batch: Sequence[Held]) -> tuple[list[_Item], list[Held]]:
        """What an earlier pass began, or is chosen, and the others. What had to be left is neither."""
        if not len(self._pending) and not self._strangers:
            return [], list(batch)
        begun: list[_Item] = []
        others: list[Held] = []
        for held in batch:
            move = self._pending.take(self._letters.fingerprint(held))
            if move is None:
                self._note_stranger(held)
                others.append(held)
            elif move.state in self._due:
                begun.append(_Item(move, held, again=self._resumed and move.state is not _CHOSEN))
        return begun, others

    def _note_stranger(self, held: Held) -> None:
        if self._strangers and (run := self._strangers.take(self._letters.fingerprint(held))):
            self._owners[held.id] = run

    def _meant(self, letters: Sequence[Held]) -> list[Held]:
        """Without copies of this run's own that have died again: they would go round for ever. MatchError."""
        if self._only_pending:
            return []
        own = self._own_mark
        fresh = [held for held in letters if own not in held.envelope]
        return [held for held in fresh if self._means(self._letters.read(held))] if self._reads else fresh

    def _portions(self, items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
        """What may go at once."""
        at = 0
        while at < len(items):
            size = self._portion()
            yield items[at : at + size]
            at += size

    def _portion(self) -> int:
        most = CAUTIOUS if self._plan.on_refusal is OnRefusal.STOP else BATCH
        return self._controls.portion(most if self._plan.batch is None else min(most, self._plan.batch))

    def _portion_of_new(self) -> int:
        """0 once the plan's limit is reached."""
        if self._plan.limit is None:
            return self._portion()
        return max(0, min(self._portion(), self._plan.limit - self._books.intended))

    # --- moving

    async def _copy(self, items: Sequence[_Item]) -> None:
        if self._plan.action is Action.DISCARD:
            await self._removing.put([(item.move, item.held) for item in items])
            return
        async with self._turns.taken() as turn:
            intended = [item for item in items if item.move.state is _INTENDED]
            foreign = self._left_to_others(intended)
            addressed = [
                (item, address(self._plan, self._letters, item.held))
                for item in intended
                if item.held.id not in self._owners
            ]
            copies = [(item, to) for item, to in addressed if isinstance(to, Destination)]
            await self._note_targets({id(to): to for _, to in copies}.values())  # mostly it is the same one
            outcomes = list(await self._outlet.put([self._copy_of(item, to) for item, to in copies]))
            await self._find_refused(copies, outcomes)
            moves = [self._settled(item, outcome) for (item, _), outcome in zip(copies, outcomes, strict=True)]
            homeless = [_refused(item.move, to.reason) for item, to in addressed if isinstance(to, Unknown)]
            await turn()
            await self._count_doubled(copies, outcomes)
            over = (*moves, *homeless, *foreign)
            await self._books.record([move for move in over if move.state is not _INTENDED])
            self._stop = self._stop or self._refuses((*moves, *homeless))
            done = [(item.move, item.held) for item in items]
            done += [(move, item.held) for move, (item, _) in zip(moves, copies, strict=True)]
            await self._removing.put([each for each in done if each[0].state is _COPIED])
        for outcome in outcomes:
            if outcome.fate is Fate.UNSURE:
                raise UnreachableError(outcome.reason)

    async def _find_refused(self, copies: Sequence[tuple[_Item, Destination]], outcomes: list[Outcome]) -> None:
        """What an earlier pass has put there may itself be what leaves no room for it now."""
        doubtful: defaultdict[Destination, dict[str, int]] = defaultdict(dict)
        for place, (item, to) in enumerate(copies):
            if item.again and item.move.at and outcomes[place].fate is Fate.REFUSED:
                doubtful[to][self._job.mark(item.move)] = place
        for to, places in doubtful.items():
            since = min(copies[place][0].move.at for place in places.values())
            for mark, where in (await self._outlet.stored([to], places.keys(), since)).items():
                outcomes[places[mark]] = Outcome(Fate.DUPLICATE, where)

    async def _note_targets(self, targets: Collection[Destination]) -> None:
        """Before a copy goes there, it is said what cannot be told of the place."""
        if (warn := self._job.warn) is not None:
            for to in self._books.new_targets(targets):
                for shortage in await self._outlet.shortage({to: Load(0, 0)}):
                    warn(shortage.sentence)
        await self._books.note_targets(targets)

    def _left_to_others(self, items: Sequence[_Item]) -> list[Move]:
        if not self._owners:
            return []
        owned = [(item.move, self._owners[item.held.id]) for item in items if item.held.id in self._owners]
        return [move._replace(state=MoveState.FOREIGN, reason=run) for move, run in owned]

    def _copy_of(self, item: _Item, to: Destination) -> Copy:
        """An edit, once through a pipe and the journal, may have lost the types of headers that nobody has edited."""
        edit = self._plan.edit
        if edit is not None:
            edit = restored(edit, self._letters.read(item.held))
        return Copy(item.held, to, self._job.mark(item.move), edit, identity=item.move.fingerprint)

    def _settled(self, item: _Item, outcome: Outcome) -> Move:
        """Written out for what most come to: ``_replace`` takes three times as long."""
        move = item.move
        match outcome.fate:
            case Fate.DUPLICATE if not item.again:
                self._others.add(move.number)  # an undo of this run is not to find that copy
                return Move(move.number, move.fingerprint, _COPIED, 0.0, None)
            case Fate.STORED | Fate.DUPLICATE:
                return Move(move.number, move.fingerprint, _COPIED, 0.0, outcome.where)
            case Fate.REFUSED:
                return _refused(move, outcome.reason)
            case Fate.UNSURE:
                return move

    async def _remove(self, letters: Sequence[tuple[Move, Held]]) -> None:
        try:
            await self._letters.remove([held for _, held in letters])
        except StaysError as error:
            letters = await self._left_where_they_were(letters, error.why)
        if not self._others:
            await self._books.record([move for move, _ in letters], MoveState.REMOVED)
            return
        moves = [move for move, _ in letters]
        await self._books.record([move for move in moves if move.number not in self._others], MoveState.REMOVED)
        theirs = [move for move in moves if move.number in self._others]
        await self._books.record([move._replace(state=MoveState.GONE, reason=_ANOTHER) for move in theirs])

    async def _left_where_they_were(
        self, letters: Sequence[tuple[Move, Held]], why: Mapping[bytes, str]
    ) -> Sequence[tuple[Move, Held]]:
        """The others."""
        staying = [move for move, _ in letters if move.fingerprint in why]
        discards = self._plan.action is Action.DISCARD
        state = MoveState.REFUSED if discards else MoveState.KEPT
        if not discards:
            await self._books.tell(doubled=self._books.progress.doubled + len(staying))
        await self._books.record([move._replace(state=state, reason=why[move.fingerprint]) for move in staying])
        self._stop = self._stop or (self._job.begins and self._plan.on_refusal is OnRefusal.STOP)
        return [each for each in letters if each[0].fingerprint not in why]

    async def _count_doubled(self, copies: Sequence[tuple[_Item, Destination]], outcomes: Sequence[Outcome]) -> None:
        """Those whose first copy the destination would not know by now, if there was one. Kept before it is said that
        they are copied, after which nobody would know that they were sent twice.
        """
        again = [
            (item.move, to)
            for (item, to), outcome in zip(copies, outcomes, strict=True)
            if item.again and outcome.fate is Fate.STORED
        ]
        if not again:
            return
        known_for = {to: await self._remembered(to) for to in {to for _, to in again}}
        now = time.time()
        if doubled := sum(now - move.at >= known_for[to] for move, to in again):
            await self._books.tell(doubled=self._books.progress.doubled + doubled)

    async def _remembered(self, to: Destination) -> float:
        """Seconds. What was lost on the way here may have been the broker, and what it remembers with it."""
        try:
            return 0.0 if self._books.was_cut_off else await self._outlet.remembers(to)
        except UnreachableError:
            return 0.0

    def _refuses(self, moves: Iterable[Move]) -> bool:
        """Not at what is only finished: each letter of that has to be settled."""
        stops = self._job.begins and self._plan.on_refusal is OnRefusal.STOP
        return stops and any(move.state is MoveState.REFUSED for move in moves)

    # --- the end

    def _is_over(self) -> bool:
        return self._stop or self._controls.halted or self._limit_is_reached() or self._has_found_all()

    def _has_found_all(self) -> bool:
        """There is no use in taking more of the queue."""
        return self._only_pending and not self._has_unsettled()

    def _limit_is_reached(self) -> bool:
        return self._plan.limit is not None and self._books.intended >= self._plan.limit and not self._has_unsettled()

    def _has_unsettled(self) -> bool:
        return any(move.state in self._due for move in self._pending.rest())

    def _end(self) -> PassEnd:
        if self._stop:
            return PassEnd.REFUSED
        if self._controls.halted:
            return PassEnd.HALTED
        return PassEnd.INCOMPLETE if self._has_unsettled() else PassEnd.THROUGH


def address(plan: Plan, letters: Movable, held: Held) -> Reading[Destination]:
    """Where the plan sends a letter; Unknown says why it cannot go there."""
    if held.problem and (plan.edit is None or plan.edit.body is None):
        return Unknown(held.problem)
    return plan.destination or letters.home(letters.read(held))


def _refused(move: Move, reason: str) -> Move:
    return move._replace(state=MoveState.REFUSED, reason=reason)
