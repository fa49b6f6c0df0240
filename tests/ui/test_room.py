"""What a narrow window leaves whole, and what it says of what it cuts."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from tests.servers import NatsServer
from tests.ui.windows import window_on
from tests.waiting import until
from wqstudio.ui.elided_box import ElidedBox
from wqstudio.ui.theme import Theme
from wqstudio.ui.view_tabs import ViewTabs

_ALL = ("Overview", "Timeline", "Dead letters", "Journal", "Scenarios", "Compare", "Ledger", "Broker")
_CENTRE = 528
"""Pixels that the docks leave to the views in a window of 1100."""
_SMALL_CENTRE = 454
"""In one of 1000."""


@pytest.mark.usefixtures("theme")
@pytest.mark.parametrize("breadth", [_CENTRE, _SMALL_CENTRE])
def test_the_tabs_of_all_views_are_whole_in_a_small_window(qtbot: QtBot, breadth: int) -> None:
    tabs = ViewTabs()
    qtbot.addWidget(tabs)
    for title in _ALL:
        tabs.addTab(QWidget(), title)
    tabs.resize(1100, 300)
    tabs.show()
    qtbot.waitExposed(tabs)
    tabs.resize(breadth, 300)
    qtbot.waitUntil(lambda: tabs.width() == breadth)
    for badge in ("Dead letters", "Dead letters 12"):
        tabs.setTabText(2, badge)
        qtbot.waitUntil(lambda: tabs.tabBar().tabRect(len(_ALL) - 1).right() <= tabs.width())
        assert tabs.tabBar().tabRect(0).left() >= 0
        assert not any(button.isVisible() for button in tabs.tabBar().findChildren(QToolButton)), "to scroll by"
    tabs.resize(1100, 300)
    qtbot.waitUntil(lambda: tabs.tabBar().property("tight") == "")


@pytest.mark.usefixtures("theme")
def test_a_choice_that_is_too_long_ends_with_an_ellipsis(qtbot: QtBot) -> None:
    box = ElidedBox()
    qtbot.addWidget(box)
    box.addItems(["Short", "Acknowledge after the work, or on receipt"])
    box.setFixedWidth(220)
    box.show()
    assert box.shown == "Short"
    box.setCurrentIndex(1)
    assert box.shown.startswith("Acknowledge after")
    assert box.shown.endswith("…")
    room = box.width() - 24  # without the arrow
    assert box.fontMetrics().horizontalAdvance(box.shown) <= room


async def test_no_tab_is_cut_in_a_small_window_that_opens_a_connection(
    nats_server: NatsServer, theme: Theme, tmp_path: Path
) -> None:
    async with window_on(nats_server.connection, theme, tmp_path, own=True) as window:
        studio = window.studio
        assert studio is not None
        window.detach()
        window.resize(1100, 700)
        await until(lambda: window.width() == 1100)
        window.attach(studio, own=True)
        (tabs,) = [each for each in window.findChildren(ViewTabs) if each.isVisible()]
        last = tabs.count() - 1
        for badge in ("Dead letters", "Dead letters 1,234"):
            tabs.setTabText(2, badge)
            await until(lambda: tabs.tabBar().tabRect(last).right() <= tabs.width(), within=3)


async def test_the_workers_are_whole_in_the_smallest_window(
    nats_server: NatsServer, theme: Theme, tmp_path: Path
) -> None:
    async with window_on(nats_server.connection, theme, tmp_path, own=True) as window:
        studio, least = window.studio, window.minimumSize()
        assert studio is not None
        window.detach()
        window.resize(least)
        await until(lambda: window.size() == least)
        window.attach(studio, own=True)

        def whole() -> bool:
            """The last of the buttons, of the connection that is open now."""
            shown = [each for each in window.findChildren(QPushButton, "addOther") if each.isVisible()]
            return bool(shown) and shown[0].mapTo(window, shown[0].rect().bottomRight()).x() < window.width()

        await until(whole, within=5)
