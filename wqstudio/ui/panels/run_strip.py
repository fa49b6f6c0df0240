"""The strip above what is played: how far it is, a bar, and a way to stop it."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.ui.icons import bind_icon
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.panels.thin_bar import ThinBar
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Concept, Theme

_LOOK_MS = 250
_STOPPING = "stopping in good order …"
_BETWEEN = "  ·  "


class RunStrip(QWidget):
    """Hidden while nothing is played. What is played is asked again and again, by ``look``, from ``begin`` on."""

    stop_wanted = Signal()

    def __init__(self, theme: Theme, name: str, stop_tip: str) -> None:
        """``name``: that of the object, with which those of its parts begin."""
        super().__init__()
        self.setObjectName(f"{name}Strip")
        self._title, self._text, self._bar = ElidedLabel(), ElidedLabel(), ThinBar(theme, Concept.ACKED)
        self._title.setObjectName(f"{name}Title")
        self._title.setProperty("kind", "runTitle")
        self._text.setObjectName(f"{name}Progress")
        self._text.setProperty("kind", "muted")
        self._stop = QPushButton("Stop")
        self._stop.setObjectName(f"{name}Stop")
        self._stop.setAccessibleName(stop_tip)
        self._stop.setToolTip(plain_tip(stop_tip))
        self._stop.setProperty("kind", "quiet")
        bind_icon(self._stop, "stop", theme)
        self._stop.clicked.connect(self._on_stop)
        self.besides = QHBoxLayout()
        """What can be done beside stopping."""
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._lay_out()
        self.hide()

    def begin(self) -> None:
        self._stop.setEnabled(True)
        self.look()
        self._timer.start()
        self.show()

    def leave(self) -> None:
        """Nothing is played any more."""
        self._timer.stop()
        self.hide()

    def look(self) -> None:
        """``say`` how it stands; called several times a second."""
        raise NotImplementedError

    def say(self, title: list[str], told: list[str], share: float) -> None:
        """``told``: in the order of what gives way first where there is little room, the last. ``share``: 0 to 1."""
        self._title.setText(_BETWEEN.join(filter(None, title)))
        self._text.setText(_BETWEEN.join(told if self._stop.isEnabled() else [_STOPPING]))
        for label in (self._title, self._text):
            label.setToolTip(plain_tip(label.text()))
        self._bar.show_share(share)
        self.setAccessibleName(f"{self._title.text()}: {self._text.text()}")

    def _lay_out(self) -> None:
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self._title)
        texts.addWidget(self._text)
        line = QHBoxLayout()
        line.setSpacing(SPACE_M)
        line.addLayout(texts, 1)
        line.addLayout(self.besides)
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
        self.look()
        self.stop_wanted.emit()
