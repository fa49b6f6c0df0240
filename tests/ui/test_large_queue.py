"""More than RabbitMQ lets a look hold: previews take time, what was exported is discarded, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from tests.contract.graveyards import DEAD, RabbitGraveyard, buried
from tests.rabbit_letters import bodies, put
from tests.rabbit_servers import RabbitHost
from tests.ui.letter_windows import check_out, look, name, press, result, said, sheet, show_letters
from tests.ui.windows import child, window_on
from tests.waiting import until
from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.brokers.rabbitmq.letters.letters import MOST_HELD
from wqstudio.domain.redrive import Action, Plan
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.panels.facts_view import FactsView
from wqstudio.ui.panels.letters import LettersPanel
from wqstudio.ui.panels.letters_table import LettersTable
from wqstudio.ui.panels.letters_view import LettersView
from wqstudio.ui.panels.move_preview import MovePreview
from wqstudio.ui.panels.search_bar import SearchBar
from wqstudio.ui.theme import Theme

COUNT = MOST_HELD + 3


@pytest_asyncio.fixture
async def graveyard(rabbit_host: RabbitHost) -> AsyncIterator[RabbitGraveyard]:
    async with buried(RabbitGraveyard(rabbit_host, "classic"), []) as made:
        await _lay(rabbit_host, *bodies(COUNT))
        yield made


async def test_more_than_a_look_holds_are_exported_and_exactly_these_discarded(
    graveyard: RabbitGraveyard, rabbit_host: RabbitHost, theme: Theme, tmp_path: Path
) -> None:
    file = tmp_path / "kept.jsonl"
    async with window_on(graveyard.connection, theme, tmp_path) as window:
        await _look(window)
        child(window, LettersTable, "lettersTable").selectAll()
        window.actions_by_name["discardLetters"].trigger()
        shown = await sheet(window)
        shown.export(file)
        await until(lambda: f"Exported {COUNT:,}" in said(shown))
        await _lay(rabbit_host, b"late")
        await until(child(shown, QPushButton, "moveGo").isEnabled)
        assert name(shown) == f"Discard {COUNT:,}"
        assert "those exported to kept.jsonl" in shown.about.text()
        assert f"Only the first 10,000 of {COUNT:,} were looked through" in child(shown, FactsView, "moveFacts").said
        press(shown, "moveGo")
        assert (await result(window)).startswith(f"Discarded {COUNT:,}")
    assert len(file.read_text().splitlines()) == COUNT
    assert await graveyard.bodies(DEAD) == [b"late"], "it is in no file"


async def test_what_a_filter_finds_among_the_first_is_not_said_of_all_and_an_export_finds_the_rest(
    graveyard: RabbitGraveyard, theme: Theme, tmp_path: Path
) -> None:
    last = COUNT - 1
    async with window_on(graveyard.connection, theme, tmp_path) as window:
        await _look(window)
        line, count = child(window, QLineEdit, "lettersFilter"), child(window, QLabel, "lettersCount")
        line.setText(f"letter {last}")
        await until(lambda: count.text() == f"0 letters  ·  of the first 10,000 of {COUNT:,} in the queue")
        view = child(window, LettersView, "lettersView")
        assert "among the first 10,000" in view.empty.said
        await child(window, LettersPanel, "lettersPanel").export(tmp_path / "last.jsonl")
        assert count.text() == "1 letter exported to last.jsonl"
        line.setText("letter 99")
        await until(lambda: view.table.model().rowCount() == 111)
        view.table.selectAll()
        await until(lambda: count.text() == f"all that match selected: 111 of the first 10,000 of {COUNT:,}")
        window.actions_by_name["discardLetters"].trigger()
        shown = await sheet(window)
        assert "Only the first 111 that match were looked through" in child(shown, FactsView, "moveFacts").said
        press(shown, "moveCancel")


async def test_what_is_exported_once_more_is_no_more_than_was_chosen(
    graveyard: RabbitGraveyard, theme: Theme, tmp_path: Path
) -> None:
    """By a filter, which those of the first file need no more."""
    meant = [body for body in bodies(COUNT) if b"letter 99" in body]
    async with window_on(graveyard.connection, theme, tmp_path) as window:
        await _look(window)
        child(window, QLineEdit, "lettersFilter").setText("letter 99")
        await until(lambda: (survey := look(window).survey) is not None and survey.done)
        child(window, LettersTable, "lettersTable").selectAll()
        window.actions_by_name["discardLetters"].trigger()
        shown = await sheet(window)
        shown.export(tmp_path / "one.jsonl")
        await until(lambda: f"Exported {len(meant):,}" in said(shown))
        shown.export(tmp_path / "two.jsonl")
        await until(lambda: f"Exported {len(meant):,} to {tmp_path / 'two.jsonl'}" in said(shown))
        await until(child(shown, QPushButton, "moveGo").isEnabled)
        assert name(shown) == f"Discard {len(meant):,}"
        press(shown, "moveGo")
        assert (await result(window)).startswith(f"Discarded {len(meant):,}")
    assert len(await graveyard.bodies(DEAD)) == COUNT - len(meant)


async def test_a_preview_tells_how_far_it_is_and_looks_no_further_once_it_is_cancelled(
    graveyard: RabbitGraveyard, theme: Theme, tmp_path: Path
) -> None:
    async with window_on(graveyard.connection, theme, tmp_path) as window:
        await _look(window)
        child(window, LettersTable, "lettersTable").selectAll()
        window.actions_by_name["discardLetters"].trigger()
        await until(lambda: window.findChild(MovePreview, "movePreview") is not None)
        shown = child(window, MovePreview, "movePreview")
        message, bar = child(shown, QLabel, "moveMessage"), child(shown, SearchBar, "moveProgress")
        await until(lambda: "of 10,000 searched" in message.text())
        assert bar.isVisible()
        assert 0 < bar.value() < bar.maximum()
        press(shown, "moveCancel")
        first, *_ = await look(window).page(0, 1)
        held = look(window).standing.held
        assert held < MOST_HELD
        await look(window).foresee(Plan(DEAD, Action.DISCARD, ids=(first.id,)))
        await look(window).page(0, 1)
        assert look(window).standing.held == held, "nobody waits for more"
        window.actions_by_name["discardLetters"].trigger()
        shown = await sheet(window)
        assert child(shown, SearchBar, "moveProgress").isHidden()
        assert name(shown) == f"Discard {COUNT:,}"
        press(shown, "moveCancel")


async def _look(window: MainWindow) -> None:
    await check_out(window)
    await show_letters(window)


async def _lay(host: RabbitHost, *letters: bytes) -> None:
    """As they are, without a death."""
    client = await connect_client(host.connection, name="filling", reconnect=False)
    await put(client, DEAD, *letters)
    await client.close()
