"""The window: what is around the panels, and what it asks of the program."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios import FAIR_DISPATCH
from wqstudio.ui.action_groups import (
    broker_specs,
    compare_specs,
    letter_specs,
    scenario_file_specs,
    scenario_specs,
    scheme_specs,
    time_specs,
    worker_specs,
)
from wqstudio.ui.centre import Centre
from wqstudio.ui.frame_clock import FrameClock
from wqstudio.ui.gap_strip import GapStrip
from wqstudio.ui.host_menu import HostMenu
from wqstudio.ui.icons import app_icon
from wqstudio.ui.lookups import Lookups
from wqstudio.ui.memory import Memory
from wqstudio.ui.models.gaps import gap
from wqstudio.ui.models.whereabouts import whereabouts
from wqstudio.ui.overlays import Overlays
from wqstudio.ui.panels.start_page import StartPage
from wqstudio.ui.play import RunState
from wqstudio.ui.repertoire import Repertoire
from wqstudio.ui.scenario_library import Library
from wqstudio.ui.status_line import StatusLine
from wqstudio.ui.theme import Scheme, Theme
from wqstudio.ui.time_view import TimeView
from wqstudio.ui.top_bar import TopBar
from wqstudio.ui.window_actions import ActionSpec, WindowActions, shown_keys
from wqstudio.ui.workspace_deeds import WorkspaceDeeds

if TYPE_CHECKING:  # the panels and their libraries are loaded once a connection opens: the window paints sooner
    from wqstudio.domain.ledger import Account
    from wqstudio.engine.monitor import Beat
    from wqstudio.engine.studio import Studio
    from wqstudio.scenarios.comparing import Compared, Comparing
    from wqstudio.ui.workspace import Workspace

_SIZE = (1440, 900)
_LEAST_SIZE = (1000, 620)
_LAYOUT = 2
"""Counted up when the panels change places: what was remembered of an older arrangement is then left aside."""
_READ_ONLY = "This connection is read-only"


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
    comparison_requested = Signal(object)
    """The Comparison."""
    comparison_stop_requested = Signal()
    local_comparison_requested = Signal(object, object)
    """The Product of the local broker that is to be started, and the Scenario to compare the settings of there."""
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
        self._hosts = HostMenu(lookups.virtual_hosts, self)
        self._theme = theme
        self.scenarios = Repertoire(Library(scenarios, scenario_folder, self), self)
        self.scenarios.trouble.connect(self.show_trouble)
        self._memory = memory or Memory()
        self._overlays = Overlays(self, theme, self._memory, lookups)
        self._overlays.connection_chosen.connect(self.connection_chosen)
        self._hosts.connection_chosen.connect(self._overlays.switch)
        self._workspace: Workspace | None = None
        self._deeds = WorkspaceDeeds()
        self._studio: Studio | None = None
        self._seen = self._own = False
        self._first = ("", "")
        self.clock = FrameClock(self)
        self.view = TimeView(self)
        self.actions_by_name = WindowActions(self, theme, self._specs())
        self._build()
        self._recall()

    @property
    def studio(self) -> "Studio | None":
        """Of the connection that is shown."""
        return self._studio

    def take_size(self, width: int, height: int) -> None:
        """Before it is shown; whatever size, or state, was remembered."""
        self.setWindowState(Qt.WindowState.WindowNoState)
        self.resize(width, height)

    def begin_with(self, tab: str, queue: str) -> None:
        """What the next connection opens with: the view of that title, and that queue as soon as it is there."""
        self._first = (tab, queue)

    def attach(self, studio: "Studio", *, own: bool = False) -> None:
        """Show an open connection; ``own``: to a broker that the studio itself started, to play with."""
        from wqstudio.ui.models.playable import Stage  # noqa: PLC0415  loaded late, for the first picture to come soon
        from wqstudio.ui.scenario_tab import ScenarioShelf  # noqa: PLC0415  the same
        from wqstudio.ui.workspace import Workspace  # noqa: PLC0415  the same

        self.detach()
        self._studio, self._own = studio, own
        stage = Stage(studio.connection.product, own=own, read_only=studio.connection.read_only)
        shelf = ScenarioShelf(self.scenarios.library, stage, self._rabbit_missing)
        self._workspace = Workspace(self, studio, self._theme, self.view, self.clock, shelf=shelf)
        self.scenarios.open(self._workspace)
        self._workspace.compare.run_wanted.connect(self.comparison_requested)
        self._workspace.compare.stop_wanted.connect(self.comparison_stop_requested)
        self._deeds.workspace = self._workspace
        self._centre.show_page(self._workspace.page)
        self.restoreState(self._memory.layout, _LAYOUT)
        self._workspace.begin(playing=own and not studio.connection.read_only)
        self._centre.show_progress("")
        if trouble := self._workspace.begin_with(*self._first):
            self._centre.show_trouble(trouble)
        self._first = ("", "")
        self._hosts.show_for(None if own else studio.connection)  # one's own broker ends with its connection
        self._top.show_open()
        self._status.open(studio.broker.words)
        self._unsubscribe = studio.monitor.subscribe(self._on_beat)
        studio.monitor.refresh()  # a poll that waited for all this looks like one of a slow broker, and delays the next
        self._show_connection()
        self._top.list_panels([dock.toggleViewAction() for dock in self._workspace.docks.all])
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
        self._hosts.show_for(None)
        self._gap.show_gap(None)
        self._top.show_closed()
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
        run, stop = self.actions_by_name["runScenario"], self.actions_by_name["stopScenario"]
        run.setIconText(state.value.run)
        run.setEnabled(writable and state.value.may_run)
        stop.setIconText(state.value.stop)
        stop.setEnabled(writable and state.value.may_stop)
        why_not = "" if run.isEnabled() else state.value.why_not or _READ_ONLY
        self.scenarios.allow_run(why_not)
        if self._workspace is not None:
            self._workspace.compare.allow_run(why_not, gives_way=state.value.gives_way)

    def show_account(self, account: "Account") -> None:
        self._deeds.show_account(account)

    def show_comparing(self, comparing: "Comparing") -> None:
        """Settings are played one after the other, whoever asked for it."""
        self._top.name_scenario(comparing.comparison.scenario)
        self._deeds.show_comparing(comparing)

    def show_compared(self, compared: "Compared") -> None:
        """What has come of it so far, or in the end."""
        self._deeds.show_compared(compared)

    def show_comparison_over(self, why_not: str) -> None:
        """``why_not``: why it could not be played to its end; empty: it was, or was stopped."""
        self._top.offer_scenario()
        self._deeds.leave_comparison()
        if why_not:
            self.show_trouble(why_not)

    def compare(self, scenario: Scenario, product: Product) -> None:
        """One after the other; where nothing is connected, on a local broker."""
        if self._workspace is None:
            self.local_comparison_requested.emit(product, scenario)
        else:
            self._workspace.compare.compare(scenario)

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
            ActionSpec("disconnect", "Disconnect", "unplug", self.disconnect_requested.emit, "", "Connection", True),
            ActionSpec("refresh", "Poll now", "refresh", self._refresh, "F5", "Connection", True),
            *scenario_specs(self.scenarios.run_chosen, self.scenarios.stop_requested.emit, self.scenarios.show_gallery),
            *scenario_file_specs(self.scenarios.ask_for_file, self.scenarios.ask_to_save),
            *compare_specs(self._deeds.compare_now, self._compare_fair),
            *worker_specs(self._deeds.add_worker, self._deeds.stop_worker),
            *letter_specs(self._deeds.requeue_letters, self._deeds.discard_letters, self._deeds.import_letters),
            *time_specs(self.view),
            ActionSpec(
                "palette",
                "Search actions and queues",
                "search",
                self._open_palette,
                "Ctrl+K",
                short=shown_keys("Ctrl+K"),
            ),
            ActionSpec("keys", "List the keys", "keyboard", self._open_key_list, "?"),
            ActionSpec("resetLayout", "Reset the panels", "layout", self._reset_layout, needs_studio=True),
            *scheme_specs(self._use_scheme),
            ActionSpec("quit", "Quit", "close", self.close, "Ctrl+Q"),  # type: ignore[arg-type]  # its answer is not needed
        )

    def _build(self) -> None:
        self.setObjectName("mainWindow")
        self.setWindowTitle("wqstudio")
        self.setWindowIcon(app_icon())
        self.setMinimumSize(*_LEAST_SIZE)
        self.setDockNestingEnabled(True)
        self._top = TopBar(self._theme, self.actions_by_name, self.view, self._hosts)
        self.scenarios.choose_in(self._top)
        self._gap = GapStrip()
        self._gap.settings_wanted.connect(self._change_connection)
        head = QWidget()
        layout = QVBoxLayout(head)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._top)
        layout.addWidget(self._gap)
        self.setMenuWidget(head)
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
            self.compare(scenario, Product.NATS if self._rabbit_missing else Product.RABBITMQ)

    def _recall(self) -> None:
        if not self.restoreGeometry(self._memory.geometry):
            self.resize(*_SIZE)
        if self._theme.scheme is Scheme.SYSTEM:
            self._theme.use(self._memory.scheme)
        if self._memory.span is not None:
            self.view.show_span(self._memory.span)

    def _on_beat(self, beat: "Beat") -> None:
        self._status.show_beat(beat)
        if beat.snapshot is not None and beat.failure is None and self._studio is not None:
            self._gap.show_gap(gap(beat.snapshot, self._studio.broker.words), mendable=not self._own)
        self._show_connection()

    def _show_connection(self) -> None:
        assert self._studio is not None
        snapshot, broker = self._studio.monitor.snapshot, self._studio.broker
        server = snapshot.server if snapshot is not None else broker.words.product
        words = whereabouts(self._studio.connection, broker.link, server)
        self._top.show_connection("  ·  ".join(words), broker.link)
        self.setWindowTitle(f"{'  ·  '.join(words[:2])} – wqstudio")

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
