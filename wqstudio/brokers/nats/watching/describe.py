"""A stream's or a consumer's configuration and state in JetStream's own words."""

from collections.abc import Mapping
from datetime import datetime

from wqstudio.brokers.figures import NO_LIMIT, duration, limit, size, size_limit
from wqstudio.brokers.nats.jetstream.records import (
    Cluster,
    ConsumerConfig,
    ConsumerInfo,
    Origin,
    OriginState,
    Sequences,
    StreamConfig,
    StreamInfo,
)
from wqstudio.domain.queue import Setting, SettingGroup


def stream(info: StreamInfo) -> tuple[SettingGroup, ...]:
    return _present(
        _group("Configuration", _stream_configuration(info.config)),
        _group("Limits", _stream_limits(info.config)),
        _group("Permissions and features", _stream_features(info.config)),
        _group("State", _stream_state(info)),
        _group("Mirror and sources", _origins(info)),
        _group("Cluster", _cluster(info.cluster, info.config.num_replicas)),
        _group("Metadata", info.config.metadata or {}),
    )


def consumer(info: ConsumerInfo) -> tuple[SettingGroup, ...]:
    return _present(
        _group("Configuration", _consumer_configuration(info.config)),
        _group("Delivery and acknowledgement", _delivery(info.config)),
        _group("Push" if info.config.deliver_subject else "Pull", _push_or_pull(info)),
        _group("State", _consumer_state(info)),
        _group("Cluster", _cluster(info.cluster, info.config.num_replicas)),
        _group("Metadata", info.config.metadata or {}),
    )


def _stream_configuration(config: StreamConfig) -> dict[str, str]:
    return {
        "Name": config.name,
        "Description": config.description,
        "Subjects": ", ".join(config.subjects or ()),
        "Retention": {"workqueue": "work queue"}.get(config.retention, config.retention),
        "Storage": config.storage,
        "Compression": "" if config.compression == "none" else config.compression,
        "Discard": config.discard + (", new per subject" if config.discard_new_per_subject else ""),
        "Duplicate window": duration(config.duplicate_window) if config.duplicate_window else "",
        "First sequence": f"{config.first_seq:,}" if config.first_seq else "",
        "Subject transform": _arrow(config.subject_transform.src, config.subject_transform.dest)
        if config.subject_transform
        else "",
        "Republish": _arrow(config.republish.src, config.republish.dest)
        + (" (headers only)" if config.republish.headers_only else "")
        if config.republish
        else "",
    }


def _stream_limits(config: StreamConfig) -> dict[str, str]:
    consumers = config.consumer_limits
    return {
        "Messages": limit(config.max_msgs),
        "Messages per subject": limit(config.max_msgs_per_subject),
        "Size": size_limit(config.max_bytes),
        "Message size": size_limit(config.max_msg_size),
        "Age": duration(config.max_age) if config.max_age else NO_LIMIT,
        "Consumers": limit(config.max_consumers),
        "Consumers' ack pending": f"{consumers.max_ack_pending:,}" if consumers and consumers.max_ack_pending else "",
        "Consumers' inactivity": duration(consumers.inactive_threshold)
        if consumers and consumers.inactive_threshold
        else "",
    }


def _stream_features(config: StreamConfig) -> dict[str, str]:
    return {
        "Acknowledges publishes": _yes(not config.no_ack),
        "Direct get": _yes(config.allow_direct),
        "Mirror direct get": "yes" if config.mirror_direct else "",
        "Message deletion": _yes(not config.deny_delete),
        "Purge": _yes(not config.deny_purge),
        "Roll-up headers": _yes(config.allow_rollup_hdrs),
        "Message TTL": _yes(config.allow_msg_ttl),
        "Delete marker TTL": duration(config.subject_delete_marker_ttl) if config.subject_delete_marker_ttl else "",
        "Message counter": "yes" if config.allow_msg_counter else "",
        "Message schedules": "yes" if config.allow_msg_schedules else "",
        "Atomic batches": "yes" if config.allow_atomic else "",
        "Sealed": "yes" if config.sealed else "",
    }


def _stream_state(info: StreamInfo) -> dict[str, str]:
    state = info.state
    return {
        "Messages": f"{state.messages:,}",
        "Size": size(state.bytes),
        "First sequence": _at_sequence(state.first_seq, state.first_ts),
        "Last sequence": _at_sequence(state.last_seq, state.last_ts),
        "Deleted inside": f"{state.num_deleted:,}" if state.num_deleted else "",
        "Subjects stored": f"{state.num_subjects:,}",
        "Consumers": f"{state.consumer_count:,}",
        "Created": _date(info.created),
    }


def _origins(info: StreamInfo) -> dict[str, str]:
    described: dict[str, str] = {}
    states = {state.name: state for state in (*(info.sources or ()), *((info.mirror,) if info.mirror else ()))}
    if info.config.mirror:
        described["Mirror of"] = _origin(info.config.mirror, states)
    for number, source in enumerate(info.config.sources or (), 1):
        described[f"Source {number}"] = _origin(source, states)
    return described


