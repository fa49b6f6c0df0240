"""Closes the books of a run once nobody is at work: with what is stored then."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from wqstudio.brokers.port import Broker
from wqstudio.domain.ledger import Account

_LOOK_AGAIN = 0.5
"""Seconds until an acknowledgement that was sent last has surely been booked by the broker."""


async def account_of(
    broker: Broker, queues: Sequence[str], run: str, close: Callable[[Iterable[int]], Account]
) -> Account:
    """``close`` makes the account from the task numbers that are stored.

    A broker books acknowledgements when it comes to it. Where something is there twice, it is looked at again for as
    long as that becomes less.
    """
    account = close(await _stored(broker, queues, run))
    before = account.duplicated + 1
    while 0 < account.duplicated < before:
        before = account.duplicated
        await asyncio.sleep(_LOOK_AGAIN)
        account = close(await _stored(broker, queues, run))
    return account


async def _stored(broker: Broker, queues: Iterable[str], run: str) -> list[int]:
    return [task for queue in queues for task in await broker.remaining_tasks(queue, run)]
