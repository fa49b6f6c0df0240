"""The gallery of scenarios: cards by topic, narrowed by words and by broker; a click opens one's page."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario
from wqstudio.ui.models.playable import Stage, obstacle
from wqstudio.ui.models.scenario_shelf import Book, Shelf, shelves
from wqstudio.ui.panels.card_grid import CardGrid
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.quiet_button import quiet_button
from wqstudio.ui.panels.scenario_card import LEAST_WIDTH, ScenarioCard
from wqstudio.ui.panels.scenario_page import ScenarioPage
from wqstudio.ui.panels.scrolling import let_scroll
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.scenario_library import Library
from wqstudio.ui.theme import SPACE_L, SPACE_S, SPACE_XS, Theme

_IN_SIGHT = 2
"""Rows of cards that are to be whole before anybody scrolls."""
_FILTERS = ((None, "All"), *((product, product.title) for product in Product))


class Gallery(QStackedWidget):
    """Shelves of cards, and the page of the one that was opened."""

    opened = Signal(object)
    """The Book whose page is looked at from now on."""

    def __init__(self, library: Library, theme: Theme, stage: Stage, rabbit_missing: str = "") -> None:
        super().__init__()
        self.setObjectName("gallery")
        self._library = library
        self.page = ScenarioPage(theme, stage, rabbit_missing)
        self.wall = Wall(library, theme, stage)
        self.addWidget(self.wall)
        self.addWidget(self.page)
        self.wall.opened.connect(self.show_book)
        self.page.back_wanted.connect(self.show_wall)
        self.page.reload_wanted.connect(library.refresh)
        library.changed.connect(self._reread)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._library.refresh_if_changed()

    def show_scenario(self, scenario: Scenario) -> None:
        self.show_book(next((book for book in self._library.books if book.scenario == scenario), Book(scenario)))

    def show_wall(self) -> None:
        self.setCurrentWidget(self.wall)
        self.wall.take_keyboard(self.page.book)

    def detach(self) -> None:
        self._library.changed.disconnect(self._reread)
        self.wall.detach()

    def show_book(self, book: Book) -> None:
        """Its page."""
        self.page.show_book(book)
        self.setCurrentWidget(self.page)
        self.page.take_keyboard()
        self.opened.emit(book)

    def _reread(self) -> None:
        """What is open may have been mended, or broken."""
        shown = self.page.book
        if self.currentWidget() is self.page and shown is not None and shown.file is not None:
            now = next((book for book in self._library.books if book.file == shown.file), None)
            if now is None:
                self.show_wall()
            elif now != shown:
                self.page.show_book(now)
                self.opened.emit(now)


class Wall(QWidget):
    """All cards that fit what was typed."""

    opened = Signal(object)
    """The Book."""
    file_wanted = Signal()
    save_wanted = Signal()
    compare_now_wanted = Signal()

    def __init__(self, library: Library, theme: Theme, stage: Stage) -> None:
        super().__init__()
        self._library, self._theme, self._stage = library, theme, stage
        self._product: Product | None = None
        self._cards: list[ScenarioCard] = []
        self._shelves: list[tuple[PlainLabel, CardGrid]] = []
        """Each topic, and its cards."""
        self._small = False
        """Cards are without their summaries."""
        self._whole_ends: tuple[int, int] | None = None
        """A width, and where the rows in sight end in it while cards have their summaries."""
        self._nothing = EmptyState(theme)
        self._nothing.say("search", "No scenario fits", "Fewer words, or another broker, show more.")
        self._nothing.hide()
        self._area = QScrollArea()
        self._area.setObjectName("galleryCards")
        let_scroll(self._area)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE_S, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addLayout(self._head())
        layout.addWidget(self._nothing, 1)
        layout.addWidget(self._area, 1)
        self._filled = False
        library.changed.connect(self._fill_soon)

    def showEvent(self, event: QShowEvent) -> None:
        """Cards are made when they are first looked at: a connection opens sooner without them."""
        super().showEvent(event)
        if not self._filled:
            self._fill()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Of the cards' area, which has its room only once what stands beside it has come or gone."""
        if event.type() is QEvent.Type.Resize:
            self._fit_cards()
        return super().eventFilter(watched, event)

    def detach(self) -> None:
        self._library.changed.disconnect(self._fill_soon)

    def take_keyboard(self, last: Book | None) -> None:
        """At the card whose page was opened last, else at the first."""
        page = self._area.widget()
        if page is not None and (layout := page.layout()) is not None:
            layout.activate()  # else cards that were made just now are not in their places yet
        there = [card for card in self._cards if card.book == last] or self._cards
        for card in there[:1]:
            card.setFocus()
            self._area.ensureWidgetVisible(card)

    def _head(self) -> QHBoxLayout:
        self._typed = QLineEdit()
        self._typed.setObjectName("gallerySearch")
        self._typed.setAccessibleName("Search scenarios")
        self._typed.setPlaceholderText("Search scenarios")
        self._typed.setClearButtonEnabled(True)
        self._typed.textChanged.connect(self._fill)
        self._typed.returnPressed.connect(self._open_first)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.activated.connect(self._typed.setFocus)
        row = QHBoxLayout()
        row.setContentsMargins(SPACE_L, 0, SPACE_L, 0)
        row.setSpacing(SPACE_XS)
        row.addWidget(self._typed, 1)
        row.addSpacing(SPACE_XS)
        self._filter = QButtonGroup(self)
        for product, title in _FILTERS:
            button = QPushButton(title)
            button.setObjectName(f"galleryFilter{title}")
            button.setAccessibleName("Scenarios of every broker" if product is None else f"Only those of {title}")
            button.setProperty("kind", "segment")
            button.setCheckable(True)
            button.setChecked(product is None)
            button.clicked.connect(lambda _checked, product=product: self._show_product(product))
            self._filter.addButton(button)
            row.addWidget(button)
        menu = QMenu(self)
        menu.addAction("Open scenario file…", self.file_wanted.emit)
        menu.addAction("Save what I am doing as a scenario…", self.save_wanted.emit)
        menu.addAction("Compare this under other settings…", self.compare_now_wanted.emit)
        menu.addSeparator()
        menu.addAction("Read my files again", self._library.refresh)
        more = quiet_button("galleryMenu", "Files of scenarios", "open", self._theme)
        more.setMenu(menu)
        row.addWidget(more)
        return row

    def _show_product(self, product: Product | None) -> None:
        self._product = product
        self._fill()

    def _open_first(self) -> None:
        """Of those that were searched for."""
        if self._typed.text().strip() and self._cards:
            self._cards[0].click()

    def _fill_soon(self) -> None:
        """At once where it is looked at."""
        self._filled = False
        if self.isVisible():
            self._fill()

    def _fill(self) -> None:
        self._filled = True
        found = shelves(self._library.books, self._typed.text(), self._product)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE_L, 0, SPACE_L, SPACE_L)
        column.setSpacing(SPACE_S)
        self._cards, self._shelves = [], []
        for shelf in found:
            self._add_shelf(column, shelf)
        column.addStretch(1)
        self._area.setWidget(page)
        self._small, self._whole_ends = False, None
        self._area.setVisible(bool(found))
        self._nothing.setVisible(not found)
        self._fit_cards()  # when they have their place, and with it their fonts

    def _add_shelf(self, column: QVBoxLayout, shelf: Shelf) -> None:
        heading = PlainLabel(shelf.topic)
        heading.setProperty("kind", "section")
        cards = [self._card(book) for book in shelf.books]
        self._cards += cards
        column.addSpacing(SPACE_XS)
        column.addWidget(heading)
        grid = CardGrid(cards, LEAST_WIDTH)
        self._shelves.append((heading, grid))
        column.addWidget(grid)

    def _fit_cards(self) -> None:
        """The first rows are to be in sight, however low the window is: with small cards where need be."""
        room = self._area.maximumViewportSize()
        if self._whole_ends is None or self._whole_ends[0] != room.width():
            self._show_small(small=False)
            self._whole_ends = room.width(), self._rows_end()
        self._show_small(small=self._whole_ends[1] > room.height())

    def _show_small(self, *, small: bool) -> None:
        if small == self._small:
            return
        self._small = small
        for card in self._cards:
            card.show_small(small=small)
        for _, grid in self._shelves:
            grid.arrange()

    def _rows_end(self) -> int:
        """Where the last row ends that is to be in sight: pixels below the upper edge of the first topic."""
        room = self._area.maximumViewportSize().width() - self._area.verticalScrollBar().sizeHint().width()
        top, ends = 0, list[int]()
        for heading, grid in self._shelves:
            top += SPACE_XS + heading.sizeHint().height() + SPACE_S
            ends += (top + end for end in grid.row_ends(room - 2 * SPACE_L))
            if len(ends) >= _IN_SIGHT:
                return ends[_IN_SIGHT - 1]
            top = ends[-1] + SPACE_S
        return top

    def _card(self, book: Book) -> ScenarioCard:
        blocked = obstacle(book.scenario, self._stage) if book.scenario is not None else None
        card = ScenarioCard(book, self._theme, self._stage.product, blocked.why if blocked is not None else "")
        card.clicked.connect(lambda: self.opened.emit(book))
        return card
