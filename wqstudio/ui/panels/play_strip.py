"""What is going on while a scenario is played to its end: how far it is, and what is done to it next."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.domain.scenario import Scenario
from wqstudio.engine.playing import Progress
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models import scenario_words as words
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.panels.thin_bar import ThinBar
from wqstudio.ui.performance import Performance
from wqstudio.ui.plain import plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Concept, Theme

_LOOK_MS = 250


class PlayStrip(QWidget):
    """Hidden while nothing is played."""

    stop_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("playStrip")
        self._performance: Performance | None = None
        self._title, self._text, self._bar = ElidedLabel(), ElidedLabel(), ThinBar(theme, Concept.ACKED)
        self._title.setObjectName("playTitle")
        self._title.setProperty("kind", "runTitle")
        self._text.setObjectName("playProgress")
        self._text.setProperty("kind", "muted")
        self._stop = QPushButton("Stop")
        self._stop.setObjectName("playStop")
        self._stop.setAccessibleName("Stop the scenario and see what came of it so far")
        self._stop.setProperty("kind", "quiet")
        bind_icon(self._stop, "stop", theme)
        self._stop.clicked.connect(self._on_stop)
        self._look = QTimer(self, interval=_LOOK_MS)
        self._look.timeout.connect(self._show)
        self._lay_out()
        self.hide()

    def follow(self, performance: Performance) -> None:
        self._performance = performance
        self._stop.setEnabled(True)
        self._show()
        self._look.start()
        self.show()

    def leave(self) -> None:
        self._look.stop()
        self._performance = None
        self.hide()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE_M)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self._title)
        texts.addWidget(self._text)
        line.addLayout(texts, 1)
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
        self.stop_wanted.emit()

    def _show(self) -> None:
        assert self._performance is not None
        scenario, progress = self._performance.scenario, self._performance.progress
        self._title.setText("  ·  ".join(filter(None, (scenario.title, self._performance.setting))))
        self._text.setText("  ·  ".join(told(scenario, progress)))
        self._text.setToolTip(plain_tip(self._text.text()))
        passed = (progress.seconds or 0.0) if progress is not None else 0.0
        self._bar.show_share(min(1.0, passed / scenario.seconds))
        self.setAccessibleName(f"{self._title.text()}: {self._text.text()}")


def told(scenario: Scenario, progress: Progress | None) -> list[str]:
    """In the order of what gives way first where there is little room, the last."""
    if progress is None:
        return ["getting ready"]
    if progress.seconds is None:
        return ["making queues and getting everyone to work"]
    said = [f"{progress.seconds:.0f} s of {words.moment(scenario.seconds)}"]
    if progress.coming is not None:
        wait = max(0.0, progress.coming.at - progress.seconds)
        said.append(f"in {wait:.0f} s: {words.fault(progress.coming)}")
    return [*said, f"{progress.acknowledged:,} acknowledged"]
