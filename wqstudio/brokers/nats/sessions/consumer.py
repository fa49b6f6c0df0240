"""What a worker has to know of the JetStream consumer it pulls from, and of the answers to its pulls."""

from enum import Enum

import msgspec

from wqstudio.brokers.nats.jetstream.api import CONSUMER_NOT_FOUND, STREAM_NOT_FOUND
from wqstudio.brokers.nats.jetstream.records import Answer, ConsumerConfig
from wqstudio.brokers.port import RefusedError, UnreachableError
from wqstudio.domain.queue import Source


class _Info(Answer, frozen=True, gc=False):
    """A ``ConsumerDetail`` without its counts: an odd one is no reason not to pull."""

    config: ConsumerConfig = ConsumerConfig()


class Terms(msgspec.Struct, frozen=True):
    """What the consumer allows. Seconds; 0: no limit."""

    ack_wait: float = 0.0
    max_batch: int = 0
    max_expires: float = 0.0
    acks: bool = True
    """It waits for acknowledgements at all."""


def read_terms(answer: bytes, source: Source) -> Terms:
    """From the answer to ``CONSUMER.INFO``. RefusedError: nobody can pull there; UnreachableError: not now."""
    try:
        info = msgspec.json.decode(answer, type=_Info)
    except msgspec.MsgspecError as error:
        raise UnreachableError(f"Looking up {source.consumer} failed: the answer makes no sense ({error}).") from error
    if info.error is not None and info.error.err_code in {CONSUMER_NOT_FOUND, STREAM_NOT_FOUND}:
        raise RefusedError(
            f"There is no consumer {source.consumer} on {source.queue} ({info.error.description}); "
            "make it, or choose another."
        )
    if info.error is not None:
        raise UnreachableError(f"Looking up {source.consumer} on {source.queue} failed: {info.error.description}.")
    config = info.config
    if config.deliver_subject:
        raise RefusedError(f"{source.consumer} on {source.queue} is a push consumer; workers need one to pull from.")
    acks = config.ack_policy != "none"
    return Terms(config.ack_wait / 1e9 if acks else 0.0, config.max_batch, config.max_expires / 1e9, acks)


class PullStatus(Enum):
    ALIVE = "alive"
    """The pull stands."""
    OVER = "over"
    """It ended in good order; ask again."""
    LATER = "later"
    """The server cannot serve it at the moment; perhaps the consumer is gone."""
    ENDED = "ended"
    """It will never be served."""


_NEVER = ("consumer deleted", "consumer is push based")


def pull_status(code: str, description: str) -> PullStatus:
    """What a status message (headers ``Status`` and ``Description``) means for a pull.

    404 no messages, 408 expired; 409 with many meanings: batch completed, limits exceeded, leadership change,
    server shutdown, consumer deleted, …; 400, 423: the request itself is wrong; 503 no responders.
    """
    text = description.lower()
    match code:
        case "100":
            return PullStatus.ALIVE
        case "404" | "408":
            return PullStatus.OVER
        case "409" if "batch completed" in text:
            return PullStatus.OVER
        case "409" if any(reason in text for reason in _NEVER):
            return PullStatus.ENDED
        case "400":
            return PullStatus.ENDED
        case _:
            return PullStatus.LATER
