"""The tab of dead letters in small windows, between its docks."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QTabWidget, QTreeView, QWidget
from pytestqt.qtbot import QtBot

from tests.contract.graveyards import Graveyard, RabbitGraveyard, buried, graveyard_of
from tests.rabbit_servers import RabbitHost
from tests.ui.letter_windows import check_out, choose, press, show_letters
from tests.ui.windows import child, window_on
from tests.waiting import until
from wqstudio.domain.connection import RabbitConnection
from wqstudio.ui.models.letter_rows import LetterColumn
from wqstudio.ui.panels.checkout import CheckoutCard
from wqstudio.ui.panels.code_view import CodeView
from wqstudio.ui.panels.elided import FittingLabel
from wqstudio.ui.panels.letters import LettersPanel
from wqstudio.ui.panels.letters_head import LettersHead
from wqstudio.ui.panels.letters_table import LettersTable
from wqstudio.ui.theme import Theme


async def test_how_letters_begin_and_what_is_held_have_room(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path
) -> None:
    async with (
        buried(
            RabbitGraveyard(rabbit_host, "classic"), [b'{"order": %d}' % number for number in range(30)]
        ) as graveyard,
        window_on(graveyard.connection, theme, tmp_path) as window,
    ):
        window.resize(1100, 700)
        await check_out(window)
        await until(lambda: window.findChild(LettersTable, "lettersTable") is not None)
        table = child(window, LettersTable, "lettersTable")
        await until(lambda: table.model().index(29, 0).data() is not None)
        assert table.viewport().width() < 560, "else it is no narrow place"
        assert not table.isColumnHidden(LetterColumn.PREVIEW)
        assert table.columnWidth(LetterColumn.PREVIEW) >= 100
        held, banner = child(window, FittingLabel, "heldText"), child(window, QFrame, "heldBanner")
        await until(lambda: held.text().startswith("30 held, given back in "))
        assert held.shown.startswith("30 held, ")
        assert "…" not in held.shown
        back = child(window, QPushButton, "heldGiveBack")
        assert banner.rect().contains(back.mapTo(banner, QPoint(back.width() - 1, back.height() - 1)))


async def test_queues_have_names_and_the_cost_is_whole_or_scrolled(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path
) -> None:
    """In 1000 × 620, where what a broker has besides queues took the breadth from the explorer."""
    async with (
        buried(RabbitGraveyard(rabbit_host, "quorum"), [b"body"]) as graveyard,
        window_on(graveyard.connection, theme, tmp_path) as window,
    ):
        window.resize(1000, 620)
        child(window, QTabWidget, "tabs").setCurrentWidget(child(window, LettersPanel, "lettersPanel"))
        look = child(window, QPushButton, "checkoutLook")
        await until(look.isVisible)
        await until(lambda: child(window, QTreeView, "explorerTree").width() >= 200, within=5)
        card, cost = child(window, CheckoutCard, "checkoutCard"), child(window, QLabel, "checkoutSentences")
        for height in (card.height(), card.minimumSizeHint().height()):
            card.resize(card.width(), height)
            await until(lambda: cost.height() >= cost.heightForWidth(cost.width()))
            assert card.rect().contains(look.mapTo(card, look.rect().bottomRight()))


@pytest.mark.parametrize("graveyard", ["nats", "rabbitmq"], indirect=True)
async def test_a_letter_has_six_lines_of_its_body_to_be_read(
    graveyard: Graveyard, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    """In 1000 × 620, with the events below and, on RabbitMQ, what is held above."""
    bodies = [b'{"order": %d}' % number for number in range(3)]
    async with buried(graveyard, bodies), window_on(graveyard.connection, theme, tmp_path) as window:
        window.resize(1000, 620)
        if isinstance(graveyard.connection, RabbitConnection):
            await check_out(window)
        await show_letters(window)
        read = child(window, QPushButton, "lettersRead")
        await until(read.isVisible)
        choose(window, qtbot, 1)
        await until(lambda: (view := child(window, LettersPanel, "lettersPanel").view) and view.reading.reads)
        read.click()
        body = child(window, CodeView, "bodyText")
        await until(body.isVisible)
        assert child(window, QWidget, "eventsDock").isVisible()
        await until(lambda: body.viewport().height() >= 6 * body.fontMetrics().lineSpacing(), within=5)
        for name in ("letterBriefReason", "letterBriefFacts"):
            assert child(window, QLabel, name).isVisible()
            assert child(window, QLabel, name).text()
        press(window, "lettersBack")
        assert child(window, LettersHead, "lettersHead").isVisible()


@pytest.fixture
def graveyard(request: pytest.FixtureRequest) -> Graveyard:
    return graveyard_of(request)
