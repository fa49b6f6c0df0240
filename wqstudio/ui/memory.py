"""What the window remembers between starts. No secret is ever among it."""

from dataclasses import replace
from pathlib import Path

from platformdirs import user_config_path
from PySide6.QtCore import QByteArray, QSettings

from wqstudio.domain.connection import Connection, NatsConnection
from wqstudio.ui.theme import Scheme

_MOST_RECENT = 5
_FILES = ("credentials_file", "nkey_seed_file", "tls_ca", "tls_certificate", "tls_key")


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
        others = [other for other in self.recent if other.urls != kept.urls]
        self._settings.remove("recent")
        self._settings.beginWriteArray("recent")
        for index, each in enumerate([kept, *others][:_MOST_RECENT]):
            self._settings.setArrayIndex(index)
            self._write_connection(each)
        self._settings.endArray()

    def _read_connection(self) -> Connection:
        value = self._settings.value
        connection = NatsConnection(
            urls=tuple(str(value("urls", "")).split()),
            name=str(value("name", "")),
            user=str(value("user", "")),
            read_only=value("read_only", "false") in (True, "true"),
        )
        files = {name: Path(kept) for name in _FILES if (kept := str(value(name, "")))}
        return replace(connection, **files)  # type: ignore[arg-type]  # _FILES names fields that are paths

    def _write_connection(self, connection: Connection) -> None:
        write = self._settings.setValue
        write("urls", " ".join(connection.urls))
        write("name", connection.name)
        write("user", connection.user)
        write("read_only", connection.read_only)
        for name in _FILES:
            write(name, str(getattr(connection, name) or ""))

    def _bytes(self, key: str) -> QByteArray:
        value = self._settings.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()


def without_secrets(connection: Connection) -> Connection:
    """Passwords and tokens are asked for again."""
    return replace(connection, password="", token="")
