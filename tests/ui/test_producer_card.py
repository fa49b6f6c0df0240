from dataclasses import replace

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.waiting import until
from wqstudio.domain.worker import Phase, ProducerSpec, ProducerState
from wqstudio.engine.studio import Studio
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.panels.fleet_actions import FleetActions
from wqstudio.ui.panels.producer_card import ProducerCard
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import Theme

FULL = ProducerState(
    1,
    ProducerSpec("feed", "jobs", "jobs.{n}"),
    Phase.WORKING,
    host=1,
    confirmed=4_000,
    unconfirmed=1,
    refused=125,
    reason="stream is full",
)


async def test_what_keeps_a_producer_from_sending_is_said_first(studio: Studio, theme: Theme, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    card = ProducerCard(1, FleetActions(studio, parent), theme, parent)
    card.show_state(FULL)
    figures = card.findChild(ElidedLabel)
    assert figures is not None
    assert figures.text().startswith("stream is full · 125 refused")
    assert "stream is full" in card.toolTip()


async def test_what_a_stopped_producer_has_sent_is_whole_in_a_narrow_card(
    studio: Studio, theme: Theme, qtbot: QtBot
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    card = ProducerCard(1, FleetActions(studio, parent), theme, parent)
    card.show_state(replace(FULL, phase=Phase.STOPPED, reason="", refused=0, unconfirmed=0, confirmed=60))
    parent.resize(400, 200)
    parent.show()
    figures, name = card.findChild(ElidedLabel), card.findChild(PlainLabel)
    assert figures is not None
    assert name is not None
    assert figures.text() == "stopped · 60 sent"
    needed = figures.fontMetrics().horizontalAdvance(figures.text())
    card.setFixedWidth(name.sizeHint().width() + needed + 80)
    card.show()
    await until(lambda: figures.width() >= needed)
