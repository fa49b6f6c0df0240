"""A connection while it is being typed, whatever the broker: addresses, a name, certificates, read-only."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypedDict

from wqstudio.domain.connection import Connection
from wqstudio.ui.models.draft_checks import servers_problem, tls_problems


@dataclass(frozen=True, slots=True)
class ConnectionDraft(ABC):
    """The text of the fields. One for each product derives from it: adds the fields by which one logs in there."""

    schemes: ClassVar[tuple[str, ...]]
    """Of its addresses; the first is meant where none is written."""
    example: ClassVar[str]

    servers: str = ""
    """One URL a line, or several with spaces or commas between."""
    name: str = ""
    tls_ca: str = ""
    tls_certificate: str = ""
    tls_key: str = ""
    read_only: bool = False

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(self.servers.replace(",", " ").split())

    def problems(self) -> dict[str, str]:
        """What stands in the way of connecting, by field. Looks at the disk for the files named."""
        found = {
            "servers": servers_problem(self.urls, self.example, self.schemes),
            **tls_problems(self.tls_ca, self.tls_certificate, self.tls_key),
            **self._own_problems(),
        }
        return {field: text for field, text in found.items() if text}

    @abstractmethod
    def connection(self) -> Connection:
        """Meaningful once there are no problems."""

    @abstractmethod
    def _own_problems(self) -> Mapping[str, str]:
        """What is wrong with this product's own fields; empty texts for those that are fine."""

    def _shared(self) -> "SharedSettings":
        return {
            "urls": self.urls,
            "name": self.name.strip(),
            "tls_ca": as_path(self.tls_ca),
            "tls_certificate": as_path(self.tls_certificate),
            "tls_key": as_path(self.tls_key),
            "read_only": self.read_only,
        }


class SharedSettings(TypedDict):
    """What every connection is made with."""

    urls: tuple[str, ...]
    name: str
    tls_ca: Path | None
    tls_certificate: Path | None
    tls_key: Path | None
    read_only: bool


class SharedTexts(TypedDict):
    """The same as it stands in the fields."""

    servers: str
    name: str
    tls_ca: str
    tls_certificate: str
    tls_key: str
    read_only: bool


def shared_texts(connection: Connection) -> SharedTexts:
    return {
        "servers": "\n".join(connection.urls),
        "name": connection.name,
        "tls_ca": as_text(connection.tls_ca),
        "tls_certificate": as_text(connection.tls_certificate),
        "tls_key": as_text(connection.tls_key),
        "read_only": connection.read_only,
    }


def as_path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


def as_text(path: Path | None) -> str:
    return "" if path is None else str(path)
