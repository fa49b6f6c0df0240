"""What a narrow window leaves whole, and what it says of what it cuts."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from wqstudio.ui.elided_box import ElidedBox
from wqstudio.ui.view_tabs import ViewTabs

_ALL = ("Overview", "Timeline", "Dead letters", "Journal", "Scenarios", "Compare", "Ledger", "Broker")
_CENTRE = 528
"""Pixels that the docks leave to the views in a window of 1100."""


@pytest.mark.usefixtures("theme")
def test_the_tabs_of_all_views_are_whole_in_a_window_of_1100(qtbot: QtBot) -> None:
    tabs = ViewTabs()
    qtbot.addWidget(tabs)
    for title in _ALL:
        tabs.addTab(QWidget(), title)
    tabs.resize(_CENTRE, 300)
    tabs.show()
    for badge in ("Dead letters", "Dead letters 12"):
        tabs.setTabText(2, badge)
        last = tabs.tabBar().tabRect(len(_ALL) - 1)
        qtbot.waitUntil(lambda: tabs.tabBar().sizeHint().width() <= tabs.width())
        assert tabs.tabBar().tabRect(0).left() >= 0
        assert last.right() <= tabs.width()
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
