"""Asks how to reach a NATS server, and shows step by step whether that works."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeAlias

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from wqstudio.background import spawn
from wqstudio.brokers.port import Check, OnCheck
from wqstudio.domain.connection import NatsConnection
from wqstudio.ui.connect_fields import Control, Field, LoginChoice, PathField, Secret, Servers, on_change
from wqstudio.ui.connect_steps import StepsView
from wqstudio.ui.models.connection_draft import Draft, Login, draft_of
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XL

Probe: TypeAlias = Callable[[NatsConnection, OnCheck], Awaitable[tuple[Check, ...]]]

_LOGIN_FIELDS = {
    Login.NONE: (),
    Login.PASSWORD: ("user", "password"),
    Login.TOKEN: ("token",),
    Login.CREDENTIALS: ("credentials_file",),
    Login.NKEY: ("nkey_seed_file",),
}
_TLS_FIELDS = ("tls_ca", "tls_certificate", "tls_key")


class ConnectDialog(QDialog):
    """``recent`` fills the fields in; ``probe`` tries what they say. Open it with ``open()``."""

    connection_chosen = Signal(object)
    """``NatsConnection``"""

    def __init__(self, parent: QWidget | None, recent: Sequence[NatsConnection], probe: Probe) -> None:
        super().__init__(parent)
        self.setObjectName("connectDialog")
        self.setWindowTitle("Connect to NATS")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._recent, self._probe = tuple(recent), probe
        self._open, self._filling = True, False
        self._test_number = 0
        self._controls: dict[str, Control] = {}
        self._fields: dict[str, Field] = {}
        self._touched: set[str] = set()
        self._build()
        self.fill(draft_of(self._recent[0]) if self._recent else Draft())
        self._servers.setFocus()
        self._servers.selectAll()  # typing replaces what is offered
        self.finished.connect(self._on_finished)

    def draft(self) -> Draft:
        texts = {name: control.text() for name, control in self._controls.items()}
        if not self._encryption.isChecked():
            texts |= dict.fromkeys(_TLS_FIELDS, "")
        return Draft(
            **texts,
            login=self._login.login,
            read_only=self._read_only.isChecked(),
        )

    def fill(self, draft: Draft) -> None:
        """Have the fields say what ``draft`` says."""
        self._filling = True
        for name, control in self._controls.items():
            text = getattr(draft, name)
            control.setPlainText(text) if isinstance(control, Servers) else control.setText(text)
        self._login.choose(draft.login)
        self._read_only.setChecked(draft.read_only)
        self._encryption.setChecked(any(getattr(draft, name) for name in _TLS_FIELDS))
        self._filling = False
        self._touched = {name for name in self._controls if getattr(draft, name)}
        self._refresh()

    # Building

    def _build(self) -> None:
        self._steps = StepsView()
        rule = QFrame()
        rule.setProperty("kind", "rule")
        rule.setFixedWidth(1)
        sides = QHBoxLayout()
        sides.setSpacing(0)
        sides.addWidget(self._form_side(), 5)
        sides.addWidget(rule)
        sides.addWidget(self._steps, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(sides, 1)
        bottom = QFrame()
        bottom.setProperty("kind", "rule")
        bottom.setFixedHeight(1)
        layout.addWidget(bottom)
        layout.addLayout(self._buttons())
        self.resize(860, 620)

    def _form_side(self) -> QScrollArea:
        side = QWidget()
        self._form = QVBoxLayout(side)
        self._form.setContentsMargins(SPACE_XL, SPACE_L, SPACE_XL, SPACE_L)
        self._form.setSpacing(SPACE_M)
        if self._recent:
            self._add_recent()
        self._servers = Servers()
        self._add("servers", "Servers", self._servers)
        self._add("name", "Name, as the window shows it", QLineEdit(placeholderText="the server's address"))
        self._login = LoginChoice()
        self._login.changed.connect(self._refresh)
        self._form.addWidget(Field("Log in with", self._login, "connectLogin"))
        self._add_logins()
        self._add_certificates()
        self._add_read_only()
        self._form.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what takes the keyboard is inside
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(side)
        return scroll

    def _add_logins(self) -> None:
        credentials = PathField("Credentials file", "Credentials (*.creds);;All (*)")
        self._add("user", "User", QLineEdit())
        self._add("password", "Password", Secret())
        self._add("token", "Token", Secret())
        self._add("credentials_file", "Credentials file", credentials)
        self._add("nkey_seed_file", "File with the NKey seed", PathField("NKey seed", "Seeds (*.nk *.seed);;All (*)"))

    def _add_certificates(self) -> None:
        self._encryption = QCheckBox("Own certificates for TLS")
        self._encryption.setObjectName("connectEncryption")
        self._encryption.toggled.connect(self._refresh)
        self._form.addWidget(self._encryption)
        certificates = "Certificates (*.pem *.crt *.cer);;All (*)"
        self._add("tls_ca", "Certificate authority", PathField("Certificate authority", certificates))
        self._add("tls_certificate", "Client certificate", PathField("Client certificate", certificates))
        self._add("tls_key", "Client key", PathField("Client key", "Keys (*.pem *.key);;All (*)"))

    def _add(self, name: str, caption: str, control: Control) -> None:
        self._controls[name] = control
        self._fields[name] = Field(caption, control, f"connect_{name}")
        on_change(control, partial(self._on_typed, name))
        self._form.addWidget(self._fields[name])

    def _add_recent(self) -> None:
        self._chooser = QComboBox()
        for connection in self._recent:
            self._chooser.addItem(connection.name or ", ".join(connection.urls))
        self._chooser.activated.connect(lambda index: self.fill(draft_of(self._recent[index])))
        self._form.addWidget(Field("Used recently", self._chooser, "connectRecent"))

    def _add_read_only(self) -> None:
        self._read_only = QCheckBox("Read-only")
        self._read_only.setObjectName("connectReadOnly")
        meaning = QLabel(
            "Look only: the studio changes nothing, starts no worker and publishes nothing.", wordWrap=True
        )
        meaning.setProperty("kind", "muted")
        self._form.addWidget(self._read_only)
        self._form.addWidget(meaning)

    def _buttons(self) -> QHBoxLayout:
        self._test, cancel, self._connect = QPushButton("Test"), QPushButton("Cancel"), QPushButton("Connect")
        for button, name in ((self._test, "Test"), (cancel, "Cancel"), (self._connect, "Connect")):
            button.setObjectName(f"connect{name}Button")
            button.setMinimumWidth(96)
        self._test.setAutoDefault(False)
        cancel.setAutoDefault(False)
        self._connect.setDefault(True)
        self._connect.setProperty("kind", "primary")
        self._test.clicked.connect(self._on_test)
        cancel.clicked.connect(self.reject)
        self._connect.clicked.connect(self._on_connect)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(SPACE_XL, SPACE_M, SPACE_XL, SPACE_M)
        buttons.setSpacing(SPACE_S)
        buttons.addWidget(self._test)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self._connect)
        return buttons

    # What the user does

    def _on_typed(self, name: str) -> None:
        if not self._filling:
            self._touched.add(name)
            self._refresh()

    def _refresh(self) -> None:
        """Show the fields that count and what is wrong with those that were touched."""
        if self._filling:
            return
        draft = self.draft()
        for login, names in _LOGIN_FIELDS.items():
            for name in names:
                self._fields[name].setVisible(login is draft.login)
        for name in _TLS_FIELDS:
            self._fields[name].setVisible(self._encryption.isChecked())
        problems = draft.problems()
        for name, shown in self._fields.items():
            shown.say(problems.get(name, "") if name in self._touched else "")
        for button in (self._test, self._connect):
            button.setEnabled(not problems)
            button.setToolTip("; ".join(problems.values()))
        self._steps.invalidate()

    def _on_test(self) -> None:
        self._test_number += 1
        self._steps.begin()
        spawn(self._run_test(self._test_number, self.draft().connection()), "connection test")

    async def _run_test(self, number: int, connection: NatsConnection) -> None:
        """A later test, or closing the dialog, makes what an earlier one finds out uninteresting."""

        def on_check(check: Check) -> None:
            if self._open and number == self._test_number:
                self._steps.add(check)

        await self._probe(connection, on_check)
        if self._open and number == self._test_number:
            self._steps.end()

    def _on_connect(self) -> None:
        connection = self.draft().connection()
        self.accept()
        self.connection_chosen.emit(connection)

    def _on_finished(self) -> None:
        self._open = False

    def closeEvent(self, event: QCloseEvent) -> None:
        self._open = False
        super().closeEvent(event)
