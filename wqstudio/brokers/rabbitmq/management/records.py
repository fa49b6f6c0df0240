"""The management API's answers, as far as the studio reads them.

Unknown fields are skipped and every field but a name has a default, so that older and newer nodes decode alike. What a
node has no number for is missing from its answer, or null (statistics not gathered yet): None here, and never 0.
"""

from typing import Annotated, Any

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Table = dict[str, Any]
"""Arguments and policies: names to whatever JSON holds."""


class Rate(msgspec.Struct, frozen=True, gc=False):
    rate: float = 0.0
    """Per second, as the node reckons it."""


class MessageStats(msgspec.Struct, frozen=True, gc=False):
    """Counters, since the queue was declared or its node restarted."""

    publish: Count | None = None
    deliver_get: Count | None = None
    deliver_no_ack: Count | None = None
    get_no_ack: Count | None = None
    ack: Count | None = None
    redeliver: Count | None = None

    @property
    def settled(self) -> int:
        """Acknowledged, or given out for good."""
        return (self.ack or 0) + (self.deliver_no_ack or 0) + (self.get_no_ack or 0)


class QueueRecord(msgspec.Struct, frozen=True, gc=False):
    name: str
    vhost: str = ""
    type: str = "classic"
    state: str = ""
    durable: bool = True
    auto_delete: bool = False
    exclusive: bool | None = None
    arguments: Table = {}
    policy: str | None = None
    operator_policy: str | None = None
    effective_policy_definition: Table | list[Any] | None = None
    """An empty list stands for an empty table in some releases."""
    node: str | None = None
    leader: str | None = None
    members: tuple[str, ...] | None = None
    online: tuple[str, ...] | None = None
    messages: Count | None = None
    messages_ready: Count | None = None
    messages_unacknowledged: Count | None = None
    message_bytes: Count | None = None
    memory: Count | None = None
    consumers: Count | None = None
    consumer_capacity: float | None = None
    head_message_timestamp: Count | None = None
    message_stats: MessageStats | None = None

    @property
    def has_statistics(self) -> bool:
        """They are gathered some seconds after it was made, or its node was started."""
        return not (self.messages is None and self.memory is None and self.message_stats is None)

    @property
    def policy_definition(self) -> Table:
        definition = self.effective_policy_definition
        return definition if isinstance(definition, dict) else {}

    def rule(self, name: str) -> Any:
        """What is in force for ``max-length``, ``delivery-limit`` …: an argument outweighs a policy. None: unset."""
        argument = self.arguments.get(f"x-{name}")
        return self.policy_definition.get(name) if argument is None else argument


class TotalsRecord(msgspec.Struct, frozen=True, gc=False):
    """A queue's lengths, asked of the queue itself (``enable_queue_totals``): no statistics are behind them."""

    name: str
    vhost: str = ""
    messages: Count | None = None
    messages_ready: Count | None = None
    messages_unacknowledged: Count | None = None


class QueueName(msgspec.Struct, frozen=True, gc=False):
    name: str
    vhost: str = ""


class ChannelName(msgspec.Struct, frozen=True, gc=False):
    name: str = ""
    connection_name: str = ""
    number: int = 0
    user: str = ""
    peer_host: str = ""


class ConsumerRecord(msgspec.Struct, frozen=True, gc=False):
    consumer_tag: str
    queue: QueueName
    ack_required: bool = True
    active: bool = True
    activity_status: str = ""
    exclusive: bool = False
    prefetch_count: Count = 0
    channel_details: ChannelName | list[Any] = ChannelName()
    """An empty list stands for a channel that is gone by now."""

    @property
    def channel(self) -> str:
        return self.channel_details.name if isinstance(self.channel_details, ChannelName) else ""


class ChannelStats(MessageStats, frozen=True, gc=False):
    publish_details: Rate | None = None
    deliver_get_details: Rate | None = None
    ack_details: Rate | None = None


class ConnectionName(msgspec.Struct, frozen=True, gc=False):
    name: str = ""


