"""``wqstudio`` as scripts use it, without a window."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile

from tests.forks import Forks
from wqstudio.domain.connection import Connection, RabbitConnection

_WITHIN = 60.0
"""Seconds for a command."""

Done = subprocess.CompletedProcess[str]


def run_command(*arguments: str, environment: Mapping[str, str]) -> Done:
    """As a shell does."""
    command = [sys.executable, "-m", "wqstudio", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=_WITHIN, check=False, env=environment)


class ForkedCommands:
    """The same in a tenth of the time."""

    def __init__(self, forks: Forks) -> None:
        self._forks = forks

    def run(self, *arguments: str, environment: Mapping[str, str]) -> Done:
        with Path(os.devnull).open() as nothing, TemporaryFile() as output, TemporaryFile() as errors:
            standard = [each.fileno() for each in (nothing, output, errors)]
            fork = self._forks.start("wqstudio.__main__", *arguments, standard=standard, environment=environment)
            code = fork.wait(_WITHIN)
            said = []
            for file in (output, errors):
                file.seek(0)
                said.append(file.read().decode())
        return subprocess.CompletedProcess(arguments, code, *said)


def naming(connection: Connection, folder: Path) -> list[str]:
    """Words of a command line by which it finds that broker; a password lies in ``folder`` then."""
    named = ["--connect", connection.urls[0]]
    if not isinstance(connection, RabbitConnection):
        return named
    password = folder / "password"
    password.write_text(connection.password)
    named += ["--vhost", connection.vhost, "--management-url", connection.management_url]
    return [*named, "--user", connection.user, "--password-file", str(password)]
