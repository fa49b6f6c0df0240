"""The program as a person starts it: a process of its own, a window on an X server, keys pressed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from tests.screens import screen
from wqstudio.scenarios import SCENARIOS

T = TypeVar("T")


@pytest.fixture
def display() -> Iterator[str]:
    """A virtual screen of the test's own."""
    with screen("1600x1000") as name:
        yield name


@contextmanager
def _studio(display: str, home: Path, *arguments: str) -> Iterator[psutil.Popen]:
    environment = {**os.environ, "DISPLAY": display, "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
    environment.pop("QT_QPA_PLATFORM", None)
    process = psutil.Popen([sys.executable, "-m", "wqstudio", *arguments], env=environment, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        if process.is_running():
            process.kill()
        process.communicate()


def _until(read: Callable[[], T | None], within: float = 40.0) -> T:
    end = time.monotonic() + within
    while time.monotonic() < end:
        if (value := read()) is not None:
            return value
        time.sleep(0.05)  # between two looks at another process
    raise AssertionError("it did not happen in time")


def _xdotool(display: str, *words: str) -> str:
    return subprocess.run(
        ["xdotool", *words], env={**os.environ, "DISPLAY": display}, capture_output=True, text=True, check=False
    ).stdout.strip()


def _server(studio: psutil.Popen) -> psutil.Process | None:
    return next((child for child in studio.children(recursive=True) if child.name() == "nats-server"), None)


def _connections(server: psutil.Process) -> int:
    return sum(each.status == psutil.CONN_ESTABLISHED for each in server.net_connections("tcp4"))


def test_the_demo_opens_takes_a_key_and_closes_leaving_nothing(display: str, tmp_path: Path) -> None:
    with _studio(display, tmp_path, "demo") as studio:
        window = _until(lambda: _xdotool(display, "search", "--name", "local NATS") or None)
        server = _until(lambda: _server(studio))
        at_first = _until(lambda: count if (count := _connections(server)) >= 6 else None)
        _xdotool(display, "windowfocus", "--sync", window)
        _xdotool(display, "key", "ctrl+r", "ctrl+r", "w")  # it runs: running it again must start nothing
        _until(lambda: True if _connections(server) > at_first else None)
        assert _connections(server) < at_first + len(SCENARIOS[0].workers)
        children = studio.children(recursive=True)
        studio.terminate()
        assert studio.wait(20) == 0
        assert psutil.wait_procs(children, timeout=10)[1] == []


def test_closing_the_window_while_a_run_is_being_stopped_is_harmless(display: str, tmp_path: Path) -> None:
    with _studio(display, tmp_path, "demo") as studio:
        window = _until(lambda: _xdotool(display, "search", "--name", "local NATS") or None)
        server = _until(lambda: _server(studio))
        _until(lambda: True if _connections(server) >= 6 else None)
        _xdotool(display, "windowfocus", "--sync", window)
        _xdotool(display, "key", "ctrl+period")
        studio.terminate()
        assert studio.wait(20) == 0
        assert studio.stderr.read() == b""


def test_closing_the_window_in_the_middle_of_a_comparison_leaves_nothing(display: str, tmp_path: Path) -> None:
    with _studio(display, tmp_path, "demo", "--compare", "fair-dispatch") as studio:
        server = _until(lambda: _server(studio))
        _until(lambda: True if _connections(server) >= 3 else None)
        children = studio.children(recursive=True)
        studio.terminate()
        assert studio.wait(20) == 0
        assert psutil.wait_procs(children, timeout=10)[1] == []
        assert studio.stderr.read() == b""


def test_no_child_outlives_a_window_that_is_killed(display: str, tmp_path: Path) -> None:
    with _studio(display, tmp_path, "demo") as studio:
        _until(lambda: _server(studio))
        _until(lambda: True if len(studio.children(recursive=True)) >= 4 else None)
        children = studio.children(recursive=True)
        studio.kill()
        assert psutil.wait_procs(children, timeout=10)[1] == []


def test_a_broker_that_is_not_there_is_said_in_the_window_which_stays(display: str, tmp_path: Path) -> None:
    with _studio(display, tmp_path, "--connect", "nats://127.0.0.1:1") as studio:
        _until(lambda: _xdotool(display, "search", "--name", "wqstudio") or None)
        with pytest.raises(psutil.TimeoutExpired):
            studio.wait(3)
        studio.terminate()
        assert studio.wait(10) == 0
        assert studio.stderr.read() == b""
