"""Programs with a window, on a screen of their own: each prints what it found as a line of JSON."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests import screens

PATIENCE = 300.0
"""Seconds for one program."""


class Screen:
    def __init__(self, display: str) -> None:
        self._display = display

    def run(self, module: str, *arguments: str, told: str = "") -> dict[str, Any]:
        """``told`` is what the program reads: credentials do not belong among arguments."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env={**os.environ, "DISPLAY": self._display, "QT_QPA_PLATFORM": "xcb"},
            input=told,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{module} ended with {done.returncode}:\n{done.stderr}")
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result


@contextmanager
def screen() -> Iterator[Screen]:
    with screens.screen("1600x1000") as display:
        yield Screen(display)
