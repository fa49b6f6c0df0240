"""Asks how to reach a broker, and shows step by step whether that works."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.background import spawn
from wqstudio.brokers.checks import Check
from wqstudio.domain.connection import Connection, Product
from wqstudio.ui.connect_form import ConnectForm
from wqstudio.ui.connect_steps import StepsView
from wqstudio.ui.lookups import Probe
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XL


class ConnectDialog(QDialog):
    """``form`` has the fields of the product; ``probe`` tries what they say. Open it with ``open()``."""

    connection_chosen = Signal(object)
    """The Connection."""

    def __init__(self, parent: QWidget | None, product: Product, form: ConnectForm, probe: Probe) -> None:
        super().__init__(parent)
        self.setObjectName("connectDialog")
        self.setWindowTitle(f"Connect to {product.title}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.form, self._probe = form, probe
        self._open = True
        self._test_number = 0
        self._build()
        self._refresh()
        form.changed.connect(self._refresh)
        form.focus_first()
        self.finished.connect(self._on_finished)

    # Building

    def _build(self) -> None:
        self._steps = StepsView()
        rule = QFrame()
        rule.setProperty("kind", "rule")
        rule.setFixedWidth(1)
        sides = QHBoxLayout()
        sides.setSpacing(0)
        sides.addWidget(self.form, 5)
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

    def _refresh(self) -> None:
        problems = self.form.problems()
        for button in (self._test, self._connect):
            button.setEnabled(not problems)
            button.setToolTip(plain_tip("; ".join(problems.values())))
        self._steps.invalidate()

    def _on_test(self) -> None:
        self._test_number += 1
        self._steps.begin()
        spawn(self._run_test(self._test_number, self.form.draft().connection()), "connection test")

    async def _run_test(self, number: int, connection: Connection) -> None:
        """A later test, or closing the dialog, makes what an earlier one finds out uninteresting."""

        def on_check(check: Check) -> None:
            if self._open and number == self._test_number:
                self._steps.add(check)

        await self._probe(connection, on_check)
        if self._open and number == self._test_number:
            self._steps.end()

    def _on_connect(self) -> None:
        connection = self.form.draft().connection()
        self.accept()
        self.connection_chosen.emit(connection)

    def _on_finished(self) -> None:
        self._open = False

    def closeEvent(self, event: QCloseEvent) -> None:
        self._open = False
        super().closeEvent(event)
