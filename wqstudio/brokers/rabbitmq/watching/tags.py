"""Consumers told apart: their tags are of their programs' choice, and may be the same on several channels."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from wqstudio.brokers.rabbitmq.management.records import ConsumerRecord

Named: TypeAlias = tuple[str, ConsumerRecord]


def named(records: Sequence[ConsumerRecord]) -> Iterator[Named]:
    """Each with its tag, and with its channel where several use the same tag. No name is given twice."""
    tags = Counter(record.consumer_tag for record in records)
    given: Counter[str] = Counter()
    for record in records:
        name = record.consumer_tag
        if tags[name] > 1:
            name = f"{name} ({record.channel or 'channel not known yet'})"
            given[name] += 1
            if given[name] > 1:
                name = f"{name} {given[name]}"
        yield name, record


def came_and_left(old: Sequence[ConsumerRecord], new: Sequence[ConsumerRecord]) -> tuple[list[str], list[str]]:
    """Names of those who came to a queue and of those who left it.

    Nodes gather consumers and channels at different instants, up to 5 s apart: a new consumer may be told of before its
    channel, and one that has gone after it. With or without the channel, it is the same one.
    """
    came, left = _missing(new, among=old), _missing(old, among=new)
    return _unmatched(came, left), _unmatched(left, came)


def _missing(records: Sequence[ConsumerRecord], *, among: Iterable[ConsumerRecord]) -> list[Named]:
    there = Counter((record.consumer_tag, record.channel) for record in among)
    missing: list[Named] = []
    for name, record in named(records):
        key = (record.consumer_tag, record.channel)
        if there[key]:
            there[key] -= 1
        else:
            missing.append((name, record))
    return missing


def _unmatched(these: Iterable[Named], others: Iterable[Named]) -> list[str]:
    """Names of those that are not among the others, one of each pair being without its channel."""
    partners = Counter((record.consumer_tag, not record.channel) for _, record in others)
    unmatched: list[str] = []
    for name, record in these:
        key = (record.consumer_tag, bool(record.channel))
        if partners[key]:
            partners[key] -= 1
        else:
            unmatched.append(name)
    return unmatched
