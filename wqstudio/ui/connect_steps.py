"""The steps of a connection test, each appearing as it ends."""

import re

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from wqstudio.brokers.checks import Check, CheckState
from wqstudio.ui import icons
from wqstudio.ui.panels.scrolling import let_scroll
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import DARK, LIGHT, SPACE_M, SPACE_S, Concept, Tones

_ICON = 16
_ICONS = {
    CheckState.PASSED: "check",
    CheckState.WARNING: "warning",
    CheckState.FAILED: "error",
    CheckState.SKIPPED: "clock",
}
_LONG_WORD = re.compile(r"(\S{10})\S{12,}(\S{10})")
"""A word of 32 characters or more, of which both ends are kept."""
_TEACHING = (
    "Test tries the connection step by step: whether the name is known, the server answers, encryption and login "
    "work, and what this account may do. Nothing is changed on the broker."
)


class StepsView(QScrollArea):
    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("connectSteps")
        self.setAccessibleName("Steps of the connection test")
        let_scroll(self)
        self._lines: list[_Line] = []
        self._outcome = PlainLabel(_TEACHING, wordWrap=True)
        self._outcome.setObjectName("connectOutcome")
        self._outcome.setProperty("kind", "muted")
        content = QWidget()
        self._layout = QVBoxLayout(content)
        self._layout.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        self._layout.setSpacing(SPACE_M)
        self._layout.addWidget(self._outcome)
        self._layout.addStretch(1)
        self.setWidget(content)

    @property
    def outcome(self) -> str:
        return self._outcome.text()

    @property
    def steps(self) -> list[Check]:
        return [line.check for line in self._lines]

    def begin(self) -> None:
        for line in self._lines:
            self._layout.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = []
        self._say("Testing …", "muted")

    def add(self, check: Check) -> None:
        line = _Line(check)
        self._lines.append(line)
        self._layout.insertWidget(self._layout.count() - 1, line)

    def end(self) -> None:
        states = {check.state for check in self.steps}
        if CheckState.FAILED in states:
            failed = next(check for check in self.steps if check.state is CheckState.FAILED)
            self._say(f"It does not work yet: {failed.step}.", "error")
        elif CheckState.WARNING in states:
            self._say("It works, with reservations.", "warning")
        else:
            self._say("It works.", "heading")

    def invalidate(self) -> None:
        """What was tested is no longer what the fields say."""
        if self._lines:
            self._say("The fields have changed since this test.", "muted")

    def _say(self, text: str, kind: str) -> None:
        self._outcome.setText(text)
        self._outcome.setProperty("kind", kind)
        self._outcome.style().polish(self._outcome)


class _Line(QWidget):
    def __init__(self, check: Check) -> None:
        super().__init__()
        self.check = check
        self._mark = PlainLabel()
        step, detail = PlainLabel(check.step, wordWrap=True), PlainLabel(_shortened(check.detail), wordWrap=True)
        for label in (step, detail):
            label.setMinimumWidth(1)  # one long word must not take the others out of sight
        detail.setToolTip(plain_tip(check.detail))
        detail.setProperty("kind", "muted")
        detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        if check.state is CheckState.SKIPPED:
            step.setProperty("kind", "muted")
        self.setAccessibleName(f"{check.step}: {check.state.value}. {check.detail}")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_S)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._mark, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(step, 0, 1)
        grid.addWidget(detail, 1, 1)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._draw()

    def _draw(self) -> None:
        tones = DARK if self.palette().window().color().lightness() < 128 else LIGHT
        color = _color(self.check.state, tones)
        self._mark.setPixmap(icons.pixmap(_ICONS[self.check.state], color, _ICON, self.devicePixelRatioF()))


def _shortened(detail: str) -> str:
    """Without the middle of words that no line can hold, as the ids of servers are; the tool tip has them whole."""
    return _LONG_WORD.sub(r"\1…\2", detail)


def _color(state: CheckState, tones: Tones) -> str:
    match state:
        case CheckState.PASSED:
            return Concept.ACKED.value
        case CheckState.WARNING:
            return tones.warning
        case CheckState.FAILED:
            return tones.error
        case CheckState.SKIPPED:
            return tones.muted
