"""What the studio knows of a queue and its consumers, whichever broker holds them.

A *queue* is a JetStream stream or a RabbitMQ queue. Gauges (``waiting``, ``in_flight``, …) count
messages now; counters (``published``, ``delivered``, ``acked``) only ever grow while the queue lives,
and serve to take rates from: where a counter falls, the queue was made anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wqstudio.domain.reading import Reading, Unknown

NOT_COUNTED = Unknown("this broker does not count them")

LONGEST_NAME = 255
"""Bytes, in JetStream and in AMQP."""
_FORBIDDEN = frozenset(" \t\r\n\f.*>/\\")


@dataclass(frozen=True, slots=True)
class ConsumerState:
    """A JetStream consumer, or a RabbitMQ consumer tag."""

    queue: str
    name: str
    waiting: Reading[int]
    """Messages it may still be given for the first time (JetStream ``num_pending``)."""
    in_flight: Reading[int]
    """Delivered to it and not settled yet (``num_ack_pending``, unacked)."""
    redelivered: Reading[int]
    """Messages delivered more than once and not acknowledged; a gauge on JetStream."""
    open_pulls: Reading[int]
    """Pull requests waiting at the server (``num_waiting``)."""
    delivered: Reading[int]
    """Counter: deliveries, redeliveries among them."""
    acked: Reading[int]
    """Counter: deliveries settled."""
    last_active: Reading[float | None]
    """Unix time in seconds of the last delivery or acknowledgement; None: never."""
    prefetch: int | None = None
    """RabbitMQ: most messages it may hold unsettled, 0 for no limit. None: it has no such setting."""

    @property
    def key(self) -> tuple[str, str]:
        return (self.queue, self.name)


@dataclass(frozen=True, slots=True)
class QueueState:
    """A JetStream stream, or a RabbitMQ queue."""

    name: str
    kind: str
    """In the broker's words: "work queue stream", "quorum queue"."""
    messages: Reading[int]
    bytes: Reading[int]
    waiting: Reading[int]
    """Given to nobody yet."""
    in_flight: Reading[int]
    redelivered: Reading[int]
    stuck: Reading[int]
    """Exhausted in place: still stored, yet no consumer will be given it again."""
    oldest: Reading[float | None]
    """Unix time in seconds at which the oldest stored message came; None: there is no message."""
    published: Reading[int]
    delivered: Reading[int]
    acked: Reading[int]
    dead_letters: bool = False
    """It is a place where dead letters, or pointers to them, are kept."""
    points_to: tuple[str, ...] = ()
    """What it keeps may be pointers to messages that are exhausted in place in these queues (NATS: advisories)."""
    told_by: str = ""
    """What tells that it is one, where neither the broker's configuration nor a person does; for a person."""
    owned: bool = False
    """The studio made it and may remove it without asking."""
    consumers: Reading[tuple[ConsumerState, ...]] = ()
    redeliveries: Reading[int] = NOT_COUNTED
    """Counter: deliveries that were not the first of their message, and retries (RabbitMQ)."""
    dead_letter_queues: tuple[str, ...] = ()
    """Where its own dead letters go (RabbitMQ: through arguments or policies, exchanges and bindings)."""
    dead_end: str = ""
    """What becomes of its dead letters where what they are to go to is not there, and the remedy; empty: it is there,
    or nobody knows.
    """
    retrying: Reading[int] = 0
    """Messages of its own that wait elsewhere for their next try (RabbitMQ: in the studio's retry queues)."""
    closed: str = ""
    """Why nothing can be put into it, in a sentence, as into a mirror (NATS); empty: something can."""
    routes: tuple[str, ...] = ()
    """Subjects under which it takes messages, wildcards among them (NATS); empty where its name leads into it."""
    created: str = ""
    """When it was made, in the broker's words, by which it is told from one of that name before; empty: that is not
    told (RabbitMQ).
    """
    counted_consumers: int | None = None
    """Set where consumers can be counted, but not listed (RabbitMQ without a management API)."""

    @property
    def consumer_count(self) -> Reading[int]:
        if isinstance(self.consumers, Unknown):
            return self.consumers if self.counted_consumers is None else self.counted_consumers
        return len(self.consumers)


ANY = "*"
"""Among ``QueueState.points_to``: in whichever queue."""


@dataclass(frozen=True, slots=True)
class HeldRoutes:
    """Under which subjects a queue holds messages."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """Messages by subject, most first, and at the end those of ``QueueState.routes`` that hold none."""
    more: int = 0
    """Subjects that hold messages and are not among these."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where workers take messages from: a JetStream consumer of a stream, or a RabbitMQ queue.

    ``consumer`` is empty where the queue itself is consumed (RabbitMQ).
    """

    queue: str
    consumer: str = ""
    patience: float = 0.0
    """Seconds that a worker waits here in vain before it turns to the other, where this is what it looks at first."""


@dataclass(frozen=True, slots=True)
class ConsumerSpec:
    """A consumer to be made. Times in seconds."""

    name: str
    filter: str = ""
    ack_wait: float = 30.0
    max_deliver: int = -1
    max_in_flight: int = 1_000


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """A work queue to be made, marked as the studio's own. -1 means no limit; times in seconds."""

    name: str
    routes: tuple[str, ...]
    """Subjects (NATS), or routing keys, that lead here."""
    max_messages: int = -1
    max_bytes: int = -1
    max_age: float = 0.0
    """0: messages do not expire."""
    discard_new: bool = True
    """When full, refuse the new message instead of dropping the oldest."""
    in_memory: bool = False
    durable: bool = True
    """RabbitMQ: the queue outlives a restart of the broker. A stream in memory never does."""
    dead_letters_of: str = ""
    """Not a work queue but the dead letters (or pointers to them) of the queue of that name.

    With routes, those put them there who publish along these; without, the broker does.
    """
    consumers: tuple[ConsumerSpec, ...] = ()
    retries_of: str = ""
    """Not a work queue but where what the queue of that name rejects waits until it is tried again (RabbitMQ)."""
    delay: float = 0.0
    """For so long."""

    @property
    def is_worked_on(self) -> bool:
        """Whether workers take from it: it is no place beside another queue."""
        return not self.dead_letters_of and not self.retries_of


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of a thing's configuration or state, in the broker's own words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SettingGroup:
    title: str
    settings: tuple[Setting, ...]


def is_jetstream_name(name: str) -> bool:
    """Whether a stream or a consumer may be called so: its name is a word of subjects, and of files."""
    return 0 < length_in_bytes(name) <= LONGEST_NAME and name.isprintable() and not _FORBIDDEN & set(name)


def is_rabbitmq_name(name: str) -> bool:
    """Whether a queue may be called so."""
    return 0 < length_in_bytes(name) <= LONGEST_NAME and not name.startswith("amq.")


def length_in_bytes(name: str) -> int:
    return len(name.encode(errors="surrogateescape"))
