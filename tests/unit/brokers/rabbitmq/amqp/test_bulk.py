"""What becomes of messages sent together, told from ranges of tags that come in any order."""

from wqstudio.brokers.port import UnreachableError
from wqstudio.brokers.rabbitmq.amqp.bulk import PENDING, REFUSED, STORED, Bulk, Message
from wqstudio.brokers.rabbitmq.amqp.errors import ChannelError
from wqstudio.brokers.rabbitmq.letters.outlet_lane import _around_too_large
from wqstudio.domain.letter import Fate


def _bulk(*sizes: int, first: int = 1) -> Bulk:
    return Bulk([Message("", "q", b"", bytes(size), f"mark {place}") for place, size in enumerate(sizes)], first)


async def test_ranges_single_ones_and_refusals_add_up() -> None:
    bulk = _bulk(*[1] * 8, first=5)
    bulk.confirm(7, 7, stored=False)
    bulk.returned("mark 5", "no queue takes it")
    bulk.confirm(1, 8, stored=True)
    assert list(bulk.states) == [STORED, STORED, REFUSED, STORED, PENDING, PENDING, PENDING, PENDING]
    bulk.confirm(13, 20, stored=True)
    assert not bulk.settled.done()
    bulk.confirm(9, 12, stored=True)
    assert bulk.settled.done()
    assert [place for place, state in enumerate(bulk.states) if state == REFUSED] == [2, 5]
    assert "the queue is full" in bulk.refusals[2]
    assert bulk.refusals[5] == "no queue takes it"


async def test_an_end_leaves_the_rest_pending() -> None:
    bulk = _bulk(1, 1)
    bulk.confirm(1, 1, stored=True)
    bulk.end(UnreachableError("gone"))
    assert bulk.settled.done()
    assert list(bulk.states) == [STORED, PENDING]


async def test_only_those_up_to_a_message_that_is_too_large_are_affected_by_it() -> None:
    """The broker looked at none after it; of those before, the confirms may be lost."""
    bulk = _bulk(1, 1, 9, 1)
    bulk.confirm(1, 1, stored=True)
    error = ChannelError("copying failed: message size 9 is larger than configured max size 5 (code 406).", 406)
    bulk.end(error)
    assert [outcome.fate for outcome in _around_too_large(bulk, str(error))] == [
        Fate.STORED,
        Fate.UNSURE,
        Fate.REFUSED,
    ]
    assert _around_too_large(bulk, "something else") == []
