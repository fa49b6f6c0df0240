"""The panels and tabs around one open connection."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QFrame, QMainWindow, QScrollArea, QTabWidget, QWidget

from wqstudio.domain.ledger import Account
from wqstudio.domain.reading import known
from wqstudio.engine.studio import Studio
from wqstudio.ui.command_palette import Entry
from wqstudio.ui.frame_clock import FrameClock
from wqstudio.ui.panels.detail import DetailPanel
from wqstudio.ui.panels.events import EventsPanel
from wqstudio.ui.panels.explorer import ExplorerPanel
from wqstudio.ui.panels.ledger import LedgerPanel
from wqstudio.ui.panels.overview import Overview
from wqstudio.ui.panels.workers import WorkersPanel
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Theme
from wqstudio.ui.time_view import TimeView

_LEFT, _RIGHT, _BOTTOM = 280, 312, 132
_NORMAL_PRESET = 1


class Workspace(QObject):
    """Puts the panels of ``studio`` into ``window`` and ties them together; ``close`` takes them out again."""

    def __init__(self, window: QMainWindow, studio: Studio, theme: Theme, view: TimeView, clock: FrameClock) -> None:
        super().__init__(window)
        self._window, self._studio = window, studio
        self._explorer = ExplorerPanel(studio, theme)
        self._detail = DetailPanel(studio, theme)
        self._workers = WorkersPanel(studio, theme)
        self._events = EventsPanel(studio, theme)
        self._overview = Overview(studio, theme, view, clock)
        self._ledger = LedgerPanel(theme)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("tabs")
        self.tabs.setAccessibleName("Views")
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self._overview, "Overview")
        self._ledger_page = _scrolling(self._ledger)
        self.tabs.addTab(self._ledger_page, "Ledger")
        self.docks = self._build_docks()
        self._arrange()
        self._connect()

    def show_account(self, account: Account) -> None:
        self._ledger.show_account(account)
        self.tabs.setCurrentWidget(self._ledger_page)

    def show_tab(self, index: int) -> None:
        if index < self.tabs.count():
            self.tabs.setCurrentIndex(index)

    def add_worker(self) -> None:
        self._workers.add_worker(_NORMAL_PRESET)

    def stop_worker(self) -> None:
        self._workers.stop_selected()

    def reset_layout(self) -> None:
        for dock in self.docks:
            dock.setFloating(False)
            dock.show()
        self._arrange()

    def places(self) -> list[Entry]:
        """Every queue and consumer, for the palette."""
        snapshot, words = self._studio.monitor.snapshot, self._studio.broker.words
        entries: list[Entry] = []
        for queue in known(snapshot.queues, {}).values() if snapshot is not None else ():
            mark = "dead" if queue.dead_letters else "queue"
            entries.append(self._place(Scope(queue.name), queue.name, words.queue, mark))
            entries += [
                self._place(Scope(*consumer.key), f"{queue.name} › {consumer.name}", words.consumer, "consumer")
                for consumer in known(queue.consumers, ())
            ]
        return entries

    def close(self) -> None:
        for panel in (self._overview, self._explorer, self._detail, self._workers, self._events):
            panel.detach()
        for dock in self.docks:
            self._window.removeDockWidget(dock)
            dock.deleteLater()
        self.tabs.deleteLater()
        self.deleteLater()

    def _place(self, scope: Scope, text: str, hint: str, icon: str) -> Entry:
        return Entry(text, hint, icon, lambda: self._explorer.select(scope))

    def _build_docks(self) -> tuple[QDockWidget, ...]:
        return (
            _dock("Explorer", self._explorer, self._window),
            _dock("Detail", self._detail, self._window),
            _dock("Workers", _scrolling(self._workers), self._window),
            _dock("Events", self._events, self._window),
        )

    def _arrange(self) -> None:
        explorer, detail, workers, events = self.docks
        window, area = self._window, Qt.DockWidgetArea
        window.setCorner(Qt.Corner.BottomRightCorner, area.RightDockWidgetArea)  # workers and producers need height
        window.addDockWidget(area.LeftDockWidgetArea, explorer)
        window.splitDockWidget(explorer, detail, Qt.Orientation.Vertical)
        window.addDockWidget(area.RightDockWidgetArea, workers)
        window.addDockWidget(area.BottomDockWidgetArea, events)
        room = window.width()
        sides = [min(_LEFT, room * 22 // 100), min(_RIGHT, room * 26 // 100)]
        window.resizeDocks([explorer, workers], sides, Qt.Orientation.Horizontal)
        window.resizeDocks([events], [_BOTTOM], Qt.Orientation.Vertical)

    def _connect(self) -> None:
        self._explorer.scope_changed.connect(self._show_scope)
        self._events.thing_clicked.connect(self._explorer.select)
        self._overview.whole_broker_wanted.connect(lambda: self._explorer.select(Scope()))

    def _show_scope(self, scope: Scope) -> None:
        self._overview.show_scope(scope)
        self._detail.show_scope(scope)
        self._workers.set_scope(scope)


def _scrolling(panel: QWidget) -> QScrollArea:
    """So that a large page does not take room from those beside it."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setWidget(panel)
    return area


def _dock(title: str, panel: QWidget, window: QMainWindow) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(f"{title.lower()}Dock")
    dock.setWidget(panel)
    dock.setFeatures(
        QDockWidget.DockWidgetFeature.DockWidgetMovable
        | QDockWidget.DockWidgetFeature.DockWidgetFloatable
        | QDockWidget.DockWidgetFeature.DockWidgetClosable
    )
    return dock
