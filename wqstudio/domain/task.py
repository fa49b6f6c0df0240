"""The identity and the length of a simulated task, as they travel in a message."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # a fleet host does without, and is up in half the time
    import numpy as np
    from numpy.typing import NDArray

TASK_HEADER = "Wqs-Task"
"""Header that carries a task's identity. Not an ``x-`` or ``Nats-`` name: brokers leave it alone."""

DUE_HEADER = "X-Execute-At"
"""Header that says, in the form of RFC 3339, from when on a task may be worked on; left out: at once."""

_SEQUENCE_BITS = 40
_HARDEST = 1e6


@dataclass(frozen=True, slots=True)
class TaskId:
    """``producer`` numbers the producer within a run, ``sequence`` its task from 0."""

    run: str
    producer: int
    sequence: int

    @property
    def number(self) -> int:
        """Producer and sequence in one integer below 2**63, unique within the run."""
        return (self.producer << _SEQUENCE_BITS) | self.sequence

    def __str__(self) -> str:
        return f"{self.run}.{self.producer}.{self.sequence}"

    @classmethod
    def parse(cls, text: str) -> "TaskId | None":
        """None when the text is not an identity the studio gave."""
        run, _, rest = text.partition(".")
        producer, _, sequence = rest.partition(".")
        if not (run and producer.isascii() and producer.isdigit() and sequence.isascii() and sequence.isdigit()):
            return None
        return cls(run, int(producer), int(sequence))


Numbers = TypeVar("Numbers", int, "NDArray[np.int64]")
"""One task number, or an array of them."""


def producer_of(number: Numbers) -> Numbers:
    return number >> _SEQUENCE_BITS


def sequence_of(number: Numbers) -> Numbers:
    return number & ((1 << _SEQUENCE_BITS) - 1)


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker reads from a message body."""

    title: str
    difficulty: float = 1.0
    """Units of work; a worker's mean service time is that of one unit."""
    poison: bool = False
    """Fails at every worker."""
    permanent: bool = False
    """Fails for good, and every worker can tell."""
    due: float = 0.0
    """Unix time in seconds before which it must not be worked on, which a header says; 0: at once."""


def encode(task: Task, padding: int = 0, *, dots: bool = False) -> bytes:
    """JSON, with as many bytes of padding as a test of large bodies wants.

    ``dots``: the title as text, and a dot for each whole unit of work, at least one; which says nothing else.
    """
    if dots:
        return f"{task.title}{'.' * max(1, round(task.difficulty))}{' ' * padding}".encode()
    body: dict[str, object] = {"task": task.title, "difficulty": task.difficulty}
    for mark in ("poison", "permanent"):
        if getattr(task, mark):
            body[mark] = True
    if padding:
        body["padding"] = "." * padding
    return json.dumps(body).encode()


def due_text(due: float) -> str:
    """For ``DUE_HEADER``; unix seconds."""
    return datetime.fromtimestamp(due, UTC).isoformat(timespec="milliseconds")


def read_due(text: str) -> float:
    """Unix seconds; 0 where it is no time, or has no zone, which would be anybody's guess."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return moment.timestamp() if moment.tzinfo is not None else 0.0


def decode(body: bytes) -> Task:
    """Read anybody's message: JSON with a ``difficulty``, or a text in which every dot is a unit of work.

    Whatever else the body is counts as one unit.
    """
    if body[:1] == b"{":
        task = _decode_json(body)
        if task is not None:
            return task
    text = body[:200].decode("utf-8", "replace").strip()
    return Task(title=text.rstrip(".")[:60] or "task", difficulty=float(body[:10_000].count(b".") or 1))


def _decode_json(body: bytes) -> Task | None:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return None
    title = fields.get("task") or fields.get("type") or "task"
    return Task(
        title=str(title)[:60],
        difficulty=_number(fields.get("difficulty"), _HARDEST, 1.0),
        poison=fields.get("poison") is True,
        permanent=fields.get("permanent") is True,
    )


def _number(value: object, below: float, otherwise: float) -> float:
    """From 0 on and below that; ``otherwise`` where it is not, or no number."""
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever was written there
    except (TypeError, ValueError, OverflowError):
        return otherwise
    return number if 0.0 <= number < below else otherwise
