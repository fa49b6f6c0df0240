"""What a line of the explorer shows, prepared once for each change."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.domain.reading import Reading, Unknown, known
from wqstudio.ui import format as fmt
from wqstudio.ui.models.dead_links import DeadLink
from wqstudio.ui.models.subject_lines import SubjectLine
from wqstudio.ui.names import visible
from wqstudio.ui.scope import Scope


class Show(Enum):
    """Which queues are listed; the value is what the filter calls it."""

    ALL = "All"
    STUCK = "Only stuck"
    DEAD = "Only dead letters"
    ACTIVE = "Only active"


class Order(Enum):
    NAME = "By name"
    WAITING = "Most waiting first"
    STUCK = "Most stuck first"


@dataclass(frozen=True, slots=True)
class ExplorerRow:
    """One queue, consumer, subject or link of dead letters, as text where text is shown.

    A figure that is nothing to speak of is empty.
    """

    scope: Scope
    figure: str
    """Waiting; in a place for dead letters, the messages kept there. Empty where the broker has no such figure."""
    in_flight: str
    stuck: str
    dead_letters: bool
    owned: bool
    unknown: str
    """Why a figure could not be read; empty when all could."""
    spoken: str
    """The line for a screen reader."""
    retrying: str = ""
    """Waiting elsewhere for their next try."""
    kind: str = ""
    """Of a queue, in a word: "quorum", "work queue"."""
    link: DeadLink | None = None
    """What the line is, when it leads to other queues; ``scope`` is the queue above it."""
    subject: SubjectLine | None = None
    """What the line is, when it is a subject of the queue above it, which is its ``scope``."""

    @property
    def name(self) -> str:
        aside = self.link or self.subject
        return aside.text if aside is not None else visible(self.scope.consumer or self.scope.queue)

    def name_within(self, room: int, width: Callable[[str], int]) -> str:
        """The name, or of a subject for which there is no room what tells it from its neighbours."""
        short = self.subject.short if self.subject is not None else ""
        return short if short and width(self.name) > room else self.name

    @property
    def is_aside(self) -> bool:
        """It is neither a queue nor a consumer."""
        return self.link is not None or self.subject is not None

    @property
    def is_queue(self) -> bool:
        return not self.is_aside and not self.scope.consumer


def queue_row(queue: QueueState) -> ExplorerRow:
    shown = _shown(queue)
    figure, in_flight, stuck = fmt.count(shown), _some(queue.in_flight), _some(queue.stuck)
    retrying = _some(queue.retrying)
    noun = "dead letters" if queue.dead_letters else "waiting"
    return ExplorerRow(
        scope=Scope(queue.name),
        figure=figure,
        in_flight=in_flight,
        stuck=stuck,
        dead_letters=queue.dead_letters,
        owned=queue.owned,
        unknown=_reason(shown, queue.in_flight, queue.stuck),
        spoken=_spoken(visible(queue.name), f"{figure} {noun}", in_flight, stuck, retrying),
        retrying=retrying,
        kind=_in_a_word(queue.kind),
    )


def link_row(link: DeadLink) -> ExplorerRow:
    return ExplorerRow(
        scope=Scope(link.queue),
        figure="",
        in_flight="",
        stuck="",
        dead_letters=False,
        owned=False,
        unknown="",
        spoken=link.sentence,
        link=link,
    )


def subject_row(line: SubjectLine, queue: str) -> ExplorerRow:
    figure = "" if line.messages is None else fmt.count(line.messages)
    return ExplorerRow(
        scope=Scope(queue),
        figure=figure,
        in_flight="",
        stuck="",
        dead_letters=False,
        owned=False,
        unknown="" if line.messages is None else _reason(line.messages),
        spoken=_spoken(f"{line.kind.value} {line.text}", f"{figure} stored" if figure else "", "", ""),
        subject=line,
    )


def consumer_row(consumer: ConsumerState, queue: QueueState) -> ExplorerRow:
    """What is stuck in ``queue`` is stuck at its only consumer; among several nobody can say at which."""
    absent = isinstance(consumer.waiting, Unknown) and consumer.waiting.by_nature
    figure, in_flight = "" if absent else fmt.count(consumer.waiting), _some(consumer.in_flight)
    if in_flight and consumer.prefetch:
        in_flight = f"{in_flight} of {fmt.count(consumer.prefetch)}"
    stuck = _some(queue.stuck) if len(known(queue.consumers, ())) == 1 else ""
    return ExplorerRow(
        scope=Scope(consumer.queue, consumer.name),
        figure=figure,
        in_flight=in_flight,
        stuck=stuck,
        dead_letters=False,
        owned=False,
        unknown=_reason(consumer.waiting, consumer.in_flight),
        spoken=_spoken(visible(consumer.name), f"{figure} waiting" if figure else "", in_flight, stuck),
    )


def _in_a_word(kind: str) -> str:
    """Without the noun that all of them share: a mere "queue" is one whose kind is not known."""
    return kind.rpartition(" ")[0] or kind.removesuffix("queue")


def counters(queue: QueueState) -> tuple[Reading[int], ...]:
    """What moves when a message comes, is delivered or is settled."""
    return (queue.published, queue.delivered, queue.acked)


def amount(queue: QueueState) -> float:
    """What the line's figure says, for sorting; below zero where unknown."""
    return float(known(_shown(queue), -1))


def _shown(queue: QueueState) -> Reading[int]:
    """Of dead letters all that are kept, or as many as are known of."""
    kept = queue.dead_letters and not isinstance(queue.messages, Unknown)
    return queue.messages if kept else queue.waiting


def _some(reading: Reading[int]) -> str:
    """Empty for nothing and for the unknown, which ``figure`` and ``unknown`` tell of."""
    return fmt.count(reading) if known(reading, 0) else ""


def _reason(*readings: Reading[int]) -> str:
    return next((reading.reason for reading in readings if isinstance(reading, Unknown) and not reading.by_nature), "")


def _spoken(name: str, figure: str, in_flight: str, stuck: str, retrying: str = "") -> str:
    parts = [name, figure] if figure else [name]
    if in_flight:
        parts.append(f"{in_flight} in flight")
    if stuck:
        parts.append(f"{stuck} stuck")
    if retrying:
        parts.append(f"{retrying} waiting for a retry")
    return ", ".join(parts)
