from collections.abc import Iterator

import pytest

from tests.unit.engine.recordings import START, row, task
from tests.waiting import until
from wqstudio.domain.delivery import BegunDelivery, ConfirmedTasks, FleetBatch, deliveries
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.queue import Source
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.settled import pack_delivery
from wqstudio.domain.worker import Phase, WorkerSpec, WorkerState
from wqstudio.engine.figures import process as figures_process, wire
from wqstudio.engine.figures.process import FiguresProcess
from wqstudio.engine.timeline.timeline import Timeline


@pytest.fixture
def timeline() -> Timeline:
    """Two workers."""
    made = Timeline(clock=lambda: START - 1.0)
    states = tuple(
        WorkerState(number, WorkerSpec(f"w{number}", Source("jobs")), Phase.WAITING, host=1) for number in (1, 2)
    )
    made.take(FleetBatch(workers=states))
    return made


@pytest.fixture
def process(timeline: Timeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[FiguresProcess]:
    monkeypatch.setattr(figures_process, "_ROWS", 7)  # so that a few deliveries go in several parts
    made = FiguresProcess(timeline)
    yield made
    made.close()


def _work(timeline: Timeline, first: int, count: int) -> None:
    timeline.take(FleetBatch(confirmed=(ConfirmedTasks(7, first, count, START + first),)))
    rows = [
        row(1 + n % 2, task(n), (first + 1.0, first + 1.0 + n % 5, first + 3.0 + n % 5))
        for n in range(first, first + count)
    ]
    timeline.take(FleetBatch(settled=deliveries(b"".join(pack_delivery(*each) for each in rows))))


async def _answer(process: FiguresProcess) -> Reading[Figures]:
    found: list[Reading[Figures]] = []

    def came() -> bool:
        found.extend(one for one in (process.answer(),) if one is not None)
        return bool(found) or not process.busy

    process.ask()
    await until(came)
    return found[0]


async def test_it_reckons_as_the_timeline_does_whatever_has_come_since(
    timeline: Timeline, process: FiguresProcess
) -> None:
    assert isinstance(await _answer(process), Unknown)
    for first, count in ((0, 20), (20, 1), (21, 30)):
        _work(timeline, first, count)
        assert await _answer(process) == timeline.figures()
    begun = BegunDelivery(1, task(60), 1, START + 30, START + 30, 5.0, 5.0)
    timeline.take(FleetBatch(begun=(begun,)))
    assert await _answer(process) == timeline.figures()


async def test_what_was_sent_before_what_is_known_finds_its_place(
    timeline: Timeline, process: FiguresProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    _work(timeline, 0, 20)
    _work(timeline, 30, 5)
    await _answer(process)
    told: list[wire.Command] = []
    assert process._child is not None
    send = process._child.send

    def listen(command: wire.Command) -> None:
        told.append(command)
        send(command)

    monkeypatch.setattr(process._child, "send", listen)
    _work(timeline, 20, 1)
    assert await _answer(process) == timeline.figures()
    (published,) = [command for command in told if isinstance(command, wire.Published)]
    assert (published.after, len(published.tasks) // 8) == (20, 6)


async def test_a_timeline_that_was_cleared_is_reckoned_from_then_on(
    timeline: Timeline, process: FiguresProcess
) -> None:
    _work(timeline, 0, 20)
    await _answer(process)
    timeline.clear()
    assert isinstance(await _answer(process), Unknown)
    _work(timeline, 20, 3)
    assert await _answer(process) == timeline.figures()
    timeline.clear()
    _work(timeline, 23, 8)  # more than there were before it was cleared
    assert await _answer(process) == timeline.figures()


async def test_one_that_was_killed_is_replaced(timeline: Timeline, process: FiguresProcess) -> None:
    _work(timeline, 0, 20)
    await _answer(process)
    assert process._child is not None
    process._child.kill()
    process.ask()
    await until(lambda: process.answer() is None and not process.busy)
    assert await _answer(process) == timeline.figures()
