"""What JetStream answers to a message that was published to it."""

import msgspec

from wqstudio.brokers.nats.jetstream.records import Answer
from wqstudio.brokers.port import BrokerError, RefusedError, UnreachableError

_decoder = msgspec.json.Decoder(Answer)


def refusal(answer: bytes) -> BrokerError | None:
    """Why the message is not known to be stored; None: it is."""
    if not answer:
        # No responders. A missing stream looks the same as JetStream that is still starting.
        return RefusedError("No stream takes messages for this subject at the moment.")
    try:
        error = _decoder.decode(answer).error
    except msgspec.MsgspecError as problem:
        return UnreachableError(f"The confirm could not be read: {problem}.")
    if error is None:
        return None
    why = f"{error.description} (error {error.err_code})."
    return UnreachableError(f"Not stored yet: {why}") if error.is_undecided else RefusedError(f"Not stored: {why}")