class ChannelRecord(msgspec.Struct, frozen=True, gc=False):
    name: str
    vhost: str = ""
    number: int | None = None
    user: str | None = None
    connection_details: ConnectionName | list[Any] | None = None
    """An empty list stands for a connection that is gone by now."""
    state: str | None = None
    idle_since: str | None = None
    confirm: bool | None = None
    transactional: bool | None = None
    messages_unconfirmed: Count | None = None
    consumer_count: Count | None = None
    messages_unacknowledged: Count | None = None
    prefetch_count: Count | None = None
    global_prefetch_count: Count | None = None
    message_stats: ChannelStats | None = None
    """None: nothing was done on it yet."""

    @property
    def delivered(self) -> int:
        return (self.message_stats.deliver_get or 0) if self.message_stats is not None else 0

    @property
    def settled(self) -> int:
        return self.message_stats.settled if self.message_stats is not None else 0


class BindingRecord(msgspec.Struct, frozen=True, gc=False):
    source: str
    destination: str
    destination_type: str = "queue"
    routing_key: str = ""
    arguments: Table = {}
    vhost: str = ""
    properties_key: str = ""
    """Stands for routing key and arguments."""


class ExchangeStats(msgspec.Struct, frozen=True, gc=False):
    publish_in_details: Rate | None = None
    publish_out_details: Rate | None = None


class ExchangeRecord(msgspec.Struct, frozen=True, gc=False):
    name: str
    type: str = "direct"
    arguments: Table = {}
    policy: str | None = None
    vhost: str = ""
    durable: bool = True
    auto_delete: bool = False
    internal: bool = False
    message_stats: ExchangeStats | None = None
    """None: nothing was published to it yet."""


class PolicyRecord(msgspec.Struct, frozen=True, gc=False):
    """A policy, or an operator policy."""

    name: str
    vhost: str = ""
    pattern: str = ""
    definition: Table = {}
    priority: int = 0
    apply_to: str = msgspec.field(default="", name="apply-to")


class ClientRecord(msgspec.Struct, frozen=True, gc=False):
    """What a client library says of itself, which may be anything."""

    product: Any = ""
    version: Any = ""


class ConnectionRecord(msgspec.Struct, frozen=True, gc=False):
    name: str
    user: str = ""
    vhost: str = ""
    user_provided_name: str = ""
    client_properties: ClientRecord | list[Any] | None = None
    """An empty list stands for none."""
    protocol: str | None = None
    ssl: bool | None = None
    state: str | None = None
    channels: Count | None = None


class VhostRecord(msgspec.Struct, frozen=True, gc=False):
    name: str


class NodeRecord(msgspec.Struct, frozen=True, gc=False):
    name: str
    running: bool = True
    mem_alarm: bool = False
    disk_free_alarm: bool = False


class ListenerRecord(msgspec.Struct, frozen=True, gc=False):
    protocol: str = ""
    port: int = 0
    node: str = ""


class Overview(msgspec.Struct, frozen=True, gc=False):
    rabbitmq_version: str = ""
    management_version: str = ""
    product_name: str = "RabbitMQ"
    product_version: str = ""
    cluster_name: str = ""
    node: str = ""
    rates_mode: str = ""
    disable_stats: bool = False
    """``management_agent.disable_metrics_collector``: the node gathers no statistics."""
    listeners: tuple[ListenerRecord, ...] = ()


class WhoAmI(msgspec.Struct, frozen=True, gc=False):
    name: str = ""
    tags: list[str] | str = ""
    """A list, or before RabbitMQ 3.10 words with commas between."""

    @property
    def tag_names(self) -> tuple[str, ...]:
        if isinstance(self.tags, str):
            return tuple(tag.strip() for tag in self.tags.split(",") if tag.strip())
        return tuple(self.tags)


class PermissionRecord(msgspec.Struct, frozen=True, gc=False):
    vhost: str
    configure: str = ""
    write: str = ""
    read: str = ""


class Page(msgspec.Struct, frozen=True, gc=False):
    """Items stay undecoded: one malformed queue must not spoil its neighbours, nor a page be one long step."""

    items: tuple[msgspec.Raw, ...]
    page: int = 1
    page_count: int = 1
    filtered_count: int = 0


class Fault(msgspec.Struct, frozen=True, gc=False):
    error: str = ""
    reason: str | Any = ""
