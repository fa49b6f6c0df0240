"""Server URLs as people write them, taken apart into what may be shown and what may not."""

from dataclasses import dataclass, field

from wqstudio.brokers.endpoint import Endpoint, read_url, without_login
from wqstudio.brokers.port import UnreachableError

DEFAULT_PORT = 4222


@dataclass(frozen=True, slots=True)
class Address(Endpoint):
    """One server. ``user`` and ``password`` come from the URL and are empty in most."""

    given: str = field(default="", repr=False)
    """The URL as it was written, credentials included."""
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """Scheme, host and port, never credentials."""
        return f"{'tls' if self.tls else 'nats'}://{self.netloc}"


def parse(url: str) -> Address:
    """Read ``nats://``, ``tls://`` or a bare host. UnreachableError when the text is no such address."""
    written = read_url(url, "nats", "tls", "ws", "wss")
    if written is None:
        raise UnreachableError(
            f"{without_login(url)} is not a server address; write it as nats://host:4222 or tls://host:4222."
        )
    if written.scheme in {"ws", "wss"}:
        raise UnreachableError(
            f"{written.host}: WebSocket addresses are not supported; use the server's nats:// or tls:// port."
        )
    return Address(
        host=written.host,
        port=written.port or DEFAULT_PORT,
        tls=written.scheme == "tls",
        given=url,
        user=written.user,
        password=written.password,
    )
