"""The field for a virtual host: typed, or chosen from those that the broker lists when asked."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget
from shiboken6 import isValid

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import RabbitConnection
from wqstudio.ui.lookups import FindHosts
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_XS


class HostField(QWidget):
    """``connection`` says whom to ask, or None as long as the other fields do not tell."""

    changed = Signal()

    def __init__(self, find: FindHosts, connection: Callable[[], RabbitConnection | None]) -> None:
        super().__init__()
        self._find_hosts, self._connection = find, connection
        self._hosts = QComboBox(editable=True)
        self._hosts.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._hosts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # names of 255 bytes there are
        self._hosts.setObjectName("hostChoice")
        self._hosts.setAccessibleName("Virtual host")
        self._line = QLineEdit(placeholderText="/")
        self._hosts.setLineEdit(self._line)
        self._hosts.setCompleter(None)  # type: ignore[arg-type]  # None: it would change the case of what is typed
        self._line.textChanged.connect(self.changed)
        self._find = QPushButton("Find")
        self._find.setObjectName("findHosts")
        self._find.setAccessibleName("Find the virtual hosts of this broker")
        self._find.setToolTip("List the virtual hosts that this user may see")
        self._find.setAutoDefault(False)
        self._find.clicked.connect(self._on_find)
        self._said = PlainLabel(wordWrap=True)
        self._said.setObjectName("hostsSaid")
        kept = self._said.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # what is below stays where it is when something is said
        self._said.setSizePolicy(kept)
        self._said.hide()
        self._lay_out()
        self.setFocusProxy(self._line)

    def text(self) -> str:
        return self._line.text()

    def setText(self, text: str) -> None:
        self._line.setText(text)

    def forget(self) -> None:
        """What was found is of another broker, or another user."""
        if self._hosts.count() or self._said.text():
            text = self.text()
            self._hosts.clear()
            self.setText(text)
            self._say("")

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE_XS)
        line.addWidget(self._hosts, 1)
        line.addWidget(self._find)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addLayout(line)
        layout.addWidget(self._said)

    def _say(self, text: str, kind: str = "muted") -> None:
        self._said.setProperty("kind", kind)
        self._said.style().polish(self._said)
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def _on_find(self) -> None:
        connection = self._connection()
        if connection is None:
            self._say("First say where the server is and who asks.", "error")
            return
        self._find.setEnabled(False)
        self._say("Looking …")
        spawn(self._ask(connection), "find virtual hosts")

    async def _ask(self, connection: RabbitConnection) -> None:
        found: Sequence[str] = ()
        trouble = ""
        try:
            found = await self._find_hosts(connection)
        except BrokerError as error:
            trouble = str(error)
        if not isValid(self):
            return  # the dialog was closed meanwhile
        self._find.setEnabled(True)
        if trouble:
            self._say(trouble, "error")
        else:
            self._offer(found)

    def _offer(self, found: Sequence[str]) -> None:
        text = self.text()
        self._hosts.clear()
        self._hosts.addItems(list(found))
        self.setText(text)
        self._say(f"{len(found)} found" if len(found) != 1 else "This is the only one that this user may see")
        if len(found) > 1 and self.isVisible():
            self._hosts.showPopup()
