"""The window: what is around the panels, and what it asks of the program."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QMainWindow

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios import FAIR_DISPATCH
from wqstudio.ui.action_groups import (
    broker_specs,
    compare_specs,
    connection_specs,
    letter_specs,
    quit_spec,
    scenario_file_specs,
    scenario_specs,
    scheme_specs,
    show_run_state,
    time_specs,
    window_specs,
    worker_specs,
)
from wqstudio.ui.centre import Centre
from wqstudio.ui.comparisons import Comparisons
from wqstudio.ui.frame_clock import FrameClock
from wqstudio.ui.icons import app_icon
from wqstudio.ui.lookups import Lookups
from wqstudio.ui.memory import Memory
from wqstudio.ui.on_screen import within
from wqstudio.ui.overlays import Overlays
from wqstudio.ui.panels.start_page import StartPage
from wqstudio.ui.play import RunState
from wqstudio.ui.repertoire import Repertoire
from wqstudio.ui.scenario_library import Library
from wqstudio.ui.status_line import StatusLine
from wqstudio.ui.theme import Scheme, Theme
from wqstudio.ui.time_view import TimeView
from wqstudio.ui.window_actions import ActionSpec, WindowActions
from wqstudio.ui.window_head import WindowHead
from wqstudio.ui.workspace_deeds import WorkspaceDeeds

if TYPE_CHECKING:  # the panels and their libraries are loaded once a connection opens: the window paints sooner
    from wqstudio.domain.ledger import Account
    from wqstudio.engine.monitor import Beat
    from wqstudio.engine.studio import Studio
    from wqstudio.ui.workspace import Workspace

_SIZE = (1440, 900)
_LEAST_SIZE = (1000, 620)
_LAYOUT = 2
_NAME = "wqstudio"
"""Counted up when the panels change places: what was remembered of an older arrangement is then left aside."""


class MainWindow(QMainWindow):
    painted = Signal()
    """Once, after the first picture."""
    demo_requested = Signal(object)
    """The Product on whose local broker."""
    local_requested = Signal(object)
    """The Product."""
    connection_chosen = Signal(object)
    """The Connection."""
    disconnect_requested = Signal()
    closing = Signal()

    def __init__(
        self,
        theme: Theme,
        scenarios: Sequence[Scenario],
        lookups: Lookups,
        memory: Memory | None = None,
        *,
        rabbit_missing: str = "",
        scenario_folder: Path | None = None,
    ) -> None:
        """``rabbit_missing``: why no RabbitMQ can be started on this computer, and the remedy; empty: it can.

        ``scenario_folder``: of a person's own scenarios; None: in the user's data.
        """
        super().__init__()
        self._rabbit_missing = rabbit_missing
        self._theme = theme
        self.scenarios = Repertoire(Library(scenarios, scenario_folder, self), self)
        self.scenarios.trouble.connect(self.show_trouble)
        self.comparisons = Comparisons(self)
        self.comparisons.trouble.connect(self.show_trouble)
        self._memory = memory or Memory()
        self._overlays = Overlays(self, theme, self._memory, lookups)
        self._overlays.connection_chosen.connect(self.connection_chosen)
        self._workspace: Workspace | None = None
        self._deeds = WorkspaceDeeds()
        self._studio: Studio | None = None
        self._seen = False
        self._first = ("", "")
        self.clock = FrameClock(self)
        self.view = TimeView(self)
        self.actions_by_name = WindowActions(self, theme, self._specs())
        self._head = WindowHead(theme, self.actions_by_name, self.view, lookups.virtual_hosts)
        self._build()
        self._recall()

    @property
    def studio(self) -> "Studio | None":
        """Of the connection that is shown."""
        return self._studio

    def take_size(self, width: int, height: int) -> None:
        """Before it is shown; whatever size, or state, was remembered. Its corner stays, if it has room there."""
        self.setWindowState(Qt.WindowState.WindowNoState)
        self.resize(width, height)
        if self.testAttribute(Qt.WidgetAttribute.WA_Moved):  # else the desktop finds a place for it
            self.move(within(self.frameGeometry(), self.screen().availableGeometry()))

    def begin_with(self, tab: str, queue: str) -> None:
        """What the next connection opens with: the view of that title, and that queue as soon as it is there."""
        self._first = (tab, queue)

    def attach(self, studio: "Studio", *, own: bool = False) -> None:
        """Show an open connection; ``own``: to a broker that the studio itself started, to play with."""
        from wqstudio.ui.models.playable import Stage  # noqa: PLC0415  loaded late, for the first picture to come soon
        from wqstudio.ui.scenario_tab import ScenarioShelf  # noqa: PLC0415  the same
        from wqstudio.ui.workspace import Workspace  # noqa: PLC0415  the same

        self.detach()
        self._studio = studio
        stage = Stage(studio.connection.product, own=own, read_only=studio.connection.read_only)
        shelf = ScenarioShelf(self.scenarios.library, stage, self._rabbit_missing)
        self._workspace = Workspace(self, studio, self._theme, self.view, self.clock, shelf=shelf)
        self.scenarios.open(self._workspace)
        self.comparisons.open(self._workspace.compare)
        self._deeds.workspace = self._workspace
        self._centre.show_page(self._workspace.page)
        self.restoreState(self._memory.layout, _LAYOUT)
        self._workspace.begin(playing=own and not studio.connection.read_only)
        self._centre.show_progress("")
        if trouble := self._workspace.begin_with(*self._first):
            self._centre.show_trouble(trouble)
        self._first = ("", "")
        self._head.open(studio, own=own)
        self._status.open(studio.broker.words)
        self._unsubscribe = studio.monitor.subscribe(self._on_beat)
        studio.monitor.refresh()  # a poll that waited for all this looks like one of a slow broker, and delays the next
        self.setWindowTitle(self._head.show_connection())
        self._head.bar.list_panels([dock.toggleViewAction() for dock in self._workspace.docks.all])
        self.actions_by_name.allow(studio_open=True, writable=not studio.connection.read_only)
        self.show_run_state(RunState.IDLE)
        self.clock.start()

    def detach(self) -> None:
        """Let go of the connection before it is closed."""
        if self._workspace is None:
            return
        self._workspace.settle_layout()
        self._memory.keep_layout(self.saveState(_LAYOUT))
        self._unsubscribe()
        self.clock.stop()
        self._workspace.close()
        self._workspace = self._studio = self._deeds.workspace = None
        self.scenarios.close()
        self.comparisons.close()
        self._head.close_connection()
        self.setWindowTitle(_NAME)
        self._status.close()
        self._start.show_recent(self._memory.recent)
        self._centre.show_start()
        self.actions_by_name.allow(studio_open=False)
        self.view.go_live()

    def show_progress(self, text: str) -> None:
        """Say on the start page what is being waited for, at once: what follows may keep the window busy."""
        self._centre.show_progress(text)
        self.repaint()

    def show_trouble(self, text: str) -> None:
        """Say what went wrong, until the person has read it, or it is over: then there is no text."""
        self._centre.show_trouble(text)

    def show_run_state(self, state: RunState) -> None:
        """Let Run and Stop say, and allow, what is so."""
        writable = self._studio is not None and not self._studio.connection.read_only
        why_not = show_run_state(self.actions_by_name, state, writable=writable)
        self.scenarios.allow_run(why_not)
        self.comparisons.allow_run(why_not, gives_way=state.value.gives_way)

    def show_account(self, account: "Account") -> None:
        self._deeds.show_account(account)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._memory.keep_geometry(self.saveGeometry())
        self._memory.keep_span(self.view.span)
        self.detach()
        self.closing.emit()
        super().closeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._start.setFocus()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._seen:
            self._seen = True
            QTimer.singleShot(0, self.painted.emit)  # the children are painted after this

    def _specs(self) -> tuple[ActionSpec, ...]:
        return (
            *broker_specs(self._overlays.ask_for_connection, self.demo_requested.emit, self.local_requested.emit),
            *connection_specs(self.disconnect_requested.emit, self._refresh, self._deeds.remove_own),
            *scenario_specs(self.scenarios.run_chosen, self.scenarios.stop_requested.emit, self.scenarios.show_gallery),
            *scenario_file_specs(self.scenarios.ask_for_file, self.scenarios.ask_to_save),
            *compare_specs(self.comparisons.compare_now, self._compare_fair),
            *worker_specs(self._deeds.add_worker, self._deeds.stop_worker),
            *letter_specs(self._deeds.requeue_letters, self._deeds.discard_letters, self._deeds.import_letters),
            *time_specs(self.view),
            *window_specs(self._open_palette, self._open_key_list, self._reset_layout),
            *scheme_specs(self._use_scheme),
            quit_spec(self.close),
        )

    def _build(self) -> None:
        self.setObjectName("mainWindow")
        self.setWindowTitle(_NAME)
        self.setWindowIcon(app_icon())
        self.setMinimumSize(*_LEAST_SIZE)
        self.setDockNestingEnabled(True)
        self.scenarios.choose_in(self._head.bar)
        self.comparisons.begun.connect(self._head.bar.name_scenario)
        self.comparisons.over.connect(self._head.bar.offer_scenario)
        self._head.settings_wanted.connect(self._change_connection)
        self._head.host_chosen.connect(self._overlays.switch)
        self.setMenuWidget(self._head)
        self._build_centre()
        self._status = StatusLine(self.statusBar(), self.clock)
        self.actions_by_name.allow(studio_open=False)
        for name in ("demoRabbit", "localRabbit"):
            self.actions_by_name[name].setEnabled(not self._rabbit_missing)
            self.actions_by_name[name].setToolTip(self._rabbit_missing)
        for digit in range(1, 10):
            shortcut = QShortcut(QKeySequence(str(digit)), self)
            shortcut.activated.connect(partial(self._deeds.show_tab, digit - 1))

    def _build_centre(self) -> None:
        self._start = StartPage(self._theme, self._rabbit_missing)
        self._start.demo_wanted.connect(self.demo_requested)
        self._start.local_wanted.connect(self.local_requested)
        self._start.gallery_wanted.connect(self.scenarios.show_gallery)
        self._start.fair_wanted.connect(self._compare_fair)
        self._start.connect_wanted.connect(self._overlays.ask_for_connection)
        self._start.recent_wanted.connect(self._overlays.connect_again)
        self._start.show_recent(self._memory.recent)
        self._centre = Centre(self._theme, self._start)
        self.setCentralWidget(self._centre)

    def _compare_fair(self) -> None:
        """Where RabbitMQ cannot be started, with the pull sizes of NATS, which do the same."""
        scenario = self.scenarios.library.named(FAIR_DISPATCH)
        if scenario is not None:
            self.comparisons.compare(scenario, Product.NATS if self._rabbit_missing else Product.RABBITMQ)

    def _recall(self) -> None:
        if not self.restoreGeometry(self._memory.geometry):
            self.resize(*_SIZE)
        if self._theme.scheme is Scheme.SYSTEM:
            self._theme.use(self._memory.scheme)
        if self._memory.span is not None:
            self.view.show_span(self._memory.span)

    def _on_beat(self, beat: "Beat") -> None:
        self._status.show_beat(beat)
        self._head.show_beat(beat)
        self.setWindowTitle(self._head.show_connection())

    def _change_connection(self) -> None:
        if self._studio is not None:
            self._overlays.change_connection(self._studio.connection)

    def _refresh(self) -> None:
        if self._studio is not None:
            self._studio.monitor.refresh()

    def _reset_layout(self) -> None:
        if self._workspace is not None:
            self._memory.forget_layout()
            self._workspace.reset_layout()

    def _use_scheme(self, scheme: Scheme) -> None:
        self._theme.use(scheme)
        self._memory.keep_scheme(scheme)

    def _open_palette(self) -> None:
        self._overlays.open_palette(self.actions_by_name, [*self._deeds.places(), *self.scenarios.entries()])

    def _open_key_list(self) -> None:
        self._overlays.open_key_list(self.actions_by_name)
