"""Being a child of the studio: commands come on stdin, reports go to what was stdout; it outlives nobody."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from wqstudio.fleet.frames import FrameDecoder

NICENESS = 10
_READ = 65_536
_TRIES, _BETWEEN_TRIES = 50, 0.11
"""The other in seconds."""
_PR_SET_PDEATHSIG = 1

C = TypeVar("C")


def be_child(commands: FrameDecoder[C], begin: Callable[[int], Callable[[C], None]]) -> None:
    """Run until the parent is gone. ``begin`` gets the descriptor for reports, and gives what takes each command.

    Both are called with an event loop running.
    """
    _die_with_parent()
    give_way()
    reports = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a stray print must not get between the frames
    asyncio.run(_serve(commands, begin, reports))


def die() -> NoReturn:
    """At once, and with nothing flushed: a parent that is gone cannot book what would still be done."""
    os._exit(0)


async def _serve(commands: FrameDecoder[C], begin: Callable[[int], Callable[[C], None]], reports: int) -> None:
    take = begin(reports)
    stdin = sys.stdin.fileno()
    os.set_blocking(stdin, False)

    def read() -> None:
        try:
            data = os.read(stdin, _READ)
        except BlockingIOError:
            return
        if not data:
            die()
        for command in commands.feed(data):
            take(command)

    asyncio.get_running_loop().add_reader(stdin, read)
    await asyncio.Event().wait()  # until the parent is gone


def _die_with_parent() -> None:
    """On Linux the kernel sees to it even while this process is busy or stopped; elsewhere the end of stdin does."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def give_way() -> None:
    """Leave the processor to the window where both want it: at full speed on two cores its frames came 5 times late.

    Batch work, to Linux, is what takes the processor from nobody when it wakes up. A child that was started under
    rules of its own keeps those. A session of the child's own gives way as a whole: else Linux would share out
    processors between that and the window's alike, however nice the processes in it are.
    """
    if sys.platform != "win32":
        os.nice(NICENESS)
    if sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_OTHER:
        with contextlib.suppress(OSError):  # not everywhere is a program let choose
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    if sys.platform == "linux" and os.getsid(0) == os.getpid():
        threading.Thread(target=_give_way_as_session, daemon=True).start()


def _give_way_as_session() -> None:
    """See autogroups in sched(7). The file is not everywhere, and Linux lets users write such ones ten times a second
    at most, all of them together.
    """
    with contextlib.suppress(OSError):
        for _ in range(_TRIES):
            try:
                Path("/proc/self/autogroup").write_text(str(NICENESS))
            except BlockingIOError:
                time.sleep(_BETWEEN_TRIES)
            else:
                return
