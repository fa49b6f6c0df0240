"""Exported messages are imported to where they came from, to the queue that is shown, or to a place that is written."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.contract.graveyards import DEAD, WORK, Graveyard, RabbitGraveyard, buried, graveyard_of
from tests.ui.letter_windows import desk
from tests.ui.windows import child, window_on
from tests.waiting import until
from wqstudio.dlq import previews as dlq_previews
from wqstudio.domain.redrive import Choice
from wqstudio.engine.looks.look import Look
from wqstudio.engine.looks.process import LettersProcess
from wqstudio.engine.moves import plan_words
from wqstudio.ui.letter_tabs import LetterTabs
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.panels.facts_view import FactsView
from wqstudio.ui.panels.import_sheet import ImportSheet
from wqstudio.ui.panels.letters import LettersPanel
from wqstudio.ui.theme import Theme

BODIES = [b'{"order": %d}' % number for number in range(5)]


@pytest_asyncio.fixture(params=["nats", "rabbitmq"])
async def graveyard(request: pytest.FixtureRequest) -> AsyncIterator[Graveyard]:
    async with buried(graveyard_of(request), BODIES) as made:
        yield made


@pytest_asyncio.fixture
async def file(graveyard: Graveyard, tmp_path: Path) -> Path:
    """What lay there, and does not any more."""
    exported = tmp_path / "letters.jsonl"
    look = Look(LettersProcess(graveyard.connection, tmp_path / "other.sqlite"), DEAD)
    await look.open()
    assert (await look.export(Choice(DEAD, len(BODIES)), exported)).count == len(BODIES)
    await look.close()
    assert await graveyard.bodies(DEAD) == BODIES
    await graveyard.remove(DEAD)
    await graveyard.make()
    return exported


@pytest_asyncio.fixture
async def window(graveyard: Graveyard, file: Path, theme: Theme, tmp_path: Path) -> AsyncIterator[MainWindow]:
    del file  # which had to be made before
    async with window_on(graveyard.connection, theme, tmp_path) as shown:
        await until(lambda: shown.studio is not None and shown.studio.monitor.snapshot is not None)
        yield shown


async def asked(window: MainWindow, file: Path) -> ImportSheet:
    window.findChildren(LetterTabs)[0].bring(str(file))
    await until(lambda: window.findChild(ImportSheet) is not None)
    sheet = child(window, ImportSheet, "importSheet")
    await until(child(sheet, QPushButton, "importGo").isEnabled)
    return sheet


async def choose(sheet: ImportSheet, place: str, qtbot: QtBot) -> None:
    """By keyboard, and wait for what that means."""
    line = child(sheet, QComboBox, "movePlace").lineEdit()
    assert line is not None
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, place)
    qtbot.keyClick(line, Qt.Key.Key_Tab)
    await until(child(sheet, QPushButton, "importGo").isEnabled)


async def carry_out(window: MainWindow, sheet: ImportSheet, qtbot: QtBot) -> None:
    qtbot.mouseClick(child(sheet, QPushButton, "importGo"), Qt.MouseButton.LeftButton)
    await until(lambda: any("Published 5" in each.text() for each in window.findChildren(QLabel, "runResult")))


async def test_they_go_back_to_the_queue_that_is_shown(
    window: MainWindow, graveyard: Graveyard, file: Path, qtbot: QtBot
) -> None:
    panel = child(window, LettersPanel, "lettersPanel")
    await until(lambda: any(place.grave.queue == DEAD for place in panel._places))
    window.findChildren(LetterTabs)[0].show_letters()
    await until(lambda: panel.session is not None and panel.session.grave is not None)
    sheet = await asked(window, file)
    offered = child(sheet, QComboBox, "movePlace")
    assert offered.itemText(0) == "Each to where it came from"
    assert offered.itemText(1) == f"{DEAD}  ·  dead letters  ·  shown here"
    offered.setFocus()
    qtbot.keyClick(offered, Qt.Key.Key_Down)
    await until(lambda: f"5 → {DEAD}" in child(sheet, FactsView, "importFacts").said)
    await until(child(sheet, QPushButton, "importGo").isEnabled)
    await carry_out(window, sheet, qtbot)
    assert panel.session is not None
    panel.session.leave("enough")
    await until(lambda: panel.session is not None and panel.session.look is None)
    assert await graveyard.bodies(DEAD) == BODIES
    assert await graveyard.bodies(WORK) == []


async def test_they_go_to_a_place_that_is_written_as_on_the_command_line(
    window: MainWindow, graveyard: Graveyard, file: Path, qtbot: QtBot
) -> None:
    place = f"{WORK}.other"
    if isinstance(graveyard, RabbitGraveyard):
        graveyard.share("again", WORK)
        place = "again/any"
    sheet = await asked(window, file)
    await choose(sheet, place, qtbot)
    await carry_out(window, sheet, qtbot)
    assert await graveyard.bodies(WORK) == BODIES
    [entry] = desk(window).journal.page(0, 9, desk(window).place)
    assert entry.plan.destination is not None
    assert entry.plan.destination.queue == place
    if isinstance(graveyard, RabbitGraveyard):
        assert (entry.plan.destination.exchange, entry.plan.destination.route) == ("again", "any")


async def test_a_place_that_is_not_there_is_said_to_be_none(window: MainWindow, file: Path) -> None:
    sheet = await asked(window, file)
    line = child(sheet, QComboBox, "movePlace").lineEdit()
    assert line is not None
    line.setText("no where")
    line.editingFinished.emit()
    await until(lambda: "There is no message that could be published." in child(sheet, QLabel, "importMessage").text())
    assert not child(sheet, QPushButton, "importGo").isEnabled()
    sheet.reject()


async def test_the_preview_says_what_becomes_of_headers_as_the_command_line_does(
    window: MainWindow, file: Path
) -> None:
    sheet = await asked(window, file)
    said = child(sheet, FactsView, "importFacts").said
    found = sheet._found
    assert found is not None
    assert found.preview is not None
    rewriting = found.preview.rewriting
    assert rewriting is not None
    assert "Original-Stream" in rewriting.kept
    printed = dlq_previews.import_preview(found.preview, as_json=False)
    for name in (*rewriting.kept, *(name for name, _ in rewriting.added), *(name for name, _ in rewriting.stripped)):
        assert name in printed
        assert name in said
    assert f"Kept: {', '.join(rewriting.kept)}" in said
    assert all(remark in said for remark in (*rewriting.remarks, plan_words.DIED))
