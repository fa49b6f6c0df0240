"""Everything that can be said of a worker before it starts."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from wqstudio.brokers.port import Words
from wqstudio.domain.worker import AckMode, FailureAction, Spread, WorkerSpec
from wqstudio.fleet.supervisor import MOST_WORKERS
from wqstudio.ui.panels.popover import Popover
from wqstudio.ui.panels.spin_boxes import decimal, prefetch, whole

_SPREADS = {
    Spread.FIXED: "fixed, always the mean",
    Spread.UNIFORM: "uniform, ½ to 1½ of the mean",
    Spread.EXPONENTIAL: "exponential, mostly short",
    Spread.LOG_NORMAL: "log-normal, as real work is",
}


class WorkerForm(Popover):
    accepted = Signal(object)
    """A tuple of ``WorkerSpec``: the workers to start."""

    def __init__(self, words: Words, parent: QWidget) -> None:
        super().__init__("New workers", "Start", parent)
        self.setObjectName("workerForm")
        self._offered: WorkerSpec | None = None
        self._name = QLineEdit()
        self._count = whole(1, MOST_WORKERS)
        self._service_time = decimal(0.0, 600_000.0, 1, " ms")
        self._spread = QComboBox()
        for spread, text in _SPREADS.items():
            self._spread.addItem(text, spread.value)
        self._speed = decimal(0.1, 10.0, 2, "", "×")
        self._speed.setSingleStep(0.1)
        self._failures = decimal(0.0, 100.0, 1, " %")
        self._prefetch = prefetch(words)
        self._acks = QComboBox()
        for mode in AckMode:
            self._acks.addItem(mode.value, mode.value)
        self._on_failure = QComboBox()
        for action in FailureAction:
            self._on_failure.addItem(action.value, action.value)
        self._delay = decimal(0.0, 3600.0, 1, " s")
        self._cap = decimal(0.0, 86_400.0, 1, " s")
        self._lay_out(words)
        self._name.textChanged.connect(self._check)
        self._on_failure.currentIndexChanged.connect(self._check)
        self.button.clicked.connect(self._accept)

    def offer(self, spec: WorkerSpec, prefix: str) -> None:
        """Fill in what ``spec`` says; the workers are called ``prefix-1`` and so on."""
        self._offered = spec
        self._name.setText(prefix)
        self._service_time.setValue(spec.service_time * 1000)
        _choose(self._spread, spec.spread.value)
        self._speed.setValue(spec.speed)
        self._failures.setValue(spec.failure_rate * 100)
        self._prefetch.setValue(spec.prefetch)
        _choose(self._acks, spec.ack_mode.value)
        _choose(self._on_failure, spec.on_failure.action.value)
        self._delay.setValue(spec.on_failure.delay)
        self._cap.setValue(spec.on_failure.cap)
        self._check()

    @property
    def prefix(self) -> str:
        return self._name.text().strip()

    def specs(self) -> tuple[WorkerSpec, ...]:
        assert self._offered is not None, "offered nothing yet"
        failing = self._offered.on_failure
        made = replace(
            self._offered,
            name="",
            service_time=self._service_time.value() / 1000,
            spread=Spread(self._spread.currentData()),
            speed=self._speed.value(),
            failure_rate=self._failures.value() / 100,
            prefetch=self._prefetch.value(),
            ack_mode=AckMode(self._acks.currentData()),
            on_failure=replace(
                failing,
                action=FailureAction(self._on_failure.currentData()),
                delay=self._delay.value(),
                cap=self._cap.value(),
            ),
        )
        return (made,) * self._count.value()

    def _lay_out(self, words: Words) -> None:
        self.add_field("Name", self._name, "workerFormName")
        self.add_field("How many", self._count, "workerFormCount")
        self.add_field("Mean service time", self._service_time, "workerFormServiceTime")
        self.add_field("Spread", self._spread, "workerFormSpread")
        self.add_field("Speed", self._speed, "workerFormSpeed")
        self.add_field(words.prefetch.capitalize(), self._prefetch, "workerFormPrefetch")
        self.add_field("Acknowledges", self._acks, "workerFormAcks")
        self.add_field("Fails at", self._failures, "workerFormFailures")
        self.add_field("On failure", self._on_failure, "workerFormOnFailure")
        self.add_field("Delay", self._delay, "workerFormDelay")
        self.add_field("Delay at most", self._cap, "workerFormCap")

    def _check(self) -> None:
        action = self._on_failure.currentData()
        self._delay.setEnabled(action in {FailureAction.NAK_DELAYED.value, FailureAction.BACKOFF.value})
        self._cap.setEnabled(action == FailureAction.BACKOFF.value)
        self.say("" if self.prefix else "A worker needs a name.")

    def _accept(self) -> None:
        self.hide()
        self.accepted.emit(self.specs())


def _choose(box: QComboBox, value: str) -> None:
    box.setCurrentIndex(box.findData(value))
