"""A producer: what it sends and how fast, changed while it runs."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QToolButton, QWidget

from wqstudio.domain.worker import Phase, ProducerState
from wqstudio.ui import format as fmt
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.panels.fleet_actions import FleetActions
from wqstudio.ui.panels.log_slider import LogSlider
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme

SLOWEST, FASTEST = 0.1, 10_000.0
"""Messages a second, from end to end of the slider."""


class ProducerCard(QFrame):
    removed = Signal()
    """The fleet has forgotten its producer."""

    def __init__(self, producer: int, actions: FleetActions, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"producer{producer}")
        self.setProperty("kind", "card")
        self._producer, self._actions, self._theme = producer, actions, theme
        self._paused, self._over = False, False
        self._name, self._figures, self._rate_label = PlainLabel(), ElidedLabel(), PlainLabel()
        self._figures.setProperty("kind", "muted")
        self._rate_label.setMinimumWidth(64)
        self._rate_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._rate = LogSlider(SLOWEST, FASTEST)
        self._rate.setObjectName("producerRate")
        self._rate.setAccessibleName("Messages a second")
        self._rate.chosen.connect(self._on_rate)
        self._rate.valueChanged.connect(lambda: self._rate_label.setText(fmt.rate(self._rate.figure)))
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE_M, SPACE_S, SPACE_S, SPACE_S)
        grid.setHorizontalSpacing(SPACE_S)
        grid.setVerticalSpacing(SPACE_XS)
        grid.setColumnStretch(1, 1)
        head = QHBoxLayout()
        head.setSpacing(SPACE_S)
        head.addWidget(self._name)
        head.addWidget(self._figures, 1)
        head.addLayout(self._buttons())
        grid.addLayout(head, 0, 0, 1, 3)
        grid.addWidget(self._rate, 1, 0, 1, 2)
        grid.addWidget(self._rate_label, 1, 2)

    def show_state(self, state: ProducerState) -> None:
        self._paused, self._over = state.phase is Phase.PAUSED, state.phase.over
        self._name.setText(state.spec.name)
        told = f"Publishes to {state.spec.route}, which reaches {state.spec.queue}\n{_figures(state)}"
        if state.unconfirmed:
            told = f"{told}\n{fmt.count(state.unconfirmed)} sent and not confirmed yet"
        self.setToolTip(plain_tip(told))
        self._rate.show_value(state.spec.rate or FASTEST)
        self._rate_label.setText(fmt.rate(state.spec.rate) if state.spec.rate else "unlimited")
        self._figures.setText(_figures(state))
        self._rate.setEnabled(not self._over)
        self._pause.setVisible(not self._over)  # which leaves the figures some room
        self._pause.setEnabled(not self._over and state.phase is not Phase.STOPPING)
        self._show_buttons()

    def _show_buttons(self) -> None:
        looks = (
            (self._pause, "play" if self._paused else "pause", "Resume" if self._paused else "Pause"),
            (self._stop, "close" if self._over else "stop", "Remove" if self._over else "Stop"),
        )
        for button, icon, text in looks:
            if button.accessibleName() != text:
                bind_icon(button, icon, self._theme)
                button.setAccessibleName(text)
                button.setToolTip(text)

    def _buttons(self) -> QHBoxLayout:
        self._pause, self._stop = QToolButton(), QToolButton()
        self._pause.setObjectName("producerPause")
        self._stop.setObjectName("producerStop")
        self._pause.clicked.connect(self._on_pause)
        self._stop.clicked.connect(self._on_stop)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for button in (self._pause, self._stop):
            button.setProperty("kind", "quiet")
            buttons.addWidget(button)
        return buttons

    def _on_rate(self, rate: float) -> None:
        self._actions.do(self._actions.fleet.set_rate(self._producer, rate), "set rate")

    def _on_pause(self) -> None:
        fleet = self._actions.fleet
        self._actions.do(
            fleet.resume(self._producer) if self._paused else fleet.pause(self._producer), "pause producer"
        )

    def _on_stop(self) -> None:
        if not self._over:
            self._actions.do(self._actions.fleet.stop(self._producer), "stop producer")
            return
        self._actions.fleet.forget(self._producer)
        self.removed.emit()


def _figures(state: ProducerState) -> str:
    """What keeps it from sending comes first: the end is what a narrow card leaves out.

    What is merely under way is for the tool tip.
    """
    parts = [state.reason] if state.reason else []
    if state.phase not in {Phase.WORKING, Phase.WAITING}:
        parts.append(state.phase.value)
    if state.refused:
        parts.append(f"{fmt.count(state.refused)} refused")
    if state.unconfirmed and state.reason:
        parts.append(f"{fmt.count(state.unconfirmed)} unconfirmed")
    return " · ".join([*parts, f"{fmt.count(state.confirmed)} sent"])
