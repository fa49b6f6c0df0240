"""The comparison in the window: its tab, and the ways that lead there."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QTabWidget, QWidget

from wqstudio.domain.scenario import Scenario
from wqstudio.engine.studio import Studio
from wqstudio.scenarios.comparing import Compared, Comparing
from wqstudio.ui.frame_clock import FrameClock
from wqstudio.ui.panels.compare import ComparePanel
from wqstudio.ui.panels.compare_live import CompareLive
from wqstudio.ui.scenario_tab import ScenarioShelf, ScenarioTab
from wqstudio.ui.theme import Theme


class CompareTab(QObject):
    run_wanted = Signal(object)
    """The Comparison."""
    stop_wanted = Signal()

    def __init__(
        self,
        parent: QWidget,
        studio: Studio,
        theme: Theme,
        shelf: ScenarioShelf,
        *,
        clock: FrameClock,
        tabs: QTabWidget,
        scenarios: ScenarioTab,
    ) -> None:
        super().__init__(parent)
        self._library, self._tabs, self._own = shelf.library, tabs, shelf.stage.own
        self._scenarios = scenarios
        live = CompareLive(studio.timeline, shelf.stage.product, theme, clock)
        self.panel = ComparePanel(theme, shelf.stage, shelf.rabbit_missing, live, studio.tell)
        tabs.addTab(self.panel, "Compare")
        self.panel.run_wanted.connect(self.run_wanted)
        self.panel.stop_wanted.connect(self.stop_wanted)
        scenarios.offer_comparing()
        scenarios.left_over.changed.connect(self.panel.setup.tell_left)
        self.panel.now_wanted.connect(self.compare_now)
        scenarios.compare_wanted.connect(self._take_up)
        scenarios.compare_now_wanted.connect(self.compare_now)
        scenarios.timelines_wanted.connect(self._look_at)
        self._library.changed.connect(self._list)
        self._listed = False
        tabs.currentChanged.connect(self._on_tab)

    def detach(self) -> None:
        self.panel.leave()
        self.panel.live.detach()
        self._library.changed.disconnect(self._list)

    def show_scenario(self, scenario: Scenario) -> None:
        """Its settings, to be run or changed."""
        self._tabs.setCurrentWidget(self.panel)
        self.panel.show_scenario(scenario)

    def compare(self, scenario: Scenario) -> None:
        """Play it at once in its own settings; on a broker that is not the studio's it is only made ready."""
        self.show_scenario(scenario)
        comparison = self.panel.setup.comparison()
        if self._own and comparison is not None:
            self.run_wanted.emit(comparison)

    def compare_now(self) -> None:
        """Make what is played now ready to be compared under other settings."""
        if (scenario := self._scenarios.what_plays()) is not None:
            self.show_scenario(scenario)

    def allow_run(self, why_not: str, *, gives_way: bool = False) -> None:
        """``gives_way``: what is played now would end for a comparison of it."""
        self.panel.allow_run(why_not, gives_way=gives_way)

    def follow(self, comparing: Comparing) -> None:
        self.panel.follow(comparing)

    def show_compared(self, compared: Compared) -> None:
        self.panel.show_compared(compared)

    def leave(self) -> None:
        self.panel.leave()

    def _look_at(self, compared: Compared) -> None:
        """What was played in its settings by itself."""
        self._tabs.setCurrentWidget(self.panel)
        self.panel.show_compared(compared)
        self.panel.show_result()

    def _take_up(self, scenario: Scenario) -> None:
        """Its own settings at once; where it has none, a person says which."""
        if scenario.settings:
            self.compare(scenario)
        else:
            self.show_scenario(scenario)

    def _on_tab(self) -> None:
        """Scenarios are read when somebody first looks."""
        if not self._listed and self._tabs.currentWidget() is self.panel:
            self._list()

    def _list(self) -> None:
        self._listed = True
        self.panel.list_scenarios([book.scenario for book in self._library.books if book.scenario is not None])
