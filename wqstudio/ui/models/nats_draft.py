"""A connection to NATS while it is being typed: what is wrong with it, and what it becomes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from wqstudio.domain.connection import NatsConnection
from wqstudio.ui.models.connection_draft import ConnectionDraft, as_path, as_text, shared_texts
from wqstudio.ui.models.draft_checks import file_problem


class Login(Enum):
    """Ways to log in; the value is what the choice says."""

    NONE = "None"
    PASSWORD = "Password"  # noqa: S105  # a word on a button
    TOKEN = "Token"  # noqa: S105  # a word on a button
    CREDENTIALS = ".creds file"
    NKEY = "NKey"


@dataclass(frozen=True, slots=True)
class NatsDraft(ConnectionDraft):
    """Only what belongs to the login chosen counts."""

    schemes = ("nats", "tls")
    example = "nats://127.0.0.1:4222"

    servers: str = example
    login: Login = Login.NONE
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    credentials_file: str = ""
    nkey_seed_file: str = ""

    @staticmethod
    def of(connection: NatsConnection) -> "NatsDraft":
        return NatsDraft(
            **shared_texts(connection),
            login=_login(connection),
            user=connection.user,
            password=connection.password,
            token=connection.token,
            credentials_file=as_text(connection.credentials_file),
            nkey_seed_file=as_text(connection.nkey_seed_file),
        )

    def connection(self) -> NatsConnection:
        return NatsConnection(
            **self._shared(),
            user=self.user if self.login is Login.PASSWORD else "",
            password=self.password if self.login is Login.PASSWORD else "",
            token=self.token if self.login is Login.TOKEN else "",
            credentials_file=as_path(self.credentials_file) if self.login is Login.CREDENTIALS else None,
            nkey_seed_file=as_path(self.nkey_seed_file) if self.login is Login.NKEY else None,
        )

    def _own_problems(self) -> Mapping[str, str]:
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
