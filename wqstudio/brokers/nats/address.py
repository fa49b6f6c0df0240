"""Server URLs as people write them, taken apart into what may be shown and what may not."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from wqstudio.brokers.endpoint import Endpoint
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
    text = url.strip()
    try:
        parts = urlsplit(text if "://" in text else f"nats://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
        parts = urlsplit("")
    if parts.scheme in {"ws", "wss"}:
        raise UnreachableError(
            f"{host}: WebSocket addresses are not supported; use the server's nats:// or tls:// port."
        )
    if not host or parts.scheme not in {"nats", "tls"}:
        shown = text.rpartition("@")[2] or "The empty text"
        raise UnreachableError(f"{shown} is not a server address; write it as nats://host:4222 or tls://host:4222.")
    return Address(
        host=host,
        port=port or DEFAULT_PORT,
        tls=parts.scheme == "tls",
        given=url,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
