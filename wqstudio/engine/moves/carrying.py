"""How letters of a pass are carried: copied, and once that is confirmed removed, each stage beside the other."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from wqstudio.brokers.letters import Copy, Held, Movable, NotAskedError, Outlet, StaysError, hindrance
from wqstudio.domain.letter import Destination, Fate, Load, Outcome
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.redrive import Action, MoveState, OnRefusal, Plan, RedriveId
from wqstudio.engine.journal.journal import Move
from wqstudio.engine.letters.plain_headers import restored
from wqstudio.engine.moves.books import Books
from wqstudio.engine.moves.controls import Controls
from wqstudio.engine.moves.sending import Sending, check_sure
from wqstudio.engine.moves.stage import Stage, Turns

Warn: TypeAlias = Callable[[str], object]
"""Told a sentence for a person."""
BeAlone: TypeAlias = Callable[[Mapping[str, bytes]], Awaitable[None]]
_COPIED_AT_ONCE = 2
"""Batches: the broker has the next one while the confirms of one go into the journal."""
_INTENDED, _COPIED = MoveState.INTENDED, MoveState.COPIED
"""Looked up once for all letters: an enumeration takes a tenth of a microsecond to find its member."""


class Item(NamedTuple):
    move: Move
    held: Held
    again: bool
    """An earlier pass began it: there may be a copy."""
    owner: RedriveId = ""
    """Another run, which has half done it and was not finished; empty: none has."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a pass needs to know of its run. ``tag`` begins the marks of all copies the run makes."""

    plan: Plan
    tag: str
    books: Books
    controls: Controls
    be_alone: BeAlone
    """Asked before any of the letters is begun that others see in these queues; see ``Movable.sources``. JournalError:
    another run moves them.
    """
    begins: bool = True
    """False: what earlier passes began is finished, and no other letter is begun."""
    warn: Warn | None = None
    """Told, for each place before the first copy goes there, what might be pushed out of it and cannot be known."""

    def mark(self, move: Move) -> str:
        return f"{self.tag}{move.number}"


