"""Exported dead letters published again: to where they came from, or to one place.

An import removes nothing, so it can lose nothing. It is journaled as moves are, line by line in the order of the file:
one that was cut off goes on with the lines that are not known to be published. A line that was under way then may be
published twice, which is counted, save where the destination knows it by its mark. So may one that an earlier import
has published there, which is counted, too.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from wqstudio.brokers.letters import Copy, Outlet
from wqstudio.brokers.port import UnreachableError
from wqstudio.domain.connection import Product
from wqstudio.domain.letter import Destination, Fate, Outcome
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.redrive import STREAM, MoveState, Plan, Progress, RedriveId, RunState
from wqstudio.engine.journal.journal import Journal, Move
from wqstudio.engine.letters import file as letter_file
from wqstudio.engine.letters.file import Imported, LetterFileError
from wqstudio.engine.moves.books import Books
from wqstudio.engine.moves.controls import Controls
from wqstudio.engine.moves.imported_before import ImportedBefore, Read, imported_before
from wqstudio.engine.moves.redrive import OpenOutlet
from wqstudio.engine.moves.sending import Sending, check_sure
from wqstudio.engine.moves.tending import tended

_PORTION = 500
"""Messages published at once, at most."""

OnRefusal = Callable[[int, str], object]
"""The number of the line, and why its message was not published."""


def reader(file: Path, product: Product) -> Read:
    def read() -> Iterator[Imported]:
        if str(file) == STREAM:
            raise LetterFileError("What came from the standard input cannot be read again; import it anew.")
        with letter_file.reading(file) as lines:
            yield from letter_file.read(lines, product)

    return read


class _Line(NamedTuple):
    letter: Imported
    move: Move
    again: bool
    """It was under way when the import was cut off."""


class Import:
    """``run`` once. Trying the same file again soon makes no copy twice on NATS, which knows them by their marks."""

    def __init__(
        self,
        run: RedriveId,
        plan: Plan,
        journal: Journal,
        broker: str,
        *,
        read: Read,
        open_outlet: OpenOutlet,
        on_progress: Callable[[Progress], None] = lambda _: None,
        on_refusal: OnRefusal = lambda _line, _why: None,
    ) -> None:
        """``plan.destination`` None: each to where it came from. ``broker`` names the place in the journal."""
        self.id, self.plan = run, plan
        self._journal, self._broker = journal, broker
        self._read, self._open_outlet = read, open_outlet
        self._on_refusal = on_refusal
        self._books = Books(journal, run, on_progress)
        self.controls = Controls(plan.rate)
        self._before = ImportedBefore()

    @property
    def progress(self) -> Progress:
        return self._books.progress

    async def run(self) -> Progress:
        """How it ended; where the connection was lost, it is interrupted, and can be gone on with later.

        Raises LetterFileError or OSError before anything is published, and what the broker will not do at all.
        """
        total = sum(1 for _ in self._read())
        with self._journal.claimed(self.id):
            await self._books.open(self._broker, self.plan)
            self._before = await asyncio.to_thread(imported_before, self._journal, self._broker, self._read, self.id)
            try:
                begun = await self._under_way(total)
                await self._books.tell(total=total, seen=self._books.settled)
                state = await self._publish_all(begun)
            except UnreachableError as error:
                self._books.note(trouble=str(error))
                state = RunState.INTERRUPTED
            except BaseException as error:
                self._books.note(trouble=str(error))
                await self._books.end(RunState.INTERRUPTED)
                raise
            await self._books.end(state)
        return self.progress

    async def _under_way(self, total: int) -> Mapping[int, Move]:
        """By number. LetterFileError: the file is another one than it was."""
        if not self._books.resumed:
            return {}
        before = await self._books.fingerprints()
        letters = zip(before, self._read(), strict=False)
        other = next((letter.held.id for mark, letter in letters if letter.fingerprint != mark), None)
        if other is not None or total < len(before):
            raise LetterFileError(_another(self.plan.queue, other))
        return {move.number: move for move in await self._books.half_done()}

    async def _publish_all(self, begun: Mapping[int, Move]) -> RunState:
        outlet = await self._open_outlet()
        try:
            await self._books.note_memory(outlet.memory)
            async with tended(outlet, self._books, self.controls):
                return await self._publish_through(outlet, begun)
        finally:
            await outlet.close()

    async def _publish_through(self, outlet: Outlet, begun: Mapping[int, Move]) -> RunState:
        first = self._books.intended
        lines = ((number, each) for number, each in enumerate(self._read()) if number >= first or number in begun)
        sending = Sending(self._books, outlet, moves=False)
        while portion := list(itertools.islice(lines, self.controls.portion(_PORTION))):
            if not await self._may_go(len(portion)):
                return RunState.CANCELLED
            await self._publish(sending, await self._intend(portion, begun))
        return RunState.DONE

    async def _may_go(self, letters: int) -> bool:
        """False: it is cancelled."""
        while not await self.controls.pace(letters) and not self.controls.cancelled:
            await self._books.tell(state=RunState.PAUSED, rate=0.0, left=None)
            await self.controls.going()
            await self._books.tell(state=RunState.RUNNING)
        return not self.controls.cancelled

    async def _intend(self, portion: Sequence[tuple[int, Imported]], begun: Mapping[int, Move]) -> Sequence[_Line]:
        again = [_Line(letter, begun[number], again=True) for number, letter in portion if number in begun]
        new = [letter for number, letter in portion if number not in begun]
        moves = await self._books.intend([letter.fingerprint for letter in new])
        return [*again, *(_Line(letter, move, again=False) for letter, move in zip(new, moves, strict=True))]

    async def _publish(self, sending: Sending, lines: Sequence[_Line]) -> None:
        homeless: list[Move] = []
        copies: list[tuple[_Line, Copy]] = []
        for line in lines:
            to = address(self.plan, line.letter)
            if isinstance(to, Unknown):
                homeless.append(self._refused(line, to.reason))
            else:
                copies.append((line, copy_of(line.letter, to)))
        again = {place: line.move.at for place, (line, _) in enumerate(copies) if line.again}
        outcomes = await sending.put([copy for _, copy in copies], again)
        settled = [self._settled(*each, outcome) for each, outcome in zip(copies, outcomes, strict=True)]
        over = [*homeless, *(move for move in settled if move.state is not MoveState.INTENDED)]
        self._books.saw(len(over))
        await self._books.record(over)
        check_sure(outcomes)

    def _settled(self, line: _Line, copy: Copy, outcome: Outcome) -> Move:
        match outcome.fate:
            case Fate.DUPLICATE if not line.again:
                return line.move._replace(state=MoveState.PREVENTED, place=outcome.where)
            case Fate.STORED | Fate.DUPLICATE:
                again = self._before.find(line.letter, copy.destination) is not None
                state = MoveState.REPEATED if again else MoveState.REMOVED
                return line.move._replace(state=state, place=outcome.where)
            case Fate.REFUSED:
                return self._refused(line, outcome.reason)
            case Fate.UNSURE:
                return line.move

    def _refused(self, line: _Line, why: str) -> Move:
        self._on_refusal(line.letter.held.id, why)
        return line.move._replace(state=MoveState.REFUSED, reason=why)


def _another(file: str, line: int | None) -> str:
    """``line``: the first that differs; None: lines are missing at its end."""
    where = "it is shorter" if line is None else f"line {line} is another one"
    return (
        f"{file} is not as it was when this import began: {where}. Nothing more was published. Put the file back and "
        "finish it then, or give the run up and import the other file for itself."
    )


def address(plan: Plan, letter: Imported) -> Reading[Destination]:
    """Where the plan sends it; Unknown says why it cannot go there, as where its message was gone at its export."""
    if letter.held.problem:
        return Unknown(letter.held.problem)
    return plan.destination or letter.home


def copy_of(letter: Imported, to: Destination) -> Copy:
    """The mark is the same where the same letter comes to the same place: another one there, or this one elsewhere,
    is not to be taken for it.
    """
    place = f"{to.exchange}\0{to.route}".encode(errors="surrogateescape")
    digest = blake2b(place, digest_size=12, key=letter.line).hexdigest()
    return Copy(letter.held, to, f"import.{digest}.{letter.held.id}")
