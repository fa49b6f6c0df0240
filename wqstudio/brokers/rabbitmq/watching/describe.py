"""A queue's or a consumer's settings and state in RabbitMQ's own words."""

from collections.abc import Mapping
from itertools import islice

from wqstudio.brokers.figures import size
from wqstudio.brokers.rabbitmq.management.dead_letters import Target
from wqstudio.brokers.rabbitmq.management.delivery_limit import in_force
from wqstudio.brokers.rabbitmq.management.naming import Place
from wqstudio.brokers.rabbitmq.management.records import BindingRecord, ConsumerRecord, MessageStats, QueueRecord
from wqstudio.brokers.rabbitmq.management.sight import Sight
from wqstudio.brokers.rabbitmq.management.wording import table, value
from wqstudio.brokers.rabbitmq.watching.tags import named
from wqstudio.domain.queue import Setting, SettingGroup
from wqstudio.domain.reading import Reading, Unknown

_SHOWN = 50
"""Bindings or consumers in a group; the rest is counted."""


def queue(sight: Sight, record: QueueRecord, version: tuple[int, ...]) -> tuple[SettingGroup, ...]:
    """``version`` is RabbitMQ's."""
    return _present(
        _group("Queue", _queue(sight, record, version)),
        _group("Arguments", {name: value(name, its) for name, its in record.arguments.items()}),
        _group("Policy", _policy(record)),
        _group("Dead letters", _dead_letters(sight.targets, record)),
        _group("State", _state(record)),
        _group("Message statistics", _statistics(record.message_stats)),
        _group("Replicas", _replicas(record)),
        _group("Bindings", _bindings(sight, record.name)),
        _group("Consumers", _consumers(sight, record.name)),
    )


def consumer(sight: Sight, queue_name: str, name: str) -> tuple[SettingGroup, ...]:
    """Empty when the last poll saw none of that name."""
    if isinstance(sight.consumers, Unknown):
        return ()
    records = sight.consumers.get(queue_name, ())
    for known_as, record in named(records):
        if known_as == name:
            return _present(_group("Consumer", _consumer(record)), _group("Channel", _channel(sight, record)))
    return ()


def _queue(sight: Sight, record: QueueRecord, version: tuple[int, ...]) -> dict[str, str]:
    place = sight.names.place(record.name)
    return {
        "Name": place.name or "(empty)",
        "Virtual host": place.vhost if sight.names.all_vhosts else "",
        "Type": record.type,
        "Durable": _yes(record.durable),
        "Auto-delete": "yes, with its last consumer" if record.auto_delete else "",
        "Exclusive": "yes, gone with its connection" if record.exclusive else "",
        "State": record.state,
        "Delivery limit": _delivery_limit(record, version),
    }


def _delivery_limit(record: QueueRecord, version: tuple[int, ...]) -> str:
    """The one that is in force, which a look at dead letters heeds as well."""
    if record.type != "quorum":
        return "none: only quorum queues have one" if record.type == "classic" else ""
    limit = in_force(record, version)
    if limit is None or limit.count is None:
        return "no limit"
    is_default = not limit.by_argument and record.rule("delivery-limit") is None
    return f"{limit.count:,}, RabbitMQ's own where none is set" if is_default else f"{limit.count:,}"


def _policy(record: QueueRecord) -> dict[str, str]:
    return {
        "Policy": record.policy or "",
        "Operator policy": record.operator_policy or "",
        **{name: value(name, its) for name, its in record.policy_definition.items()},
    }


def _dead_letters(targets: Reading[Mapping[str, Target | None]], record: QueueRecord) -> dict[str, str]:
    if isinstance(targets, Unknown):
        return {"Go to": f"unknown: {targets.reason}"}
    target = targets.get(record.name)
    if target is None:
        return {"Go to": "nowhere: what is rejected, expired or too much is dropped"} if record.type != "stream" else {}
    return {
        "Exchange": target.exchange or "(default exchange)",
        "Routing key": "as published" if target.routing_key is None else target.routing_key,
        "Go to": ", ".join(target.queues) or f"nowhere: {target.gap or 'no queue is bound there'}",
        "Strategy": str(record.rule("dead-letter-strategy") or ""),
    }


