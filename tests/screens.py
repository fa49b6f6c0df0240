"""Virtual screens. A window has the keyboard to itself only where no other process shows windows."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def screen(size: str = "1440x900") -> Iterator[str]:
    """The name of its display. No window manager is there, so windows take the keyboard from each other.

    In a session of its own, as on any desktop: else what it draws is charged to the window by a Linux that shares out
    processors between sessions, and the window waits for its turn. No signal of a terminal reaches it there, so the
    kernel ends it should the tests be killed.
    """
    reading, writing = os.pipe()
    command = [
        "setpriv",
        "--pdeathsig",
        "TERM",
        "Xvfb",
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        f"{size}x24",
        "-nolisten",
        "tcp",
    ]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL, start_new_session=True) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as number:
                yield f":{number.readline().strip()}"
        finally:
            server.terminate()
