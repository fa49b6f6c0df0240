"""What is going on while settings are compared: which of them, how long yet, and a way to stop."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.scenarios.comparing import Comparing
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models.comparing_words import told
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.panels.thin_bar import ThinBar
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Concept, Theme

_LOOK_MS = 250
_STOPPING = "stopping in good order …"


class CompareProgress(QWidget):
    """Hidden while nothing is compared."""

    stop_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("compareProgress")
        self._comparing: Comparing | None = None
        self._text, self._bar = ElidedLabel(), ThinBar(theme, Concept.ACKED)
        self._text.setObjectName("compareProgressText")
        self._stop = QPushButton("Stop")
        self._stop.setObjectName("compareStop")
        self._stop.setAccessibleName("Stop comparing; what was played is shown")
        self._stop.setToolTip("What is under way ends in good order, and what was played so far is shown")
        self._stop.setProperty("kind", "quiet")
        bind_icon(self._stop, "stop", theme)
        self._stop.clicked.connect(self._on_stop)
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._show)
        self._lay_out()
        self.hide()

    def follow(self, comparing: Comparing) -> None:
        self._comparing = comparing
        self._stop.setEnabled(True)
        self._show()
        self._look.start()
        self.show()

    def leave(self) -> None:
        self._look.stop()
        self._comparing = None
        self.hide()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE_M)
        line.addWidget(self._text, 1)
        line.addWidget(self._stop)
        frame = QFrame()
        frame.setProperty("kind", "strip")
        box = QVBoxLayout(frame)
        box.setContentsMargins(SPACE_M, SPACE_XS, SPACE_XS, SPACE_S)
        box.setSpacing(SPACE_XS)
        box.addLayout(line)
        box.addWidget(self._bar)
        around = QVBoxLayout(self)
        around.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, 0)
        around.addWidget(frame)

    def _on_stop(self) -> None:
        self._stop.setEnabled(False)
        self._show()
        self.stop_wanted.emit()

    def _show(self) -> None:
        if self._comparing is None or (standing := self._comparing.standing) is None:
            return
        said = told(standing, self._comparing.comparison)
        if not self._stop.isEnabled():
            said = [said[0], _STOPPING]
        self._text.setText("  ·  ".join(said))
        self._text.setToolTip(self._text.text())
        self._bar.show_share(standing.share)
        self.setAccessibleName(f"Comparing: {self._text.text()}")
