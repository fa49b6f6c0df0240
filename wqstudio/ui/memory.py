"""What the window remembers between starts. No secret is ever among it."""

from dataclasses import fields, replace
from pathlib import Path
from typing import TypedDict, assert_never

from platformdirs import user_config_path
from PySide6.QtCore import QByteArray, QSettings

from wqstudio.domain.connection import Connection, NatsConnection, Product, RabbitConnection
from wqstudio.ui.theme import Scheme

_MOST_RECENT = 5


class _Common(TypedDict):
    """What connections to all brokers have."""

    urls: tuple[str, ...]
    name: str
    user: str
    read_only: bool
    tls_ca: Path | None
    tls_certificate: Path | None
    tls_key: Path | None


class Memory:
    """Kept in an INI file that a person can read and delete."""

    def __init__(self, file: Path | None = None) -> None:
        where = file or user_config_path("wqstudio") / "window.ini"
        self._settings = QSettings(str(where), QSettings.Format.IniFormat)

    @property
    def geometry(self) -> QByteArray:
        return self._bytes("window/geometry")

    @property
    def layout(self) -> QByteArray:
        return self._bytes("window/layout")

    def keep_geometry(self, geometry: QByteArray) -> None:
        self._settings.setValue("window/geometry", geometry)

    def keep_layout(self, layout: QByteArray) -> None:
        self._settings.setValue("window/layout", layout)

    def forget_layout(self) -> None:
        self._settings.remove("window/layout")

    @property
    def scheme(self) -> Scheme:
        kept = str(self._settings.value("window/scheme", Scheme.SYSTEM.value))
        return next((scheme for scheme in Scheme if scheme.value == kept), Scheme.SYSTEM)

    def keep_scheme(self, scheme: Scheme) -> None:
        self._settings.setValue("window/scheme", scheme.value)

    @property
    def span(self) -> float | None:
        """Seconds that the graphs showed."""
        try:
            return float(str(self._settings.value("graphs/span")))
        except ValueError:
            return None

    def keep_span(self, seconds: float) -> None:
        self._settings.setValue("graphs/span", seconds)

    @property
    def recent(self) -> list[Connection]:
        """The newest first, without what was secret in them."""
        found: list[Connection] = []
        for index in range(self._settings.beginReadArray("recent")):
            self._settings.setArrayIndex(index)
            found.append(self._read_connection())
        self._settings.endArray()
        return [connection for connection in found if any(connection.urls)]

    def keep_recent(self, connection: Connection) -> None:
        kept = without_secrets(connection)
        others = [other for other in self.recent if _place(other) != _place(kept)]
        self._settings.remove("recent")
        self._settings.beginWriteArray("recent")
        for index, each in enumerate([kept, *others][:_MOST_RECENT]):
            self._settings.setArrayIndex(index)
            self._write_connection(each)
        self._settings.endArray()

    def _read_connection(self) -> Connection:
        """One that was kept before there was more than one product is NATS."""
        if self._text("product") == Product.RABBITMQ.value:
            return RabbitConnection(
                **self._read_common(),
                vhost=self._text("vhost"),
                all_vhosts=self._flag("all_vhosts"),
                management_url=self._text("management_url"),
            )
        return NatsConnection(
            **self._read_common(),
            credentials_file=self._path("credentials_file"),
            nkey_seed_file=self._path("nkey_seed_file"),
        )

    def _read_common(self) -> _Common:
        return {
            "urls": tuple(self._text("urls").split()),
            "name": self._text("name"),
            "user": self._text("user"),
            "read_only": self._flag("read_only"),
            "tls_ca": self._path("tls_ca"),
            "tls_certificate": self._path("tls_certificate"),
            "tls_key": self._path("tls_key"),
        }

    def _write_connection(self, connection: Connection) -> None:
        """Every field by its name: ``without_secrets`` was asked before."""
        write = self._settings.setValue
        write("product", connection.product.value)
        for field in fields(connection):
            write(field.name, _as_text(getattr(connection, field.name)))

    def _text(self, key: str) -> str:
        return str(self._settings.value(key, ""))

    def _flag(self, key: str) -> bool:
        return self._text(key).lower() == "true"

    def _path(self, key: str) -> Path | None:
        kept = self._text(key)
        return Path(kept) if kept else None

    def _bytes(self, key: str) -> QByteArray:
        value = self._settings.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()


def without_secrets(connection: Connection) -> Connection:
    """Passwords and tokens are asked for again."""
    match connection:
        case NatsConnection():
            return replace(connection, password="", token="", known_as="")
        case RabbitConnection():
            return replace(connection, password="", known_as="")
        case _:
            assert_never(connection)


def _place(connection: Connection) -> tuple[tuple[str, ...], str]:
    """What makes two connections the same to one who looks for what was used recently."""
    return (connection.urls, connection.vhost if isinstance(connection, RabbitConnection) else "")


def _as_text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(value)
    return "" if value is None else str(value)
