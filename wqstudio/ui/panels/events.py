"""The event log: what happened on the broker and in the fleet, newest at the bottom."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.events import Event, Topic
from wqstudio.engine.studio import Studio
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models.event_rows import EventRow
from wqstudio.ui.models.events import EventRole, EventsFilter, EventsModel
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.event_delegate import LINE_HEIGHT, MARKS, EventDelegate
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme
from wqstudio.ui.throttle import Throttle

_BATCH_MS = 100


class _Lines(QListView):
    """Shows whole lines: what a line does not fill is left free above them."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setViewportMargins(0, self.height() % LINE_HEIGHT, 0, 0)


class EventsPanel(QWidget):
    """Follows the studio's events until ``detach``, and the newest line unless one has scrolled up."""

    thing_clicked = Signal(object)
    """``Scope`` of the queue that a clicked event is about."""

    def __init__(self, studio: Studio, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("eventsPanel")
        self._theme = theme
        self._due: list[Event] = list(studio.events)
        self._newer = 0
        self._following = True
        """The newest line stays in sight."""
        self.model = EventsModel(self)
        self.shown = EventsFilter(self.model, self)
        self._build()
        self._flush = Throttle(_BATCH_MS, self._on_flush, self)
        self._unsubscribe = studio.subscribe_events(self._on_event)
        self._on_flush()

    def detach(self) -> None:
        self._unsubscribe()
        self._flush.stop()

    def _build(self) -> None:
        self.list = _Lines()
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setObjectName("eventsList")
        self.list.setAccessibleName("Events, the newest last")
        self.list.setModel(self.shown)
        self.list.setItemDelegate(EventDelegate(self._theme, self.list))
        self.list.setUniformItemSizes(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.verticalScrollBar().setSingleStep(LINE_HEIGHT)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._open_menu)
        self.list.clicked.connect(self._on_clicked)
        self.list.verticalScrollBar().valueChanged.connect(self._on_scroll)
        self.list.verticalScrollBar().rangeChanged.connect(self._on_range)
        self.list.installEventFilter(self)
        self._theme.changed.connect(self.list.viewport().update)
        self._copy = QAction("Copy", self.list)
        self._copy.triggered.connect(self._on_copy)
        bind_icon(self._copy, "copy", self._theme)
        self._newer_button = QPushButton(self.list)
        self._newer_button.setObjectName("eventsNewer")
        self._newer_button.setAccessibleName("Go to the newest events")
        self._newer_button.setProperty("kind", "primary")
        self._newer_button.clicked.connect(self.list.scrollToBottom)
        self._newer_button.hide()
        self.empty = EmptyState(self._theme)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.list)
        self._pages.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, SPACE_XS)
        layout.setSpacing(SPACE_S)
        layout.addLayout(self._filter_line())
        layout.addWidget(self._pages, 1)

    def _filter_line(self) -> QHBoxLayout:
        self.text = QLineEdit(placeholderText="Filter events", clearButtonEnabled=True)
        self.text.setObjectName("eventsFilter")
        self.text.setAccessibleName("Filter events by text")
        self.text.textChanged.connect(self._on_filter)
        self.topic = QComboBox()
        self.topic.setObjectName("eventsTopic")
        self.topic.setAccessibleName("Topic of the events shown")
        self.topic.addItem("All topics")
        for topic in MARKS:
            self.topic.addItem(topic.value.capitalize(), topic.value)
        self.topic.currentIndexChanged.connect(self._on_filter)
        line = QHBoxLayout()
        line.setSpacing(SPACE_XS)
        line.addWidget(self.text, 1)
        line.addWidget(self.topic)
        return line

    # New events

    def _on_event(self, event: Event) -> None:
        self._due.append(event)
        self._flush.ask()

    def _on_flush(self) -> None:
        """One change of the view for all that came since the last."""
        before = self.shown.rowCount()
        due, self._due = self._due, []
        self.model.append(due)
        self._show_page()
        if self._following:
            self.list.scrollToBottom()
        else:
            self._say_newer(self._newer + max(0, self.shown.rowCount() - before))

    def _on_scroll(self) -> None:
        bar = self.list.verticalScrollBar()
        self._following = bar.value() >= bar.maximum() - SPACE_S
        if self._following:
            self._say_newer(0)

    def _on_range(self) -> None:
        """A list that is not shown lays out its lines only once it is, and one that grows less high hides the last."""
        if self._following:
            self.list.scrollToBottom()

    def _say_newer(self, count: int) -> None:
        self._newer = count
        self._newer_button.setVisible(count > 0)
        self._newer_button.setText(f"{count} newer")
        self._place_button()

    def _place_button(self) -> None:
        self._newer_button.adjustSize()
        place = self.list.viewport().rect().bottomRight()
        size = self._newer_button.size()
        self._newer_button.move(place.x() - size.width() - SPACE_M, place.y() - size.height() - SPACE_S)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.list and isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Copy):
            if event.type() is QEvent.Type.KeyPress:
                self._on_copy()
            return True  # the list itself would copy one line, without its time
        if watched is self.list and event.type() is QEvent.Type.Resize:
            self._place_button()
        return super().eventFilter(watched, event)

    def _show_page(self) -> None:
        if self.shown.rowCount():
            self._pages.setCurrentWidget(self.list)
            return
        self._pages.setCurrentWidget(self.empty)
        if self.model.rowCount():
            self.empty.say("", "Nothing matches", "No event has this topic and text.")
        else:
            self.empty.say(
                "", "Nothing has happened yet", "Redeliveries, dead letters, crashes and changes are told here."
            )

    # What the user does

    def _on_filter(self) -> None:
        value = self.topic.currentData()
        self.shown.show(self.text.text().strip(), None if value is None else Topic(value))
        self._show_page()
        self.list.scrollToBottom()
        self._say_newer(0)

    def _on_clicked(self, index: QModelIndex) -> None:
        row: EventRow = index.data(EventRole.ROW)
        if row.event.queue:
            self.thing_clicked.emit(Scope(row.event.queue))

    def _on_copy(self) -> None:
        chosen = sorted(self.list.selectionModel().selectedRows(), key=QModelIndex.row)
        rows: list[EventRow] = [index.data(EventRole.ROW) for index in chosen]
        QGuiApplication.clipboard().setText("\n".join(f"{row.clock} {row.text}" for row in rows))

    def _open_menu(self, at: QPoint) -> None:
        if self.list.indexAt(at).isValid():
            menu = QMenu(self)
            menu.addAction(self._copy)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.list.viewport().mapToGlobal(at))
