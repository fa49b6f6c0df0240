"""How many letters are left of those that were counted, while runs take some."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.redrive import Plan, Progress, RunState
from wqstudio.domain.survey import Standing
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.process import Run
from wqstudio.ui.models.graves import Grave
from wqstudio.ui.since_counted import SinceCounted

DEAD = "dead"


@pytest.fixture
async def since(tmp_path: Path) -> AsyncIterator[SinceCounted]:
    """Of a queue that had 30 letters."""
    desk = Desk(NatsConnection(), tmp_path / "journal.sqlite")
    since = SinceCounted(desk, lambda _: None)
    since.begin(Grave(DEAD))
    since.take(_standing(30), 1)
    yield since
    await desk.close()


async def test_what_is_missing_before_it_is_told_is_taken_away_once(since: SinceCounted) -> None:
    run = Run("run", Plan(DEAD), lambda _: None, lambda _: None)
    since.runs._hear(run)
    run.on_progress(Progress(moved=3))
    assert since.left == 27
    since.take(_standing(26), 2)
    run.on_progress(Progress(moved=4))
    assert since.left == 26
    run.on_progress(Progress(RunState.CANCELLED, moved=4))
    run.end()
    since.take(_standing(26), 3)
    assert since.left == 26


async def test_what_comes_while_a_run_goes_on_is_counted(since: SinceCounted) -> None:
    run = Run("run", Plan(DEAD), lambda _: None, lambda _: None)
    since.runs._hear(run)
    run.on_progress(Progress(moved=3))
    since.ask()
    run.on_progress(Progress(moved=4))
    since.take(_standing(32), 2)
    assert since.left == 31, "as if one had gone since they were counted, which the next count tells"
    since.ask()
    since.take(_standing(32), 3)
    assert since.left == 32
    run.on_progress(Progress(moved=5))
    assert since.left == 31
    run.end()


def _standing(count: int) -> Standing:
    return Standing(count, count, lasting_ids=True)
