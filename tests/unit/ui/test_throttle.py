from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from wqstudio.ui.throttle import Throttle


def test_the_first_request_runs_at_once_and_a_burst_runs_once_more(qtbot: QtBot) -> None:
    runs: list[int] = []
    owner = QObject()
    throttle = Throttle(20, lambda: runs.append(1), owner)
    throttle.ask()
    assert len(runs) == 1
    for _ in range(100):
        throttle.ask()
    assert len(runs) == 1
    qtbot.waitUntil(lambda: not throttle.isActive())
    assert len(runs) == 2


def test_finish_runs_only_what_is_due(qtbot: QtBot) -> None:
    runs: list[int] = []
    owner = QObject()
    throttle = Throttle(20, lambda: runs.append(1), owner)
    throttle.ask()
    throttle.finish()
    assert len(runs) == 1
    throttle.ask()
    throttle.finish()
    assert len(runs) == 2
    qtbot.waitUntil(lambda: not throttle.isActive())
    assert len(runs) == 2
