"""Dead letters: what is known of one, where it may go, and what became of the attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from wqstudio.domain.queue import Setting


@dataclass(frozen=True, slots=True)
class Header:
    """``type`` is the broker's name for the value's type ("long", "table"); empty where all are text (NATS)."""

    name: str
    value: Any
    type: str = ""


@dataclass(frozen=True, slots=True)
class Death:
    """Once that a message became a dead letter, or several times in the same place and for the same reason."""

    queue: str
    reason: str
    count: int = 1
    at: float | None = None
    """Unix time in seconds, of the first of them."""
    routes: tuple[str, ...] = ()
    """Subject, or exchange and routing keys, under which it had come to ``queue``."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter, read. Times are unix times in seconds; None: not known."""

    id: int
    """Within the look at its queue: the stream sequence (NATS), or a number that goes up from 1 on (RabbitMQ)."""
    queue: str
    """Where it lies."""
    body: bytes
    headers: tuple[Header, ...]
    properties: tuple[Setting, ...] = ()
    """What travels beside the headers, in the broker's words."""
    origin: str = ""
    """The queue whose dead letter it is; empty: not known."""
    route: str = ""
    """Subject or routing key under which it was published at first."""
    reason: str = ""
    """In the broker's words: "rejected", "expired", "max deliveries"; empty: not said."""
    deliveries: int | None = None
    consumer: str = ""
    error: str = ""
    """What the worker wrote of its last error, where a header says so."""
    died_at: float | None = None
    published_at: float | None = None
    deaths: tuple[Death, ...] = ()
    """Newest first."""
    pointer: bytes = b""
    """The advisory that stands for it in the dead-letter queue, where ``body`` is the original's (NATS)."""
    problem: str = ""
    """Why it cannot be requeued as it is: the original is gone, …"""
    lost: bool = False
    """The message itself is not to be had any more, and ``problem`` says why: only a body that somebody writes could
    go in its stead (NATS).
    """
    source: str = ""
    """The subject that its headers name, and that is its home though they name no queue; or of the message that it
    points to (NATS). Exchange and routing key that they name, which may lead to many queues: no home (RabbitMQ).
    """
    pointed_in: str = ""
    """The stream in which the message lies that it points to, and from which that is removed with it; empty: nothing
    else is (NATS)."""
    stays_in: str = ""
    """The stream in which the message lies that it points to, and stays, as others may need it there; empty: none such
    (NATS)."""
    came_to_rest: bool = False
    """Its headers tell that it died elsewhere and was left here: what lies here are dead letters (RabbitMQ)."""

    @property
    def death_count(self) -> int:
        """Deaths in one place, of which ``died_at`` is the time of the first; of 1, it is that one's."""
        return self.deaths[0].count if self.deaths and self.deaths[0].at == self.died_at else 1

    @property
    def came_from(self) -> str:
        """What a person knows as its origin; empty: nobody knows."""
        return self.origin or self.source

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return len(self.body)


@dataclass(frozen=True, slots=True)
class LetterLine:
    """What a table shows of a letter: enough to tell it from others, and small however large it is itself."""

    id: int
    """See ``Letter.id``."""
    size: int
    """Bytes of the body."""
    preview: str
    """The beginning of the body as one line of text; of one that is no text, what it is."""
    origin: str = ""
    route: str = ""
    reason: str = ""
    deliveries: int | None = None
    consumer: str = ""
    error: str = ""
    died_at: float | None = None
    published_at: float | None = None
    death_count: int = 1
    """See ``Letter.death_count``."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a copy is published. ``queue`` names it to a person; NATS goes by ``route`` alone."""

    queue: str
    route: str
    """Subject (NATS), or routing key."""
    exchange: str = ""
    """RabbitMQ; empty: the default exchange, where the routing key is the queue's name."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is to go to one destination."""

    sizes: Sequence[int] = ()
    """Of each copy (``Outlet.size``), in the order in which they go."""

    @property
    def count(self) -> int:
        return len(self.sizes)


class Shortage(NamedTuple):
    """Of room at a destination."""

    sentence: str
    """To warn of."""
    staying: int = 0
    """Of what was to go there, so many at least do not fit; 0: that cannot be told."""


class NoWay(NamedTuple):
    """Why nothing would be stored at a destination."""

    sentence: str
    certain: bool = True
    """False: the broker does not tell all, and a copy may be stored there all the same. Where it is not, its letter
    stays.
    """


@dataclass(frozen=True, slots=True)
class Ways:
    """How copies come into a queue."""

    patterns: tuple[str, ...] = ()
    """Subjects, wildcards among them (NATS), or the routing key (RabbitMQ) under which it takes them."""
    fitting: tuple[str, ...] = ()
    """Of the routes asked about, those that lead there."""
    refusal: str = ""
    """Why nothing can be put there, in a sentence; empty: something can."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person changed before requeueing; None leaves it as it came."""

    body: bytes | None = None
    headers: tuple[Header, ...] | None = None


class Fate(Enum):
    """What became of a copy. Only after STORED and DUPLICATE may the original be removed."""

    STORED = "stored"
    DUPLICATE = "stored before"
    """The broker has this very copy already, from a try that was cut short."""
    REFUSED = "refused"
    UNSURE = "unsure"
    """The connection went before the broker said so: it may be stored or not."""


class Outcome(NamedTuple):
    fate: Fate
    where: int | None = None
    """Sequence in the target stream (NATS)."""
    reason: str = ""
    """For a person: what happened and what to do; empty when it is stored."""

    @property
    def safe(self) -> bool:
        return self.fate in (Fate.STORED, Fate.DUPLICATE)


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What differs between a dead letter and the copy that is published. ``stripped`` says why, by header.

    Of several letters it is what any of them has, and the last three say in how many that is; empty: in each.
    """

    kept: tuple[str, ...]
    stripped: tuple[tuple[str, str], ...]
    added: tuple[tuple[str, str], ...]
    """Name and value."""
    remarks: tuple[str, ...] = ()
    """What else to know of the copy, each a sentence."""
    letters: int = 1
    """So many were looked at."""
    kept_in: tuple[int, ...] = ()
    stripped_in: tuple[int, ...] = ()
    added_in: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LookCost:
    """What looking into a queue costs it; said before it is paid."""

    sentences: tuple[str, ...] = ()
    """Empty: looking changes nothing."""
    looks_left: int | None = None
    """How often a message can still be looked at before the broker drops it; None: any number of times, or it shows
    only in a look (``looks`` is there)."""
    looks: int | None = None
    """The limit that ``looks_left`` counts down from."""
    held_for: float | None = None
    """Seconds after which the broker takes back what is held; None: never."""
    refusal: str = ""
    """Why looking could lose a message, and the remedy; empty: it cannot."""
    liftable: bool = False
    """The remedy is ``Letters.lift_limit``."""
