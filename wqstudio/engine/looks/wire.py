"""What crosses the pipes between the window's process and one that works on dead letters.

Such a process holds a look open and answers questions about it, carries out a run of moves, or both: on RabbitMQ
messages have no address beyond the look that holds them.
"""

from pathlib import Path
from typing import TypeAlias

import msgspec

from wqstudio.domain.letter import Letter, LetterLine, Ways
from wqstudio.domain.redrive import Choice, Match, Plan, Progress, RedriveId
from wqstudio.domain.survey import SoFar, Standing, Survey
from wqstudio.engine.moves.import_previews import ImportPreview
from wqstudio.engine.moves.previews import Preview
from wqstudio.fleet.frames import FrameDecoder
from wqstudio.fleet.wire import Hello

# --- commands, after the ``Hello`` with the connection -------------------------------------------------------------


class Keep(msgspec.Struct, frozen=True, tag=True):
    """Where the journal is; comes right after the ``Hello``."""

    journal: Path


class Begin(msgspec.Struct, frozen=True, tag=True):
    """One run at a time; ended by ``Over``. One that the journal knows is gone on with.

    Where looking is holding, it works on the letters that the look holds.
    """

    run: RedriveId
    plan: Plan


class SetRate(msgspec.Struct, frozen=True, tag=True):
    rate: float


class Pause(msgspec.Struct, frozen=True, tag=True):
    pass


class Resume(msgspec.Struct, frozen=True, tag=True):
    pass


class Cancel(msgspec.Struct, frozen=True, tag=True):
    pass


class Open(msgspec.Struct, frozen=True, tag=True):
    """Look into a queue; answered with a ``Standing``. Comes once, before any other question about it."""

    queue: str
    exhausted: bool


class Lift(msgspec.Struct, frozen=True, tag=True):
    """Suspend a delivery limit for the time of the look; answered with a ``Standing``."""


class Refresh(msgspec.Struct, frozen=True, tag=True):
    """Count anew, after a lost connection, too; answered with a ``Standing``. What was filtered is filtered anew."""


class CatchUp(msgspec.Struct, frozen=True, tag=True):
    """Let go of those that have gone, and filter nothing anew; answered with a ``Standing``."""


class Page(msgspec.Struct, frozen=True, tag=True):
    """Of those that the filter means."""

    first: int
    count: int


class Whole(msgspec.Struct, frozen=True, tag=True):
    id: int


class Foresee(msgspec.Struct, frozen=True, tag=True):
    """``Foreseeing`` is told until it is answered."""

    plan: Plan


class Lead(msgspec.Struct, frozen=True, tag=True):
    """How copies come into a queue, and which of these routes lead there; needs no look."""

    queue: str
    routes: tuple[str, ...]


class ForeseeImport(msgspec.Struct, frozen=True, tag=True):
    """Of a file; needs no look."""

    plan: Plan


class Export(msgspec.Struct, frozen=True, tag=True):
    """Into a file that is not there yet; answered with exactly those that were written: by their ids, or, where there
    are more than can be looked at together and the look begins anew, by the file.
    """

    choice: Choice
    file: Path


class Close(msgspec.Struct, frozen=True, tag=True):
    """Give back what is held, and put back what was lifted; answered when that is done. The last question."""


QuestionOfLook: TypeAlias = Open | Lift | Refresh | CatchUp | Page | Whole | Foresee | Export | Close
Question: TypeAlias = QuestionOfLook | Lead | ForeseeImport


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Answered once, by ``Answer`` or ``Refused`` with the same number; not always in the order of asking."""

    number: int
    question: Question


class Drop(msgspec.Struct, frozen=True, tag=True):
    """Nobody waits any more for the answer of that number."""

    number: int


class Sift(msgspec.Struct, frozen=True, tag=True):
    """Show only those that match from now on, and count them; answered with ``Surveyed`` again and again.

    None: show all, and count nothing. What is told of an earlier one may be under way still: ``number`` goes up.
    """

    number: int
    match: Match | None


Command: TypeAlias = Hello | Keep | Begin | SetRate | Pause | Resume | Cancel | Ask | Drop | Sift

# --- reports -------------------------------------------------------------------------------------------------------


class Told(msgspec.Struct, frozen=True, tag=True):
    """How far the run is."""

    progress: Progress


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The run could not be done, or not be finished; ``why`` is for a person."""

    why: str


class Over(msgspec.Struct, frozen=True, tag=True):
    """The run is, one way or the other; ``standing`` of the look afterwards, where one is open."""

    standing: Standing | None = None


class Surveyed(msgspec.Struct, frozen=True, tag=True):
    number: int
    """Of the ``Sift``."""
    survey: Survey
    trouble: str = ""
    """Why it ended before all were seen, for a person."""


class Foreseeing(msgspec.Struct, frozen=True, tag=True):
    number: int
    """Of the ``Ask``."""
    so_far: SoFar


class Stands(msgspec.Struct, frozen=True, tag=True):
    standing: Standing
    survey: Survey | None = None
    """Where what the filter means is less by that."""


class Lines(msgspec.Struct, frozen=True, tag=True):
    lines: tuple[LetterLine, ...]
    standing: Standing
    """Looking further may show that there are fewer, and what it costs."""


class Read(msgspec.Struct, frozen=True, tag=True):
    """None: it is not there any more."""

    letter: Letter | None


class Foreseen(msgspec.Struct, frozen=True, tag=True):
    preview: Preview


class ForeseenImport(msgspec.Struct, frozen=True, tag=True):
    preview: ImportPreview


class Led(msgspec.Struct, frozen=True, tag=True):
    ways: Ways


class Exported(msgspec.Struct, frozen=True, tag=True):
    written: Choice
    standing: Standing


class Closed(msgspec.Struct, frozen=True, tag=True):
    pass


Reply: TypeAlias = Stands | Lines | Read | Foreseen | ForeseenImport | Led | Exported | Closed


class Answer(msgspec.Struct, frozen=True, tag=True):
    number: int
    answer: Reply


class Refused(msgspec.Struct, frozen=True, tag=True):
    """``why`` is for a person; ``lost``: there is no connection any more, and ``Refresh`` tries to get one."""

    number: int
    why: str
    lost: bool = False


Report: TypeAlias = Told | Failed | Over | Surveyed | Foreseeing | Answer | Refused


def command_decoder() -> FrameDecoder[Command]:
    return FrameDecoder(Command)


def report_decoder() -> FrameDecoder[Report]:
    return FrameDecoder(Report)
