"""Nothing is dropped, and nothing is acknowledged before it is written."""

import asyncio
import os
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from wqstudio.domain.delivery import deliveries, each_delivery
from wqstudio.domain.settled import SettledDelivery
from wqstudio.domain.worker import Outcome
from wqstudio.fleet import wire
from wqstudio.fleet.outbox import Outbox, ranges


class Pipe:
    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.reading, False)
        self.frames = wire.report_decoder()

    def read(self) -> list[SettledDelivery]:
        try:
            data = os.read(self.reading, 1 << 20)
        except BlockingIOError:
            return []
        return [row for report in self.frames.feed(data) for row in each_delivery(deliveries(report.settled))]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    os.close(pipe.reading)
    os.close(pipe.writing)


def never() -> None:
    raise AssertionError("the reader is there")


def row(number: int) -> SettledDelivery:
    return SettledDelivery(1, number, 1, 1.0, 2.0, 3.0, Outcome.ACKED, 1.5)


async def test_what_follows_a_report_happens_after_it_is_in_the_pipe(pipe: Pipe) -> None:
    outbox = Outbox(pipe.writing, never)
    seen: list[list[SettledDelivery]] = []
    outbox.settled(row(1), lambda _: seen.append(pipe.read()))
    assert not seen
    await outbox.written()
    assert seen == [[row(1)]]


async def test_one_turn_is_one_frame(pipe: Pipe) -> None:
    outbox = Outbox(pipe.writing, never)
    for number in range(10):
        outbox.settled(row(number))
    await outbox.written()
    (report,) = pipe.frames.feed(os.read(pipe.reading, 1 << 20))
    assert [each.task for each in each_delivery(deliveries(report.settled))] == list(range(10))


async def test_a_full_pipe_holds_everything_back_and_loses_nothing(pipe: Pipe) -> None:
    outbox = Outbox(pipe.writing, never)
    done: list[object] = []
    for number in range(20_000):
        outbox.settled(row(number), done.append, number)
        if number % 100 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert outbox.full
    assert len(done) < 20_000
    received: list[SettledDelivery] = []
    while len(received) < 20_000:
        received += pipe.read()
        in_pipe_at_least = len(received)
        await asyncio.sleep(0)
        assert len(done) >= in_pipe_at_least - 100
    await outbox.room()
    await outbox.written()
    assert [each.task for each in received] == done == list(range(20_000))
    assert not outbox.full


async def test_a_reader_that_is_gone_is_told_of() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    gone = asyncio.Event()
    outbox = Outbox(writing, gone.set)
    outbox.settled(row(1), lambda _: never())
    await asyncio.wait_for(gone.wait(), 5)
    os.close(writing)


@given(st.sets(st.integers(0, 200), min_size=1))
def test_ranges_hold_exactly_the_numbers_given(numbers: set[int]) -> None:
    rows = ranges(7, list(numbers), 1.0)
    covered = [row.first + offset for row in rows for offset in range(row.count)]
    assert covered == sorted(numbers)
    assert all(after.first > before.first + before.count for before, after in pairwise(rows))
