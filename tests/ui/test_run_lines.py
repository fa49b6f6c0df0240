"""The lines that runs of dead letters have below the table: they come, they go, and never take the table's room."""

import itertools
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QLabel, QTabWidget, QWidget
from pytestqt.qtbot import QtBot

from tests.contract.graveyards import DEAD, WORK, NatsGraveyard
from tests.ui.letter_windows import click, desk, look, result
from tests.ui.windows import child
from tests.waiting import until
from wqstudio.domain.redrive import Action, Plan
from wqstudio.engine.journal.journal import Move
from wqstudio.ui.letter_tabs import LetterTabs
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.panels import run_line
from wqstudio.ui.panels.explorer import ExplorerPanel
from wqstudio.ui.panels.journal import JournalPanel
from wqstudio.ui.panels.letters import LettersPanel
from wqstudio.ui.panels.letters_table import LettersTable
from wqstudio.ui.panels.runs import RunsStrip


def results(window: MainWindow) -> list[str]:
    """That are to be seen, from top to bottom."""
    found = child(window, RunsStrip, "runsStrip").findChildren(QLabel, "runResult")
    return [label.text() for label in found if label.isVisible()]


def lines(window: MainWindow) -> list[str]:
    """The names of all that are to be seen."""
    strip = child(window, RunsStrip, "runsStrip")
    frames = strip.findChildren(QFrame)
    return [each.objectName() for each in frames if each.parent() is strip and each.isVisible()]


@pytest.fixture(autouse=True)
def pointer(qapp: QApplication) -> Iterator[None]:
    """Where it was, for the next test."""
    del qapp
    before = QCursor.pos()
    yield
    QCursor.setPos(before)


async def point(at: QWidget) -> None:
    """With the mouse, which is told of only where it moves within a window that is there."""
    steps = itertools.cycle((QPoint(0, 0), QPoint(1, 1)))

    def arrives() -> bool:
        QCursor.setPos(at.mapToGlobal(at.rect().center()) + next(steps))
        return at.underMouse()

    await until(arrives)


async def requeue(window: MainWindow, *ids: int) -> None:
    run = desk(window).begin(look(window), Plan(DEAD, ids=ids))
    await run.over()
    await until(lambda: not window.findChildren(QFrame, "runLine"))


