"""How the studio tells its own streams, and dead letters, from others."""

from collections.abc import Mapping

from wqstudio.brokers.nats.jetstream.records import StreamConfig
from wqstudio.domain.subjects import covers

OWNED: Mapping[str, str] = {"wqstudio": "owned"}
"""Metadata of streams and consumers that the studio made and may remove without asking."""
DEAD_LETTERS: Mapping[str, str] = {"dead_letter_queue": "true"}
"""Metadata by which NATS tooling knows a stream of dead letters, by convention."""
MAX_DELIVERIES = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES."
TERMINATED = "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED."


def owned(config: StreamConfig) -> bool:
    return _carries(config, OWNED)


def keeps_dead_letters(config: StreamConfig) -> bool:
    """It says so, or it stores the advisories of exhausted or terminated messages."""
    return _carries(config, DEAD_LETTERS) or any(
        subject.startswith((MAX_DELIVERIES, TERMINATED)) for subject in config.subjects or ()
    )


def keeps_pointers(config: StreamConfig) -> bool:
    """It takes advisories of exhausted messages, or draws from other streams what may be such."""
    copies = config.mirror is not None or bool(config.sources)
    return copies or any(
        subject.startswith(MAX_DELIVERIES) or covers(subject, f"{MAX_DELIVERIES}any.any")
        for subject in config.subjects or ()
    )


def _carries(config: StreamConfig, mark: Mapping[str, str]) -> bool:
    return mark.items() <= (config.metadata or {}).items()
