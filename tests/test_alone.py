"""Tests that measure time have the computer to themselves, and get their turn."""

import fcntl
import time
from pathlib import Path
from threading import Thread

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


def _is_locked(file: Path) -> bool:
    with file.open("a") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False
