"""How to reach a NATS server, as a form."""

from collections.abc import Sequence

from PySide6.QtWidgets import QLineEdit

from wqstudio.domain.connection import NatsConnection
from wqstudio.ui.connect_fields import Field, LoginChoice, PathField, Secret
from wqstudio.ui.connect_form import ConnectForm
from wqstudio.ui.models.connection_draft import ConnectionDraft
from wqstudio.ui.models.nats_draft import Login, NatsDraft

_LOGIN_FIELDS = {
    Login.NONE: frozenset[str](),
    Login.PASSWORD: frozenset({"user", "password"}),
    Login.TOKEN: frozenset({"token"}),
    Login.CREDENTIALS: frozenset({"credentials_file"}),
    Login.NKEY: frozenset({"nkey_seed_file"}),
}


class NatsForm(ConnectForm):
    def __init__(self, recent: Sequence[NatsConnection]) -> None:
        super().__init__([NatsDraft.of(each) for each in recent], NatsDraft(), "nats://host:4222")

    def draft(self) -> NatsDraft:
        return NatsDraft(**self._texts(), login=self._login.login, read_only=self._wants_read_only())

    def _add_login(self) -> None:
        self._login = LoginChoice()
        self._login.changed.connect(self._refresh)
        self._form.addWidget(Field("Log in with", self._login, "connectLogin"))
        credentials = PathField("Credentials file", "Credentials (*.creds);;All (*)")
        self._add("user", "User", QLineEdit())
        self._add("password", "Password", Secret())
        self._add("token", "Token", Secret())
        self._add("credentials_file", "Credentials file", credentials)
        self._add("nkey_seed_file", "File with the NKey seed", PathField("NKey seed", "Seeds (*.nk *.seed);;All (*)"))

    def _choose(self, draft: ConnectionDraft) -> None:
        if isinstance(draft, NatsDraft):
            self._login.choose(draft.login)

    def _hidden(self) -> frozenset[str]:
        return frozenset().union(*_LOGIN_FIELDS.values()) - _LOGIN_FIELDS[self._login.login]
