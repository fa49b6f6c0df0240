"""What a JetStream reply subject says of its message, and the answers that can be sent to it."""

import json
from functools import lru_cache

ACK = b"+ACK"
IN_PROGRESS = b"+WPI"

PREFIX = "$JS.ACK."
"""By this the reply of a delivered message is told from that of anything else."""


def of_nothing(stream: str, consumer: str) -> str:
    """The reply subject of a message that is not: what is said to it changes nothing."""
    return f"{PREFIX}{stream}.{consumer}.0.0.0.0.0"


def deliveries(reply: str) -> int:
    """How often the message has been delivered, this time among them; 1 where the subject is of no known form.

    Forms: ``$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>``, or, with
    11 or 12 tokens, ``$JS.ACK.<domain>.<account hash>.<stream>.<consumer>.<delivered>.…``.
    """
    tokens = reply.split(".")
    try:
        return int(tokens[4 if len(tokens) == 9 else 6])
    except (IndexError, ValueError):
        return 1


def nak(delay: float) -> bytes:
    """``delay`` in seconds; 0: redeliver at once."""
    if delay <= 0:
        return b"-NAK"
    return b'-NAK {"delay": %d}' % round(delay * 1e9)


def term(reason: str) -> bytes:
    """A line break would end the reason early at some servers, so there is none."""
    return f"+TERM {' '.join(reason.split())}".rstrip().encode()


@lru_cache(maxsize=16)  # a worker asks for the same again and again
def pull(batch: int, expires: float, heartbeat: float) -> bytes:
    """A request for messages; seconds. ``expires`` 0: for those that wait; ``heartbeat`` 0: no signs of life."""
    request: dict[str, object] = {"batch": batch}
    if expires:
        request["expires"] = round(expires * 1e9)
    else:
        request["no_wait"] = True
    if heartbeat:
        request["idle_heartbeat"] = round(heartbeat * 1e9)
    return json.dumps(request).encode()
