"""``wqstudio`` as scripts use it, without a window."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from wqstudio.domain.connection import Connection, RabbitConnection

_FORKING = "tests.programs.forking_wqstudio"
"""Started as a module: a file would import the ``wqstudio`` that is installed, and not the one that is tested."""
_WITHIN = 60.0
"""Seconds for a command."""

Done = subprocess.CompletedProcess[str]


def run_command(*arguments: str, environment: Mapping[str, str]) -> Done:
    """As a shell does."""
    command = [sys.executable, "-m", "wqstudio", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=_WITHIN, check=False, env=environment)


class ForkedCommands:
    """The same in a tenth of the time: forked from a process that has imported ``wqstudio`` once for all of them."""

    def __init__(self) -> None:
        self._door, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._door.settimeout(_WITHIN)
        with inside:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _FORKING],
                stdin=inside.fileno(),
                start_new_session=True,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # a process with threads is not to be forked
            )

    def run(self, *arguments: str, environment: Mapping[str, str]) -> Done:
        request = json.dumps({"arguments": arguments, "environment": dict(environment)}).encode()
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            socket.send_fds(self._door, [request], [output.fileno(), errors.fileno()])
            code = json.loads(self._door.recv(100))
            said = []
            for file in (output, errors):
                file.seek(0)
                said.append(file.read().decode())
        return subprocess.CompletedProcess(arguments, code, *said)

    def close(self) -> None:
        """With a command, too, that has not ended."""
        self._door.close()
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def naming(connection: Connection, folder: Path) -> list[str]:
    """Words of a command line by which it finds that broker; a password lies in ``folder`` then."""
    named = ["--connect", connection.urls[0]]
    if not isinstance(connection, RabbitConnection):
        return named
    password = folder / "password"
    password.write_text(connection.password)
    named += ["--vhost", connection.vhost, "--management-url", connection.management_url]
    return [*named, "--user", connection.user, "--password-file", str(password)]
