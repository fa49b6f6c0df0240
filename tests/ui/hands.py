"""A person before the program: an X server of its own, the window on it, and real mouse and keyboard events."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.programs import told_window
from tests.screens import screen

STEPS = 12
"""Of a movement: a drag begins, and is followed, by single movements of the mouse."""
_STEP = 0.03
"""Seconds between two of them, as of a quick hand."""
_WITHIN = 30.0

Place = tuple[int, int]


class Person:
    """Sees where things are, and has hands."""

    def __init__(self, display: str, window: subprocess.Popen[str]) -> None:
        self._environment = {**os.environ, "DISPLAY": display}
        self._window = window
        self._at: Place = (0, 0)

    def sees(self, *question: object) -> Any:
        """See ``told_window``: ("widget", name), ("row", table, number), ("queue", name), ("text", name), …"""
        assert self._window.stdin is not None
        assert self._window.stdout is not None
        self._window.stdin.write(json.dumps(question) + "\n")
        self._window.stdin.flush()
        line = self._window.stdout.readline()
        assert line, "the window is gone"
        return json.loads(line)

    async def waits_for(self, *question: object, until: Callable[[Any], object] = bool) -> Any:
        """Until it can be seen."""
        end = time.monotonic() + _WITHIN
        while not until(answer := self.sees(*question)):
            assert time.monotonic() < end, f"{question} did not come: {answer!r}"
            await asyncio.sleep(0.05)
        return answer

    async def clicks(self, place: Place, *, holding: str = "") -> None:
        await self.moves_to(place)
        if holding:
            self._do("keydown", holding)
        self._do("click", "1")
        if holding:
            self._do("keyup", holding)

    async def presses(self, *keys: str) -> None:
        self._do("key", *keys)

    def types(self, text: str) -> None:
        self._do("type", text)

    async def moves_to(self, place: Place) -> None:
        (x0, y0), (x1, y1) = self._at, place
        for step in range(1, STEPS + 1):
            share = step / STEPS
            self._do("mousemove", str(round(x0 + (x1 - x0) * share)), str(round(y0 + (y1 - y0) * share)))
            await asyncio.sleep(_STEP)
        self._at = place

    async def drags(self, start: Place, end: Place) -> None:
        """And does not let go yet."""
        await self.moves_to(start)
        self._do("mousedown", "1")
        await self.moves_to(end)

    async def lets_go(self) -> None:
        self._do("mouseup", "1")

    def _do(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self._environment, check=True, capture_output=True)


@contextlib.contextmanager
def person_before(folder: Path, *arguments: str) -> Iterator[Person]:
    """The program with these arguments, in a window of 1440 × 900, and somebody who uses it."""
    with screen() as display:
        environment = {
            **os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "XDG_CONFIG_HOME": str(folder),
            "XDG_DATA_HOME": str(folder),
        }  # fmt: skip
        command = [sys.executable, "-m", told_window.__name__, *arguments, "--size", "1440x900"]
        window = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        try:
            yield Person(display, window)
        finally:
            window.terminate()
            try:
                window.communicate(timeout=_WITHIN)
            except subprocess.TimeoutExpired:  # a drag that nobody ends
                window.kill()
                window.communicate()
