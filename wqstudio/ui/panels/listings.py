"""What a broker has besides queues and consumers: one of its listings at a time, as a table."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.listing import Listing
from wqstudio.domain.reading import Unknown
from wqstudio.engine.monitor import Beat
from wqstudio.engine.studio import Studio
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models.listing import ListingModel
from wqstudio.ui.panels.empty_state import SAID_ABOVE, EmptyState
from wqstudio.ui.panels.listing_table import ListingTable
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme

_LEAST_FILTER, _MOST_FILTER = 96, 200


class ListingsPanel(QWidget):
    """Follows the monitor until ``detach``; reads the listing that is on screen, and no other."""

    queue_wanted = Signal(str)

    def __init__(self, studio: Studio, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("listingsPanel")
        self._studio, self._theme = studio, theme
        self._titles = tuple(studio.broker.listings)
        self._title = self._titles[0]
        self._listing: Listing | None = None
        self._failure: Unknown | None = None
        self.model = ListingModel(self)
        self._build()
        self._unsubscribe = studio.monitor.subscribe(self._on_beat)

    def choose(self, title: str) -> None:
        self._choices.button(self._titles.index(title)).setChecked(True)

    def detach(self) -> None:
        self._unsubscribe()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc hides nothing any more."""
        if event.key() == Qt.Key.Key_Escape and self.filter.text():
            self.filter.clear()
        else:
            super().keyPressEvent(event)

    # Building

    def _build(self) -> None:
        self.notice = PlainLabel(wordWrap=True)
        self.notice.setObjectName("listingNotice")
        self.notice.setProperty("kind", "warning")
        self.notice.hide()
        self.table = ListingTable(self.model, self._theme)
        self.table.queue_wanted.connect(self.queue_wanted)
        self.table.customContextMenuRequested.connect(self._open_menu)
        self.empty = EmptyState(self._theme)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self.empty)
        self._count = PlainLabel()
        self._count.setObjectName("listingCount")
        self._count.setProperty("kind", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, SPACE_XS)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self._head())
        layout.addWidget(self.notice)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._count)
        self._name()

    def _head(self) -> QWidget:
        titles = QWidget()
        row = QHBoxLayout(titles)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._choices = QButtonGroup(self)
        for number, title in enumerate(self._titles):
            button = QPushButton(title)
            button.setObjectName(f"listing{title}")
            button.setProperty("kind", "segment")
            button.setCheckable(True)
            self._choices.addButton(button, number)
            row.addWidget(button)
        self._choices.button(0).setChecked(True)
        self._choices.idToggled.connect(self._on_chosen)
        self.filter = QLineEdit(clearButtonEnabled=True)
        self.filter.setObjectName("listingFilter")
        self.filter.textChanged.connect(self._on_filter)
        return _Head(titles, self.filter)

    def _name(self) -> None:
        noun = self._title.lower()
        self.table.setAccessibleName(self._title)
        self.filter.setPlaceholderText(f"Filter {noun}")
        self.filter.setAccessibleName(f"Filter {noun} by text")

    # What the broker says

    def _on_beat(self, beat: Beat) -> None:
        self._failure = beat.failure
        if self.isVisible():
            self._refresh()

    def _refresh(self) -> None:
        listing = self._studio.broker.listing(self._title)
        if listing is not self._listing:
            self._listing = listing
            self.model.show(listing)
            self.table.grow()
        self._explain(listing)

    def _explain(self, listing: Listing) -> None:
        """Say what rows cannot say: that they are old, filtered away, or not there and why."""
        unread = self._failure or (listing.rows if isinstance(listing.rows, Unknown) else None)
        self.table.show_stale(stale=unread is not None)
        self.notice.setVisible(unread is not None and self.model.total > 0)
        if unread is not None:
            self.notice.setText(f"These are the last rows that could be read: {unread.reason}")
        self._count.setText(self._counted())
        shown = self.model.rowCount() > 0
        self._pages.setCurrentWidget(self.table if shown else self.empty)
        if not shown:
            self._say_why_empty(listing, unread)

    def _say_why_empty(self, listing: Listing, unread: Unknown | None) -> None:
        noun = self._title.lower()
        if self.model.total:
            self.empty.say(
                "filter", "Nothing matches", f"The filter hides all {self.model.total} {noun}. Esc shows them."
            )
        elif unread is not None:
            self.empty.say("warning", f"The {noun} could not be listed", self._why(unread))
        else:
            self.empty.say("table", f"No {noun}", listing.empty)

    def _why(self, unread: Unknown) -> str:
        snapshot = self._studio.monitor.snapshot
        told = self._failure is None and snapshot is not None and snapshot.queues == unread
        return SAID_ABOVE if told else unread.reason

    def _counted(self) -> str:
        total, shown = self.model.total, self.model.rowCount()
        if not total:
            return ""
        return f"{self._title}: {total:,}" if shown == total else f"{self._title}: {shown:,} of {total:,}"

    # What the user does

    def _on_chosen(self, number: int, checked: bool) -> None:
        if not checked:
            return
        self._title = self._titles[number]
        self._name()
        self.filter.clear()
        self._refresh()

    def _on_filter(self, text: str) -> None:
        self.model.set_filter(text.strip())
        if self._listing is not None:
            self._explain(self._listing)

    def _open_menu(self, at: QPoint) -> None:
        index = self.table.indexAt(at)
        if not index.isValid():
            return
        menu = QMenu(self)
        if queue := self.model.queue_at(index):
            show = menu.addAction(f"Show {queue.replace('&', '&&')}")
            bind_icon(show, "queue", self._theme)
            show.triggered.connect(lambda: self.queue_wanted.emit(queue))
        copy = menu.addAction("Copy")
        bind_icon(copy, "copy", self._theme)
        copy.triggered.connect(self.table.copy_rows)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.table.viewport().mapToGlobal(at))


class _Head(QWidget):
    """The filter beside the titles; where it has no room there it stands below, so that it keeps no dock narrow."""

    def __init__(self, titles: QWidget, filter_: QLineEdit) -> None:
        super().__init__()
        self._titles = titles
        self._filter = filter_
        filter_.setMinimumWidth(1)
        filter_.setMaximumWidth(_MOST_FILTER)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(SPACE_S)
        self._layout.addWidget(titles)
        self._layout.addStretch(1)
        self._layout.addWidget(filter_, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self.width() >= self._titles.sizeHint().width() + SPACE_S + _LEAST_FILTER
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._layout.direction() is not direction:
            self._layout.setDirection(direction)
            self._layout.setAlignment(self._filter, Qt.AlignmentFlag(0) if beside else Qt.AlignmentFlag.AlignLeft)
