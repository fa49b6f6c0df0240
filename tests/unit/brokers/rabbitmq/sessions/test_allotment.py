"""What consumers are allotted adds up to the prefetch, whatever is still held of those before."""

from hypothesis import given, strategies as st

from wqstudio.brokers.rabbitmq.sessions.allotment import Allotment


@given(st.lists(st.integers(0, 20), min_size=1, max_size=8), st.sets(st.integers(1, 30), max_size=12))
def test_it_ends_with_the_prefetch_however_it_changed(prefetches: list[int], held: set[int]) -> None:
    allotment, unsettled, tags = Allotment(prefetches[0]), set(held), iter("abcdefghijklmnopqrstuvwxyz")
    for prefetch in prefetches:
        allotment.prefetch = prefetch
        if allotment.consumers and allotment.too_much:
            allotment.end_all(unsettled)
        while (share := allotment.missing) is not None:
            allotment.consumers[next(tags)] = share
    for tag in sorted(held):
        unsettled.discard(tag)
        if allotment.settled(tag) and (share := allotment.missing) is not None:
            allotment.consumers[next(tags)] = share
    assert not allotment.too_much
    assert sum(allotment.consumers.values()) == prefetches[-1]


def test_what_is_left_over_counts_until_it_is_settled() -> None:
    allotment = Allotment(3)
    allotment.end_all({1, 2})
    assert allotment.missing == 1
    allotment.consumers["a"] = 1
    assert not allotment.settled(1)
    assert allotment.missing is None
    assert allotment.settled(2)
    assert allotment.missing == 2


def test_without_a_limit_one_consumer_is_all_there_is() -> None:
    allotment = Allotment(0)
    assert allotment.missing == 0
    allotment.consumers["a"] = 0
    assert not allotment.too_much
    again = allotment.missing
    assert again is None
    allotment.prefetch = 5
    assert allotment.too_much
