from wqstudio.domain.queue import Source
from wqstudio.domain.worker import Phase, WorkerSpec, WorkerState, next_number


def test_names_fill_the_gaps() -> None:
    named = [WorkerState(1, WorkerSpec(name, Source("jobs")), Phase.WAITING, host=0) for name in ("w-1", "w-3", "v-2")]
    assert next_number("w", named) == 2
    assert next_number("x", named) == 1
