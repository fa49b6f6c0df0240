"""Whether the waiting messages of a queue are dead letters, or live work that nobody should move by mistake."""

from collections.abc import Mapping

from wqstudio.brokers.factory import open_broker
from wqstudio.domain.connection import Connection
from wqstudio.domain.reading import Reading, Unknown

_UNLISTED = Unknown("the broker does not list it")


async def keeps_dead_letters(connection: Connection, marks: Mapping[str, bool], queue: str) -> Reading[bool]:
    """By what a person has said of the queue, else by what the broker tells. Looks at no message."""
    if queue in marks:
        return marks[queue]
    broker = await open_broker(connection)
    try:
        queues = (await broker.snapshot()).queues
    finally:
        await broker.close()
    if isinstance(queues, Unknown):
        return queues
    return queues[queue].dead_letters if queue in queues else _UNLISTED


def not_known(queue: str) -> str:
    """The beginning of a sentence."""
    return f"{queue} is not known to keep dead letters"


def live_remark(queue: str) -> str:
    return f"{not_known(queue)}: its waiting messages may be live work."
