"""How to reach a broker, as a person would say it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class NatsConnection:
    """A NATS account to connect to. Secrets are left out of ``repr``, so no log can show them.

    At most one of the ways to log in is set: user and password, token, credentials file or nkey seed file;
    user information inside a URL counts as the first.
    """

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


@dataclass(frozen=True, slots=True)
class RabbitConnection:
    """A RabbitMQ virtual host to connect to. Secrets are left out of ``repr``."""

    urls: tuple[str, ...] = ("amqp://127.0.0.1:5672",)
    """``amqp://`` or ``amqps://``, one for each node of the cluster; user information and virtual host inside a URL
    count where ``user``, ``password`` and ``vhost`` are not given."""
    name: str = ""
    user: str = ""
    """Empty: ``guest``."""
    password: str = field(default="", repr=False)
    vhost: str = ""
    """Empty: ``/``."""
    management_url: str = ""
    """``http://host:15672`` or ``https://…``. Empty: found beside the AMQP port."""
    tls_ca: Path | None = None
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    read_only: bool = False


Connection: TypeAlias = NatsConnection | RabbitConnection
