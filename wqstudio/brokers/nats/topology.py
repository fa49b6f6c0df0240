"""Makes what a QueueSpec says, marked as the studio's own, and removes only what carries that mark."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from wqstudio.brokers.figures import NO_LIMIT, duration, limit, size_limit
from wqstudio.brokers.nats.jetstream import marks
from wqstudio.brokers.nats.jetstream.api import (
    CONSUMER_EXISTS,
    CONSUMER_NOT_FOUND,
    STREAM_NAME_IN_USE,
    STREAM_NOT_FOUND,
    ApiError,
    JetStreamApi,
)
from wqstudio.brokers.nats.jetstream.poll import WAIT
from wqstudio.brokers.nats.jetstream.records import ConsumerConfig, StreamConfig
from wqstudio.brokers.port import BrokerError, RefusedError, UnsupportedError
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, is_jetstream_name

DUPLICATE_WINDOW = 120.0
"""Seconds; shorter where messages do not live that long."""


async def ensure(api: JetStreamApi, removing: Callable[[str], None], spec: QueueSpec) -> bool:
    """As ``Broker.ensure``. A stream of that name that differs in what the spec says is left as it is.

    One just made whose consumers cannot be made is removed again; ``removing`` is told of it before.
    """
    for name in (spec.name, *(consumer.name for consumer in spec.consumers)):
        _check_name(name)
    if spec.retries_of:
        raise UnsupportedError(f"{spec.name}: JetStream has no retry queues; a worker gives back with a delay there.")
    made = await _ensure_stream(api, spec)
    try:
        for consumer in spec.consumers:
            await _ensure_consumer(api, spec.name, consumer)
    except BrokerError as error:
        if made:
            removing(spec.name)
            await _remove_again(api, spec.name, error)
        raise
    return made


async def remove_owned(
    api: JetStreamApi, removing: Callable[[str], None], names: Collection[str] | None = None
) -> list[str]:
    """Names of the streams removed. ``removing`` is told of each before. One that fails does not keep the others."""
    listing = await api.streams(WAIT)
    removed: list[str] = []
    failures: list[str] = []
    for name, stream in listing.items.items():
        if not marks.owned(stream.config) or (names is not None and name not in names):
            continue
        removing(name)
        try:
            await api.delete_stream(name)
        except ApiError as error:
            if error.err_code != STREAM_NOT_FOUND:
                failures.append(str(error))
        except BrokerError as error:
            failures.append(str(error))
        else:
            removed.append(name)
    if failures:
        raise RefusedError(" ".join([f"Removed {', '.join(removed) or 'nothing'}.", *failures]))
    return removed


def stream_config(spec: QueueSpec) -> dict[str, Any]:
    """What STREAM.CREATE is asked for."""
    dead_letters = bool(spec.dead_letters_of)
    advisories = (f"{marks.MAX_DELIVERIES}{spec.dead_letters_of}.*",) if dead_letters and not spec.routes else ()
    window = min(DUPLICATE_WINDOW, spec.max_age) if spec.max_age else DUPLICATE_WINDOW
    return {
        "name": spec.name,
        "subjects": [*advisories, *spec.routes],
        "retention": "limits" if dead_letters else "workqueue",
        "storage": "memory" if spec.in_memory else "file",
        "discard": "new" if spec.discard_new else "old",
        "max_msgs": spec.max_messages,
        "max_bytes": spec.max_bytes,
        "max_age": _nanoseconds(spec.max_age),
        "duplicate_window": _nanoseconds(window),
        "num_replicas": 1,
        "allow_direct": True,
        "metadata": {**marks.OWNED, **(marks.DEAD_LETTERS if dead_letters else {})},
    }


def consumer_config(spec: ConsumerSpec) -> dict[str, Any]:
    """What CONSUMER.CREATE is asked for: a durable pull consumer with explicit acknowledgement."""
    return {
        "durable_name": spec.name,
        "ack_policy": "explicit",
        "ack_wait": _nanoseconds(spec.ack_wait),
        "max_deliver": spec.max_deliver,
        "max_ack_pending": spec.max_in_flight,
        **({"filter_subject": spec.filter} if spec.filter else {}),
        "metadata": dict(marks.OWNED),
    }


async def _ensure_stream(api: JetStreamApi, spec: QueueSpec) -> bool:
    wanted = stream_config(spec)
    if await _stream_fits(api, wanted):
        return False
    try:
        await api.create_stream(wanted)
    except ApiError as error:  # another studio may have made it since
        if error.err_code != STREAM_NAME_IN_USE or not await _stream_fits(api, wanted):
            raise
        return False
    return True


async def _remove_again(api: JetStreamApi, name: str, cause: BrokerError) -> None:
    """RefusedError, with the cause in it, when the stream has to stay."""
    try:
        await api.delete_stream(name)
    except BrokerError as error:
        raise RefusedError(f"{cause} Stream {name}, made for it just now, is left behind: {error}") from cause


async def _stream_fits(api: JetStreamApi, wanted: Mapping[str, Any]) -> bool:
    """False: there is no such stream. RefusedError: it differs, or is not the studio's."""
    try:
        found = (await api.stream(wanted["name"])).config
    except ApiError as error:
        if error.err_code == STREAM_NOT_FOUND:
            return False
        raise
    if not marks.owned(found):
        raise RefusedError(
            f"Stream {wanted['name']} is there already, and the studio did not make it, so it is left untouched; "
            "rename it, or connect to another account or server."
        )
    _refuse_difference(f"Stream {wanted['name']}", _stream_essentials(found), wanted)
    return True


