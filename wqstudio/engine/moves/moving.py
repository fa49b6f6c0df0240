"""One pass through a queue of dead letters: read, intend, copy, remove, each stage while the next one reads on."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import aclosing
from enum import Enum

from wqstudio.brokers.letters import Held, Kept, Movable, Outlet
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import OPEN_MOVES, UNSETTLED, Action, MoveState, OnRefusal, RedriveId
from wqstudio.engine.journal.journal import JournalError, Move
from wqstudio.engine.journal.pending import Pending
from wqstudio.engine.journal.strangers import Strangers
from wqstudio.engine.letters.matching import MatchError, compiled, needs_reading
from wqstudio.engine.moves.carrying import Carrying, Item, Job, address
from wqstudio.engine.moves.reach import Reach

BATCH = 4_000
"""Letters under way in each stage, at most: what a broker is slow to give comes in smaller batches."""
_OUT_OF_STEP = 4
"""Times as many letters at once, or as few, for which it is worth to begin another pass."""
_SIFTED = 200
"""Letters that are read at once where most of them may not be meant, however slowly the others go."""
CAUTIOUS = 20
"""The same where a refusal is to stop the run: no more than these are tried."""
_CHOSEN, _INTENDED = MoveState.CHOSEN, MoveState.INTENDED


class PassEnd(Enum):
    THROUGH = "the end of the queue"
    INCOMPLETE = "letters that were under way, or chosen, are not there yet"
    HALTED = "paused, cancelled, or paced anew"
    REFUSED = "a refusal, at which the plan says to stop"


class Moving:
    """``go`` once. UnreachableError: the connection went, and what was under way is pending for the next pass.

    MatchError: a pattern took too long, at a letter's boundary.
    """

    def __init__(self, job: Job, letters: Movable, outlet: Outlet) -> None:
        self._plan, self._books, self._controls = job.plan, job.books, job.controls
        self._job = job
        self._letters, self._outlet = letters, outlet
        self._means = compiled(job.plan.match, job.plan.as_of or job.books.began)
        self._reads = needs_reading(job.plan.match)
        chosen_are_noted = job.books.intended > 0 and job.plan.ids is not None and not letters.lasting_ids
        self._only_pending = chosen_are_noted or bool(job.plan.exported) or not job.begins
        self._due = UNSETTLED if job.begins else OPEN_MOVES
        """States of those that are to be gone on with."""
        self._own_mark = job.tag.encode()
        self._pending = Pending(())
        self._strangers = Strangers()
        self._owners: dict[int, RedriveId] = {}
        """By id: the run that has half done a letter, and was not finished."""
        self._removed = Counter[bytes]()
        """Fingerprints of what earlier passes removed: a broker that was killed may have forgotten that, and has the
        letter again, of which there is a copy already.
        """
        self._reach: Reach | None = None
        """None: the first pass goes through what there was when the run began, and nothing else."""
        self._kept: Mapping[Destination, Kept] = {}
        """What the queues can have of copies that earlier passes made, as far as that can be told."""
        self._carrying = Carrying(job, letters, outlet)
        self._resumed = job.books.resumed
        self._read_at_once = BATCH
        self._halted = False
        """Once, and so something was left to another pass, also where a person has gone on before this one is over."""
        self.in_doubt = 0
        """Letters that were begun and not met, of which there may be a copy all the same, at most."""

    async def go(self) -> PassEnd:
        ids = None if self._only_pending else self._plan.ids
        if ids is not None and not self._letters.lasting_ids:
            await self._note_chosen(ids)
        self._pending = await self._find_pending()
        if any(move.state is MoveState.COPIED for move in self._pending.rest()):
            self._kept = await self._outlet.kept(await self._books.targets())
        self._strangers = await self._books.strangers(from_anywhere=bool(self._letters.identity))
        if self._resumed:
            self._removed = await self._books.removed()
            last = await self._books.last_fingerprint() if self._plan.exhausted else b""
            self._reach = Reach(self._books, self._letters, self._removed, last)
        there = self._letters.count if self._reach is None else self._reach.most(self._letters.count)
        self._books.begin_pass(there if ids is None else len(ids) - self._books.over)
        await self._books.tell()
        if self._only_pending and not self._has_unsettled():
            return PassEnd.THROUGH  # nothing is so much as looked at
        self._read_at_once = self._at_once()
        try:
            async with aclosing(self._letters.batches(self._read_at_once, ids)) as batches:
                async for batch in batches:
                    await self._take(batch)
                    if self._is_over():
                        break
            await self._carrying.finish_copies()
        except (BrokerError, MatchError, JournalError):
            # What is confirmed meanwhile has to reach the journal, or it is copied again.
            await self._carrying.finish_copies()
            raise
        finally:
            await self._carrying.finish_removals()
        end = self._end()
        if end is PassEnd.INCOMPLETE:
            self.in_doubt = await self._count_in_doubt()
        return end

    async def abort(self) -> None:
        await self._carrying.abort()

    def _at_once(self) -> int:
        """No more than are meant, where that is known: looking at the others may cost them. What an undo takes back is
        read in one go: once given back it would seem to be somebody's (RabbitMQ).
        """
        limit = None if self._reads else self._plan.limit
        most = BATCH if limit is None else min(BATCH, limit)
        if self._plan.action is Action.UNDO:
            return most
        return max(self._controls.ahead(most), min(most, _SIFTED) if self._reads else 1)

    # --- what to move

    async def _note_chosen(self, ids: Collection[int]) -> None:
        """Before the first of them is moved, since another look could not tell which ones were chosen; in one step,
        since a run that was cut off in between would take those that were noted for all of them. What is noted goes, so
        it is no more than the limit.
        """
        chosen = [held async for batch in self._letters.batches(BATCH, ids) for held in batch]
        if chosen:
            await self._intend(chosen[: self._plan.limit], _CHOSEN)

    async def _intend(self, letters: Sequence[Held], state: MoveState = _INTENDED) -> list[Move]:
        if self._plan.action is Action.REQUEUE:
            await self._books.note_routes([self._letters.return_route(held) for held in letters])
        return await self._books.intend([self._letters.fingerprint(held) for held in letters], state)

    async def _begun(self, items: Sequence[Item]) -> Sequence[Item]:
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

    async def _count_in_doubt(self) -> int:
        """As far as their destinations tell."""
        tried = [move for move in self._pending.rest() if move.state is MoveState.INTENDED and move.at > 0]
        targets = await self._books.targets()
        if not tried or not targets:
            return 0
        levels = {self._books.level(to) for to in targets}
        level = levels.pop() if len(levels) == 1 else None
        tries = await self._books.tries(level, [self._job.mark(move) for move in tried], min(move.at for move in tried))
        return await self._outlet.perhaps_there(targets, tries)

    async def _take(self, batch: Sequence[Held]) -> None:
        await self._job.be_alone(self._letters.sources)
        begun, others = self._sorted(batch)
        try:
            there = others if self._reach is None else self._reach.of(batch, others)
            new = self._meant(there)
        except MatchError:
            await self._carrying.put(begun)
            raise
        seen = len(batch) - len(others) + len(there)
        self._books.saw(seen, skipped=seen - len(begun) - len(new))
        for items in self._portions(begun):
            if not await self._may_go(items):
                return
            await self._carrying.put(await self._begun(items))
        while letters := new[: self._portion_of_new()]:
            new = new[len(letters) :]
            if not await self._may_go(letters):
                return
            moves = await self._intend(letters)
            again = self._removed
            letters = [self._as_twin(held) for held in letters] if again else letters
            owner = self._owners.get
            items = [
                Item(move, held, move.fingerprint in again, owner(held.id, ""))
                for move, held in zip(moves, letters, strict=True)
            ]
            if again and (rebegun := sum(item.again for item in items)):  # a later process has to know it, too
                await self._books.tell(rebegun=self._books.progress.rebegun + rebegun)
            await self._carrying.put(items)

    def _as_twin(self, held: Held) -> Held:
        """A pointer to a message that an earlier pass has moved says so: it is no letter of its own (NATS)."""
        points = self._letters.lasting_ids and not self._letters.return_route(held)
        if points and self._letters.fingerprint(held) in self._removed:
            return held._replace(problem="An earlier letter pointed to the same message, which this run has moved.")
        return held

    async def _may_go(self, letters: Sequence[object]) -> bool:
        """Once the rate allows so many; False: no more are to be begun."""
        if self._carrying.stopped:
            return False
        goes = await self._controls.pace(len(letters)) and not self._is_out_of_step()
        self._halted |= not goes
        return goes

    def _is_out_of_step(self) -> bool:
        """The rate is far from that for which letters are read; a filter would begin from the front again."""
        now = self._at_once()
        return not self._reads and not now / _OUT_OF_STEP <= self._read_at_once <= now * _OUT_OF_STEP

    def _sorted(self, batch: Sequence[Held]) -> tuple[list[Item], list[Held]]:
        """What an earlier pass began, or is chosen, and the others. What had to be left is neither."""
        if not len(self._pending) and not self._strangers:
            return [], list(batch)
        begun: list[Item] = []
        others: list[Held] = []
        for held in batch:
            move = self._pending.take(self._letters.fingerprint(held))
            if move is None or move.state is _CHOSEN:
                self._note_stranger(held)
            if move is None:
                others.append(held)
            elif move.state in self._due:
                if self._letters.lasting_ids and not held.problem:  # else another letter may stand for it
                    self._books.removals.note_there(move)
                move = self._unless_lost(move, held)
                again = self._resumed and move.state is not _CHOSEN
                begun.append(Item(move, held, again, self._owners.get(held.id, "")))
        return begun, others

    def _unless_lost(self, move: Move, held: Held) -> Move:
        """A copy that its queue cannot have any more has to be made anew: that was in memory, or deleted, or was not on
        the disk yet when the power went.
        """
        if move.state is not MoveState.COPIED or not self._kept:
            return move
        to = address(self._plan, self._letters, held)
        kept = self._kept.get(to) if isinstance(to, Destination) else None
        if kept is None or kept.has(move.at, move.place):
            return move
        return move._replace(state=_INTENDED, at=0.0, place=None)

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

    def _portions(self, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
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

    # --- the end

    def _is_over(self) -> bool:
        self._halted |= self._controls.halted
        return self._carrying.stopped or self._halted or self._limit_is_reached() or self._has_found_all()

    def _has_found_all(self) -> bool:
        """There is no use in taking more of the queue."""
        is_past = self._only_pending or (self._reach is not None and self._reach.is_past)
        return is_past and not self._has_unsettled()

    def _limit_is_reached(self) -> bool:
        return self._plan.limit is not None and self._books.intended >= self._plan.limit and not self._has_unsettled()

    def _has_unsettled(self) -> bool:
        return any(move.state in self._due for move in self._pending.rest())

    def _end(self) -> PassEnd:
        if self._carrying.stopped:
            return PassEnd.REFUSED
        if self._halted or self._controls.halted:
            return PassEnd.HALTED
        return PassEnd.INCOMPLETE if self._has_unsettled() else PassEnd.THROUGH
