"""Real nats-server processes for tests, on free loopback ports."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from wqstudio.brokers.local.nats_server import find_binary, read_port
from wqstudio.domain.connection import NatsConnection

READY_WITHIN = 30.0
_RELOADED = "Reloaded server configuration"

T = TypeVar("T")


class NatsServer:
    """A server of the test's own: JetStream in ``folder``, and whatever ``config`` adds (accounts, TLS, limits).

    The first ``start`` takes a free port; later ones take the same again, with the data as it was left.
    """

    def __init__(self, folder: Path, config: str = "", *, jetstream: bool = True) -> None:
        self.folder = folder
        self.port = -1
        self._config = config
        self._jetstream = jetstream
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def connection(self) -> NatsConnection:
        return NatsConnection(urls=(self.url,))

    @property
    def pid(self) -> int:
        assert self._process is not None, "the server does not run"
        return self._process.pid

    @property
    def is_dead(self) -> bool:
        """It runs no more, and nobody has stopped it here."""
        return self._process is not None and self._process.poll() is not None

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    @property
    def streams(self) -> set[str]:
        """Names of those of the account that is there without any."""
        return {each.name for each in (self.folder / "store" / "jetstream" / "$G" / "streams").glob("*")}

    def start(self) -> None:
        """Return when the server takes connections."""
        assert self._process is None, "the server runs already"
        ports = self.folder / "ports"
        shutil.rmtree(ports, ignore_errors=True)
        ports.mkdir(parents=True)
        self._write_config()
        command = [find_binary(), "-c", self.folder / "server.conf", "-a", "127.0.0.1", "-p", str(self.port)]
        self._process = self._started([*map(str, command), "--ports_file_dir", str(ports)])
        self.port = self._until(lambda: read_port(ports))

    def stop(self) -> None:
        """Stop in good order. Does nothing when it does not run."""
        if self._process is not None:
            self._end(signal.SIGTERM)

    def kill(self) -> None:
        """``kill -9``."""
        self._end(signal.SIGKILL)

    def reconfigure(self, config: str) -> None:
        """Write another configuration, and return when the running server has loaded it: it answers nothing of
        JetStream meanwhile.
        """
        self._config = config
        self._write_config()
        before = self.log.count(_RELOADED)
        os.kill(self.pid, signal.SIGHUP)
        self._until(lambda: self.log.count(_RELOADED) > before or None)

    def _write_config(self) -> None:
        jetstream = f'jetstream {{ store_dir: "{self.folder / "store"}" }}\n' if self._jetstream else ""
        (self.folder / "server.conf").write_text(jetstream + self._config)

    def _started(self, command: list[str]) -> subprocess.Popen[bytes]:
        """The kernel ends it should the tests be killed. It makes way for a window, as the studio's own servers do."""
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "nice", "-n", "5", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )

    def _end(self, with_signal: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # the test may have ended it
            os.kill(self.pid, with_signal)
        assert self._process is not None
        process, self._process = self._process, None
        process.wait(READY_WITHIN)

    def _until(self, condition: Callable[[], T | None]) -> T:
        deadline = time.monotonic() + READY_WITHIN
        while (found := condition()) is None:
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"nats-server did not start:\n{self.log}")
            time.sleep(0.005)  # between two looks at another process
        return found


class StartNatsServer(Protocol):
    """The ``start_nats_server`` fixture."""

    def __call__(self, config: str = "", *, jetstream: bool = True) -> NatsServer: ...
