"""The window's turn on a processor, as soon as it has something to do.

It needs little of a processor, but at once: where they are few, a thread that wakes up waits until whoever runs there
has had his slice, and every hundredth frame came 10 to 20 ms late under load, however nice the others were. Since 6.12
Linux lets a thread ask for short slices of its own, and of several that wait the one with the shorter slice goes first.

So do the threads of Qt's own that bring it what the display says: a frame waits until the display has taken the one
before, and so for the thread that hears of it.

And it does by itself what it has to do: Qt shares out large fills to threads of its own and waits for them, which have
to wait for a processor like anybody. That took more of them than it saved, and came late where they were busy.
"""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SLICE = 100_000
"""Nanoseconds: the shortest that Linux gives."""
_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}
"""The system call's number by machine; the C library has no function for it."""
_RESET_ON_FORK = 1


class _Attributes(ctypes.Structure):
    """``struct sched_attr`` in its first version, see sched_setattr(2)."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


@contextmanager
def be_prompt() -> Iterator[None]:
    """For the calling thread, and for those that are started within, where Qt is to begin; not for what is started
    later. How nice they are stays as it was.

    Slices are Linux' alone: an older one ignores or refuses it, and nothing is lost. A program that was started under
    rules of its own keeps those.
    """
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
    _ask_for_short_slices()
    try:
        yield
    finally:
        _ask_for_short_slices(_RESET_ON_FORK)


def _ask_for_short_slices(flags: int = 0) -> None:
    if sys.platform == "linux" and os.sched_getscheduler(0) == os.SCHED_OTHER:
        number = _SCHED_SETATTR.get(os.uname().machine)
        if number is not None:
            nice = os.getpriority(os.PRIO_PROCESS, 0)
            wish = _Attributes(ctypes.sizeof(_Attributes), os.SCHED_OTHER, flags, nice, 0, SLICE, 0, 0)
            ctypes.CDLL(None).syscall(number, 0, ctypes.byref(wish), 0)
