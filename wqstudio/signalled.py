"""Ends a program without a window in good order when it is told to end."""

import asyncio
import signal
import sys


def cancel_when_signalled(task: asyncio.Task[object]) -> None:
    """At Ctrl+C, a SIGTERM and a terminal that is closed, also when they come again; not at what whoever started it
    has it ignore, as ``nohup`` does.
    """
    if sys.platform == "win32":
        return
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
