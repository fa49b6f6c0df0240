"""Arguments and policies as a person would write them, and what is said in more than one place."""

from collections.abc import Sequence
from typing import Any

from wqstudio.brokers.figures import duration, size
from wqstudio.brokers.rabbitmq.management.records import Table

_NAMED = 3
"""Names in a list; that there are more is only told."""
_MILLISECOND = 1_000_000
_DURATIONS = ("message-ttl", "expires", "consumer-timeout")
_SIZES = ("max-length-bytes", "max-in-memory-bytes", "stream-max-segment-size-bytes")


def value(name: str, given: Any) -> str:
    """Of the argument or policy setting of that name, with its unit."""
    plain = name.removeprefix("x-")
    if isinstance(given, int) and not isinstance(given, bool):
        if plain in _DURATIONS:
            return duration(given * _MILLISECOND)
        if plain in _SIZES:
            return size(given)
        return f"{given:,}"
    if isinstance(given, dict):
        return table(given)
    return f"{given}" or "(empty)"


def table(given: Table) -> str:
    return ", ".join(f"{name}: {value(name, its)}" for name, its in given.items())


def some(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")


def no_prior(prior: str, queue: str) -> str:
    return (
        f"A RabbitMQ worker cannot look into {prior} before {queue}: the broker pushes messages of each queue on its "
        "own. Give each queue workers of its own, or use priorities within one queue."
    )
