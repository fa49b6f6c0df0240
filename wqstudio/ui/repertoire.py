"""What the window has to do with scenarios, whether a connection is open or not."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario
from wqstudio.ui.models.playable import obstacle
from wqstudio.ui.models.scenario_shelf import Book
from wqstudio.ui.scenario_library import Library, scenario_entries
from wqstudio.ui.top_bar import TopBar

if TYPE_CHECKING:  # loaded once a connection opens
    from wqstudio.ui.command_palette import Entry
    from wqstudio.ui.performance import Performance, Played
    from wqstudio.ui.workspace import Workspace


class Repertoire(QObject):
    """Says the same in the gallery and in the bar, and passes on what is asked for in either."""

    gallery_requested = Signal(object, object)
    """The Product on whose local broker, and the Scenario to open there; None: all of them."""
    run_requested = Signal(object)
    """The Scenario."""
    stop_requested = Signal()
    trouble = Signal(str)
    """What a person should read."""

    def __init__(self, library: Library, parent: QObject) -> None:
        super().__init__(parent)
        self.library = library
        self._top: TopBar | None = None
        self._workspace: Workspace | None = None
        self._why_not = ""
        """Why nothing can be run now."""
        self._opened: Book | None = None
        """While nothing could be run; to be chosen once something can."""
        self._refused = False
        """It was said why what is looked at cannot be played."""
        library.changed.connect(self._list)

    def choose_in(self, top: TopBar) -> None:
        """The bar has a chooser of what can be played."""
        self._top = top

    def open(self, workspace: "Workspace") -> None:
        self._workspace = workspace
        tab = workspace.scenarios
        tab.run_wanted.connect(self.run_requested)
        tab.opened.connect(self._choose)
        tab.local_wanted.connect(self.gallery_requested)
        tab.trouble.connect(self.trouble)
        tab.strip.stop_wanted.connect(self.stop_requested)
        self._list()

    def close(self) -> None:
        self._workspace = self._opened = None

    def run_chosen(self) -> None:
        if self._top is None:
            return
        if (scenario := self._top.scenario) is not None:
            self.run_requested.emit(scenario)
        else:
            self._refused = True
            self.trouble.emit(self._top.why_nothing)

    def show_gallery(self, scenario: Scenario | None = None) -> None:
        """All scenarios, or one; where nothing is connected, on a local broker."""
        if self._workspace is None:
            able = scenario.products if scenario is not None else (Product.NATS,)
            self.gallery_requested.emit(Product.NATS if Product.NATS in able else able[0], scenario)
        else:
            self._workspace.scenarios.show_gallery(scenario)

    def ask_for_file(self) -> None:
        if self._workspace is not None:
            self._workspace.scenarios.ask_for_file()

    def ask_to_save(self) -> None:
        if self._workspace is not None:
            self._workspace.scenarios.ask_to_save()

    def allow_run(self, why_not: str) -> None:
        """``why_not``: why nothing can be run now; empty: it can."""
        self._why_not = why_not
        if self._top is not None:
            self._top.explain_run(why_not)
        if self._opened is not None:
            self._choose(self._opened)
        if self._workspace is not None:
            self._workspace.scenarios.allow_run(why_not)

    def follow(self, performance: "Performance") -> None:
        """One is played to its end, whoever asked for it."""
        if self._top is not None:
            self._top.choose_scenario(performance.scenario)
        if self._workspace is not None:
            self._workspace.scenarios.follow(performance)

    def show_played(self, played: "Played | None", why_not: str) -> None:
        """It has ended. ``why_not``: why there is no result."""
        if self._workspace is not None:
            self._workspace.show_played(played)
        if why_not:
            self.trouble.emit(why_not)

    def entries(self) -> "Iterable[Entry]":
        """For the palette."""
        return scenario_entries(self.library, self.show_gallery)

    def _choose(self, book: Book) -> None:
        """Have the bar run what is looked at; while something runs, the bar says what that is."""
        self._opened = book if self._why_not else None
        if self._top is None or self._why_not:
            return
        if self._refused:
            self._refused = False
            self.trouble.emit("")
        if why := self._unplayable(book):
            self._top.name_unplayable(book.title, why)
        elif book.scenario is not None:
            self._top.choose_scenario(book.scenario)

    def _unplayable(self, book: Book) -> str:
        """Why it cannot be played here; empty: it can."""
        if book.scenario is None:
            return f"{book.title} cannot be played: its page says what is wrong with it."
        blocked = obstacle(book.scenario, self._workspace.scenarios.stage) if self._workspace is not None else None
        if blocked is None:
            return ""
        return (
            f"{book.title} cannot be played here. {blocked.why} Its page opens it on a local {blocked.product.title}."
        )

    def _list(self) -> None:
        if self._top is not None and self._workspace is not None:
            self._top.list_scenarios(self.library.for_broker(self._workspace.scenarios.stage.product))
