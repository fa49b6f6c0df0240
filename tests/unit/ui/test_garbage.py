"""Garbage of Qt's is destroyed in the thread it belongs to."""

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from wqstudio.ui.garbage import WindowThreadGarbage


@pytest.fixture
def garbage(qtbot: QtBot) -> Iterator[WindowThreadGarbage]:
    del qtbot
    keeper = QObject()
    gc.enable()
    yield WindowThreadGarbage(keeper)
    gc.disable()  # as it is for all tests


class _Ring(QObject):
    """Of use to nobody, and only a search finds that."""

    def __init__(self, ended_in: list[str]) -> None:
        super().__init__()
        self._self = self
        self._ended_in = ended_in

    def __del__(self) -> None:
        self._ended_in.append(threading.current_thread().name)


def _make_many_objects() -> None:
    kept = [[number] for number in range(100_000)]
    kept.clear()


def test_what_other_threads_do_destroys_nothing_there(garbage: WindowThreadGarbage, qtbot: QtBot) -> None:
    del garbage
    ended_in: list[str] = []
    for _ in range(1_000):
        _Ring(ended_in)
    busy = threading.Thread(target=_make_many_objects, name="client")
    busy.start()
    busy.join()
    assert "client" not in ended_in
    qtbot.waitUntil(lambda: len(ended_in) == 1_000)
    assert set(ended_in) == {threading.main_thread().name}
