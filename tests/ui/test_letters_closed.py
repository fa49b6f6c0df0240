"""What is under way on dead letters when their panels are closed touches nothing of them any more."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import shiboken6
from PySide6.QtWidgets import QWidget

from tests.waiting import until
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.redrive import Plan, Progress, RunState
from wqstudio.engine.journal.journal import Move
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.process import Run
from wqstudio.ui.catch_up import CatchUp
from wqstudio.ui.look_session import LookSession
from wqstudio.ui.models.graves import Grave, Place
from wqstudio.ui.panels.journal import JournalPanel
from wqstudio.ui.panels.letters_foot import LettersFoot
from wqstudio.ui.panels.letters_head import LettersHead
from wqstudio.ui.panels.runs import RunsStrip
from wqstudio.ui.theme import Theme
from wqstudio.ui.throttle import Throttle

DONE = Progress(moved=3, state=RunState.DONE)
HTML = "<b>jobs</b>"


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Nothing is connected to."""
    desk = Desk(NatsConnection(), tmp_path / "journal.sqlite")
    desk.journal.begin("r", desk.place, Plan("dead"), 3)
    desk.journal.keep_progress("r", DONE)
    yield desk
    await desk.close()


@pytest_asyncio.fixture
async def errors() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: found.append(context))
    return found


async def _delete(part: QWidget) -> None:
    shiboken6.delete(part)
    await asyncio.sleep(0.3)


async def test_the_journal_reads_nothing_more_once_it_is_closed(desk: Desk, theme: Theme) -> None:
    """The loop may be over before its timers are."""
    panel = JournalPanel(desk, theme)
    panel.show()
    await until(lambda: panel.detail.shown is not None)
    for run in ("r", "another"):
        for _ in range(2):
            panel._on_run(Run(run, Plan("dead"), lambda _: None, lambda _: None))
    timers = panel.findChildren(Throttle)
    assert all(timer.isActive() for timer in timers)
    panel.detach()
    assert not any(timer.isActive() for timer in timers)
    await _delete(panel)


async def test_the_journal_is_closed_while_it_looks_closer(desk: Desk, theme: Theme, errors: list[Any]) -> None:
    panel = JournalPanel(desk, theme)
    panel.show()
    await until(lambda: panel.detail.shown is not None)
    panel.detach()
    await _delete(panel)
    assert errors == []


async def test_the_journal_is_closed_while_it_is_read_and_written(
    desk: Desk, theme: Theme, errors: list[Any], tmp_path: Path
) -> None:
    panel = JournalPanel(desk, theme)
    panel.show()
    exporting = asyncio.create_task(panel.export(tmp_path / "journal.json"))
    await asyncio.sleep(0)  # both are under way, and nothing has come yet
    assert panel.model.rowCount() == 0
    panel.detach()
    await _delete(panel)
    await exporting
    assert errors == []


async def test_the_strip_of_runs_is_closed_while_it_looks_for_what_was_interrupted(
    desk: Desk, theme: Theme, errors: list[Any]
) -> None:
    desk.journal.begin("half", desk.place, Plan("dead"), 3)
    desk.journal.record("half", [Move(0, b"begun")])
    strip = RunsStrip(desk, theme)
    await asyncio.sleep(0)
    strip.detach()
    await _delete(strip)
    assert errors == []


async def test_the_strip_of_runs_is_closed_while_it_finds_out_about_an_undo(
    desk: Desk, theme: Theme, errors: list[Any]
) -> None:
    strip = RunsStrip(desk, theme)
    run = Run("r", Plan("dead"), lambda _: None, lambda _: None)
    strip._on_run(run)
    run.on_progress(DONE)
    run.end()
    strip._on_run(run)
    strip.detach()
    await _delete(strip)
    assert errors == []


class _Session(LookSession):
    """Notes what is asked of it, which takes as long as somebody waits for it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.said: list[str] = []

    async def catch_up(self) -> None:
        self.said.append("asked")
        try:
            await asyncio.Event().wait()
        finally:
            self.said.append("left")


@pytest.mark.parametrize("at_once", [True, False])
async def test_nothing_is_asked_of_a_look_any_more_once_it_is_not_followed(desk: Desk, *, at_once: bool) -> None:
    """Be it in the very turn in which it was about to be asked, or while it was."""
    session, loop = _Session(desk), asyncio.get_running_loop()
    ended: list[bool] = []

    def end() -> None:
        following.stop()
        ended.append(True)

    def may() -> bool:
        if at_once:
            loop.call_soon(end)
        return True

    following = CatchUp(session, may, session)
    session.moved.emit(None)
    if not at_once:
        await until(lambda: session.said)
        end()
    await until(lambda: ended)
    await until(lambda: session.said in ([], ["asked", "left"]), within=2)
    assert session.said == ([] if at_once else ["asked", "left"])


def test_a_queue_called_like_html_is_shown_letter_by_letter(theme: Theme) -> None:
    head, foot = LettersHead(theme), LettersFoot(read_only=False)
    head.show_grave(Grave(HTML))
    head.say(f"What is in {HTML}")
    foot.say(f"No {HTML}")
    parts = (*head.findChildren(QWidget), *foot.findChildren(QWidget))
    tips = [part.toolTip() for part in parts if "jobs" in part.toolTip()]
    assert len(tips) == 3
    assert all("<b>" not in tip for tip in tips)


def test_an_ampersand_in_a_queues_name_is_no_mark_of_a_key(theme: Theme) -> None:
    head = LettersHead(theme)
    head.show_places([Place(Grave("salt&pepper"), 3)])
    menu = head.chooser.menu()
    menu.aboutToShow.emit()
    assert menu.actions()[0].text().startswith("salt&&pepper\t")
