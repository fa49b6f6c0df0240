from dataclasses import replace

import pytest

from wqstudio.domain.queue import Source
from wqstudio.domain.worker import Phase, WorkerSpec, WorkerState
from wqstudio.engine.playing.working_off import working_off


def _worker(held: int, acked: int, phase: Phase = Phase.WORKING) -> WorkerState:
    return WorkerState(1, WorkerSpec("one", Source("jobs")), phase, host=0, held=held, acked=acked)


def test_the_slowest_at_what_it_holds_decides_how_long_it_takes() -> None:
    slow, fast = _worker(held=26, acked=4), _worker(held=10, acked=20)
    assert working_off([slow, fast], 2.0) == pytest.approx(13.0)
    assert working_off([fast], 2.0) == pytest.approx(1.0)
    assert working_off([_worker(held=0, acked=0)], 2.0) == 0.0


def test_a_scheduler_is_done_with_what_it_passes_on() -> None:
    assert working_off([replace(_worker(held=10, acked=0), forwarded=5)], 2.0) == pytest.approx(4.0)


def test_of_one_that_has_done_nothing_yet_it_cannot_be_told_unless_it_is_gone() -> None:
    assert working_off([_worker(held=3, acked=0)], 2.0) is None
    assert working_off([_worker(held=3, acked=0, phase=Phase.CRASHED)], 2.0) == 0.0
