"""Text of any length to read, in letters of one width: coloured where it is looked at, and filled while Qt is idle."""

import re
from collections.abc import Iterator

from PySide6.QtCore import QRegularExpression, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from wqstudio.engine.letters.bodies import Form
from wqstudio.ui.models.syntax import Part, spans
from wqstudio.ui.panels.painting import legible, veiled
from wqstudio.ui.theme import LANES, Theme

_MOST_BLOCKS = 200
"""Lines on a screen."""
_MOST_SPANS = 400
"""Of one line."""
_ENDLESS = re.compile(r"[^\n]{2000}(?=[^\n])")
"""Qt takes a second for a line of 100,000 letters."""
_MOST_COUNTED = 10_000
"""Of what is found."""
_TURNING = {
    ord(each): f"⟨{ord(each):04X}⟩"
    for each in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
}
"""Letters that would turn a line around and show it as something else."""
_UNSEEN = {code: 0x2400 + code for code in range(32) if code not in (9, 10, 13)} | {0x7F: 0x2421} | _TURNING

_WRAPPING = {
    Form.HEX: QTextOption.WrapMode.NoWrap,
    Form.TEXT: QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere,
}


def mono_font() -> QFont:
    """Not fitted to pixels: Å would be higher than its line, which Qt cuts where it is coloured, and read Ä."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setFamilies(["JetBrains Mono", "Cascadia Mono", "SF Mono", "DejaVu Sans Mono", *font.families()])
    font.setPixelSize(12)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


class CodeView(QPlainTextEdit):
    filled = Signal()
    """All that was given is there."""

    def __init__(self, theme: Theme, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._form = Form.TEXT
        self._sought = ""
        self._painted: tuple[object, ...] = ()
        self._pieces: Iterator[str] = iter(())
        self.broken = False
        """Some lines were too long, and go on in the next."""
        self._pump = QTimer(self, interval=0)
        self._pump.timeout.connect(self._add)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setProperty("kind", "code")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(mono_font())
        self.setTabStopDistance(4 * self.fontMetrics().horizontalAdvance(" "))
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.updateRequest.connect(self._color)
        theme.changed.connect(self._color)

    @property
    def filling(self) -> bool:
        return self._pump.isActive()

    def fill(self, pieces: Iterator[str], form: Form) -> None:
        """The first piece at once, the others in between other work."""
        self._pump.stop()
        self.broken = False
        self._form, self._pieces = form, pieces
        self.setWordWrapMode(_WRAPPING.get(form, QTextOption.WrapMode.WrapAnywhere))
        self.setPlainText("")
        self._pump.start()
        self._add()
        self.verticalScrollBar().setValue(0)

    def show_text(self, text: str, form: Form) -> None:
        self.fill(iter((text,)), form)

    def edit(self, text: str, form: Form) -> None:
        """Have a person change ``text``, all of which is there at once."""
        self._form = form
        self.setWordWrapMode(_WRAPPING.get(form, QTextOption.WrapMode.WrapAnywhere))
        self.setReadOnly(False)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextEditorInteraction)
        self.setPlainText(text)
        self.setUndoRedoEnabled(True)

    @property
    def text(self) -> str:
        """Letter by letter: Qt's plain text has ordinary spaces for others."""
        return self.document().toRawText().replace("\u2029", "\n")

    def seek(self, text: str, *, backward: bool = False, anew: bool = False) -> bool:
        """Select the next place with ``text``, around the end; ``anew``: from where the last one began."""
        self._sought = text
        self._color()
        if not text:
            return False
        flags = QTextDocument.FindFlag.FindBackward if backward else QTextDocument.FindFlag(0)
        cursor = self.textCursor()
        if anew:
            cursor.setPosition(cursor.selectionStart())
        found = self.document().find(text, cursor, flags)
        if found.isNull():
            edge = QTextCursor(self.document())
            if backward:
                edge.movePosition(QTextCursor.MoveOperation.End)
            found = self.document().find(text, edge, flags)
        if found.isNull():
            cursor.clearSelection()
            self.setTextCursor(cursor)
            return False
        self.setTextCursor(found)
        return True

    def count(self, text: str) -> int:
        """How often it is there; counted up to 10,000."""
        return min(self.toPlainText().casefold().count(text.casefold()), _MOST_COUNTED) if text else 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._color()

    def _add(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            self._pump.stop()
            self.filled.emit()
            return
        piece, count = _ENDLESS.subn("\\g<0>\n", piece)
        self.broken = self.broken or count > 0
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(piece.translate(_UNSEEN) if not piece.isprintable() else piece)

    def _color(self) -> None:
        """Of the lines on screen alone: a large text has very many."""
        first = self.firstVisibleBlock()
        size, text = self.viewport().size(), self.document()
        state = (first.blockNumber(), size, text.revision(), self._form, self._sought, self._theme.tones)
        if state == self._painted:
            return
        self._painted = state
        self.setExtraSelections([each for block in self._on_screen(first) for each in self._selections(block)])

    def _on_screen(self, block: QTextBlock) -> Iterator[QTextBlock]:
        bottom = self.viewport().height()
        for _ in range(_MOST_BLOCKS):
            if not block.isValid() or self.blockBoundingGeometry(block).translated(self.contentOffset()).top() > bottom:
                return
            yield block
            block = block.next()

    def _selections(self, block: QTextBlock) -> Iterator[QTextEdit.ExtraSelection]:
        formats = _formats(self._theme)
        for number, span in enumerate(spans(block.text(), self._form)):
            if number > _MOST_SPANS:
                break
            yield _selection(block, span.start, span.length, formats[span.part])
        if self._sought:
            yield from self._finds(block)

    def _finds(self, block: QTextBlock) -> Iterator[QTextEdit.ExtraSelection]:
        look = QTextCharFormat()
        look.setBackground(veiled(QColor(self._theme.tones.accent), 0.3))
        pattern = QRegularExpression(
            QRegularExpression.escape(self._sought), QRegularExpression.PatternOption.CaseInsensitiveOption
        )
        matches = pattern.globalMatch(block.text())
        for _ in range(_MOST_SPANS):
            if not matches.hasNext():
                return
            match = matches.next()
            yield _selection(block, match.capturedStart(), match.capturedLength(), look)


def _formats(theme: Theme) -> dict[Part, QTextCharFormat]:
    colors = {
        Part.NAME: QColor(theme.tones.accent),
        Part.NUMBER: legible(QColor(LANES[7]), theme),
        Part.WORD: legible(QColor(LANES[4]), theme),
        Part.MARK: QColor(theme.tones.muted),
    }
    return {part: _colored(color) for part, color in colors.items()}


def _colored(color: QColor) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(color)
    return look


def _selection(block: QTextBlock, start: int, length: int, look: QTextCharFormat) -> QTextEdit.ExtraSelection:
    made = QTextEdit.ExtraSelection()
    cursor = QTextCursor(block)
    cursor.setPosition(block.position() + start)
    cursor.setPosition(block.position() + start + length, QTextCursor.MoveMode.KeepAnchor)
    made.cursor, made.format = cursor, look
    return made
