"""Lines that were, in one colour, and lines that will be, in another, each with its sign before it."""

from collections.abc import Sequence

from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from wqstudio.engine.letters.bodies import seen
from wqstudio.ui.models.letter_diff import Line, Mark
from wqstudio.ui.panels.code_view import mono_font
from wqstudio.ui.panels.painting import legible, veiled
from wqstudio.ui.theme import Concept, Theme

_MOST_SHOWN = 500
"""Characters of a line."""


class DiffView(QPlainTextEdit):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sections: Sequence[tuple[str, Sequence[Line]]] = ()
        self.setObjectName("editDiff")
        self.setAccessibleName("What differs from the original")
        self.setProperty("kind", "code")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(mono_font())
        self.setPlaceholderText("Nothing is changed yet.")
        theme.changed.connect(self._fill)

    def show_diff(self, sections: Sequence[tuple[str, Sequence[Line]]]) -> None:
        """A title and its lines each; sections without lines are left out."""
        self._sections = [section for section in sections if section[1]]
        self._fill()

    def _fill(self) -> None:
        place = self.verticalScrollBar().value()
        self.clear()
        cursor = QTextCursor(self.document())
        for title, lines in self._sections:
            self._add(cursor, title, *self._look(Mark.GAP))
            for line in lines:
                text = line.text[:_MOST_SHOWN]
                shown = text if text.isprintable() else seen(text)
                self._add(cursor, f"{line.mark.value} {shown}", *self._look(line.mark))
        self.verticalScrollBar().setValue(place)

    def _add(self, cursor: QTextCursor, text: str, letters: QTextCharFormat, ground: QTextBlockFormat) -> None:
        if cursor.position():
            cursor.insertBlock()
        cursor.setBlockFormat(ground)
        cursor.insertText(text, letters)

    def _look(self, mark: Mark) -> tuple[QTextCharFormat, QTextBlockFormat]:
        letters, ground = QTextCharFormat(), QTextBlockFormat()
        tones = self._theme.tones
        match mark:
            case Mark.OLD | Mark.NEW:
                color = QColor(tones.error) if mark is Mark.OLD else Concept.ACKED.color
                letters.setForeground(legible(color, self._theme))
                ground.setBackground(veiled(color, 0.14))
            case Mark.GAP:
                letters.setForeground(QColor(tones.muted))
            case Mark.SAME:
                letters.setForeground(QColor(tones.text))
        return letters, ground
