"""What the gallery plays on a broker that is restarted meanwhile, and on RabbitMQ."""

from pathlib import Path

from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from tests.rabbit_servers import RabbitHost
from tests.ui.scenario_texts import SHORT
from tests.ui.windows import child, playing, window_on
from tests.waiting import until
from wqstudio.brokers.local.choice import local_server
from wqstudio.domain.connection import Product
from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.reading import read
from wqstudio.ui.main_window import MainWindow
from wqstudio.ui.panels.result_sheet import ResultSheet
from wqstudio.ui.theme import Theme

_RESTART = """
[[faults]]
at = 0.3
action = "restart broker"
"""


def _run(window: MainWindow) -> None:
    """The scenario whose page is open."""
    child(window, QPushButton, "scenarioRun").click()


async def _result(window: MainWindow, within: float) -> list[str]:
    """Its lines."""
    await until(lambda: window.findChild(ResultSheet) is not None, within=within)
    sheet = child(window, ResultSheet, "resultSheet")
    return [line.accessibleName() for line in sheet.findChildren(QWidget, "resultLine")]


async def test_a_broker_that_is_restarted_while_a_scenario_plays_loses_nothing(theme: Theme, tmp_path: Path) -> None:
    server = local_server(Product.NATS)
    await server.start()
    try:
        async with window_on(server.connection, theme, tmp_path, own=True) as window, playing(window, server.restart):
            window.scenarios.show_gallery(read(f"{SHORT}{_RESTART}", "restarted", "restarted"))
            _run(window)
            told = child(window, QLabel, "playProgress")
            await until(lambda: "Restart the broker" in told.text() or "acknowledged" in told.text())
            lines = await _result(window, within=30)
            assert "Holds: All twelve are worked off. acknowledged: 12, expected 12" in lines
            assert "Holds: No task is lost. lost: 0, expected 0" in lines
            assert window.studio is not None
            assert any("restart broker" in event.text for event in window.studio.events)
            befell = [each.words for each in window.studio.timeline.incidents]
            assert befell == ["restart broker", "connection lost"]
            assert child(window, QPushButton, "scenarioRun").isEnabled()
    finally:
        await server.stop()


async def test_a_scenario_of_the_gallery_is_played_on_rabbitmq(
    rabbit_host: RabbitHost, theme: Theme, tmp_path: Path
) -> None:
    async with window_on(rabbit_host.connection, theme, tmp_path, own=True) as window, playing(window):
        window.scenarios.show_gallery(SCENARIOS.named("dots"))
        _run(window)
        lines = await _result(window, within=30)
        assert "Holds: Tasks acknowledged at least once: 100. acknowledged: 100, expected 100" in lines
        strip = child(window, QWidget, "playStrip")
        assert not strip.isVisible()
        assert window.studio is not None
        lanes = window.studio.timeline.lanes
        assert [(lane.name, lane.sources[0].queue) for lane in lanes] == [
            ("worker-1", "task_queue"),
            ("worker-2", "task_queue"),
        ]
