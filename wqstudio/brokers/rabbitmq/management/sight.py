"""What one poll saw, its parts read at different instants. Queues go by the names that ``Names`` has for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from wqstudio.brokers.rabbitmq.management.dead_letters import Target
from wqstudio.brokers.rabbitmq.management.naming import Names, Place
from wqstudio.brokers.rabbitmq.management.records import (
    BindingRecord,
    ChannelRecord,
    ConnectionRecord,
    ConsumerRecord,
    ExchangeRecord,
    NodeRecord,
    PolicyRecord,
    QueueRecord,
    TotalsRecord,
)
from wqstudio.domain.reading import Reading, Unknown


@dataclass(frozen=True, slots=True)
class Topology:
    """Each listing may have failed by itself."""

    bindings: Reading[tuple[BindingRecord, ...]]
    bindings_to: Reading[Mapping[str, tuple[BindingRecord, ...]]]
    """By the queue they lead to."""
    exchanges: Reading[Mapping[Place, ExchangeRecord]]
    policies: Reading[Mapping[Place, PolicyRecord]]
    operator_policies: Reading[Mapping[Place, PolicyRecord]]
    connections: Reading[Mapping[str, ConnectionRecord]]
    nodes: Reading[Mapping[str, NodeRecord]]


@dataclass(frozen=True, slots=True)
class Rules:
    """What arguments, policies, exchanges and bindings come to, taken together."""

    targets: Reading[Mapping[str, Target | None]]
    """Where each queue's dead letters go."""
    followers: Mapping[Place, int]
    """How many queues follow a policy."""
    operator_followers: Mapping[Place, int]


class Consumers(NamedTuple):
    """One listing of them, by queue, and how many there are on each channel."""

    by_queue: Mapping[str, tuple[ConsumerRecord, ...]]
    on_channel: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sight:
    """A virtual host, or all of them."""

    names: Names
    queues: Mapping[str, QueueRecord]
    """Without the studio's retry queues."""
    retries: Mapping[str, tuple[QueueRecord, ...]]
    """The studio's retry queues, by the queue that they give back to."""
    unread: Mapping[str, Unknown]
    """Queues of which only the name could be read, and why."""
    totals: Mapping[str, TotalsRecord]
    """Lengths of now, or of a moment ago, where they were asked for."""
    consumers: Reading[Mapping[str, tuple[ConsumerRecord, ...]]]
    """By queue."""
    consumers_on: Mapping[str, int]
    """How many there are on each channel, by its name; nothing while ``consumers`` are unknown."""
    channels: Reading[Mapping[str, ChannelRecord]]
    topology: Topology
    rules: Rules
    no_rates: Unknown | None
    """Why the node reckons none; None: it does."""
    has_statistics: bool
    """The node gathers them, sooner or later."""

    @property
    def targets(self) -> Reading[Mapping[str, Target | None]]:
        return self.rules.targets
