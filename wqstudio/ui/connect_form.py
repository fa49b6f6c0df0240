"""What forms for all brokers share: servers, a name, certificates, read-only, and what is wrong beside each field."""

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from wqstudio.ui.connect_fields import Control, Field, PathField, Servers, on_change
from wqstudio.ui.models.connection_draft import ConnectionDraft
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_XL

_TLS_FIELDS = ("tls_ca", "tls_certificate", "tls_key")


class ConnectForm(QScrollArea):
    """One for each product derives from it: adds its own fields, and makes a draft of the texts."""

    changed = Signal()

    def __init__(self, recent: Sequence[ConnectionDraft], empty: ConnectionDraft, example: str) -> None:
        """``recent`` can be chosen, the first of them is; without any the fields say what ``empty`` does."""
        super().__init__(widgetResizable=True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what takes the keyboard is inside
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._filling = True
        self._controls: dict[str, Control] = {}
        self._fields: dict[str, Field] = {}
        self._touched: set[str] = set()
        self._build(recent, example)
        self._fill(recent[0] if recent else empty)

    @abstractmethod
    def draft(self) -> ConnectionDraft: ...

    @abstractmethod
    def _add_login(self) -> None:
        """Add the fields of this product, those of the login among them."""

    def _choose(self, draft: ConnectionDraft) -> None:
        """Set what is no text."""

    def _hidden(self) -> frozenset[str]:
        """Fields that do not count as things are."""
        return frozenset()

    def fill(self, draft: ConnectionDraft) -> None:
        """Have the fields say what ``draft`` says."""
        self._fill(draft)
        self.changed.emit()

    def focus_first(self) -> None:
        servers = self._controls["servers"]
        servers.setFocus()
        if isinstance(servers, Servers):
            servers.selectAll()  # typing replaces what is offered

    def problems(self) -> dict[str, str]:
        return self.draft().problems()

    def _texts(self) -> dict[str, str]:
        """By field. Certificates count only while they are asked for."""
        texts = {name: control.text() for name, control in self._controls.items()}
        return texts if self._encryption.isChecked() else texts | dict.fromkeys(_TLS_FIELDS, "")

    def _wants_read_only(self) -> bool:
        return self._read_only.isChecked()

    def _fill(self, draft: ConnectionDraft) -> None:
        self._filling = True
        for name, control in self._controls.items():
            text = getattr(draft, name)
            control.setPlainText(text) if isinstance(control, Servers) else control.setText(text)
        self._choose(draft)
        self._read_only.setChecked(draft.read_only)
        self._encryption.setChecked(any(getattr(draft, name) for name in _TLS_FIELDS))
        self._filling = False
        self._touched = {name for name in self._controls if getattr(draft, name)}
        self._show_what_counts()

    def _build(self, recent: Sequence[ConnectionDraft], example: str) -> None:
        side = QWidget()
        self._form = QVBoxLayout(side)
        self._form.setContentsMargins(SPACE_XL, SPACE_L, SPACE_XL, SPACE_L)
        self._form.setSpacing(SPACE_M)
        if recent:
            self._add_recent(recent)
        self._add("servers", "Servers", Servers(example))
        self._add("name", "Name, as the window shows it", QLineEdit(placeholderText="the server's address"))
        self._add_login()
        self._add_certificates()
        self._add_read_only()
        self._form.addStretch(1)
        self.setWidget(side)

    def _add(self, name: str, caption: str, control: Control) -> None:
        self._controls[name] = control
        self._fields[name] = Field(caption, control, f"connect_{name}")
        on_change(control, partial(self._on_typed, name))
        self._form.addWidget(self._fields[name])

    def _add_recent(self, recent: Sequence[ConnectionDraft]) -> None:
        chooser = QComboBox()
        for draft in recent:
            connection = draft.connection()
            words = [connection.name or ", ".join(connection.urls), connection.place]
            chooser.addItem("  ·  ".join(filter(None, words)))
        chooser.activated.connect(lambda index: self.fill(recent[index]))
        self._form.addWidget(Field("Used recently", chooser, "connectRecent"))

    def _add_certificates(self) -> None:
        self._encryption = QCheckBox("Own certificates for TLS")
        self._encryption.setObjectName("connectEncryption")
        self._encryption.toggled.connect(self._refresh)
        self._form.addWidget(self._encryption)
        certificates = "Certificates (*.pem *.crt *.cer);;All (*)"
        self._add("tls_ca", "Certificate authority", PathField("Certificate authority", certificates))
        self._add("tls_certificate", "Client certificate", PathField("Client certificate", certificates))
        self._add("tls_key", "Client key", PathField("Client key", "Keys (*.pem *.key);;All (*)"))

    def _add_read_only(self) -> None:
        self._read_only = QCheckBox("Read-only")
        self._read_only.setObjectName("connectReadOnly")
        self._read_only.toggled.connect(self._refresh)
        meaning = PlainLabel(
            "Look only: the studio changes nothing, starts no worker and publishes nothing.", wordWrap=True
        )
        meaning.setProperty("kind", "muted")
        self._form.addWidget(self._read_only)
        self._form.addWidget(meaning)

    def _on_typed(self, name: str) -> None:
        if not self._filling:
            self._touched.add(name)
            self._refresh()

    def _refresh(self) -> None:
        if not self._filling:
            self._show_what_counts()
            self.changed.emit()

    def _show_what_counts(self) -> None:
        """Show the fields that count and what is wrong with those that were touched."""
        hidden = self._hidden() | (frozenset() if self._encryption.isChecked() else frozenset(_TLS_FIELDS))
        problems = self.problems()
        for name, shown in self._fields.items():
            shown.setVisible(name not in hidden)
            shown.say(problems.get(name, "") if name in self._touched else "")
