"""What a dead letter is, in four lines: why it died, where from and where to, how old it is, and what went wrong. Or,
where its body needs the room, in two.
"""

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from wqstudio.domain.letter import Letter
from wqstudio.engine.letters.bodies import seen
from wqstudio.ui import icons
from wqstudio.ui.format import since, size
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.names import visible
from wqstudio.ui.panels.letter_brief import LetterBrief
from wqstudio.ui.panels.painting import legible
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Concept, Theme

_MOST_ERROR = 240
_SEPARATOR = "  ·  "


class LetterHead(QWidget):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("letterHead")
        self._theme = theme
        self._letter: Letter | None = None
        self._reason = _label("letterReason", "heading")
        self._way = _label("letterWay", "")
        self._facts = _label("letterFacts", "muted")
        self._error = _label("letterError", "error")
        self.edit = QPushButton("Edit…")
        self.edit.setObjectName("letterEdit")
        self.edit.setAccessibleName("Edit and requeue")
        self.edit.setToolTip("Edit a copy and requeue it (Ctrl+E)")
        bind_icon(self.edit, "edit", theme)
        self._problem = _Remark("letterProblem", theme, "warning", "gap")
        self._fate = _Remark("letterFate", theme, "check", "strip")
        self.next = self._fate.add_button("Next letter", "letterNext")
        self._brief, self._whole = LetterBrief(), self._build_whole()
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(SPACE_XS)
        for widget in (self._brief, self._whole, self._problem, self._fate):
            self._layout.addWidget(widget)
        self.fold(folded=False)
        theme.changed.connect(self._paint)
        self._paint()

    def fold(self, *, folded: bool) -> None:
        """To two lines, without what can be done with it: that is below the letter, too."""
        self._brief.setVisible(folded)
        self._whole.setVisible(not folded)
        around = SPACE_XS if folded else SPACE_M
        self._layout.setContentsMargins(SPACE_M, around, SPACE_M, SPACE_XS if folded else SPACE_S)

    def show_letter(self, letter: Letter) -> None:
        self._letter = letter
        self._reason.setText(visible(letter.reason) or "Dead letter")
        self._way.setText(_way(letter))
        self._error.setText(_error(letter.error))
        self._error.setToolTip(plain_tip(letter.error[:2000]))
        self._error.setVisible(bool(letter.error))
        self._brief.say(self._reason.text(), self._error.text())
        self._problem.say(letter.problem)
        self.tell_age(time.time())

    def show_fate(self, fate: str) -> None:
        """It is gone, and cannot be edited any more; empty: it is not. That has the room of lesser facts."""
        self._fate.say(fate)
        self._facts.setVisible(not fate)
        self.edit.setEnabled(not fate)

    def offer_next(self, *, offered: bool) -> None:
        self.next.setVisible(offered)

    def tell_age(self, now: float) -> None:
        """Unix time in seconds."""
        if self._letter is not None:
            self._facts.setText(_facts(self._letter, now))
            self._brief.say_facts(_SEPARATOR.join((self._way.text(), self._facts.text())))

    def _build_whole(self) -> QWidget:
        first = QHBoxLayout()
        first.setSpacing(SPACE_S)
        first.addWidget(self._reason, 1)
        first.addWidget(self.edit, 0, Qt.AlignmentFlag.AlignTop)
        whole = QWidget()
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addLayout(first)
        for widget in (self._way, self._facts, self._error):
            layout.addWidget(widget)
        return whole

    def _paint(self) -> None:
        palette = self._reason.palette()
        palette.setColor(QPalette.ColorRole.WindowText, legible(Concept.DEAD.color, self._theme))
        self._reason.setPalette(palette)
        self._brief.dye(palette)


class _Remark(QWidget):
    """What else is to be known of the letter: why it cannot go on as it is, or where it is gone."""

    def __init__(self, name: str, theme: Theme, icon: str, kind: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._theme, self._icon = theme, icon
        self._picture = QLabel()
        self._text = _label(f"{name}Text", "warning" if icon == "warning" else "")
        frame = QFrame()
        frame.setProperty("kind", kind)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, SPACE_XS, 0, SPACE_XS)
        outer.addWidget(frame)
        self._row = QHBoxLayout(frame)
        self._row.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        self._row.setSpacing(SPACE_S)
        self._row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(self._text, 1)
        theme.changed.connect(self._draw)
        self._draw()
        self.hide()

    def add_button(self, text: str, name: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setProperty("kind", "quiet")
        self._row.setContentsMargins(SPACE_M, SPACE_XS, SPACE_XS, SPACE_XS)
        self._row.setAlignment(self._picture, Qt.AlignmentFlag.AlignVCenter)
        self._row.addWidget(button)
        return button

    def say(self, text: str) -> None:
        self._text.setText(text)
        self._text.setMinimumHeight(self._text.fontMetrics().height())  # where room is short, it is for this
        self.setVisible(bool(text))

    def _draw(self) -> None:
        tones = self._theme.tones
        color = QColor(tones.warning if self._icon == "warning" else tones.muted).name()
        self._picture.setPixmap(icons.pixmap(self._icon, color, 16, self.devicePixelRatioF()))


def _way(letter: Letter) -> str:
    here = visible(letter.queue)
    if not letter.came_from:
        return f"in {here}, from an unknown place"
    return f"in {here}" if letter.origin == letter.queue else f"{visible(letter.came_from)} → {here}"


def _facts(letter: Letter, now: float) -> str:
    facts = [_died(letter, now)]
    if letter.deliveries is not None:
        facts.append(f"{letter.deliveries:,} deliver{'y' if letter.deliveries == 1 else 'ies'}")
    if not letter.lost:
        facts.append(size(letter.size))
    if letter.consumer:
        facts.append(f"consumer {visible(letter.consumer)}")
    return _SEPARATOR.join(facts)


def _died(letter: Letter, now: float) -> str:
    if letter.died_at is None:
        published = "" if letter.published_at is None else f", published {since(letter.published_at, now)}"
        return f"when is not known{published}"
    died = f"died {since(letter.died_at, now)}"
    return f"first {died}, of {letter.death_count:,} times" if letter.death_count > 1 else died


def _error(text: str) -> str:
    line = " ".join(text.split())[: _MOST_ERROR + 1]
    line = line if line.isprintable() else seen(line)
    return line if len(line) <= _MOST_ERROR else f"{line[:_MOST_ERROR]}…"


def _label(name: str, kind: str) -> PlainLabel:
    label = PlainLabel(wordWrap=True)
    label.setObjectName(name)
    label.setProperty("kind", kind)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
