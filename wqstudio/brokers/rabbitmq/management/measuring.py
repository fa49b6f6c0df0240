"""How long queues are now, asked of the queues themselves where that costs the node little.

Unacked in statistics is 7 s old by the median, and up to 10 s: nodes count every 5 s, and the management API samples
that every 5 s. A classic queue that is asked tells it as of now; a quorum queue as of its last count, 2.4 s ago by the
median, which is what Prometheus' endpoint tells of both (``python -m tests.bench rabbit_freshness``). So the studio
does without that endpoint.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

from wqstudio.brokers.rabbitmq.management.api import ManagementApi
from wqstudio.brokers.rabbitmq.management.decoding import Listing
from wqstudio.brokers.rabbitmq.management.kept import Kept
from wqstudio.brokers.rabbitmq.management.naming import Names, Place
from wqstudio.brokers.rabbitmq.management.records import QueueRecord, TotalsRecord
from wqstudio.brokers.rabbitmq.management.refusals import ManagementError
from wqstudio.domain.reading import Reading, Unknown

MEASURED_UP_TO = 300
"""Queues in sight up to which each is asked at each poll: 0.3 ms of the node for one."""
_AT_MOST_SHARE = 1 / 10
"""Of the time, above that: to single out the queues on screen takes a node 38 ms for each 1,000 queues there are."""
_LONGEST_PATTERN = 5_000
"""Bytes of an address, of which servers take some 8,000."""

Lengths = Mapping[str, TotalsRecord]
"""By the queue's name as it is shown."""


class Counted(NamedTuple):
    """Of a queue, in one instant. ``messages``: all that it keeps, those that it has given out among them."""

    messages: int
    unacked: int


class Measuring:
    """Asks one management API, poll after poll."""

    def __init__(self, api: ManagementApi, names: Names) -> None:
        self._api = api
        self._names = names
        self._wanted: frozenset[str] = frozenset()
        self._on_screen = Kept(self._read_on_screen, share=_AT_MOST_SHARE)

    async def lengths(
        self,
        queues: Mapping[str, QueueRecord],
        retries: Mapping[str, tuple[QueueRecord, ...]],
        watched: Collection[str],
    ) -> Lengths:
        """Of all queues where they are few, else of those watched and their retry queues. Trouble leaves them out."""
        if not queues:
            return {}
        if len(queues) <= MEASURED_UP_TO:
            return await self._read_all()
        wanted = {name for name in watched if name in queues}
        wanted |= {retry.name for name in wanted for retry in retries.get(name, ())}
        self._on_screen.expire_when(not wanted <= self._wanted)
        self._wanted = frozenset(wanted)
        return await self._on_screen.get()

    async def _read_all(self) -> Lengths:
        try:
            return self._by_name(await self._api.totals())
        except ManagementError:
            return {}

    async def _read_on_screen(self) -> Lengths:
        names = [self._names.place(name).name for name in self._wanted]
        try:
            parts = [await self._api.totals(pattern) for pattern in patterns(names)]
        except ManagementError:
            return {}
        return {name: totals for part in parts for name, totals in self._by_name(part).items()}

    def _by_name(self, totals: Listing[TotalsRecord]) -> dict[str, TotalsRecord]:
        return {self._names.shown(Place(each.vhost, each.name)): each for each in totals.items}


async def counted_now(api: ManagementApi, queue: QueueRecord) -> Reading[Counted]:
    try:
        (pattern,) = patterns([queue.name])
        measured = (await api.totals(pattern)).items
    except ManagementError as error:
        return Unknown(str(error))
    own = next((each for each in measured if (each.vhost, each.name) == (queue.vhost, queue.name)), None)
    if own is None or own.messages is None or own.messages_unacknowledged is None:
        return Unknown(f"the node does not tell what {queue.name} has given out")
    return Counted(own.messages, own.messages_unacknowledged)


def patterns(names: Iterable[str]) -> Iterator[str]:
    """Regular expressions that fit these names, each short enough for an address."""
    group: list[str] = []
    length = 0
    for name in map(re.escape, names):
        size = len(quote(f"{name}|", safe=""))
        if group and length + size > _LONGEST_PATTERN:
            yield f"^({'|'.join(group)})$"
            group, length = [], 0
        group.append(name)
        length += size
    if group:
        yield f"^({'|'.join(group)})$"
