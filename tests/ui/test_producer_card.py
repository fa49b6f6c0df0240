from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from wqstudio.domain.worker import Phase, ProducerSpec, ProducerState
from wqstudio.engine.studio import Studio
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.panels.fleet_actions import FleetActions
from wqstudio.ui.panels.producer_card import ProducerCard
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
