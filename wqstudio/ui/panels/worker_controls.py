"""What can be done to the selected worker while it works."""

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QToolButton, QWidget

from wqstudio.brokers.port import Words
from wqstudio.domain.worker import Phase, WorkerState
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models.worker_rows import speed_text
from wqstudio.ui.panels.fleet_actions import FleetActions
from wqstudio.ui.panels.log_slider import LogSlider
from wqstudio.ui.panels.spin_boxes import prefetch
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme


class WorkerControls(QWidget):
    """Shows one worker's state and changes it live."""

    def __init__(self, worker: int, actions: FleetActions, theme: Theme, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("workerControls")
        self._worker, self._actions, self._theme = worker, actions, theme
        self._host = 0
        self._paused = False
        self._speed, self._speed_label = LogSlider(0.1, 10.0), PlainLabel()
        self._speed.setObjectName("workerSpeed")
        self._speed.setAccessibleName("Speed")
        self._speed.chosen.connect(self._on_speed)
        self._speed.valueChanged.connect(lambda: self._speed_label.setText(speed_text(self._speed.figure)))
        self._speed_label.setMinimumWidth(40)
        self._speed_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._prefetch = prefetch(words)
        self._prefetch.setKeyboardTracking(False)
        self._prefetch.setObjectName("workerPrefetch")
        self._prefetch.setAccessibleName(words.prefetch)
        self._prefetch.setToolTip(f"Messages taken at a time ({words.prefetch}): 1 shares fairly, many hoards.")
        self._prefetch.valueChanged.connect(self._on_prefetch)
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE_M, 0, SPACE_M, SPACE_S)
        grid.setHorizontalSpacing(SPACE_S)
        grid.setVerticalSpacing(SPACE_XS)
        grid.setColumnStretch(1, 1)
        for row, name in enumerate(("Speed", words.prefetch.capitalize())):
            caption = PlainLabel(name)
            caption.setProperty("kind", "muted")
            grid.addWidget(caption, row, 0)
        grid.addWidget(self._speed, 0, 1)
        grid.addWidget(self._speed_label, 0, 2)
        grid.addLayout(self._buttons(), 2, 0, 1, 3)
        beside = QHBoxLayout()
        beside.addWidget(self._prefetch)
        beside.addStretch(1)
        beside.addWidget(self._kill)  # no room for its words among the others
        grid.addLayout(beside, 1, 1, 1, 2)

    def show_state(self, state: WorkerState) -> None:
        over = state.phase.over
        self._host, self._paused = state.host, state.phase is Phase.PAUSED
        self._speed.show_value(state.spec.speed)
        self._speed_label.setText(speed_text(self._speed.figure))
        if not self._prefetch.hasFocus():
            with QSignalBlocker(self._prefetch):
                self._prefetch.setValue(state.spec.prefetch)
        for control in (self._speed, self._prefetch, self._pause, self._stop, self._crash, self._kill):
            control.setEnabled(not over)
        self._stop.setEnabled(not over and state.phase is not Phase.STOPPING)
        text = "Resume" if self._paused else "Pause"
        if text != self._pause.text():
            self._pause.setText(text)
            bind_icon(self._pause, "play" if self._paused else "pause", self._theme)

    def toggle_pause(self) -> None:
        fleet = self._actions.fleet
        self._actions.do(fleet.resume(self._worker) if self._paused else fleet.pause(self._worker), "pause worker")

    def stop(self) -> None:
        self._actions.do(self._actions.fleet.stop(self._worker), "stop worker")

    def crash(self) -> None:
        self._actions.do(self._actions.fleet.crash(self._worker), "crash worker")

    def _buttons(self) -> QHBoxLayout:
        self._pause = self._button("workerPause", "Pause", "pause", "Take nothing more until resumed")
        self._pause.clicked.connect(self.toggle_pause)
        self._stop = self._button("workerStop", "Stop", "stop", "Finish what it holds, then leave")
        self._stop.clicked.connect(self.stop)
        self._crash = self._button("workerCrash", "Crash", "crash", "Drop the connection, holding what it holds")
        self._crash.clicked.connect(self.crash)
        self._kill = self._button(
            "workerKillHost", "Kill host", "unplug", "Kill the whole host process, with every worker in it"
        )
        self._kill.clicked.connect(self._on_kill)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_XS)
        for button in (self._pause, self._stop, self._crash):
            buttons.addWidget(button)
        buttons.addStretch(1)
        return buttons

    def _button(self, name: str, text: str, icon: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setText(text)
        button.setToolTip(tip)
        button.setProperty("kind", "compact")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bind_icon(button, icon, self._theme)
        return button

    def _on_speed(self, speed: float) -> None:
        self._actions.do(self._actions.fleet.set_speed(self._worker, speed), "set speed")

    def _on_prefetch(self, prefetch: int) -> None:
        self._actions.do(self._actions.fleet.set_prefetch(self._worker, prefetch), "set prefetch")

    def _on_kill(self) -> None:
        self._actions.do(self._actions.fleet.kill_host(self._host), "kill host")