def _state(record: QueueRecord) -> dict[str, str]:
    capacity = record.consumer_capacity
    return {
        "Ready": _count(record.messages_ready),
        "Unacked": _count(record.messages_unacknowledged),
        "Size": _size(record.message_bytes),
        "Memory": _size(record.memory),
        "Consumers": _count(record.consumers),
        "Consumer capacity": ""
        if capacity is None or not record.consumers
        else f"{capacity:.0%} of the time ready to take",
    }


def _statistics(stats: MessageStats | None) -> dict[str, str]:
    if stats is None:
        return {}
    return {
        "Published": _count(stats.publish),
        "Delivered": _count(stats.deliver_get),
        "Delivered with automatic ack": _count((stats.deliver_no_ack or 0) + (stats.get_no_ack or 0) or None),
        "Acknowledged": _count(stats.ack),
        "Redelivered": _count(stats.redeliver),
    }


def _replicas(record: QueueRecord) -> dict[str, str]:
    online = record.online or ()
    offline = [member for member in record.members or () if member not in online]
    return {
        "Node": record.node or "" if record.leader is None else "",
        "Leader": record.leader or "",
        "Members": ", ".join(record.members or ()),
        "Offline": ", ".join(offline) if record.online is not None else "",
    }


def _bindings(sight: Sight, queue_name: str) -> dict[str, str]:
    bindings = sight.topology.bindings_to
    if isinstance(bindings, Unknown):
        return {"Bindings": f"unknown: {bindings.reason}"}
    mine = bindings.get(queue_name, ())
    shown = {f"Binding {number}": _binding(each, sight) for number, each in enumerate(mine[:_SHOWN], 1)}
    return shown | _rest(len(mine))


def _binding(binding: BindingRecord, sight: Sight) -> str:
    if not binding.source:
        return f"default exchange, by name ({binding.routing_key})"
    exchanges = sight.topology.exchanges
    exchange = None if isinstance(exchanges, Unknown) else exchanges.get(Place(binding.vhost, binding.source))
    kind = f" ({exchange.type})" if exchange is not None else ""
    arguments = f", {table(binding.arguments)}" if binding.arguments else ""
    return f"exchange {binding.source}{kind}, routing key {binding.routing_key or '(empty)'}{arguments}"


def _consumers(sight: Sight, queue_name: str) -> dict[str, str]:
    if isinstance(sight.consumers, Unknown):
        return {"Consumers": f"unknown: {sight.consumers.reason}"}
    records = sight.consumers.get(queue_name, ())
    shown = {name: _in_brief(record) for name, record in islice(named(records), _SHOWN)}
    return shown | _rest(len(records))


def _in_brief(record: ConsumerRecord) -> str:
    return f"prefetch {_prefetch(record)}, {'manual' if record.ack_required else 'automatic'} ack"


def _consumer(record: ConsumerRecord) -> dict[str, str]:
    return {
        "Tag": record.consumer_tag,
        "Queue": record.queue.name,
        "Prefetch": _prefetch(record),
        "Acknowledgement": "manual" if record.ack_required else "automatic",
        "Exclusive": "yes" if record.exclusive else "",
        "Active": _yes(record.active),
        "Status": record.activity_status.replace("_", " "),
    }


def _channel(sight: Sight, record: ConsumerRecord) -> dict[str, str]:
    described = {"Channel": record.channel or "not known to the node, yet or any more"}
    if not isinstance(record.channel_details, list):
        described["User"] = record.channel_details.user
    channel = None if isinstance(sight.channels, Unknown) else sight.channels.get(record.channel)
    if channel is None:
        return described
    return described | {
        "Consumers on it": _count(channel.consumer_count),
        "Unacked on it": _count(channel.messages_unacknowledged),
        "Prefetch for all on it": _count(channel.global_prefetch_count or None),
    }


def _prefetch(record: ConsumerRecord) -> str:
    return f"{record.prefetch_count:,}" if record.prefetch_count else "no limit"


def _rest(count: int) -> dict[str, str]:
    return {"And": f"{count - _SHOWN:,} more"} if count > _SHOWN else {}


def _group(title: str, settings: Mapping[str, str]) -> SettingGroup:
    """Settings without a value do not apply, or are not known to the node."""
    return SettingGroup(title, tuple(Setting(name, value) for name, value in settings.items() if value))


def _present(*groups: SettingGroup) -> tuple[SettingGroup, ...]:
    return tuple(group for group in groups if group.settings)


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _size(value: int | None) -> str:
    return "" if value is None else size(value)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