async def test_what_went_well_goes_by_itself_and_what_did_not_stays_until_it_was_seen(
    window: MainWindow, graveyard: NatsGraveyard, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(run_line, "STAYS_MS", 100)
    await point(child(window, ExplorerPanel, "explorerPanel"))
    await graveyard.limit_work(2)
    await requeue(window, 1)
    await until(lambda: not lines(window))
    await requeue(window, 2, 3)
    assert "1 refused" in await result(window)
    [entry, earlier] = desk(window).journal.page(0, 9, desk(window).place)
    assert (entry.progress.refused, earlier.progress.moved) == (1, 1)
    await graveyard.limit_work(100)
    await requeue(window, 4)
    await until(lambda: len(results(window)) == 1)
    assert "1 refused" in results(window)[0]
    click(window, "runShow", qtbot)
    journal = child(window, JournalPanel, "journalPanel")
    await until(lambda: (shown := journal.detail.shown) is not None and shown.id == entry.id)
    assert not lines(window)


async def test_what_was_not_all_there_stays_as_well(
    window: MainWindow, graveyard: NatsGraveyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_line, "STAYS_MS", 100)
    await point(child(window, ExplorerPanel, "explorerPanel"))
    await graveyard.take_dead(1)
    await requeue(window, 1, 2)
    assert "1 not there any more" in await result(window)
    await requeue(window, 3)
    await until(lambda: len(results(window)) == 1)
    assert "1 not there any more" in results(window)[0]


async def test_a_line_stays_while_somebody_may_be_about_to_click_on_what_moves_then(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_line, "STAYS_MS", 50)
    await point(child(window, LettersTable, "lettersTable"))
    await requeue(window, 1)
    line = child(window, run_line.ResultLine, "resultLine")
    ended: list[None] = []
    line._stay.timeout.connect(lambda: ended.append(None))
    await until(lambda: len(ended) >= 2)
    assert lines(window) == ["resultLine"]
    await point(child(window, ExplorerPanel, "explorerPanel"))
    await until(lambda: not lines(window))


async def test_a_line_is_not_written_while_nobody_sees_it_and_is_right_once_it_is_shown(window: MainWindow) -> None:
    tabs = child(window, QTabWidget, "tabs")
    run = desk(window).begin(look(window), Plan(DEAD, rate=10))
    figures = child(window, QLabel, "runFigures")
    await until(lambda: " of 30" in figures.text())
    tabs.setCurrentIndex(0)
    before, moved = figures.text(), run.progress.moved
    await until(lambda: run.progress.moved > moved + 2)
    assert figures.text() == before
    tabs.setCurrentWidget(child(window, LettersPanel, "lettersPanel"))
    assert int(figures.text().split()[0]) > moved + 2
    run.cancel()
    await run.over()


async def test_a_line_stays_while_somebody_is_at_it(window: MainWindow) -> None:
    await point(child(window, ExplorerPanel, "explorerPanel"))
    await requeue(window, 1)
    line = child(window, run_line.ResultLine, "resultLine")
    ended: list[None] = []
    line._stay.timeout.connect(lambda: ended.append(None))
    child(line, QAbstractButton, "runShow").setFocus()
    line._stay.start(50)
    await until(lambda: len(ended) >= 2)
    assert lines(window) == ["resultLine"]
    child(window, QTabWidget, "tabs").setFocus()
    await until(lambda: not lines(window))


async def test_never_more_than_a_few_lines_take_the_room_of_the_letters(
    window: MainWindow, graveyard: NatsGraveyard, qtbot: QtBot
) -> None:
    journal, place = desk(window).journal, desk(window).place
    for number in range(4):
        journal.begin(f"run-{number}", place, Plan(DEAD, towards=WORK), 1)
        journal.record(f"run-{number}", [Move(0, b"%016d" % number)])
    strip = child(window, RunsStrip, "runsStrip")
    strip.look_for_interrupted()
    await until(lambda: len(lines(window)) == 3)
    assert sorted(lines(window)) == ["foldedLine", "interruptedLine", "interruptedLine"]
    folded = child(window, QFrame, "foldedLine")
    assert folded.accessibleName() == "2 more: 2 interrupted"
    await graveyard.limit_work(1)
    await requeue(window, 1)
    await requeue(window, 2)
    await requeue(window, 3)
    assert folded.accessibleName() == "4 more: 3 interrupted, 1 not done as wanted"
    assert len(lines(window)) == 3
    window.resize(1100, 700)
    await requeue(window, 4)
    assert len(lines(window)) == 2
    click(window, "foldedShow", qtbot)
    tabs = window.findChildren(LetterTabs)
    assert child(window, QTabWidget, "tabs").currentWidget() is tabs[0].journal
    tabs[0].show_letters()
    await until(lambda: folded.accessibleName() == "4 more: 4 interrupted")
    click(window, "foldedDismiss", qtbot)
    assert lines(window) == ["resultLine"]
    assert len(await desk(window).interrupted()) == 4


async def test_what_a_run_does_has_room_before_how_it_gets_on(window: MainWindow) -> None:
    window.resize(1000, 620)
    run = desk(window).begin(look(window), Plan(DEAD, rate=2))
    line = child(window, run_line.RunLine, "runLine")
    await until(lambda: line._figures.text().endswith(" left"))
    await until(lambda: line._title.shown == line._title.text())
    assert line._figures.text().startswith(line._figures.shown)
    run.cancel()
    await run.over()


async def test_what_was_interrupted_is_told_by_name_in_a_narrow_window(window: MainWindow) -> None:
    window.resize(1000, 620)
    journal, place = desk(window).journal, desk(window).place
    journal.begin("narrow", place, Plan(DEAD, Action.DISCARD), 1)
    journal.record("narrow", [Move(0, b"%016d" % 0)])
    child(window, RunsStrip, "runsStrip").look_for_interrupted()
    await until(lambda: lines(window) == ["interruptedLine"])
    line = child(window, run_line.InterruptedLine, "interruptedLine")
    await until(lambda: line._title.shown.endswith(f"Discard from {DEAD}"))


async def test_the_lines_follow_the_height_of_the_window(window: MainWindow, qtbot: QtBot) -> None:
    journal, place = desk(window).journal, desk(window).place
    for number in range(3):
        journal.begin(f"high-{number}", place, Plan(DEAD, towards=WORK), 1)
        journal.record(f"high-{number}", [Move(0, b"%016d" % number)])
    window.resize(1100, 700)
    strip = child(window, RunsStrip, "runsStrip")
    strip.look_for_interrupted()
    folded = child(window, QFrame, "foldedLine")
    await until(lambda: folded.accessibleName() == "2 more: 2 interrupted")
    window.resize(1100, 900)
    await until(lambda: folded.accessibleName() == "1 more: 1 interrupted")
    assert sorted(lines(window)) == ["foldedLine", "interruptedLine", "interruptedLine"]
    click(window, "foldedDismiss", qtbot)
    assert lines(window) == ["interruptedLine", "interruptedLine"]
    window.resize(1100, 700)
    await until(lambda: folded.accessibleName() == "1 more: 1 interrupted")
    assert sorted(lines(window)) == ["foldedLine", "interruptedLine"]
    window.resize(1100, 900)
    await until(lambda: not folded.isVisible())
    assert lines(window) == ["interruptedLine", "interruptedLine"]
