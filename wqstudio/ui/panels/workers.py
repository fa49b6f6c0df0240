"""The fleet: workers clicked into being, watched, slowed down, crashed; and the producers that feed them."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from wqstudio.brokers.port import Words
from wqstudio.domain.commands import StartWorker
from wqstudio.domain.delivery import FleetBatch
from wqstudio.domain.queue import Source
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.worker import ProducerState, WorkerSpec, WorkerState, next_number
from wqstudio.engine.monitor import Beat
from wqstudio.engine.studio import Studio
from wqstudio.ui.models.target import PRESETS, choose, choose_queue, preset
from wqstudio.ui.models.workers import WorkersModel
from wqstudio.ui.panels.confirmation import Confirmation
from wqstudio.ui.panels.elided import FittingLabel
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.fleet_actions import FleetActions
from wqstudio.ui.panels.producers import ProducersSection
from wqstudio.ui.panels.worker_controls import WorkerControls
from wqstudio.ui.panels.worker_form import WorkerForm
from wqstudio.ui.panels.worker_list import WorkerList
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme
from wqstudio.ui.throttle import Throttle

_BATCH_MS = 80
_ERROR_SHOWN_MS = 12_000
_NORMAL = 1
"""The preset that the form starts from."""
_READ_ONLY = "This connection is read-only, so no workers and producers can be started."


class WorkersPanel(QWidget):
    """Follows the fleet until ``detach``. New workers take from the consumer that the scope names or implies."""

    def __init__(self, studio: Studio, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("workersPanel")
        self._studio, self._theme, self._words = studio, theme, studio.broker.words
        self._scope = Scope()
        self._target: Reading[Source] = Unknown("")
        self._due_workers: dict[int, WorkerState] = {}
        self._due_producers: dict[int, ProducerState] = {}
        self._to_reveal = 0
        """Id of the last one that was started here, until its card is there."""
        self._fleet_actions = FleetActions(studio, self)
        self._fleet_actions.worker_started.connect(self._on_started)
        self._fleet_actions.refused.connect(self._show_error)
        self._confirmation = Confirmation()
        self._fleet_actions.unconfirmed.connect(self._confirmation.ask)
        self._confirmation.confirmed.connect(self._fleet_actions.run)
        self.model = WorkersModel(self)
        self._build()
        self._flush = Throttle(_BATCH_MS, self._on_flush, self)
        self._unsubscribe: tuple[Callable[[], None], ...] = (
            studio.subscribe_fleet(self._on_batch),
            studio.monitor.subscribe(self._on_beat),
        )
        self._on_batch(
            FleetBatch(workers=tuple(studio.fleet.workers.values()), producers=tuple(studio.fleet.producers.values()))
        )
        self._summarize()
        self._retarget()

    # What the window calls

    def set_scope(self, scope: Scope) -> None:
        self._scope = scope
        self._retarget()

    def add_worker(self, preset_index: int) -> None:
        """Start a worker of that preset. Where none can be started nothing happens: the panel says why all along."""
        if not isinstance(self._target, Unknown):
            self._start(
                preset(preset_index, self._target, self._studio.fleet.workers.values(), self._confirmation.workers)
            )

    def stop_selected(self) -> None:
        state = self.model.state(self.list.selected)
        if state is not None and not state.phase.over:
            self._fleet_actions.do(self._studio.fleet.stop(state.id), "selected worker")

    def detach(self) -> None:
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._flush.stop()

    # Building

    def _build(self) -> None:
        self._target_label, self._error = PlainLabel(wordWrap=True), PlainLabel(wordWrap=True)
        self._target_label.setObjectName("workersTarget")
        self._target_label.setProperty("kind", "muted")
        self._error.setObjectName("workersError")
        self._error.setProperty("kind", "error")
        self._error.hide()
        self._error_timer = QTimer(self, singleShot=True, interval=_ERROR_SHOWN_MS)
        self._error_timer.timeout.connect(self._error.hide)
        self.list = WorkerList(self.model, self._theme, self._controls)
        self.empty = EmptyState(self._theme)
        self.empty.say("worker", "No workers yet", _teaching(self._words))
        self._pages = QStackedWidget()
        self._pages.addWidget(self.list)
        self._pages.addWidget(self.empty)
        self.producers = ProducersSection(self._fleet_actions, self._theme)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, SPACE_S)
        layout.setSpacing(SPACE_S)
        layout.addLayout(self._buttons())
        layout.addWidget(self._target_label)
        layout.addWidget(self._error)
        layout.addWidget(self._confirmation)
        layout.addWidget(self._pages, 1)
        layout.addLayout(self._foot())
        layout.addWidget(self.producers)

    def _buttons(self) -> QHBoxLayout:
        self._adders: dict[QPushButton, str] = {}
        line = QHBoxLayout()
        line.setSpacing(SPACE_XS)
        for index, (name, speed) in enumerate(PRESETS):
            button = QPushButton(f"+ {name}")
            button.setObjectName(f"add{name}")
            button.setAccessibleName(f"Add a {name.lower()} worker")
            button.clicked.connect(partial(self.add_worker, index))
            self._adders[button] = f"Start a worker at speed ×{speed:g}"
            line.addWidget(button, 1)
        more = QPushButton("…")
        more.setObjectName("addOther")
        more.setAccessibleName("Add workers with everything about them set")
        more.clicked.connect(self._on_more)
        self._adders[more] = "Set everything about new workers"
        line.addWidget(more)
        self._more = more
        self._form = WorkerForm(self._words, self)
        self._form.accepted.connect(self._on_form)
        return line

    def _foot(self) -> QHBoxLayout:
        self._summary = FittingLabel()
        self._summary.setObjectName("workersSummary")
        self._summary.setProperty("kind", "muted")
        self._forget = QPushButton()
        self._forget.setObjectName("workersForget")
        self._forget.setProperty("kind", "quiet")
        self._forget.clicked.connect(self._on_forget)
        self._forget.hide()
        foot = QHBoxLayout()
        foot.addWidget(self._summary, 1)
        foot.addWidget(self._forget)
        return foot

    def _controls(self, worker: int, parent: QWidget) -> WorkerControls:
        return WorkerControls(worker, self._fleet_actions, self._theme, self._words, parent)

    # What the fleet and the broker say

    def _on_batch(self, batch: FleetBatch) -> None:
        self._due_workers |= {state.id: state for state in batch.workers}
        self._due_producers |= {state.id: state for state in batch.producers}
        if self._due_workers or self._due_producers:
            self._flush.ask()

    def _on_flush(self) -> None:
        first = not self.model.rowCount()
        workers, self._due_workers = self._due_workers, {}
        producers, self._due_producers = self._due_producers, {}
        fleet = self._studio.fleet
        self.model.keep(fleet.workers)
        self.model.apply(state for id_, state in workers.items() if id_ in fleet.workers)
        self.producers.keep(fleet.producers)
        self.producers.apply(state for id_, state in producers.items() if id_ in fleet.producers)
        self._reveal()
        self._summarize()
        if first:
            self._retarget()

    def _on_started(self, worker: int) -> None:
        self._to_reveal = worker
        self._reveal()

    def _reveal(self) -> None:
        """Who was clicked into being is to be seen, also at the end of a list that is longer than its panel."""
        if self.model.state(self._to_reveal) is not None:
            self.list.reveal(self._to_reveal)
            self._to_reveal = 0

    def _on_beat(self, _beat: Beat) -> None:
        self._retarget()

    def _summarize(self) -> None:
        count, over = self.model.rowCount(), len(self.model.over())
        self._pages.setCurrentWidget(self.list if count else self.empty)
        self._summary.say(*_summary(count - over, len(self.model.working())))
        self._forget.setText(f"Remove {over} ended")
        self._forget.setVisible(over > 0)

    def _retarget(self) -> None:
        if self._studio.connection.read_only:
            self._target = Unknown(_READ_ONLY)
            self.producers.set_target(Unknown(_READ_ONLY))
        else:
            fleet = self._studio.fleet
            from_queues = self._studio.broker.serves_from_queues
            snapshot = self._studio.monitor.snapshot
            self._target = choose(self._scope, snapshot, fleet.workers.values(), from_queues=from_queues)
            self.producers.set_target(choose_queue(self._scope, self._target))
        if isinstance(self._target, Unknown):
            text = self._target.reason
        else:
            consumer = f", {self._words.consumer} {self._target.consumer}" if self._target.consumer else ""
            text = f"New workers take from {self._target.queue}{consumer}"
        self._target_label.setText(text)
        for button, tip in self._adders.items():
            button.setEnabled(not isinstance(self._target, Unknown))
            button.setToolTip(plain_tip(text) if isinstance(self._target, Unknown) else tip)

    # What the user does

    def _on_more(self) -> None:
        if isinstance(self._target, Unknown):
            return
        self._form.offer(preset(_NORMAL, self._target, self._studio.fleet.workers.values()), "worker")
        self._form.open_below(self._more)

    def _on_form(self, specs: tuple[WorkerSpec, ...]) -> None:
        workers = self._studio.fleet.workers
        number = next_number(self._form.prefix, workers.values(), self._confirmation.workers)
        for offset, spec in enumerate(specs):
            self._start(replace(spec, name=f"{self._form.prefix}-{number + offset}"))

    def _start(self, spec: WorkerSpec) -> None:
        self._fleet_actions.run(StartWorker(spec))

    def _on_forget(self) -> None:
        for worker in self.model.over():
            self._studio.fleet.forget(worker)
        self.model.keep(self._studio.fleet.workers)
        self._summarize()

    def _show_error(self, text: str) -> None:
        self._error.setText(text)
        self._error.show()
        self._error_timer.start()


def _summary(live: int, working: int) -> tuple[str, ...]:
    """The longest first."""
    if not live:
        return ("",)
    return f"{live} worker{'' if live == 1 else 's'}, {working} at work", f"{working} of {live} at work"


def _teaching(words: Words) -> str:
    return (
        f"A worker takes messages from a {words.consumer}, works on each for a while and acknowledges it. "
        "Add a fast and a slow one and watch who takes how much."
    )
