"""Picks the local server for a product. The only place that knows them all."""

from pathlib import Path
from typing import Protocol, assert_never

from wqstudio.brokers.local import nats_server, rabbitmq_server
from wqstudio.brokers.local.revival import OnEvent
from wqstudio.domain.connection import Connection, Product


class LocalServer(Protocol):
    """A broker on loopback ports, gone when the studio is gone."""

    @property
    def connection(self) -> Connection:
        """Of use once it has started."""
        ...

    async def start(self) -> None:
        """LocalServerError says why it cannot run, and the remedy."""
        ...

    async def restart(self) -> None:
        """Stop in good order and start again: the same ports, the same data, also where they are temporary.

        Returns when it takes connections. LocalServerError as for ``start``; it is stopped then.
        """
        ...

    async def stop(self) -> None: ...


def local_server(product: Product, folder: Path | None = None, *, on_event: OnEvent | None = None) -> LocalServer:
    """``folder`` None: a temporary one, removed afterwards."""
    match product:
        case Product.NATS:
            return nats_server.LocalNatsServer(folder, on_event=on_event)
        case Product.RABBITMQ:
            return rabbitmq_server.LocalRabbitServer(folder, on_event=on_event)
        case _:
            assert_never(product)


def default_folder(product: Product) -> Path:
    """Where the data of a kept local server live when the user names no other place."""
    match product:
        case Product.NATS:
            return nats_server.default_folder()
        case Product.RABBITMQ:
            return rabbitmq_server.default_folder()
        case _:
            assert_never(product)
