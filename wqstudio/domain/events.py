"""Things that happened, for people to read."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Topic(Enum):
    """What an event is about; the event log filters by it and picks its mark from it."""

    SERVER = "server"
    QUEUE = "queue"
    CONSUMER = "consumer"
    REDELIVERED = "redelivered"
    DEAD_LETTER = "dead letter"
    WORKER = "worker"
    PRODUCER = "producer"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Several:
    """How one sentence tells of many such events: what stands before and after their number."""

    before: str
    after: str

    def said(self, count: int) -> str:
        return f"{self.before}{count:,}{self.after}"


@dataclass(frozen=True, slots=True)
class Event:
    """``text`` is one sentence that names the thing and, for an error, what to do."""

    at: float
    topic: Topic
    text: str
    level: Level = Level.INFO
    queue: str = ""
    """The queue concerned, where there is one."""
    several: Several | None = None
    """Events that share it become one line. None: only those with the same text do."""
    count: int = 1
    """How many of them this one tells of."""
