"""What RabbitMQ has besides queues and consumers, as tables. One file each, listed here."""

from collections.abc import Mapping, Sequence, Sized
from typing import Any, TypeVar

from wqstudio.brokers.rabbitmq.listings import bindings, channels, connections, exchanges, policies
from wqstudio.brokers.rabbitmq.listings.table import S, Table
from wqstudio.brokers.rabbitmq.management.sight import Sight
from wqstudio.domain.listing import Column, Listing, Row
from wqstudio.domain.reading import Reading, Unknown

TABLES = (exchanges.TABLE, bindings.TABLE, channels.TABLE, connections.TABLE, policies.TABLE)
AT_HAND = 1_000
"""Rows up to which a listing is put together at every poll, in a few milliseconds, so that it is there at once."""
KEPT_FOR = 3
"""Polls for which a longer one is kept up to date after it was asked for: nobody pays for what nobody looks at."""
_VHOST = Column("Virtual host", tip="Where it is")
_NOT_READ = Unknown("it has not been read yet")
_MANY = Unknown("there are many, and they are put together with the next poll")

T = TypeVar("T")
_Parts = tuple[object, ...]


class Listings:
    """Puts them together in the course of a poll, in short steps: 10,000 rows at once would stop the window."""

    def __init__(self, *, all_vhosts: bool) -> None:
        self._all_vhosts = all_vhosts
        self._tables: dict[str, Table[Any]] = {table.title: table for table in TABLES}
        self._parts: dict[str, _Parts] = {}
        self._asked: dict[str, int] = {}
        self._listings = {title: self._listing(table, _NOT_READ) for title, table in self._tables.items()}

    @property
    def titles(self) -> Sequence[str]:
        return tuple(self._tables)

    def get(self, title: str) -> Listing:
        self._asked[title] = KEPT_FOR
        return self._listings[title]

    def failed(self, why: Unknown) -> None:
        """There was no poll: nothing is known."""
        for title, table in self._tables.items():
            self._parts.pop(title, None)
            self._listings[title] = self._listing(table, why)

    async def saw(self, sight: Sight) -> None:
        for title, table in self._tables.items():
            source = table.source(sight)
            parts = (source, *table.beside(sight), sight.no_rates, self._is_wanted(title, source))
            if not _same(parts, self._parts.get(title)):
                rows = await self._rows(table, source, sight) if parts[-1] else _MANY
                self._listings[title] = self._listing(table, rows)
                self._parts[title] = parts

    def _is_wanted(self, title: str, source: Reading[Sized]) -> bool:
        asked = self._asked.get(title, 0)
        self._asked[title] = max(0, asked - 1)
        return asked > 0 or isinstance(source, Unknown) or len(source) <= AT_HAND

    async def _rows(self, table: Table[S], source: Reading[S], sight: Sight) -> Reading[Mapping[str, Row]]:
        if isinstance(source, Unknown):
            return source
        return {
            "\0".join(entry.key): Row(self._widened(entry.cells, entry.vhost), entry.queue)
            async for entry in table.entries(source, sight)
        }

    def _listing(self, table: Table[Any], rows: Reading[Mapping[str, Row]]) -> Listing:
        return Listing(table.title, self._widened(table.columns, _VHOST), rows, table.empty)

    def _widened(self, cells: tuple[T, ...], vhost: T) -> tuple[T, ...]:
        return (cells[0], vhost, *cells[1:]) if self._all_vhosts else cells


def _same(now: _Parts, before: _Parts | None) -> bool:
    return before is not None and all(new is old for new, old in zip(now, before, strict=True))
