"""How runs of ``wqstudio dlq`` end, where what stayed did so for several reasons at once."""

import pytest

from wqstudio.dlq.codes import DONE, FAILED, NOTHING, PARTLY, of_import, of_run
from wqstudio.domain.redrive import Progress, RunState


@pytest.mark.parametrize(
    ("progress", "code"),
    [
        (Progress(state=RunState.DONE, moved=1), DONE),
        (Progress(state=RunState.DONE, moved=1, gone=1), PARTLY),
        (Progress(state=RunState.DONE, gone=2), NOTHING),
        (Progress(state=RunState.DONE, gone=2, doubled=1), PARTLY),
        (Progress(state=RunState.DONE, gone=1, refused=1), FAILED),
        (Progress(state=RunState.DONE, gone=1, refused=1, kept=1), PARTLY),
        (Progress(state=RunState.STOPPED, gone=1), FAILED),
        (Progress(state=RunState.STOPPED, moved=1, trouble="stopped"), PARTLY),
        (Progress(state=RunState.INTERRUPTED, moved=1), FAILED),
        (Progress(state=RunState.DONE, moved=2, doubled=1), PARTLY),
    ],
)
def test_a_run_in_which_nothing_moved_is_not_done_in_part(progress: Progress, code: int) -> None:
    """Save where copies are stored; and if others had taken all of them, there was none any more."""
    assert of_run(progress) == code


def test_an_import_that_may_have_doubled_some_says_so() -> None:
    assert of_import(Progress(state=RunState.DONE, moved=2)) == DONE
    assert of_import(Progress(state=RunState.DONE, moved=2, doubled=1)) == PARTLY