async def _ensure_consumer(api: JetStreamApi, stream: str, spec: ConsumerSpec) -> None:
    wanted = consumer_config(spec)
    if await _consumer_fits(api, stream, wanted):
        return
    try:
        await api.create_consumer(stream, wanted)
    except ApiError as error:  # somebody else may have made it since
        if error.err_code != CONSUMER_EXISTS or not await _consumer_fits(api, stream, wanted):
            raise


async def _consumer_fits(api: JetStreamApi, stream: str, wanted: Mapping[str, Any]) -> bool:
    try:
        found = (await api.consumer(stream, wanted["durable_name"])).config
    except ApiError as error:
        if error.err_code == CONSUMER_NOT_FOUND:
            return False
        raise
    whole = {"filter_subject": "", "deliver_subject": "", **wanted}
    _refuse_difference(f"Consumer {wanted['durable_name']} of {stream}", _consumer_essentials(found), whole)
    return True


def _stream_essentials(config: StreamConfig) -> dict[str, Any]:
    return {
        "subjects": list(config.subjects or ()),
        "retention": config.retention,
        "storage": config.storage,
        "discard": config.discard,
        "max_msgs": config.max_msgs,
        "max_bytes": config.max_bytes,
        "max_age": config.max_age,
    }


def _consumer_essentials(config: ConsumerConfig) -> dict[str, Any]:
    return {
        "filter_subject": ", ".join(config.filters),
        "deliver_subject": config.deliver_subject,
        "ack_policy": config.ack_policy,
        "ack_wait": config.ack_wait,
        "max_deliver": config.max_deliver,
        "max_ack_pending": config.max_ack_pending,
    }


def _refuse_difference(what: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    differing = [
        f"{field} is {_shown(field, value)}, wanted {_shown(field, wanted[field])}"
        for field, value in found.items()
        if _comparable(value) != _comparable(wanted[field])
    ]
    if differing:
        raise RefusedError(
            f"{what} exists and differs: {'; '.join(differing)}. Choose another name, or remove the one there."
        )


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _shown(field: str, value: Any) -> str:
    if field in {"max_age", "ack_wait"}:
        return duration(value) if value else NO_LIMIT
    if isinstance(value, int):
        return size_limit(value) if field == "max_bytes" else limit(value)
    return (", ".join(value) if isinstance(value, list) else f"{value}") or "empty"


def _check_name(name: str) -> None:
    if not is_jetstream_name(name):
        raise RefusedError(
            rf"{name!r} cannot be a name in JetStream: leave out spaces and . * > / \ there, and use 255 bytes at most."
        )


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1_000_000_000)
