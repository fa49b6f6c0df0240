"""The tab that compares: what is to be, how far it is, and what came of it."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from wqstudio.domain.scenario import Scenario
from wqstudio.scenarios.comparing import Compared, Comparing, Comparison
from wqstudio.ui.models.playable import Stage
from wqstudio.ui.panels.compare_live import CompareLive
from wqstudio.ui.panels.compare_setup import CompareSetup
from wqstudio.ui.panels.compare_strip import CompareStrip
from wqstudio.ui.panels.comparison_export import Tell
from wqstudio.ui.panels.comparison_result import ComparisonResult
from wqstudio.ui.theme import Theme

_READ_ONLY = "This connection is read-only, so nothing can be played on it"


class ComparePanel(QWidget):
    run_wanted = Signal(object)
    """The Comparison."""
    stop_wanted = Signal()
    now_wanted = Signal()
    """What is played now."""
    page_changed = Signal()

    def __init__(self, theme: Theme, stage: Stage, rabbit_missing: str, live: CompareLive, tell: Tell) -> None:
        """``live``: where what is played is seen meanwhile."""
        super().__init__()
        self.setObjectName("comparePanel")
        self._read_only = stage.read_only
        self._comparison: Comparison | None = None
        """That whose result is shown."""
        self.setup = CompareSetup(theme, stage, rabbit_missing)
        self.strip = CompareStrip(theme)
        self.result = ComparisonResult(theme, tell)
        self.live, self._fresh = live, False
        self._pages = QStackedWidget()
        self._pages.addWidget(self.setup)
        self._pages.addWidget(self.live)
        self._pages.addWidget(self.result)
        self._pages.currentChanged.connect(lambda _: self.page_changed.emit())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self._pages, 1)
        self.setup.run_wanted.connect(self.run_wanted)
        self.setup.now_wanted.connect(self.now_wanted)
        self.result.change_wanted.connect(lambda: self._pages.setCurrentWidget(self.setup))
        self.setup.back_wanted.connect(lambda: self._pages.setCurrentWidget(self.result))
        self.result.again_wanted.connect(self._want_again)
        self.strip.stop_wanted.connect(self.stop_wanted)
        self.strip.playing_on.connect(self.live.show_product)

    @property
    def shows_runs(self) -> bool:
        """Those that were compared, or are being played for it, and not what is to be."""
        return self._pages.currentWidget() is not self.setup

    def list_scenarios(self, scenarios: Sequence[Scenario]) -> None:
        self.setup.list_scenarios(scenarios)

    def show_scenario(self, scenario: Scenario) -> None:
        """Prefilled, to be run or changed."""
        self.setup.show_scenario(scenario)
        self._pages.setCurrentWidget(self.setup)

    def allow_run(self, why_not: str, *, gives_way: bool = False) -> None:
        said = _READ_ONLY if self._read_only else why_not
        self.setup.allow_run(said, gives_way=gives_way and not self._read_only)
        self.result.allow_run(said)

    def follow(self, comparing: Comparing) -> None:
        """Settings are played one after the other."""
        self._fresh = False
        self._pages.setCurrentWidget(self.live)
        self.strip.follow(comparing)

    def show_compared(self, compared: Compared) -> None:
        """What has come of it so far, or in the end."""
        if compared.runs:
            self._comparison, self._fresh = compared.comparison, True
            self.setup.offer_back()
            self.result.show_compared(compared)

    def show_result(self) -> None:
        """Whatever is played meanwhile."""
        self._pages.setCurrentWidget(self.result)

    def leave(self) -> None:
        """Nothing is played any more: what has come of it is shown, if anything."""
        self.strip.leave()
        if self._pages.currentWidget() is self.live:
            self._pages.setCurrentWidget(self.result if self._fresh else self.setup)

    def _want_again(self) -> None:
        if self._comparison is not None:
            self.run_wanted.emit(self._comparison)
