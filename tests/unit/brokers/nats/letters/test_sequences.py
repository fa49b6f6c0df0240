"""Positions into sequences, checked against the plain list of what is stored."""

import pytest
from hypothesis import given, strategies as st

from wqstudio.brokers.nats.jetstream.records import StreamState
from wqstudio.brokers.nats.letters.sequences import Listed, WholeStream, begins_alike, chosen


def _stream(stored: list[int]) -> WholeStream:
    first, last = stored[0], stored[-1]
    deleted = tuple(sorted(set(range(first, last + 1)) - set(stored), reverse=True))
    return WholeStream(StreamState(messages=len(stored), first_seq=first, last_seq=last, deleted=deleted))


STORED = st.sets(st.integers(1, 80), min_size=1).map(sorted)


@given(STORED, st.integers(0, 90), st.integers(0, 90))
def test_a_span_is_what_is_stored_at_these_positions(stored: list[int], first: int, count: int) -> None:
    line = _stream(stored)
    assert len(line) == len(stored)
    assert line.span(first, count).tolist() == stored[first : first + count]


@given(STORED, st.integers(0, 90), st.integers(0, 90))
def test_between_two_sequences_lies_what_is_stored_there(stored: list[int], low: int, high: int) -> None:
    line = _stream(stored)
    expected = [seq for seq in stored if low <= seq <= high]
    assert line.between(low, high).tolist() == expected
    assert Listed(line.span(0, 100)).between(low, high).tolist() == expected


@given(STORED, st.sets(st.integers(1, 80)))
def test_of_what_is_chosen_only_what_is_there(stored: list[int], ids: set[int]) -> None:
    line = chosen(_stream(stored), ids)
    assert line.span(0, 100).tolist() == sorted(ids & set(stored))


@given(STORED, STORED, st.booleans())
def test_a_line_goes_on_where_nothing_has_moved_to_another_place(stored: list[int], more: list[int], on: bool) -> None:
    now = stored + [80 + number for number in more] if on else more
    expected = now[: len(stored)] == stored
    assert begins_alike(_stream(now), _stream(stored)) is expected
    assert begins_alike(Listed(_stream(now).span(0, 200)), _stream(stored)) is expected


@pytest.mark.parametrize(
    "state", [StreamState(first_seq=101, last_seq=100), StreamState(), StreamState(num_deleted=1, deleted=(0,))]
)
def test_a_stream_with_nothing_in_it(state: StreamState) -> None:
    line = WholeStream(state)
    assert len(line) == 0
    assert line.span(0, 10).tolist() == []
    assert line.between(1, 200).tolist() == []


def test_a_million_letters_with_half_of_them_gone_take_little() -> None:
    line = WholeStream(
        StreamState(messages=500_000, first_seq=1, last_seq=1_000_000, deleted=(*range(2, 1_000_001, 2),))
    )
    assert line.span(499_990, 100).tolist() == list(range(999_981, 1_000_001, 2))
