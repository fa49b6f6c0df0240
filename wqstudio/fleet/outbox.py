"""Reports on their way out of a fleet host, and what may happen only once they are out."""

import asyncio
import os
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

from wqstudio.domain.settled import SettledDelivery, pack_delivery
from wqstudio.fleet.frames import FrameEncoder
from wqstudio.fleet.wire import BegunRow, ConfirmedRow, ProducerUpdate, Report, WorkerUpdate

_Then: TypeAlias = tuple[Callable[[Any], None], Any]


class Outbox:
    """Collects the reports of one turn of the loop and writes them at its end, in one frame.

    ``then`` of a settled row runs after the row is in the pipe, never before: an acknowledgement that the broker
    has seen is one that the parent will read, however this process ends. When the pipe is full everything waits,
    acknowledgements included; nothing is dropped.
    """

    def __init__(self, fd: int, on_gone: Callable[[], None]) -> None:
        """``fd`` is the writing end of a pipe; ``on_gone`` is called when nobody reads it any more."""
        os.set_blocking(fd, False)
        self._fd = fd
        self._on_gone = on_gone
        self._loop = asyncio.get_running_loop()
        self._encoder = FrameEncoder()
        self._report = Report()
        self._settled = bytearray()
        self._sequences: dict[tuple[int, float], list[int]] = {}
        """Confirmed, by producer and time of sending."""
        self._then: list[_Then] = []
        self._scheduled = False
        self._unsent = memoryview(b"")
        self._unsent_then: list[_Then] = []
        self._room = asyncio.Event()
        self._room.set()

    def settled(
        self, delivery: SettledDelivery, then: Callable[[Any], None] | None = None, argument: object = None
    ) -> None:
        self._settled += pack_delivery(*delivery)
        if then is not None:
            self._then.append((then, argument))
        if not self._scheduled:
            self._schedule()

    def begun(self, row: BegunRow) -> None:
        self._report.begun.append(row)
        self._schedule()

    def confirmed(self, producer: int, sequence: int, sent: float) -> None:
        """``sent``: unix time in seconds. What was sent at once goes into one row."""
        self._sequences.setdefault((producer, sent), []).append(sequence)
        self._schedule()

    def worker(self, update: WorkerUpdate) -> None:
        self._report.workers.append(update)
        self._schedule()

    def producer(self, update: ProducerUpdate) -> None:
        self._report.producers.append(update)
        self._schedule()

    @property
    def full(self) -> bool:
        return bool(self._unsent)

    async def room(self) -> None:
        """Return when the pipe is not full."""
        await self._room.wait()

    async def written(self) -> None:
        """Return when all that was reported so far is in the pipe, and its ``then`` has been run."""
        done = asyncio.Event()
        self._then.append((lambda event: event.set(), done))
        self._schedule()
        await done.wait()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        if self._unsent:
            return  # still scheduled: ``_go_on`` comes back here
        self._scheduled = False
        report, self._report = self._report, Report()
        if self._settled:
            report.settled = bytes(self._settled)
            self._settled.clear()
        if self._sequences:
            report.confirmed = [
                row for (producer, sent), mine in self._sequences.items() for row in ranges(producer, mine, sent)
            ]
            self._sequences = {}
        then, self._then = self._then, []
        self._write(memoryview(self._encoder.encode(report)), then)

    def _write(self, data: memoryview, then: list[_Then]) -> None:
        try:
            written = os.write(self._fd, data)
        except BlockingIOError:
            written = 0
        except BrokenPipeError:
            self._on_gone()
            return
        if written < len(data):
            self._wait_for_room(data[written:], then)
            return
        for call, argument in then:
            call(argument)

    def _wait_for_room(self, unsent: memoryview, then: list[_Then]) -> None:
        self._unsent, self._unsent_then = unsent, then
        self._room.clear()
        self._loop.add_writer(self._fd, self._go_on)

    def _go_on(self) -> None:
        unsent, self._unsent = self._unsent, memoryview(b"")
        then, self._unsent_then = self._unsent_then, []
        self._loop.remove_writer(self._fd)
        self._write(unsent, then)
        if not self._unsent:
            self._room.set()
            if self._scheduled:
                self._flush()


def ranges(producer: int, sequences: list[int], sent: float) -> list[ConfirmedRow]:
    """The runs of consecutive numbers among ``sequences``, which holds none twice."""
    ordered = sorted(sequences)
    starts = [ordered[0], *(after for before, after in pairwise(ordered) if after != before + 1)]
    ends = [*(before for before, after in pairwise(ordered) if after != before + 1), ordered[-1]]
    return [ConfirmedRow(producer, first, last - first + 1, sent) for first, last in zip(starts, ends, strict=True)]
