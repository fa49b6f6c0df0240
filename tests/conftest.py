"""Fixtures that any test may use: real brokers."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import NatsServer, StartNatsServer


@pytest.fixture
def start_nats_server(tmp_path: Path) -> Iterator[StartNatsServer]:
    """Start a server with additional configuration text; every one is stopped at the end of the test."""
    servers: list[NatsServer] = []
    numbers = itertools.count()

    def start(config: str = "", *, jetstream: bool = True) -> NatsServer:
        folder = tmp_path / f"nats-{next(numbers)}"
        folder.mkdir()
        server = NatsServer(folder, config, jetstream=jetstream)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def nats_server(start_nats_server: StartNatsServer) -> NatsServer:
    """A fresh JetStream server without users."""
    return start_nats_server()
