"""The panels and tabs around one open connection."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from wqstudio.domain.ledger import Account
from wqstudio.domain.reading import Unknown, known
from wqstudio.engine.monitor import Beat
from wqstudio.engine.studio import Studio
from wqstudio.ui.command_palette import Entry
from wqstudio.ui.compare_tab import CompareTab
from wqstudio.ui.docks import Docks
from wqstudio.ui.frame_clock import FrameClock
from wqstudio.ui.letter_tabs import LetterTabs
from wqstudio.ui.models.graves import Grave
from wqstudio.ui.panels.detail import DetailPanel
from wqstudio.ui.panels.events import EventsPanel
from wqstudio.ui.panels.explorer import ExplorerPanel
from wqstudio.ui.panels.ledger import LedgerPanel
from wqstudio.ui.panels.letters import LettersPanel
from wqstudio.ui.panels.listings import ListingsPanel
from wqstudio.ui.panels.overview import Overview
from wqstudio.ui.panels.queue_namer import QueueNamer
from wqstudio.ui.panels.remove_sheet import RemoveSheet
from wqstudio.ui.panels.scrolling import Scrolling
from wqstudio.ui.panels.timeline import TimelinePanel
from wqstudio.ui.panels.workers import WorkersPanel
from wqstudio.ui.performance import Played
from wqstudio.ui.scenario_tab import ScenarioShelf, ScenarioTab
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Theme
from wqstudio.ui.time_view import TimeView
from wqstudio.ui.view_tabs import ViewTabs

_NORMAL_PRESET = 1


class Workspace(QObject):
    """Puts the panels of ``studio`` into ``window`` and ties them together; ``close`` takes them out again."""

    def __init__(
        self,
        window: QMainWindow,
        studio: Studio,
        theme: Theme,
        view: TimeView,
        clock: FrameClock,
        *,
        shelf: ScenarioShelf,
    ) -> None:
        super().__init__(window)
        self._window, self._studio = window, studio
        self._scope = Scope()
        self._awaited = ""
        self._explorer = ExplorerPanel(studio, theme)
        self._detail = DetailPanel(studio, theme, self._explorer.model.links)
        self._workers = WorkersPanel(studio, theme)
        self._events = EventsPanel(studio, theme)
        self._overview = Overview(studio, theme, view, clock)
        self._timeline = TimelinePanel(studio, theme, view, clock)
        self._namer = QueueNamer(studio.broker.words, self._explorer)
        self._ledger = LedgerPanel(theme)
        self._letters = LettersPanel(studio, theme)
        self.tabs = ViewTabs()
        self.tabs.addTab(self._overview, "Overview")
        self.tabs.addTab(self._timeline, "Timeline")
        self.tabs.addTab(self._letters, self._letters.badge)
        self.scenarios = ScenarioTab(window, studio, theme, shelf, self.tabs)
        self.compare = CompareTab(window, studio, theme, shelf, clock=clock, tabs=self.tabs, scenarios=self.scenarios)
        self._ledger_page = Scrolling(self._ledger)
        self.tabs.addTab(self._ledger_page, "Ledger")
        self._listings = self._add_listings(theme)
        self._letter_tabs = self._add_letter_tabs(window, theme)
        self.docks = Docks(window, self._explorer, self._detail, Scrolling(self._workers), self._events)
        self.page = self._stacked(self.scenarios.strip, self.tabs)
        self._connect()
        self.scenarios.timeline_wanted.connect(self._show_run)
        self.scenarios.strip.watch_wanted.connect(partial(self.tabs.setCurrentWidget, self._timeline))
        self._timeline.compare_wanted.connect(self.compare.compare_now)
        for changed in (self.tabs.currentChanged, self.compare.panel.page_changed):
            changed.connect(self._share_room)

    def begin(self, *, playing: bool) -> None:
        """Raise what one comes for: the workers on a broker to play with, the detail on one to look at."""
        if playing:
            self.docks.raise_workers()
        else:
            self.docks.raise_detail()

    def begin_with(self, tab: str, queue: str) -> str:
        """Show the view of that title, and the queue once it is there. Returns what is wrong with that, if anything."""
        self._awaited = queue
        titles = [self.tabs.tabText(index) for index in range(self.tabs.count())]
        index = next((n for n, title in enumerate(titles) if title.casefold().startswith(tab.casefold())), -1)
        self.tabs.setCurrentIndex(max(index, 0))
        return "" if index >= 0 else f"There is no view {tab}; there are {', '.join(titles)}."

    def show_account(self, account: Account) -> None:
        self._ledger.show_account(account)
        self.tabs.setCurrentWidget(self._ledger_page)

    def show_played(self, played: Played | None) -> None:
        """What came of a scenario, with its ledger in the ledger's tab."""
        if played is not None and played.result.runs:
            self._ledger.show_account(played.result.runs[-1].evidence.account)
        self.scenarios.show_played(played)

    def show_tab(self, index: int) -> None:
        if index < self.tabs.count():
            self.tabs.setCurrentIndex(index)

    def add_worker(self) -> None:
        self.docks.raise_workers()
        self._workers.add_worker(_NORMAL_PRESET)

    def stop_worker(self) -> None:
        self._workers.stop_selected()

    def requeue_letters(self, *, to_origin: bool) -> None:
        self.tabs.setCurrentWidget(self._letters)
        self._letters.requeue_chosen(to_origin=to_origin)

    def discard_letters(self) -> None:
        self.tabs.setCurrentWidget(self._letters)
        self._letters.discard_chosen()

    def import_letters(self) -> None:
        if self._letter_tabs is not None:
            self._letter_tabs.ask_for_import()

    def remove_own(self) -> None:
        RemoveSheet(self._window, self._studio).open()

    def settle_layout(self) -> None:
        """As a person has arranged it, to be remembered."""
        self.docks.make_room(wanted=False)

    def reset_layout(self) -> None:
        self.docks.arrange()

    def places(self) -> list[Entry]:
        """Every queue, consumer and listing, for the palette."""
        snapshot, words = self._studio.monitor.snapshot, self._studio.broker.words
        entries: list[Entry] = []
        if self._studio.broker.sees_by_name:
            ask = partial(self._namer.ask_below, self._explorer.filter)
            entries.append(Entry(f"Watch a {words.queue} by name …", words.product, "search", ask))
        for queue in known(snapshot.queues, {}).values() if snapshot is not None else ():
            mark = "dead" if queue.dead_letters else "queue"
            entries.append(self._place(Scope(queue.name), queue.name, words.queue, mark))
            entries += [
                self._place(Scope(*consumer.key), f"{queue.name} › {consumer.name}", words.consumer, "consumer")
                for consumer in known(queue.consumers, ())
            ]
        return entries + [
            Entry(title, self._studio.broker.words.product, "table", partial(self._show_listing, title))
            for title in self._studio.broker.listings
        ]

    def close(self) -> None:
        self._unsubscribe()
        for panel in (self._overview, self._timeline, self._explorer, self._detail, self._workers, self._events):
            panel.detach()
        self._letters.detach()
        if self._listings is not None:
            self._listings.detach()
        if self._letter_tabs is not None:
            self._letter_tabs.detach()
        self.compare.detach()
        self.scenarios.detach()
        self.docks.remove()
        self.page.deleteLater()
        self.deleteLater()

    def _stacked(self, *widgets: QWidget) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in widgets:
            column.addWidget(widget)
        return page

    def _add_letter_tabs(self, window: QMainWindow, theme: Theme) -> LetterTabs | None:
        """None: no journal can be kept, without which nothing is moved; the tab of dead letters says why."""
        desk = self._studio.desk
        if isinstance(desk, Unknown):
            return None
        return LetterTabs(
            window, self._studio, desk, theme, tabs=self.tabs, letters=self._letters, explorer=self._explorer
        )

    def _add_listings(self, theme: Theme) -> ListingsPanel | None:
        """A tab of what the broker has besides queues, where there is such."""
        if not self._studio.broker.listings:
            return None
        panel = ListingsPanel(self._studio, theme)
        panel.queue_wanted.connect(lambda queue: self._explorer.select(Scope(queue)))
        self.tabs.addTab(panel, "Broker")
        return panel

    def _show_listing(self, title: str) -> None:
        if self._listings is not None:
            self.tabs.setCurrentWidget(self._listings)
            self._listings.choose(title)

    def _place(self, scope: Scope, text: str, hint: str, icon: str) -> Entry:
        return Entry(text, hint, icon, lambda: self._explorer.select(scope))

    def _connect(self) -> None:
        self._unsubscribe = self._studio.monitor.subscribe(self._on_beat)
        self._explorer.naming_wanted.connect(self._namer.ask_below)
        self._namer.named.connect(self._look_again)
        self._namer.found.connect(lambda queue: self._explorer.select(Scope(queue)))
        self._explorer.scope_changed.connect(self._show_scope)
        self._detail.queue_wanted.connect(lambda queue: self._explorer.select(Scope(queue)))
        self._explorer.look_wanted.connect(self._look_into)
        self._explorer.requeue_wanted.connect(self._requeue_all)
        self._letters.badge_changed.connect(self._show_badge)
        self._show_badge()
        self._events.thing_clicked.connect(self._explorer.select)
        for all_wanted in (self._overview.whole_broker_wanted, self._timeline.all_wanted):
            all_wanted.connect(lambda: self._explorer.select(Scope()))

    def _on_beat(self, beat: Beat) -> None:
        self._namer.hear(beat)
        if self._awaited and beat.snapshot is not None and self._awaited in known(beat.snapshot.queues, {}):
            self._explorer.select(Scope(self._awaited))
            self._awaited = ""
        self._watch()

    def _look_again(self) -> None:
        self._watch()
        self._studio.monitor.refresh()

    def _watch(self) -> None:
        """Have the queue in scope fresh; of the whole broker, those that are under load here. And those named."""
        loaded = self._studio.executor.loaded
        looked_at = sorted(loaded) if self._scope.whole_broker else [self._scope.queue]
        self._studio.broker.watch([*dict.fromkeys([*looked_at, *self._namer.names])])

    def _show_scope(self, scope: Scope) -> None:
        self._scope = scope
        self._watch()
        self._overview.show_scope(scope)
        self._timeline.show_scope(scope)
        self._detail.show_scope(scope)
        self._workers.set_scope(scope)
        self._letters.show_scope(scope)

    def _show_run(self) -> None:
        self.tabs.setCurrentWidget(self._timeline)
        self._timeline.fit()

    def _share_room(self) -> None:
        """Runs that are compared need all the room there is for their timelines and figures."""
        panel = self.compare.panel
        self.docks.make_room(wanted=panel.shows_runs and self.tabs.currentWidget() is panel)

    def _show_badge(self) -> None:
        index = self.tabs.indexOf(self._letters)
        self.tabs.setTabText(index, self._letters.badge)
        self.tabs.setTabToolTip(index, self._letters.badge_tip)

    def _look_into(self, scope: Scope) -> None:
        """Its dead letters."""
        self._explorer.select(scope)
        self._letters.show_scope(scope)
        self.tabs.setCurrentWidget(self._letters)

    def _requeue_all(self, scope: Scope) -> None:
        self._explorer.select(scope)
        if self._letter_tabs is not None:
            self._letter_tabs.requeue_all(Grave(scope.queue))
