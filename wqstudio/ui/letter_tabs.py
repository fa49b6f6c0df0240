"""What the window has for dead letters: the runs below their tab, the journal, drags onto the explorer."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow, QTabWidget, QVBoxLayout, QWidget

from wqstudio.engine.desk import Desk
from wqstudio.engine.studio import Studio
from wqstudio.ui.letter_moves import LetterMoves
from wqstudio.ui.models.letter_drag import LetterDrag
from wqstudio.ui.panels.explorer import ExplorerPanel
from wqstudio.ui.panels.journal import JournalPanel
from wqstudio.ui.panels.letter_drops import DragWatch
from wqstudio.ui.panels.runs import RunsStrip
from wqstudio.ui.theme import SPACE_S, Theme


class LetterTabs(QObject):
    def __init__(self, window: QMainWindow, studio: Studio, desk: Desk, theme: Theme, explorer: ExplorerPanel) -> None:
        super().__init__(window)
        self._explorer = explorer
        self.moves = LetterMoves(window, studio, desk, theme)
        self.runs = RunsStrip(desk, theme)
        self.journal = JournalPanel(desk, theme)
        self._tabs: QTabWidget | None = None
        for part in (self.runs, self.journal):
            part.undo_wanted.connect(self.moves.undo)
            part.finish_wanted.connect(self.moves.finish)
        self.runs.journal_wanted.connect(self.show_in_journal)
        self._watch = DragWatch(_native(window), self._on_drag, explorer.letter_drops.end, self)

    def add_to(self, tabs: QTabWidget) -> None:
        self._tabs = tabs
        tabs.addTab(self.journal, "Journal")

    def show_in_journal(self, run: str) -> None:
        if self._tabs is not None:
            self._tabs.setCurrentWidget(self.journal)
        self.journal.show_run(run)

    def detach(self) -> None:
        for part in (self.runs, self.journal):
            part.detach()
        self.moves.close()
        self._watch.deleteLater()
        self.deleteLater()

    def _on_drag(self, drag: LetterDrag) -> None:
        self._explorer.letter_drops.begin(drag.choice)


def with_runs(panel: QWidget, runs: RunsStrip) -> QWidget:
    """The strip below it."""
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, SPACE_S, SPACE_S)
    layout.setSpacing(SPACE_S)
    layout.addWidget(panel, 1)
    layout.addWidget(runs)
    return page


def _native(window: QMainWindow) -> QObject:
    window.winId()  # makes it, where it was not shown yet
    handle = window.windowHandle()
    assert handle is not None
    return handle
