"""Brokers of a benchmark's own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.rabbit_servers import RabbitHost, RabbitNode
from tests.servers import NatsServer


@contextmanager
def nats_server() -> Iterator[NatsServer]:
    with tempfile.TemporaryDirectory(prefix="wqstudio-bench-") as folder:
        server = NatsServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def rabbit_host() -> Iterator[RabbitHost]:
    node = RabbitNode()
    node.start()
    try:
        yield node.make_host()
    finally:
        node.close()
