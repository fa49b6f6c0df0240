"""Which of the letters are shown: conditions in one line, chips of reasons and origins, and how far the count is."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from wqstudio.domain.redrive import Match
from wqstudio.domain.survey import Survey
from wqstudio.engine.conditions import ConditionError, narrowed, read_line
from wqstudio.engine.letters.matching import MatchError, compiled
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.panels.conditions_help import ConditionsHelp
from wqstudio.ui.panels.group_chips import GroupChips
from wqstudio.ui.panels.quiet_button import quiet_button
from wqstudio.ui.panels.search_bar import SearchBar
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_XS, Theme

_TYPED_FOR_MS = 300


class LettersFilter(QWidget):
    """``changed`` comes a moment after the last key, at once after Return, and not while the line makes no sense."""

    changed = Signal()
    passed = Signal()
    """On to what it has found."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._match = Match()
        self._told: Match | None = None
        self._build(theme)
        self._pause = QTimer(self, singleShot=True, interval=_TYPED_FOR_MS)
        self._pause.timeout.connect(self._read)

    @property
    def match(self) -> Match | None:
        """None: all are shown, and nobody wants them counted."""
        return self._match if self._match != Match() or self.group.isChecked() else None

    def reset(self) -> None:
        """For another queue; says nothing."""
        self._match, self._told = Match(), None
        self.line.clear()
        self._pause.stop()
        self.group.setChecked(False)
        self._say("")
        self.show_survey(None, "")

    def show_survey(self, survey: Survey | None, trouble: str) -> None:
        """``trouble``: why it ended before all were seen."""
        running = survey is not None and not survey.done
        self._progress.setVisible(running)
        self.chips.setVisible(survey is not None and bool(survey.groups))
        if survey is not None:
            self._progress.show_how_far(survey.seen, survey.total)
            self.chips.show_groups(survey.groups)
        if survey is None or survey.done:
            self._say(trouble)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc hides nothing any more, Down goes on to the list."""
        if event.key() == Qt.Key.Key_Escape and self.line.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Down and self.focusWidget() is self.line:
            self.settle()
            self.passed.emit()
        else:
            super().keyPressEvent(event)

    def clear(self) -> None:
        self.line.clear()
        self._read()

    def settle(self) -> None:
        """What was typed counts from now on, as after Return."""
        if self._pause.isActive():
            self._read()

    def _build(self, theme: Theme) -> None:
        self.line = QLineEdit(
            placeholderText="Filter: words, reason:, origin:, json:, older: …", clearButtonEnabled=True
        )
        self.line.setObjectName("lettersFilter")
        self.line.setAccessibleName("Filter dead letters by conditions")
        leading = QAction(self)
        bind_icon(leading, "filter", theme, "muted")
        self.line.addAction(leading, QLineEdit.ActionPosition.LeadingPosition)
        self.line.textChanged.connect(lambda _text: self._pause.start())
        self.line.returnPressed.connect(self._read)
        self._help = ConditionsHelp(self)
        self._ask = quiet_button("lettersHelp", "What can be filtered by", "help", theme, self._open_help)
        self.group = QPushButton("Group")
        self.group.setObjectName("lettersGroup")
        self.group.setAccessibleName("Count by reason and origin")
        self.group.setToolTip("Look through all of them, and count them by reason and origin")
        self.group.setCheckable(True)
        bind_icon(self.group, "group", theme, checked="on_accent")
        self.group.toggled.connect(lambda _checked: self._tell())
        self.chips = GroupChips(theme)
        self.chips.wanted.connect(self._narrow)
        self._error = PlainLabel(wordWrap=True)
        self._error.setObjectName("lettersFilterError")
        self._error.setProperty("kind", "error")
        self._progress = SearchBar("lettersProgress")
        line = QHBoxLayout()
        line.setSpacing(SPACE_XS)
        line.addWidget(self.line, 1)
        line.addWidget(self._ask)
        line.addWidget(self.group)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addLayout(line)
        for widget in (self._progress, self._error, self.chips):
            widget.hide()
            layout.addWidget(widget)
        kept = self._progress.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # so that nothing moves when it comes and goes
        self._progress.setSizePolicy(kept)

    def _open_help(self) -> None:
        self._help.open_below(self._ask)

    def _narrow(self, kind: str, value: str) -> None:
        self.line.setText(narrowed(self.line.text(), kind, value))
        self.line.setFocus()  # a chip that goes would leave it to whatever comes next
        self._read()

    def _read(self) -> None:
        self._pause.stop()
        try:
            match = read_line(self.line.text())
            compiled(match)
        except (ConditionError, MatchError) as error:
            self._say(str(error))
            return
        self._say("")
        self._match = match
        self._tell()

    def _tell(self) -> None:
        """Only what is another filter than the one that was told last."""
        if self.match != self._told:
            self._told = self.match
            self.changed.emit()

    def _say(self, error: str) -> None:
        self._error.setText(error[:1].upper() + error[1:])
        self._error.setVisible(bool(error))
