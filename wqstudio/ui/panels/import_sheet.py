"""What an import of exported messages would do, said before it is done; begins it, too."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.engine.import_previews import ImportPreview
from wqstudio.engine.journal import JournalError
from wqstudio.ui.models import import_facts
from wqstudio.ui.panels.facts_view import FactsView
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.sheet import Sheet, answers
from wqstudio.ui.theme import SPACE_L, SPACE_XL, SPACE_XS

_WIDTH = 640


class ImportSheet(Sheet):
    """``foresee`` looks, ``begin`` carries it out; what they raise is said here."""

    def __init__(
        self,
        window: QWidget,
        file: Path,
        foresee: Callable[[], Awaitable[ImportPreview]],
        begin: Callable[[], object],
    ) -> None:
        super().__init__(window, "importSheet", _WIDTH)
        self._foresee_import, self._begin_import = foresee, begin
        self._open = True
        self._heading = PlainLabel("Import messages")
        self._heading.setProperty("kind", "heading")
        self._heading.setObjectName("importHeading")
        self.setWindowTitle(self._heading.text())
        source = PlainLabel(f"from {file}", wordWrap=True)
        source.setProperty("kind", "muted")
        self.facts = FactsView("importFacts", "What that does")
        self._message = PlainLabel("Looking what that would do …", wordWrap=True)
        self._message.setObjectName("importMessage")
        self._message.setProperty("kind", "muted")
        head = QVBoxLayout()
        head.setSpacing(SPACE_XS)
        head.addWidget(self._heading)
        head.addWidget(source)
        layout = QVBoxLayout(self.card)
        layout.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_L)
        layout.setSpacing(SPACE_L)
        layout.addLayout(head)
        layout.addWidget(self.facts)
        layout.addWidget(self._message)
        layout.addLayout(self._buttons())
        self.finished.connect(self._forget)
        spawn(self._foresee(), "preview of an import")

    def _buttons(self) -> QHBoxLayout:
        cancel, self._go = QPushButton("Cancel"), QPushButton("Import")
        for button, name in ((cancel, "importCancel"), (self._go, "importGo")):
            button.setObjectName(name)
            button.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self._go.setProperty("kind", "primary")
        self._go.setDefault(True)
        self._go.setEnabled(False)
        self._go.clicked.connect(self._begin)
        return answers(cancel, self._go)

    async def _foresee(self) -> None:
        try:
            found = await self._foresee_import()
        except BrokerError as error:
            self._fail(str(error))
            return
        if self._open:
            self._show(found)

    def _show(self, found: ImportPreview) -> None:
        number = found.going
        self._heading.setText(f"Import {number:,} {'message' if number == 1 else 'messages'}")
        self.setAccessibleName(self._heading.text())
        self.facts.show_sections(import_facts.sections(found))
        self._message.setText("" if number else "There is no message that could be published.")
        self._message.setVisible(not number)
        self._go.setEnabled(number > 0)
        self._go.setText(f"Import {number:,}" if number else "Import")
        self._go.setFocus()
        self.place()

    def _begin(self) -> None:
        try:
            self._begin_import()
        except (BrokerError, JournalError) as error:
            self._fail(str(error))
        else:
            self.accept()

    def _fail(self, why: str) -> None:
        if self._open:
            self._message.setText(why)
            self._message.setProperty("kind", "error")
            self._message.style().polish(self._message)
            self._message.show()
            self.place()

    def _forget(self) -> None:
        self._open = False

    def wanted_height(self) -> int:
        """The facts give way where the window has no room for all."""
        self.facts.setFixedHeight(0)
        others = super().wanted_height()
        facts = max(0, min(self.facts.wanted_height(self.room - 2 * SPACE_XL), self.most_height - others))
        self.facts.setFixedHeight(facts)
        return others + facts
