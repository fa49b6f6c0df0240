"""Processes of ``wqstudio`` in a tenth of their time, since none of them has to import anything.

They are forked from one that has imported it all once, and are in all else as if they were started.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import BinaryIO

from wqstudio.fleet import child

_FORKING = "tests.programs.forking_wqstudio"
_MOST = 100
"""Bytes of an answer."""
_WITHIN = 60.0
"""Seconds for an answer."""


class Fork:
    """As ``subprocess.Popen`` has a process."""

    def __init__(self, forks: "Forks", pid: int, alive: int) -> None:
        """``alive`` is a descriptor of the process, which can be read once that has ended."""
        self.pid = pid
        self.stdin: BinaryIO | None = None
        self._forks = forks
        self._alive = alive
        self._code: int | None = None

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        if (code := self._ended(timeout)) is None:
            raise subprocess.TimeoutExpired(f"fork {self.pid}", timeout or 0)
        return code

    def kill(self) -> None:
        if self._code is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._alive, signal.SIGKILL)

    def _ended(self, within: float | None) -> int | None:
        if self._code is None and _is_readable(self._alive, within):
            os.close(self._alive)
            self._code = self._forks.code_of(self.pid)
        return self._code


class Forks:
    """Started by construction. All that live end with it."""

    def __init__(self) -> None:
        self._door, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._door.settimeout(_WITHIN)
        self._one_at_a_time = threading.Lock()
        with inside:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _FORKING],
                stdin=inside.fileno(),
                start_new_session=True,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # a process with threads is not to be forked
            )

    def start(
        self, module: str, *arguments: str, standard: Sequence[int], environment: Mapping[str, str] = os.environ
    ) -> Fork:
        """``python -m module …``, with descriptors for its stdin, stdout and stderr."""
        wanted = {"module": module, "arguments": arguments, "environment": dict(environment)}
        with self._one_at_a_time:
            socket.send_fds(self._door, [json.dumps(wanted).encode()], standard)
            answer, [alive], _, _ = socket.recv_fds(self._door, _MOST, 1)
        return Fork(self, json.loads(answer), alive)

    def start_child(self, module: str, reports: int) -> Fork:
        """In place of what starts the studio's children."""
        child._enlarge(reports)
        reading, writing = os.pipe()
        try:
            fork = self.start(module, standard=[reading, reports, 2])
        finally:
            os.close(reading)
        fork.stdin = os.fdopen(writing, "wb")
        return fork

    def code_of(self, pid: int) -> int:
        """The exit code of one that has ended; it is told once."""
        with self._one_at_a_time:
            self._door.send(json.dumps({"ended": pid}).encode())
            code: int = json.loads(self._door.recv(_MOST))
        return code

    def close(self) -> None:
        self._door.close()
        self._process.wait(_WITHIN)


def _is_readable(descriptor: int, within: float | None) -> bool:
    polling = select.poll()
    polling.register(descriptor, select.POLLIN)
    return bool(polling.poll(None if within is None else within * 1_000))