def _origin(origin: Origin, states: Mapping[str, OriginState]) -> str:
    parts = [origin.name]
    if origin.filter_subject:
        parts.append(f"subjects {origin.filter_subject}")
    parts += [_arrow(transform.src, transform.dest) for transform in origin.subject_transforms or ()]
    if origin.opt_start_seq or origin.opt_start_time:
        parts.append(f"from {origin.opt_start_seq or _date(origin.opt_start_time)}")
    if origin.external:
        parts.append(f"through {origin.external.api}")
    if (state := states.get(origin.name)) is not None:
        parts.append(f"{state.lag:,} behind" if state.lag else "up to date")
        parts.append(f"last heard of {duration(state.active)} ago" if state.active >= 0 else "not heard of yet")
        if state.error:
            parts.append(f"error: {state.error.description}")
    return ", ".join(parts)


def _cluster(cluster: Cluster | None, replicas: int) -> dict[str, str]:
    if cluster is None:
        return {"Replicas": f"{replicas}" if replicas else ""}
    return {
        "Replicas": f"{replicas}" if replicas else "as the stream",
        "Cluster": cluster.name,
        "Leader": cluster.leader or "none",
        **{
            f"Replica {peer.name}": "offline"
            if peer.offline
            else ("current" if peer.current else f"{peer.lag:,} operations behind")
            for peer in cluster.replicas or ()
        },
    }


def _consumer_configuration(config: ConsumerConfig) -> dict[str, str]:
    start = ""
    if config.deliver_policy == "by_start_sequence":
        start = f" {config.opt_start_seq:,}"
    elif config.deliver_policy == "by_start_time":
        start = f" {_date(config.opt_start_time)}"
    return {
        "Name": config.name or config.durable_name,
        "Description": config.description,
        "Durable": _yes(bool(config.durable_name)),
        "Filter": ", ".join(config.filters) or "all subjects",
        "Deliver": config.deliver_policy.replace("_", " ") + start,
        "Replay": config.replay_policy,
        "Headers only": "yes" if config.headers_only else "",
        "Removed when inactive for": duration(config.inactive_threshold) if config.inactive_threshold else "",
        "Kept in memory": "yes" if config.mem_storage else "",
        "Paused until": _date(config.pause_until),
        "Priority groups": ", ".join(config.priority_groups or ()),
        "Priority policy": config.priority_policy.replace("_", " ") if config.priority_groups else "",
        "Priority timeout": duration(config.priority_timeout) if config.priority_timeout else "",
    }


def _delivery(config: ConsumerConfig) -> dict[str, str]:
    return {
        "Acknowledgement": config.ack_policy,
        "Ack wait": duration(config.ack_wait) if config.ack_wait else "",
        "Backoff": ", ".join(duration(each) for each in config.backoff or ()),
        "Deliveries": limit(config.max_deliver),
        "Ack pending": limit(config.max_ack_pending) if config.ack_policy != "none" else "",
        "Acks sampled": f"{config.sample_freq} %" if config.sample_freq else "",
    }


def _push_or_pull(info: ConsumerInfo) -> dict[str, str]:
    config = info.config
    if config.deliver_subject:
        return {
            "Delivers to": config.deliver_subject,
            "Queue group": config.deliver_group,
            "Somebody listens": _yes(info.push_bound),
            "Flow control": _yes(config.flow_control),
            "Idle heartbeat": duration(config.idle_heartbeat) if config.idle_heartbeat else "",
            "Rate limit": f"{size(config.rate_limit_bps // 8)}/s" if config.rate_limit_bps else "",
        }
    return {
        "Waiting pulls": f"{info.num_waiting:,} of {limit(config.max_waiting or -1)}",
        "Messages a pull": limit(config.max_batch or -1),
        "Bytes a pull": size_limit(config.max_bytes or -1),
        "Duration of a pull": duration(config.max_expires) if config.max_expires else NO_LIMIT,
    }


def _consumer_state(info: ConsumerInfo) -> dict[str, str]:
    return {
        "Pending": f"{info.num_pending:,}",
        "Ack pending": f"{info.num_ack_pending:,}",
        "Redelivered": f"{info.num_redelivered:,}",
        "Last delivered": _sequences(info.delivered),
        "Ack floor": _sequences(info.ack_floor),
        "Paused": f"for {duration(info.pause_remaining)} more" if info.paused else "",
        "Created": _date(info.created),
    }


def _sequences(at: Sequences) -> str:
    text = f"consumer sequence {at.consumer_seq:,}, stream sequence {at.stream_seq:,}"
    return f"{text}, at {_moment(at.last_active)}" if at.last_active and at.last_active.year > 1 else text


def _group(title: str, settings: Mapping[str, str]) -> SettingGroup:
    """Settings without a value do not apply."""
    return SettingGroup(title, tuple(Setting(name, value) for name, value in settings.items() if value))


def _present(*groups: SettingGroup) -> tuple[SettingGroup, ...]:
    return tuple(group for group in groups if group.settings)


def _at_sequence(sequence: int, at: datetime | None) -> str:
    return f"{sequence:,}, at {_moment(at)}" if at is not None and at.year > 1 else f"{sequence:,}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _date(text: str) -> str:
    """A time as JetStream writes it; what is not one is shown as it came."""
    try:
        return _moment(datetime.fromisoformat(text[:19])) if text and not text.startswith("0001-") else ""
    except ValueError:
        return text


def _arrow(source: str, destination: str) -> str:
    return f"{source or '>'} → {destination or 'nothing'}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
