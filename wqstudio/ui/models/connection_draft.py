"""A connection to NATS while it is being typed: what is wrong with it, and what it becomes."""

from dataclasses import dataclass, field
from enum import Enum

from wqstudio.domain.connection import NatsConnection
from wqstudio.ui.models.draft_checks import (
    as_path,
    as_text,
    file_problem,
    said,
    servers_problem,
    split_servers,
    tls_problems,
)


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
        return split_servers(self.servers)

    def problems(self) -> dict[str, str]:
        """What stands in the way of connecting, by field. Looks at the disk for the files named."""
        found = {
            "servers": servers_problem(self.urls, "nats://127.0.0.1:4222", ("nats", "tls")),
            **tls_problems(self.tls_ca, self.tls_certificate, self.tls_key),
            **self._login_problems(),
        }
        return said(found.items())

    def connection(self) -> NatsConnection:
        """Meaningful once there are no problems."""
        return NatsConnection(
            urls=self.urls,
            name=self.name.strip(),
            user=self.user if self.login is Login.PASSWORD else "",
            password=self.password if self.login is Login.PASSWORD else "",
            token=self.token if self.login is Login.TOKEN else "",
            credentials_file=as_path(self.credentials_file) if self.login is Login.CREDENTIALS else None,
            nkey_seed_file=as_path(self.nkey_seed_file) if self.login is Login.NKEY else None,
            tls_ca=as_path(self.tls_ca),
            tls_certificate=as_path(self.tls_certificate),
            tls_key=as_path(self.tls_key),
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
                return {"credentials_file": file_problem(self.credentials_file) or _missing(self.credentials_file)}
            case Login.NKEY:
                return {"nkey_seed_file": file_problem(self.nkey_seed_file) or _missing(self.nkey_seed_file)}


def draft_of(connection: NatsConnection) -> Draft:
    return Draft(
        servers="\n".join(connection.urls),
        name=connection.name,
        login=_login(connection),
        user=connection.user,
        password=connection.password,
        token=connection.token,
        credentials_file=as_text(connection.credentials_file),
        nkey_seed_file=as_text(connection.nkey_seed_file),
        tls_ca=as_text(connection.tls_ca),
        tls_certificate=as_text(connection.tls_certificate),
        tls_key=as_text(connection.tls_key),
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


def _missing(text: str) -> str:
    return "" if text else "Choose the file."
