"""Places on the network that brokers listen on, and the URLs that people write for them."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Endpoint:
    host: str
    port: int
    tls: bool

    @property
    def netloc(self) -> str:
        """Host and port as one word, as URLs and messages write them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


@dataclass(frozen=True, slots=True)
class Written:
    """A URL taken apart. What it does not name is empty; ``port`` None: it names none."""

    scheme: str
    host: str
    port: int | None
    path: str
    user: str
    password: str = field(repr=False)


def read_url(text: str, *schemes: str) -> Written | None:
    """``schemes``: those that will do; the first is meant where none is written. None: the text is no such URL."""
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"{schemes[0]}://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme not in schemes:
        return None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Written(parts.scheme, host, port, parts.path, user, password)


def without_login(text: str) -> str:
    """What may be shown of a text that is no URL."""
    return text.strip().rpartition("@")[2] or "The empty text"
