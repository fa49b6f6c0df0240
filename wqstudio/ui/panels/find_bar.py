"""A field that looks for words in a text, hidden until it is asked for."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from wqstudio.ui.panels.code_view import CodeView
from wqstudio.ui.panels.quiet_button import quiet_button
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_XS, Theme


class FindBar(QWidget):
    """Enter goes on, Shift+Enter back, Esc closes it."""

    def __init__(self, view: CodeView, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("findBar")
        self._view = view
        self._field = QLineEdit(placeholderText="Find in the body")
        self._field.setObjectName("findField")
        self._field.setAccessibleName("Find in the body")
        self._field.setClearButtonEnabled(True)
        self._field.textChanged.connect(self._on_text)
        self._count = PlainLabel()
        self._count.setObjectName("findCount")
        self._count.setProperty("kind", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_XS)
        row.addWidget(self._field, 1)
        row.addWidget(self._count)
        row.addWidget(quiet_button("findBack", "Previous match", "chevron-up", theme, lambda: self._go(backward=True)))
        row.addWidget(quiet_button("findOn", "Next match", "chevron-down", theme, self._go))
        row.addWidget(quiet_button("findClose", "Close the search", "close", theme, self.close_search))
        view.filled.connect(self._say)
        self.hide()

    def open_search(self) -> None:
        self.show()
        chosen = self._view.textCursor().selectedText()
        if chosen and "\u2029" not in chosen:
            self._field.setText(chosen)
        self._field.setFocus()
        self._field.selectAll()
        self._on_text()

    def close_search(self) -> None:
        if self.isVisible():
            self.hide()
            self._view.seek("")
            self._view.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_search()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go(backward=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def _go(self, *, backward: bool = False) -> None:
        self._view.seek(self._field.text(), backward=backward)

    def _on_text(self) -> None:
        self._view.seek(self._field.text(), anew=True)
        self._say()

    def _say(self) -> None:
        if not self.isVisible():
            return
        count = self._view.count(self._field.text())
        more = " +" if count == 10_000 else ""
        self._count.setText((f"{count:,}{more} found" if count else "not found") if self._field.text() else "")
