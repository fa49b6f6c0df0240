"""What a dead letter is, in two lines: for where more would leave its body no room."""

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_S, SPACE_XS


class LetterBrief(QWidget):
    """Why it died and what else is known; below, what went wrong. What has no room is told on hovering."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reason = _label("letterBriefReason", "heading")
        self._reason.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._facts = _label("letterBriefFacts", "muted")
        self._error = _label("letterBriefError", "error")
        first = QHBoxLayout()
        first.setSpacing(SPACE_S)
        first.addWidget(self._reason)
        first.addWidget(self._facts, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addLayout(first)
        layout.addWidget(self._error)

    def say(self, reason: str, error: str) -> None:
        _say(self._reason, reason)
        _say(self._error, error)
        self._error.setVisible(bool(error))

    def say_facts(self, facts: str) -> None:
        _say(self._facts, facts)

    def dye(self, palette: QPalette) -> None:
        """The reason."""
        self._reason.setPalette(palette)


def _label(name: str, kind: str) -> ElidedLabel:
    label = ElidedLabel()
    label.setObjectName(name)
    label.setProperty("kind", kind)
    return label


def _say(label: ElidedLabel, text: str) -> None:
    label.setText(text)
    label.setToolTip(plain_tip(text))
