"""Node URLs as people write them, taken apart into what may be shown and what may not."""

from dataclasses import dataclass, field
from urllib.parse import unquote

from wqstudio.brokers.endpoint import Endpoint, read_url, without_login
from wqstudio.brokers.port import UnreachableError
from wqstudio.domain.connection import RabbitConnection

PORT, TLS_PORT = 5672, 5671
DEFAULT_USER = DEFAULT_PASSWORD = "guest"  # noqa: S105 - RabbitMQ's own default, good on loopback only
DEFAULT_VHOST = "/"


@dataclass(frozen=True, slots=True)
class Address(Endpoint):
    """One node. The last three come from the URL and are empty in most; ``vhost`` None: the URL names none."""

    user: str = ""
    password: str = field(default="", repr=False)
    vhost: str | None = None

    @property
    def url(self) -> str:
        """Scheme, host and port, never credentials."""
        return f"{'amqps' if self.tls else 'amqp'}://{self.netloc}"


@dataclass(frozen=True, slots=True)
class Account:
    """Who logs in where, once the connection's own words and its URLs' are put together."""

    user: str
    password: str = field(repr=False)
    vhost: str


def parse(url: str) -> Address:
    """Read ``amqp://``, ``amqps://`` or a bare host. UnreachableError when the text is no such address."""
    written = read_url(url, "amqp", "amqps")
    if written is None:
        raise UnreachableError(
            f"{without_login(url)} is not a node's address; write it as amqp://host:5672 or amqps://host:5671."
        )
    tls = written.scheme == "amqps"
    return Address(
        host=written.host,
        port=written.port or (TLS_PORT if tls else PORT),
        tls=tls,
        user=written.user,
        password=written.password,
        vhost=unquote(written.path[1:]) if written.path[1:] else None,
    )


def parse_all(connection: RabbitConnection) -> list[Address]:
    """UnreachableError when there is none, or one is no address."""
    if not connection.urls:
        raise UnreachableError("The connection has no node's address; write one as amqp://host:5672.")
    return [parse(url) for url in connection.urls]


def account(connection: RabbitConnection, address: Address) -> Account:
    """What the connection says goes before what its URL says."""
    vhost = connection.vhost or (address.vhost if address.vhost is not None else DEFAULT_VHOST)
    if connection.user:
        return Account(connection.user, connection.password, vhost)
    if address.user:
        return Account(address.user, connection.password or address.password, vhost)
    return Account(DEFAULT_USER, connection.password or DEFAULT_PASSWORD, vhost)
