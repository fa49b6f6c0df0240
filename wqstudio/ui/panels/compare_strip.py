"""What is going on while settings are compared: which of them, and how long yet."""

from PySide6.QtCore import Signal

from wqstudio.scenarios.comparing import Comparing
from wqstudio.ui.models.comparing_words import told
from wqstudio.ui.panels.run_strip import RunStrip
from wqstudio.ui.theme import Theme


class CompareStrip(RunStrip):
    playing_on = Signal(object)
    """The Product on whose broker it is at the moment."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "compare", "Stop comparing and see what was played so far")
        self._comparing: Comparing | None = None

    def follow(self, comparing: Comparing) -> None:
        self._comparing = comparing
        self.begin()

    def look(self) -> None:
        if self._comparing is None or (standing := self._comparing.standing) is None:
            return
        self.playing_on.emit(standing.round.product)
        title, *said = told(standing, self._comparing.comparison)
        self.say([self._comparing.comparison.scenario.title, title], said, standing.share)