class Carrying:
    """For one pass. What a stage raises is raised by the next call, at the latest when it is finished."""

    def __init__(self, job: Job, letters: Movable, outlet: Outlet) -> None:
        self._job, self._plan, self._books = job, job.plan, job.books
        self._letters, self._outlet = letters, outlet
        self._sending = Sending(job.books, outlet, moves=True)
        self._stops = job.begins and job.plan.on_refusal is OnRefusal.STOP
        """At a refusal; not where what was begun is only finished: each letter of that has to be settled."""
        self.stopped = False
        """A refusal was met, at which the plan says to stop."""
        self._copying = Stage(self._copy, "copy dead letters", _COPIED_AT_ONCE)
        self._turns = Turns()
        """Letters are removed in line: at the head of a queue that takes one request for many."""
        self._removing = Stage(self._remove, "remove dead letters")

    async def put(self, items: Sequence[Item]) -> None:
        """Return once they are begun; where the plan wants so, once they are settled."""
        await self._copying.put(items)
        if self._plan.on_refusal is OnRefusal.STOP or self._plan.batch is not None:
            await self._copying.finish()
        if self._plan.batch is not None:
            await self._removing.finish()

    async def finish_copies(self) -> None:
        await self._copying.finish()

    async def finish_removals(self) -> None:
        await self._removing.finish()

    async def abort(self) -> None:
        await self._copying.abort()
        await self._removing.abort()

    async def _copy(self, items: Sequence[Item]) -> None:
        if self._plan.action is Action.DISCARD:
            await self._removing.put([(item.move, item.held) for item in items])
            return
        async with self._turns.taken() as turn:
            intended = [item for item in items if item.move.state is _INTENDED]
            foreign = [_left_to_its_run(item) for item in intended if item.owner]
            addressed = [(item, address(self._plan, self._letters, item.held)) for item in intended if not item.owner]
            copies = [(item, to) for item, to in addressed if isinstance(to, Destination)]
            await self._note_targets({id(to): to for _, to in copies}.values())  # mostly it is the same one
            again = {place: item.move.at for place, (item, _) in enumerate(copies) if item.again}
            outcomes = await self._sending.put([self._copy_of(item, to) for item, to in copies], again)
            moves = [self._settled(item, outcome) for (item, _), outcome in zip(copies, outcomes, strict=True)]
            homeless = [_refused(item.move, to.reason) for item, to in addressed if isinstance(to, Unknown)]
            await turn()
            await self._count_homeless(addressed if homeless else ())
            over = (*moves, *homeless, *foreign)
            await self._books.record([move for move in over if move.state is not _INTENDED])
            self.stopped = self.stopped or self._refuses((*moves, *homeless))
            done = [(item.move, item.held) for item in items]
            done += [(move, item.held) for move, (item, _) in zip(moves, copies, strict=True)]
            await self._removing.put([each for each in done if each[0].state is _COPIED])
        check_sure(outcomes)

    async def _note_targets(self, targets: Collection[Destination]) -> None:
        """Before a copy goes there, it is said what cannot be told of the place."""
        if (warn := self._job.warn) is not None:
            for to in self._books.new_targets(targets):
                for shortage in await self._outlet.shortage({to: Load()}):
                    warn(shortage.sentence)
        await self._books.note_targets(targets)

    def _copy_of(self, item: Item, to: Destination) -> Copy:
        """An edit, once through a pipe and the journal, may have lost the types of headers that nobody has edited."""
        edit = self._plan.edit
        if edit is not None:
            edit = restored(edit, self._letters.read(item.held))
        return Copy(item.held, to, self._job.mark(item.move), edit, identity=item.move.fingerprint)

    def _settled(self, item: Item, outcome: Outcome) -> Move:
        """Written out for what most come to: ``_replace`` takes three times as long."""
        move = item.move
        match outcome.fate:
            case Fate.DUPLICATE if not item.again:
                self._books.removals.note_another(move)  # an undo of this run is not to find that copy
                return Move(move.number, move.fingerprint, _COPIED, 0.0, None)
            case Fate.STORED | Fate.DUPLICATE:
                return Move(move.number, move.fingerprint, _COPIED, 0.0, outcome.where)
            case Fate.REFUSED:
                return _refused(move, outcome.reason)
            case Fate.UNSURE:
                return move

    async def _remove(self, letters: Sequence[tuple[Move, Held]]) -> None:
        try:
            gone = await self._letters.remove([held for _, held in letters])
        except StaysError as error:
            gone = error.gone
            letters = await self._left_where_they_were(letters, error.why)
        except NotAskedError:
            raise
        except BaseException:
            self._books.removals.note_asked(move for move, _ in letters)
            raise
        await self._record_removed(letters, gone)

    async def _record_removed(self, letters: Sequence[tuple[Move, Held]], gone: Collection[int]) -> None:
        """``gone``: ids of those that were gone before."""
        removals = self._books.removals
        if not gone and not removals.involves_another:
            await self._books.record([move for move, _ in letters], MoveState.REMOVED)
            return
        if overtaken := removals.overtaken(move for move, held in letters if held.id in gone):
            await self._books.tell(overtaken=self._books.progress.overtaken + overtaken)
        action = self._plan.action
        await self._books.record([removals.ended(move, action, gone=held.id in gone) for move, held in letters])

    async def _left_where_they_were(
        self, letters: Sequence[tuple[Move, Held]], why: Mapping[bytes, str]
    ) -> Sequence[tuple[Move, Held]]:
        """The others."""
        await self._books.leave([move for move, _ in letters if move.fingerprint in why], why)
        self.stopped = self.stopped or self._stops
        return [each for each in letters if each[0].fingerprint not in why]

    async def _count_homeless(self, addressed: Iterable[tuple[Item, Reading[Destination]]]) -> None:
        """What an earlier pass has begun, and cannot be sent now, stays where it is; and there may be a copy of it."""
        doubtful = sum(item.again and item.move.at > 0 for item, to in addressed if isinstance(to, Unknown))
        if doubtful:
            await self._books.tell(doubled=self._books.progress.doubled + doubtful)

    def _refuses(self, moves: Iterable[Move]) -> bool:
        return self._stops and any(move.state is MoveState.REFUSED for move in moves)


def address(plan: Plan, letters: Movable, held: Held) -> Reading[Destination]:
    """Where the plan sends a letter; Unknown says why it cannot go there."""
    if why := hindrance(held, plan.edit):
        return Unknown(why)
    return plan.destination or letters.home(letters.read(held))


def _refused(move: Move, reason: str) -> Move:
    return move._replace(state=MoveState.REFUSED, reason=reason)


def _left_to_its_run(item: Item) -> Move:
    return item.move._replace(state=MoveState.FOREIGN, reason=item.owner)
