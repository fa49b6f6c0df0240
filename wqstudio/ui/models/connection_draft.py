"""A connection while it is being typed: what is wrong with it, and what it becomes."""

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from urllib.parse import urlsplit

from wqstudio.domain.connection import NatsConnection


class Login(Enum):
    """Ways to log in; the value is what the choice says."""

    NONE = "None"
    PASSWORD = "Password"  # noqa: S105  # a word on a button
    TOKEN = "Token"  # noqa: S105  # a word on a button
    CREDENTIALS = ".creds file"
    NKEY = "NKey"


@dataclass(frozen=True, slots=True)
class Draft:
    """The text of the fields. Only what belongs to the login chosen counts."""

    servers: str = "nats://127.0.0.1:4222"
    """One URL a line, or several with spaces or commas between."""
    name: str = ""
    login: Login = Login.NONE
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    credentials_file: str = ""
    nkey_seed_file: str = ""
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
            "servers": _servers(self.urls),
            "tls_ca": _file(self.tls_ca),
            "tls_certificate": _file(self.tls_certificate),
            "tls_key": _file(self.tls_key),
            **self._login_problems(),
        }
        if self.tls_certificate and not self.tls_key:
            found["tls_key"] = "The certificate needs its key."
        if self.tls_key and not self.tls_certificate:
            found["tls_certificate"] = "The key needs its certificate."
        return {name: text for name, text in found.items() if text}

    def connection(self) -> NatsConnection:
        """Meaningful once there are no problems."""
        return NatsConnection(
            urls=self.urls,
            name=self.name.strip(),
            user=self.user if self.login is Login.PASSWORD else "",
            password=self.password if self.login is Login.PASSWORD else "",
            token=self.token if self.login is Login.TOKEN else "",
            credentials_file=_path(self.credentials_file) if self.login is Login.CREDENTIALS else None,
            nkey_seed_file=_path(self.nkey_seed_file) if self.login is Login.NKEY else None,
            tls_ca=_path(self.tls_ca),
            tls_certificate=_path(self.tls_certificate),
            tls_key=_path(self.tls_key),
            read_only=self.read_only,
        )

    def _login_problems(self) -> dict[str, str]:
        match self.login:
            case Login.NONE:
                return {}
            case Login.PASSWORD:
                return {"user": "" if self.user else "Who logs in?"}
            case Login.TOKEN:
                return {"token": "" if self.token else "The token is missing."}
            case Login.CREDENTIALS:
                return {"credentials_file": _file(self.credentials_file) or _missing(self.credentials_file)}
            case Login.NKEY:
                return {"nkey_seed_file": _file(self.nkey_seed_file) or _missing(self.nkey_seed_file)}


def draft_of(connection: NatsConnection) -> Draft:
    return Draft(
        servers="\n".join(connection.urls),
        name=connection.name,
        login=_login(connection),
        user=connection.user,
        password=connection.password,
        token=connection.token,
        credentials_file=_text(connection.credentials_file),
        nkey_seed_file=_text(connection.nkey_seed_file),
        tls_ca=_text(connection.tls_ca),
        tls_certificate=_text(connection.tls_certificate),
        tls_key=_text(connection.tls_key),
        read_only=connection.read_only,
    )


def _login(connection: NatsConnection) -> Login:
    if connection.credentials_file is not None:
        return Login.CREDENTIALS
    if connection.nkey_seed_file is not None:
        return Login.NKEY
    if connection.user:
        return Login.PASSWORD
    return Login.TOKEN if connection.token else Login.NONE


def _servers(urls: tuple[str, ...]) -> str:
    if not urls:
        return "Where is the server? For example nats://127.0.0.1:4222"
    return next((problem for problem in map(_url, urls) if problem), "")


def _url(url: str) -> str:
    shown = url.rpartition("@")[2]  # never the credentials
    try:
        parts = urlsplit(url if "://" in url else f"nats://{url}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return f"{shown} has no valid host and port."
    if parts.scheme not in {"nats", "tls"}:
        return f"{shown} should begin with nats:// or tls://"
    if not host:
        return f"{shown} names no host."
    return f"{shown} has no valid port." if port == 0 else ""


def _file(text: str) -> str:
    if not text:
        return ""
    return "" if Path(text).expanduser().is_file() else "There is no such file."


def _missing(text: str) -> str:
    return "" if text else "Choose the file."


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


def _text(path: Path | None) -> str:
    return "" if path is None else str(path)
