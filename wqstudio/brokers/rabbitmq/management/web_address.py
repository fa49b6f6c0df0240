"""Where the management API and the Prometheus endpoint are, named or found beside AMQP."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wqstudio.brokers.endpoint import Endpoint, read_url, without_login
from wqstudio.brokers.port import UnreachableError
from wqstudio.brokers.rabbitmq.amqp.address import Address
from wqstudio.brokers.rabbitmq.management.records import ListenerRecord
from wqstudio.domain.connection import RabbitConnection

PORT, TLS_PORT = 15672, 15671
_ABOVE = 10_000
"""Management listens so far above AMQP by default, and by custom where ports are chosen."""


@dataclass(frozen=True, slots=True)
class WebAddress(Endpoint):
    prefix: str = ""
    """The path before ``/api``, without a slash at its end (``management.path_prefix``, or a proxy's)."""

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.netloc}{self.prefix}"


def management(connection: RabbitConnection, addresses: Sequence[Address]) -> list[WebAddress]:
    """Where to look for the management API, in this order. UnreachableError for a URL that is none.

    Beside AMQP over TLS it is looked for with TLS only: the password must not go in clear unasked.
    """
    if connection.management_url:
        return [_parse(connection.management_url)]
    return list(dict.fromkeys(place for each in addresses for place in _beside(each)))


def prometheus(management_place: WebAddress, listeners: Iterable[ListenerRecord] = ()) -> WebAddress:
    """Where the node says that it listens, else 20 above management: 15692 beside 15672."""
    for listener in listeners:
        if listener.protocol in {"http/prometheus", "https/prometheus"}:
            return WebAddress(management_place.host, listener.port, listener.protocol.startswith("https"))
    return WebAddress(management_place.host, management_place.port + 20, management_place.tls)


def _beside(node: Address) -> list[WebAddress]:
    usual = WebAddress(node.host, TLS_PORT if node.tls else PORT, node.tls)
    above = WebAddress(node.host, node.port + _ABOVE, node.tls)
    return [above, usual] if above.port < 2**16 else [usual]


def _parse(url: str) -> WebAddress:
    written = read_url(url, "http", "https")
    if written is None:
        raise UnreachableError(f"{without_login(url)} is not a management address; write it as http://host:15672.")
    tls = written.scheme == "https"
    port = written.port or (443 if tls else 80)
    return WebAddress(written.host, port, tls, written.path.rstrip("/").removesuffix("/api"))
