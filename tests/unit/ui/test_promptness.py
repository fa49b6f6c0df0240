"""What Linux keeps of a thread that asked to be let run at once; each asks in a process of its own."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from wqstudio.ui.promptness import SLICE

_SCHED = Path("/proc/self/sched")
_BEGIN = "with be_prompt(): pass\n"


def _shows_slices() -> bool:
    """Before 6.12 a slice was nobody's own."""
    return sys.platform == "linux" and _SCHED.exists() and "se.slice" in _SCHED.read_text()


pytestmark = pytest.mark.skipif(not _shows_slices(), reason="this kernel shows no slices")


def _sched(what: str) -> Mapping[str, str]:
    """The figures that the kernel has of whoever ``what`` is told to ask."""
    code = f"import os, subprocess, threading\nfrom wqstudio.ui.promptness import be_prompt\n{what}"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    fields = (line.split(":") for line in done.stdout.splitlines() if ":" in line)
    return {name.strip(): figure.strip() for name, figure in fields}


def test_the_window_gets_short_slices_and_is_no_less_nice() -> None:
    before = _sched("os.nice(3); print(open('/proc/self/sched').read())")
    after = _sched(f"os.nice(3)\n{_BEGIN}print(open('/proc/self/sched').read())")
    assert int(after["se.slice"]) == SLICE < int(before["se.slice"])
    assert (after["prio"], after["policy"]) == (before["prio"], before["policy"])


def test_what_the_window_starts_gets_the_usual_slices() -> None:
    usual = _sched("print(open('/proc/self/sched').read())")
    child = _sched(f"{_BEGIN}subprocess.run(['cat', '/proc/self/sched'])")
    assert child["se.slice"] == usual["se.slice"]


def test_a_thread_gets_short_slices_where_it_is_started_as_qt_begins_and_not_later() -> None:
    """Of Qt's own threads, those are such that bring what the display says."""
    tell = "threading.Thread(target=lambda: print(open('/proc/thread-self/sched').read()))"
    within = _sched(f"with be_prompt():\n    thread = {tell}\n    thread.start(); thread.join()")
    later = _sched(f"{_BEGIN}{tell}.start()")
    assert int(within["se.slice"]) == SLICE < int(later["se.slice"])


def test_a_thread_gets_the_usual_slices_where_qt_could_not_begin() -> None:
    failed = "with contextlib.suppress(OSError), be_prompt(): raise OSError"
    later = _sched(f"import contextlib\n{failed}\nsubprocess.run(['cat', '/proc/self/sched'])")
    assert int(later["se.slice"]) > SLICE


def test_a_program_started_as_batch_work_stays_that() -> None:
    batch = "os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))"
    after = _sched(f"{batch}\n{_BEGIN}print(open('/proc/self/sched').read())")
    assert int(after["policy"]) == 3


def test_qt_paints_in_the_window_s_thread_alone() -> None:
    """A large fill with a transparent colour is what Qt shares out where it may."""
    fill = (
        "from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter; application = QGuiApplication([]); "
        "image = QImage(1440, 900, QImage.Format.Format_ARGB32_Premultiplied); painter = QPainter(image); "
        "painter.fillRect(image.rect(), QColor(9, 9, 9, 99)); painter.end(); "
        "names = [open(f'/proc/self/task/{thread}/comm').read() for thread in os.listdir('/proc/self/task')]; "
        "print('helpers:', sum('pooled' in name for name in names))"
    )
    assert _sched(f"{_BEGIN}{fill}")["helpers"] == "0" != _sched(fill)["helpers"]
