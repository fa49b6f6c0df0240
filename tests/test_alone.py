"""Tests that measure time have the computer to themselves, and get their turn; windows have a screen to themselves."""

import fcntl
import os
import time
from pathlib import Path
from threading import Thread

import pytest

from tests.alone import Turns


def test_who_wants_to_be_alone_waits_for_those_inside_and_comes_before_those_who_ask_later(tmp_path: Path) -> None:
    turns, entered = Turns(tmp_path), list[str]()

    def enter(name: str, *, alone: bool) -> None:
        with turns.turn(alone=alone):
            entered.append(name)

    first, later = (Thread(target=enter, args=[name], kwargs={"alone": name == "alone"}) for name in ("alone", "other"))
    with turns.turn(alone=False), turns.turn(alone=False):
        first.start()
        while not _is_locked(tmp_path / "door.lock"):
            assert first.is_alive(), "it did not wait"
            time.sleep(0.001)  # between two looks at what another thread does
        later.start()
        assert entered == []
    first.join()
    later.join()
    assert entered == ["alone", "other"]


def test_who_is_alone_again_lets_nobody_in_before(tmp_path: Path) -> None:
    mine, others = Turns(tmp_path), Turns(tmp_path)
    entered = list[str]()

    def enter() -> None:
        with others.turn(alone=False):
            entered.append("other")

    waiting = Thread(target=enter)
    with mine.turn(alone=True, again=True):
        waiting.start()
        while not _is_locked(tmp_path / "door.lock"):
            assert waiting.is_alive(), "it did not wait"
            time.sleep(0.001)  # between two looks at what another thread does
    with mine.turn(alone=True):
        entered.append("alone")
    waiting.join()
    assert entered == ["alone", "other"]


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="this process is the only one")
@pytest.mark.skipif(os.environ.get("QT_QPA_PLATFORM") != "xcb", reason="there are no windows of others")
def test_each_process_that_tests_shows_its_windows_on_a_screen_of_its_own() -> None:
    others = Path(f"/proc/{os.getppid()}/environ").read_bytes().split(b"\0")
    assert f"DISPLAY={os.environ['DISPLAY']}".encode() not in others


def _is_locked(file: Path) -> bool:
    with file.open("a") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
