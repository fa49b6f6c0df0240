"""Consumers told apart, and followed from one listing to the next."""

import pytest
from hypothesis import given, strategies as st

from wqstudio.brokers.rabbitmq.management.records import ChannelName, ConsumerRecord, QueueName
from wqstudio.brokers.rabbitmq.watching.tags import came_and_left, named


def _consumer(tag: str, channel: str = "") -> ConsumerRecord:
    return ConsumerRecord(tag, QueueName("jobs"), channel_details=ChannelName(channel) if channel else [])


A, B = _consumer("a", "1"), _consumer("b", "2")
NAMELESS = _consumer("a")


@pytest.mark.parametrize(
    ("old", "new", "came", "left"),
    [
        ([], [A], ["a"], []),
        ([A], [], [], ["a"]),
        ([], [NAMELESS], ["a"], []),
        ([NAMELESS], [A], [], []),
        ([A], [NAMELESS], [], []),
        ([NAMELESS], [], [], ["a"]),
        ([A], [B], ["b"], ["a"]),
        ([A], [_consumer("a", "3")], ["a"], ["a"]),
        ([NAMELESS, NAMELESS], [A, NAMELESS], [], []),
        ([NAMELESS, NAMELESS], [A], [], ["a (channel not known yet) 2"]),
        ([A], [_consumer("a", "3"), A], ["a (3)"], []),
    ],
)
def test_a_consumer_is_the_same_with_or_without_its_channel(
    old: list[ConsumerRecord], new: list[ConsumerRecord], came: list[str], left: list[str]
) -> None:
    assert came_and_left(old, new) == (came, left)


CONSUMERS = st.lists(st.builds(_consumer, st.sampled_from("ab"), st.sampled_from(["", "1", "2"])), max_size=8)


@given(CONSUMERS)
def test_no_name_is_given_twice(records: list[ConsumerRecord]) -> None:
    names = [name for name, _ in named(records)]
    assert len(set(names)) == len(names) == len(records)


@given(CONSUMERS, CONSUMERS)
def test_the_numbers_of_those_who_came_and_left_agree(old: list[ConsumerRecord], new: list[ConsumerRecord]) -> None:
    came, left = came_and_left(old, new)
    assert len(old) + len(came) - len(left) == len(new)
