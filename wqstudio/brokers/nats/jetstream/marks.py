"""How the studio tells its own streams, and dead letters, from others."""

from collections.abc import Iterator, Mapping

from wqstudio.brokers.nats.jetstream.records import StreamConfig
from wqstudio.domain.queue import ANY
from wqstudio.domain.subjects import covers

OWNED: Mapping[str, str] = {"wqstudio": "owned"}
"""Metadata of streams and consumers that the studio made and may remove without asking."""
DEAD_LETTERS: Mapping[str, str] = {"dead_letter_queue": "true"}
"""Metadata by which NATS tooling knows a stream of dead letters, by convention."""
MAX_DELIVERIES = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES."
TERMINATED = "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED."
_EXHAUSTED = MAX_DELIVERIES.split(".")[:-1]


def owned(config: StreamConfig) -> bool:
    return _carries(config, OWNED)


def keeps_dead_letters(config: StreamConfig) -> bool:
    """It says so, or it stores the advisories of exhausted or terminated messages."""
    return _carries(config, DEAD_LETTERS) or any(
        subject.startswith((MAX_DELIVERIES, TERMINATED)) for subject in config.subjects or ()
    )


def points_to(config: StreamConfig) -> tuple[str, ...]:
    """The streams of whose exhausted messages it takes advisories, or draws from others what may be such."""
    if config.mirror is not None or config.sources:
        return (ANY,)
    return tuple(dict.fromkeys(name for subject in config.subjects or () for name in _announced(subject)))


def _announced(subject: str) -> Iterator[str]:
    """The stream of whose exhausted messages is told under it, if it is a subject of that."""
    tokens = subject.split(".")
    kind, stream = tokens[: len(_EXHAUSTED)], tokens[len(_EXHAUSTED) :]
    if covers(".".join(kind), ".".join(_EXHAUSTED)):
        yield stream[0] if stream and stream[0] != ">" else ANY


def _carries(config: StreamConfig, mark: Mapping[str, str]) -> bool:
    return mark.items() <= (config.metadata or {}).items()
