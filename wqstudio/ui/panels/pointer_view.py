"""What stands for a message in the dead-letter queue, beside the message itself."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from wqstudio.domain.letter import Letter
from wqstudio.engine.letters.bodies import Content, amount, opened
from wqstudio.engine.letters.body_text import shown
from wqstudio.ui.panels.code_view import CodeView
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme

_NARROW = 560
"""Pixels below which one stands under the other."""


class PointerView(QSplitter):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("pointerView")
        self.setChildrenCollapsible(False)
        self._pointer = CodeView(theme, "pointerText", "What stands for the message")
        self._original = CodeView(theme, "originalText", "The original message")
        self._gone = EmptyState(theme)
        self._body = QStackedWidget()
        self._body.addWidget(self._original)
        self._body.addWidget(self._gone)
        self._pointer_title, self._original_title = PlainLabel("Pointer"), PlainLabel("Original")
        self.addWidget(_side(self._pointer_title, self._pointer))
        self.addWidget(_side(self._original_title, self._body))

    def show_letter(self, letter: Letter) -> None:
        self._pointer_title.setText(f"Pointer, in {letter.queue}")
        self._original_title.setText(f"Original, in {letter.origin or 'its stream'}")
        _fill(self._pointer, opened(letter.pointer))
        if letter.problem and not letter.body:
            self._gone.say("dead", "The original is not there", letter.problem)
            self._body.setCurrentWidget(self._gone)
            return
        _fill(self._original, opened(letter.body))
        self._original_title.setText(f"{self._original_title.text()}  ·  {amount(letter.size)}")
        self._body.setCurrentWidget(self._original)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < _NARROW
        way = Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal
        if way != self.orientation():
            self.setOrientation(way)
            self._halve()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._halve()

    def _halve(self) -> None:
        room = self.width() if self.orientation() is Qt.Orientation.Horizontal else self.height()
        self.setSizes([room // 2, room // 2])


def _fill(view: CodeView, content: Content) -> None:
    """Of a large one its beginning; all of it is on the body's own page."""
    made = shown(content, content.form, 8)
    view.fill(made.pieces, made.form)


def _side(title: PlainLabel, content: QWidget) -> QWidget:
    side = QWidget()
    title.setProperty("kind", "section")
    title.setWordWrap(True)
    layout = QVBoxLayout(side)
    layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_XS, SPACE_S)
    layout.setSpacing(SPACE_S)
    layout.addWidget(title)
    layout.addWidget(content, 1)
    return side
