"""What is to be done with dead letters, and how far it has got."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, TypeAlias

from wqstudio.domain.letter import Destination, Edit

STREAM = "-"
"""What stands for the file of an import from the standard input, or of an export to the standard output."""


class Action(Enum):
    """The value is what the journal keeps."""

    REQUEUE = "requeue"
    DISCARD = "discard"
    UNDO = "undo"
    """Of a requeue: what nobody has taken yet comes back."""
    IMPORT = "import"
    """Of exported messages; nothing is removed anywhere."""
    EXPORT = "export"
    """Into a file; nothing is moved."""


class OnRefusal(Enum):
    """What to do with the rest when the broker refuses a copy; the letter itself stays where it is."""

    GO_ON = "go on"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Match:
    """Which letters are meant; every field that is set has to agree. Empty: all of them."""

    text: str = ""
    """Somewhere in the body or the headers, upper and lower case alike."""
    regex: str = ""
    """Found in the body, read as UTF-8."""
    json_path: str = ""
    """RFC 9535, found in a JSON body; ``json_value`` is the JSON of a value found there, empty: any."""
    json_value: str = ""
    header: str = ""
    header_value: str | None = None
    """As text; None: whatever it is."""
    reason: str = ""
    origin: str = ""
    """The queue it died in, or the subject that it names for its home (NATS)."""
    older_than: float | None = None
    """Seconds since ``Letter.died_at``; for a run, see ``Plan.as_of``."""
    younger_than: float | None = None
    route: str = ""
    """Subject or routing key under which it was published at first; one with wildcards means all that it covers."""

    @property
    def has_ages(self) -> bool:
        """What it means changes as time goes by."""
        return self.older_than is not None or self.younger_than is not None


@dataclass(frozen=True, slots=True)
class Bound:
    """What there was when a run began: what comes to its queue later is none of it, however long the run takes."""

    count: int
    """Letters in the queue."""
    newest: int | None = None
    """The highest id among them, where ids last (NATS)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``destination`` None: each to where it came from. An edit is for a single letter."""

    queue: str
    """Where they are moved from; for an undo, where they had been and come back to; for an import, its file."""
    action: Action = Action.REQUEUE
    destination: Destination | None = None
    exhausted: bool = False
    """Not the letters of a dead-letter queue, but the messages exhausted in place in a work stream (NATS)."""
    ids: tuple[int, ...] | None = None
    """None: all that match."""
    match: Match = Match()
    edit: Edit | None = None
    rate: float = 0.0
    """Letters a second; 0: as fast as it goes."""
    limit: int | None = None
    """At most so many."""
    batch: int | None = None
    """So many at a time: they are where they should be before the next are begun. None: as is fastest."""
    on_refusal: OnRefusal = OnRefusal.GO_ON
    lift_limit: bool = False
    """Suspend a delivery limit that looking would use up, until it is done (RabbitMQ)."""
    towards: str = ""
    """The queue that a person has chosen where ``destination`` is None, since each gets there by its own route."""
    undo_of: str = ""
    """The run whose copies come back."""
    file: str = ""
    """Where an export goes to."""
    identity: bytes = b""
    """Of the queue in which ``ids`` were chosen (``Movable.identity``): they mean nothing in another one of its name.
    Empty: that cannot be told. A run notes it when it begins, whatever it means.
    """
    exported: str = ""
    """The file whose letters are meant, and none beside them (a discard). The run notes them as chosen."""
    bound: Bound | None = None
    """Noted when the run begins, where it means all, or all that match; None: not yet, or by an earlier release."""
    as_of: float = 0.0
    """Unix seconds at which ages are measured, so that a run means what its preview said; 0: when it begins."""

    def foreseen_at(self, moment: float) -> "Plan":
        """The same, meaning what it meant then, whenever it begins."""
        return replace(self, as_of=moment) if self.match.has_ages else self

    @property
    def is_open(self) -> bool:
        """It means whatever is there, and would mean what comes later, too."""
        return self.ids is None and not self.exported and self.action in (Action.REQUEUE, Action.DISCARD)


@dataclass(frozen=True, slots=True)
class Choice:
    """Dead letters that a person has chosen in one queue, to be put somewhere else or away."""

    queue: str
    count: int
    """How many they are, as far as is known."""
    ids: tuple[int, ...] | None = None
    """None: all that match."""
    match: Match = Match()
    exhausted: bool = False
    """See ``Plan.exhausted``."""
    origins: tuple[str, ...] = ()
    """Queues they come from, as far as is known."""
    routes: tuple[str, ...] = ()
    """Subjects or routing keys under which they were published at first, as far as is known."""
    identity: bytes = b""
    """See ``Plan.identity``."""
    exported: str = ""
    """See ``Plan.exported``."""

    def plan(self, action: Action) -> Plan:
        return Plan(
            self.queue,
            action,
            exhausted=self.exhausted,
            ids=self.ids,
            match=self.match,
            identity=self.identity,
            exported=self.exported,
        )


class MoveState(Enum):
    """Of one letter. Only COPIED leads to the removal of the original."""

    CHOSEN = "chosen"
    """Meant, and known by its fingerprint; nothing of it is begun (RabbitMQ, where another look gives other ids)."""
    INTENDED = "intended"
    """A copy may be on its way, or stored."""
    COPIED = "copied"
    """The copy is stored; the original may still be there."""
    REMOVED = "removed"
    """Over: it is where it should be, or discarded."""
    REFUSED = "refused"
    """Over: it stays where it is."""
    KEPT = "kept"
    """Over: copied, and still where it was, since somebody may have it there by now: it is there twice."""
    GONE = "gone"
    """Over: it was not there any more, and is neither copied nor discarded by this run."""
    FOREIGN = "foreign"
    """Over: it stays where it is, since another run has half done it, and was not finished."""
    REPEATED = "repeated"
    """Over: published, though an earlier import had published it there (imports)."""
    PREVENTED = "prevented"
    """Over: not stored a second time, as the broker knows it by its id from an earlier import (NATS)."""


OPEN_MOVES = frozenset({MoveState.INTENDED, MoveState.COPIED})
"""Half done."""
UNSETTLED = OPEN_MOVES | {MoveState.CHOSEN}
"""Still to be found and moved."""
STAYED = frozenset({MoveState.REFUSED, MoveState.KEPT, MoveState.FOREIGN, MoveState.GONE})
"""Over, and not moved by that run."""
PUBLISHED = frozenset({MoveState.REMOVED, MoveState.REPEATED, MoveState.PREVENTED})
"""Of an import: it came to where it should be, in this run or before."""


class RunState(Enum):
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    """By the user, at a letter's boundary: none is half done."""
    STOPPED = "stopped"
    """By a refusal; none is half done."""
    INTERRUPTED = "interrupted"
    """The studio or the broker went away in the middle, whatever was wanted of it then; it can be finished."""
    FAILED = "failed"
    """It broke off before any letter was begun, or was dropped; nobody goes on with it."""
    DONE = "done"

    @property
    def unfinished(self) -> bool:
        return self in (RunState.RUNNING, RunState.PAUSED, RunState.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class Refusal:
    """``count`` letters could not be copied for the same reason."""

    reason: str
    count: int


RedriveId: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Owner:
    """A run that is not finished and has half done ``count`` letters that another one came across."""

    run: RedriveId
    count: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of letters. ``moved`` were copied (or are discarded) and are removed from where they were."""

    state: RunState = RunState.RUNNING
    total: int = 0
    """To be looked through."""
    seen: int = 0
    moved: int = 0
    refused: int = 0
    skipped: int = 0
    """Not meant by the filter."""
    gone: int = 0
    doubled: int = 0
    """At most so many copies are there twice: sent again since nobody knows whether the first arrived."""
    rate: float = 0.0
    """Moved a second, of late."""
    left: float | None = None
    """Seconds, at that rate; None: not known."""
    refusals: tuple[Refusal, ...] = field(default=())
    trouble: str = ""
    """Why it does not get on at the moment."""
    foreign: int = 0
    """Left to the ``owners``, which have half done them: to move them again would double them."""
    owners: tuple[Owner, ...] = ()
    repeated: int = 0
    """Of those moved: an earlier import had published them there, so that they are there twice unless somebody took
    them.
    """
    prevented: int = 0
    """Not stored a second time: the broker knows them by their ids from an earlier import (NATS)."""
    kept: int = 0
    """Of those refused: copied all the same, and left where they were, as they may live there again."""
    pointers: int = 0
    """Removed as well: each stood, as a dead letter of its own, for one that was moved from where it died (NATS)."""
    overtaken: int = 0
    """Of those moved, as far as it can be told: once they were copied, they were gone before this run removed them:
    somebody else took them, and may have put them somewhere, too, or the queue dropped them.
    """
    unsure: int = 0
    """Of those discarded: they were under way when the run was cut off, and gone when it went on. It may have removed
    them, or somebody else.
    """
    rebegun: int = 0
    """Begun a second time, under another number: they were moved, and came back as the broker had forgotten that."""

    @property
    def is_odd(self) -> bool:
        """Not all went as it was meant to, or some may be there twice."""
        parts = (self.refused, self.foreign, self.gone, self.doubled, self.overtaken, self.unsure)
        return any(parts) or self.state in {RunState.STOPPED, RunState.FAILED}


_COUNTED = {
    "moved": (MoveState.REMOVED, MoveState.REPEATED),
    "refused": (MoveState.REFUSED, MoveState.KEPT),
    "kept": (MoveState.KEPT,),
    "gone": (MoveState.GONE,),
    "foreign": (MoveState.FOREIGN,),
    "repeated": (MoveState.REPEATED,),
    "prevented": (MoveState.PREVENTED,),
}


def counted(states: Mapping[MoveState, int]) -> dict[str, Any]:
    """The fields of a ``Progress`` of which so many letters in each state tell."""
    return {name: sum(states.get(state, 0) for state in those) for name, those in _COUNTED.items()}
