"""The interval that a bracket proves contains the truth, whatever happened between its readings."""

from hypothesis import given, strategies as st

from wqstudio.brokers.nats.jetstream.accounting import Bounds, Bracket, filters_cover_all, is_countable
from wqstudio.brokers.nats.jetstream.records import ConsumerConfig, ConsumerInfo, StreamConfig, StreamInfo, StreamState

few = st.integers(0, 50)


@given(stuck=few, held=few, came=st.tuples(few, few), left=st.tuples(few, few))
def test_the_truth_lies_within_and_quiet_brackets_are_exact(
    stuck: int, held: int, came: tuple[int, int], left: tuple[int, int]
) -> None:
    """``came`` and ``left``: messages before and after the consumers were read, within the bracket."""
    first_left = min(left[0], held + came[0])
    at_consumers = held + came[0] - first_left
    last_left = min(left[1], at_consumers + came[1])
    before = StreamState(messages=stuck + held, last_seq=1_000)
    after = StreamState(messages=stuck + at_consumers + came[1] - last_left, last_seq=1_000 + sum(came))
    consumers = (
        ConsumerInfo("a", num_pending=at_consumers // 2),
        ConsumerInfo("b", num_ack_pending=-(-at_consumers // 2)),
    )
    bounds = Bracket(before, consumers, after).unaccounted
    assert bounds.low <= stuck <= bounds.high
    if sum(came) == first_left + last_left == 0:
        assert bounds == Bounds(stuck, stuck)


def test_a_value_moves_only_as_far_as_it_must() -> None:
    assert [Bounds(3, 5).nearest(value) for value in (0, 3, 4, 5, 9)] == [3, 3, 4, 5, 5]
    assert Bounds(3, 5).hull(Bounds(1, 4)) == Bounds(1, 5)


def _stream(retention: str, *subjects: str) -> StreamInfo:
    return StreamInfo(StreamConfig("s", subjects=subjects, retention=retention))


def _consumer(*filters: str) -> ConsumerInfo:
    return ConsumerInfo("c", config=ConsumerConfig(filter_subjects=filters))


def test_where_counting_can_tell() -> None:
    one, two = (_consumer(),), (_consumer(), _consumer())
    assert is_countable(_stream("workqueue"), two)
    assert is_countable(_stream("interest"), one)
    assert not is_countable(_stream("interest"), two)
    assert not is_countable(_stream("limits"), one)


def test_which_filters_leave_nothing_out() -> None:
    stream = _stream("workqueue", "jobs.high.*", "jobs.low.*")
    assert filters_cover_all(stream, (_consumer(),))
    assert filters_cover_all(stream, (_consumer("jobs.high.*"), _consumer("jobs.low.>")))
    assert not filters_cover_all(stream, (_consumer("jobs.high.*"), _consumer("jobs.low.x")))
    assert not filters_cover_all(stream, ())
