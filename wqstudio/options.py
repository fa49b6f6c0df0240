"""What the command line asks of the window and of a run without one."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from wqstudio.domain.connection import Connection, Product
from wqstudio.domain.redrive import Plan

SHORTEST_MARK = 12
"""Digits of a fingerprint by which ``dlq show`` finds a letter, and which ``dlq list`` prints."""


@dataclass(frozen=True, slots=True)
class Size:
    """Logical pixels."""

    width: int
    height: int


class Local(Enum):
    """A broker that the studio runs itself."""

    DEMO = "demo"
    """In a temporary folder, with the demo playing."""
    GALLERY = "scenarios"
    """In a temporary folder, with the gallery of scenarios in front."""
    KEPT = "local"
    """In the user's data folder: what is stored is there again the next time."""


@dataclass(frozen=True, slots=True)
class WindowOptions:
    local: Local | None = None
    product: Product = Product.NATS
    """Of the local broker."""
    folder: Path | None = None
    """Where a kept local broker has its data; None: in the user's data folder."""
    connection: Connection | None = None
    screenshot: Path | None = None
    """Save a picture there ``after`` seconds, then exit."""
    after: float = 10.0
    size: Size | None = None
    theme: str | None = None
    tab: str = ""
    """Title of the view to begin with, in small letters; empty: the first."""
    queue: str = ""
    """To be looked at once it is there."""
    compare: str = ""
    """The scenario whose settings are to be compared, by name; empty: none."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """One of ``scenario``, ``every`` and ``listing`` is set."""

    scenario: str = ""
    """A name, or a file."""
    every: bool = False
    """All that come with the studio."""
    listing: bool = False
    """Say which there are."""
    setting: str = ""
    """The one to be played; empty: all that the scenario compares."""
    seconds: float | None = None
    """How long at most; None: as the scenario says."""
    as_json: bool = False
    junit: Path | None = None
    report: Path | None = None
    """Where to write a page with timelines and figures."""
    keep: bool = False
    """Leave what the run made on the broker."""
    connection: Connection | None = None
    """None: brokers started for the run."""
    product: Product | None = None
    """Of those brokers; None: as the scenario says."""


class DlqCommand(Enum):
    """The value is what is typed."""

    LIST = "list"
    SHOW = "show"
    EXPORT = "export"
    IMPORT = "import"
    REQUEUE = "requeue"
    DISCARD = "discard"
    FINISH = "finish"
    UNDO = "undo"
    MARK = "mark"
    JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class DlqOptions:
    command: DlqCommand
    connection: Connection | None
    """None for the journal alone."""
    plan: Plan
    """What is meant, where the command is about letters of a queue; an empty queue name: of all."""
    letter: str = ""
    """The one to be shown: its id, or digits of its fingerprint."""
    file: Path | None = None
    run: str = ""
    as_json: bool = False
    dry_run: bool = False
    accept_cost: bool = False
    any_queue: bool = False
    """Move from a queue of live work, too."""
    drops: bool = False
    """Give the run up instead of finishing it."""
    accept_again: bool = False
    """Publish messages a second time that an earlier import has published."""
    limit: int | None = None
    """Of entries of the journal; None: all."""
    keeps: bool | None = None
    """What a queue is marked as; None: the mark is forgotten."""
