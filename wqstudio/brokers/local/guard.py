"""Runs one command and sees to it that the command ends when the program that asked for it does.

Started as a script of its own, by ``guarded.py``, with nothing but the standard library (``python -I -S``), so that
it is up in some 20 ms. It is no part of the program's process group: a Ctrl+C in a terminal reaches the program, which
then stops the command in good order. But it is of its session: Linux shares out processors between sessions first
(autogroups, see sched(7)), and how nice a server is tells only beside what runs in the same.

- stdin: a pipe of which the program holds the other end. It is never written to; when it closes, for whatever
  reason, the command is terminated, and killed after ``grace`` seconds.
- stdout: one JSON line, ``{"pid": …}`` or ``{"error": …}``.
- stderr: the command's output, for the program to keep.
- exit code: the command's, 128 + n when signal n ended it.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from types import FrameType
from typing import TypedDict

_PR_SET_PDEATHSIG = 1
_NICENESS = 5
"""The window comes before its servers where both want the processor; simulated load comes after them."""


class Settings(TypedDict):
    grace: float
    """Seconds between the request to end and the kill."""
    remove: str | None
    """A folder to be removed once the program has let go; kept when the command ended by itself."""
    keep: list[int]
    """File descriptors that the command inherits: a lock lasts as long as the longest lived holder."""


class Report(TypedDict, total=False):
    """One of the two."""

    pid: int
    error: str


def main(settings: Settings, command: list[str]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    os.nice(_NICENESS)
    let_go = threading.Event()
    try:
        return _run(settings, command, let_go)
    except SystemExit:
        let_go.set()
        raise
    finally:
        if settings["remove"] is not None and let_go.is_set():
            shutil.rmtree(settings["remove"], ignore_errors=True)


def _run(settings: Settings, command: list[str], let_go: threading.Event) -> int:
    try:
        child = _start(command, settings["keep"])
    except OSError as error:
        _report({"error": f"{command[0]}: {error.strerror}"})
        return 127
    try:
        _report({"pid": child.pid})
        threading.Thread(target=_end_with_owner, args=(child, settings["grace"], let_go), daemon=True).start()
        code = child.wait()
    finally:
        _end(child, settings["grace"])
        _kill_stragglers(child.pid)
    return code if code >= 0 else 128 - code


def _start(command: list[str], keep: list[int]) -> subprocess.Popen[bytes]:
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
    guard = os.getpid()

    def die_with_guard() -> None:
        """Covers the one case that the pipe does not: a kill -9 of this process."""
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:
            os._exit(1)

    return subprocess.Popen(  # noqa: S603 - the command is the program's own
        command,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        pass_fds=keep,
        process_group=0,
        preexec_fn=die_with_guard,  # noqa: PLW1509 - there is only one thread as yet
    )


def _end_with_owner(child: subprocess.Popen[bytes], grace: float, let_go: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    let_go.set()
    _end(child, grace)


def _end(child: subprocess.Popen[bytes], grace: float) -> None:
    child.terminate()
    try:
        child.wait(grace)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _kill_stragglers(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def _report(what: Report) -> None:
    with contextlib.suppress(BrokenPipeError):  # the program is gone already, which the other pipe tells, too
        os.write(1, json.dumps(what).encode() + b"\n")


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1]), sys.argv[2:]))
