"""How to reach a broker, as a person would say it."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import ClassVar, TypeAlias
from urllib.parse import unquote


class Product(Enum):
    """The value is what is typed and kept."""

    NATS = "nats"
    RABBITMQ = "rabbitmq"

    @property
    def title(self) -> str:
        """As its makers write it."""
        return {Product.NATS: "NATS", Product.RABBITMQ: "RabbitMQ"}[self]


@dataclass(frozen=True, slots=True)
class NatsConnection:
    """A NATS account to connect to. Secrets are left out of ``repr``, so no log can show them.

    At most one of the ways to log in is set: user and password, token, credentials file or nkey seed file. User
    information inside a URL (``user:password@``, or ``token@``) is taken out of it: nothing that shows a URL
    shows a secret.
    """

    product: ClassVar = Product.NATS

    urls: tuple[str, ...] = ("nats://127.0.0.1:4222",)
    name: str = ""
    """What the window calls it; empty: the first URL's host and port."""
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    credentials_file: Path | None = None
    nkey_seed_file: Path | None = None
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    read_only: bool = False
    known_as: str = field(default="", compare=False, repr=False)
    """The account, as the server there names it; empty: it was not asked."""

    def __post_init__(self) -> None:
        split = [_split_login(url) for url in self.urls]
        object.__setattr__(self, "urls", tuple(url for url, _, _ in split))
        user, password = next(((user, password) for _, user, password in split if user), ("", None))
        if not user or self.user or self.token or self.credentials_file or self.nkey_seed_file:
            return
        if password is None:
            object.__setattr__(self, "token", user)
        else:
            object.__setattr__(self, "user", user)
            object.__setattr__(self, "password", password)

    @property
    def place(self) -> str:
        """An account is the whole of what there is to see."""
        return ""


def _split_login(url: str) -> tuple[str, str, str | None]:
    """The URL without user information, the user (or token), and the password; None: there is none."""
    scheme, mark, rest = url.rpartition("://")
    authority, slash, path = rest.partition("/")
    login, at, host = authority.rpartition("@")
    user, colon, password = login.partition(":")
    bare = f"{scheme}{mark}{host}{slash}{path}"
    return (bare, unquote(user), unquote(password) if colon else None) if at else (url, "", None)


@dataclass(frozen=True, slots=True)
class RabbitConnection:
    """A RabbitMQ virtual host to connect to. Secrets are left out of ``repr``, and user information out of the URLs."""

    product: ClassVar = Product.RABBITMQ

    urls: tuple[str, ...] = ("amqp://127.0.0.1:5672",)
    """``amqp://`` or ``amqps://``, one for each node of the cluster; user information and virtual host inside a URL
    count where ``user``, ``password`` and ``vhost`` are not given."""
    name: str = ""
    user: str = ""
    """Empty: ``guest``."""
    password: str = field(default="", repr=False)
    vhost: str = ""
    """Empty: ``/``."""
    all_vhosts: bool = False
    """Watch the queues of every virtual host this user may see; work is done in ``vhost`` all the same."""
    management_url: str = ""
    """``http://host:15672`` or ``https://…``. Empty: found beside the AMQP port."""
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    read_only: bool = False
    known_as: str = field(default="", compare=False, repr=False)
    """The cluster, as it calls itself; empty: it was not asked."""

    def __post_init__(self) -> None:
        split = [_split_login(url) for url in self.urls]
        object.__setattr__(self, "urls", tuple(url for url, _, _ in split))
        user, password = next(((user, password) for _, user, password in split if user), ("", None))
        if user and not self.user:
            object.__setattr__(self, "user", user)
            object.__setattr__(self, "password", password or "")
        object.__setattr__(self, "management_url", _split_login(self.management_url)[0])

    @property
    def place(self) -> str:
        """What of the broker it is to; empty where that goes without saying."""
        if self.all_vhosts:
            return "all virtual hosts"
        return "" if self.vhost == "/" else self.vhost


Connection: TypeAlias = NatsConnection | RabbitConnection
