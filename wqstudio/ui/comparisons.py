"""Comparisons, as the window asks for them and is told of them; the panel is there while a connection is open."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario

if TYPE_CHECKING:  # the panels are loaded once a connection opens
    from wqstudio.scenarios.comparing import Compared, Comparing
    from wqstudio.ui.compare_tab import CompareTab


class Comparisons(QObject):
    """Shows nothing where no connection is open."""

    requested = Signal(object)
    """The Comparison."""
    stop_requested = Signal()
    local_requested = Signal(object, object)
    """The Product of the local broker that is to be started, and the Scenario to compare the settings of there."""
    trouble = Signal(str)
    """What a person should read."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._tab: CompareTab | None = None

    def open(self, tab: "CompareTab") -> None:
        self._tab = tab
        tab.run_wanted.connect(self.requested)
        tab.stop_wanted.connect(self.stop_requested)

    def close(self) -> None:
        self._tab = None

    def compare(self, scenario: Scenario, product: Product) -> None:
        """One after the other; where nothing is connected, on a local broker."""
        if self._tab is None:
            self.local_requested.emit(product, scenario)
        else:
            self._tab.compare(scenario)

    def compare_now(self) -> None:
        """What is played."""
        if self._tab is not None:
            self._tab.compare_now()

    def allow_run(self, why_not: str, *, gives_way: bool) -> None:
        """``why_not``: see ``show_run_state``; ``gives_way``: what is played ends for a comparison."""
        if self._tab is not None:
            self._tab.allow_run(why_not, gives_way=gives_way)

    def show_comparing(self, comparing: "Comparing") -> None:
        """Settings are played one after the other, whoever asked for it."""
        if self._tab is not None:
            self._tab.follow(comparing)

    def show_compared(self, compared: "Compared") -> None:
        """What has come of it so far, or in the end."""
        if self._tab is not None:
            self._tab.show_compared(compared)

    def show_over(self, why_not: str) -> None:
        """``why_not``: why it could not be played to its end; empty: it was, or was stopped."""
        if self._tab is not None:
            self._tab.leave()
        if why_not:
            self.trouble.emit(why_not)
