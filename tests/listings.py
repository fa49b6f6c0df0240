"""A broker's listings, read by column."""

from collections.abc import Callable, Mapping

from tests.jetstream import snapshot_when
from wqstudio.brokers.port import Broker
from wqstudio.domain.listing import Cell
from wqstudio.domain.reading import Unknown

Cells = Mapping[str, Cell]


def listed(broker: Broker, title: str) -> dict[str, Cells]:
    """As the last poll saw it: cells by column, by the cell of the first column."""
    listing = broker.listing(title)
    assert not isinstance(listing.rows, Unknown), listing.rows
    titles = [column.title for column in listing.columns]
    return {
        str(row.cells[0]): dict(zip(titles, row.cells, strict=True)) | {"leads to": row.queue}
        for row in listing.rows.values()
    }


async def listed_when(
    broker: Broker, title: str, condition: Callable[[dict[str, Cells]], bool], within: float
) -> dict[str, Cells]:
    """Poll until it holds."""
    await snapshot_when(
        broker,
        lambda _: not isinstance(broker.listing(title).rows, Unknown) and condition(listed(broker, title)),
        within,
    )
    return listed(broker, title)
