"""The explorer: every queue, its consumers and subjects, the last minute of each, and what needs a look."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import islice

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.changes import Changes
from wqstudio.domain.reading import Unknown
from wqstudio.domain.snapshot import Snapshot
from wqstudio.engine.monitor import Beat
from wqstudio.engine.studio import Studio
from wqstudio.ui.models.dead_links import DeadLink
from wqstudio.ui.models.explorer import ExplorerModel
from wqstudio.ui.panels import explorer_teaching as teaching
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.explorer_delegate import ExplorerDelegate
from wqstudio.ui.panels.explorer_filter import ExplorerFilter
from wqstudio.ui.panels.explorer_links import LinkLines
from wqstudio.ui.panels.explorer_menu import add_look, add_requeue, line_menu, ways_menu
from wqstudio.ui.panels.explorer_tree import ExplorerTree
from wqstudio.ui.panels.letter_drops import LetterDrops
from wqstudio.ui.panels.marks_menu import add_marks
from wqstudio.ui.panels.sparklines import Sparklines
from wqstudio.ui.panels.subject_reader import SubjectReader
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import SPACE_S, SPACE_XS, Theme
from wqstudio.ui.throttle import Throttle

_OPEN_UP_TO = 12
"""While there are no more queues than this, they come with their consumers open."""
_OPEN_MATCHES = 100
"""So many queues at most are opened for a filter: each takes the view some time."""


class ExplorerPanel(QWidget):
    """Follows the monitor until ``detach``. Selecting a row narrows the scope, Esc widens it again."""

    scope_changed = Signal(object)
    """``Scope``"""
    look_wanted = Signal(object)
    """Into the dead letters of that ``Scope``."""
    requeue_wanted = Signal(object)
    """Of all dead letters in that ``Scope``, each to where it came from."""
    naming_wanted = Signal(object)
    """To watch a queue that is not listed; the widget below which to ask for its name."""

    def __init__(self, studio: Studio, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explorerPanel")
        self._studio, self._theme = studio, theme
        self._words = studio.broker.words
        self._scope = Scope()
        self._failure: Unknown | None = None
        self._restoring = False
        self._opened: set[Scope] = set()
        """Queues that are open only because the filter names a line below them."""
        self.model = ExplorerModel(self)
        self._sparklines = Sparklines(studio.monitor.history)
        self._build()
        self._listen()
        self._unsubscribe = studio.monitor.subscribe(self._on_beat)
        if studio.monitor.snapshot is not None:
            self._show(studio.monitor.snapshot, None)
        else:
            self._explain(None)

    @property
    def scope(self) -> Scope:
        return self._scope

    def select(self, scope: Scope) -> None:
        """Narrow or widen the scope as if that row had been clicked, shown by the filter or not."""
        if scope != self._scope:
            self._scope = scope
            self.scope_changed.emit(scope)
        self._restore_selection()
        index = self.model.index_of(scope)
        if index.isValid():
            self.tree.scrollTo(index)

    def detach(self) -> None:
        self._unsubscribe()
        self._subjects.stop()

    # Building

    def _build(self) -> None:
        self.filter = ExplorerFilter(self._theme, self._words.queues)
        self.notice = PlainLabel(wordWrap=True)
        self.notice.setObjectName("explorerNotice")
        self.notice.setProperty("kind", "warning")
        self.notice.hide()
        self._tree_and_empty_state()
        self._summary = PlainLabel(wordWrap=True)
        self._summary.setObjectName("explorerSummary")
        self._summary.setProperty("kind", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, SPACE_XS)
        layout.setSpacing(SPACE_S)
        layout.addWidget(self.filter)
        layout.addWidget(self.notice)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self._summary)

    def _tree_and_empty_state(self) -> None:
        self.tree = ExplorerTree(self.model)
        self.tree.setObjectName("explorerTree")
        self.tree.setAccessibleName(f"{self._words.queues} and {self._words.consumer}s")
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(18)
        self.tree.setFrameShape(QFrame.Shape.NoFrame)
        self.tree.setMouseTracking(True)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._delegate = ExplorerDelegate(self._theme, self.model, self._sparklines, self._words, self.tree)
        self.tree.setItemDelegate(self._delegate)
        self.tree.lines = LinkLines(self.tree, self.model, self._theme).paint
        self.letter_drops = LetterDrops(self.tree, self.model, self._delegate, self._studio)
        self.letter_drops.status.connect(self._say_drag)
        self._subjects = SubjectReader(self._studio, self.model)
        self.empty = EmptyState(self._theme)
        self._by_name = self.empty.offer(f"Watch a {self._words.queue} by name …", "watchByName")
        self._by_name.clicked.connect(lambda: self.naming_wanted.emit(self._by_name))
        self._pages = QStackedWidget()
        self._pages.addWidget(self.tree)
        self._pages.addWidget(self.empty)

    def _listen(self) -> None:
        self._view_changed = Throttle(50, self._prepare_lines, self)
        self.filter.changed.connect(self._on_filter)
        self.model.rowsInserted.connect(self._on_rows_inserted)
        selection = self.tree.selectionModel()
        selection.currentChanged.connect(self._on_current)
        self.tree.blank_clicked.connect(lambda: self.select(Scope()))
        self.tree.link_followed.connect(self._follow)
        self.tree.customContextMenuRequested.connect(self._open_menu)
        self.tree.verticalScrollBar().valueChanged.connect(self._view_changed.ask)
        self.tree.expanded.connect(self._view_changed.ask)
        self.tree.collapsed.connect(self._view_changed.ask)
        self._theme.changed.connect(self.tree.viewport().update)

    # What the broker says

    def _on_beat(self, beat: Beat) -> None:
        self._failure = beat.failure
        if beat.snapshot is None:
            self._explain(None)
        else:
            self._show(beat.snapshot, beat.changes)

    def _show(self, snapshot: Snapshot, changes: Changes | None) -> None:
        if self._failure is None:
            with self._rows_moving():
                self.model.apply(snapshot, changes)
            if self._scope.queue and isinstance(snapshot.queues, Mapping) and self._scope.queue not in snapshot.queues:
                self.select(Scope())
            self._restore_selection()
        self._explain(snapshot)
        self._prepare_lines()

    def _explain(self, snapshot: Snapshot | None) -> None:
        """Say what the rows cannot say: that they are old, filtered away, or not there and why."""
        unread = self._failure
        if unread is None and snapshot is not None and isinstance(snapshot.queues, Unknown):
            unread = snapshot.queues
        self._delegate.stale = unread is not None
        self.notice.setVisible(unread is not None and self.model.queue_count > 0)
        if unread is not None:
            self.notice.setText(f"These are the last figures that could be read. {teaching.sentence(unread.reason)}")
        if self._delegate.dragging.targets is None:
            self._summary.setText(self._summary_text())
        self._pages.setCurrentWidget(self.tree if self.model.shown_count else self.empty)
        if not self.model.shown_count:
            self._say_why_empty(snapshot, unread)

    def _say_why_empty(self, snapshot: Snapshot | None, unread: Unknown | None) -> None:
        hidden = self.model.queue_count
        unlisted = snapshot is not None and isinstance(snapshot.queues, Unknown)
        self._by_name.setVisible(unlisted and self._studio.broker.sees_by_name)
        if hidden:
            said = teaching.filtered(hidden, self._words)
        elif unread is not None:
            said = teaching.unread(unread.reason, self._words, said_above=self._failure is None)
        elif snapshot is None:
            said = teaching.reading(self._words)
        else:
            said = teaching.none_yet(self._words)
        self.empty.say(*said)

    def _say_drag(self, text: str, possible: bool) -> None:
        """In the place of the summary, so that no row moves away from below the drag."""
        self._summary.setText(text or self._summary_text())
        self._summary.setProperty("kind", "muted" if possible else "warning")
        self._summary.style().polish(self._summary)

    def _summary_text(self) -> str:
        return teaching.summary(self.model.shown_count, self.model.queue_count, self._words)

    def _prepare_lines(self) -> None:
        snapshot = self._studio.monitor.snapshot
        now = time.time() if snapshot is None or self._delegate.stale else snapshot.at
        visible = list(self._visible())
        self._sparklines.prepare((self.model.row(index).scope for index in visible), now)
        opened = dict.fromkeys(map(self._opened_queue, visible)) if self.tree.isVisible() else ()
        self._subjects.show(opened, held_still=self._delegate.dragging.targets is not None)
        self.tree.viewport().update()

    def _visible(self) -> Iterator[QModelIndex]:
        index, bottom = self.tree.indexAt(QPoint(0, 0)), self.tree.viewport().height()
        while index.isValid() and self.tree.visualRect(index).top() < bottom:
            yield index
            index = self.tree.indexBelow(index)

    def _opened_queue(self, index: QModelIndex) -> str:
        """The queue of a line, if it is open; empty: it is closed."""
        queue = index.parent() if index.parent().isValid() else index
        return self.model.row(index).scope.queue if self.tree.isExpanded(queue) else ""

    # What the user does

    def _on_filter(self) -> None:
        with self._rows_moving():
            self.model.set_filter(self.filter.text, self.filter.show_only)
            self.model.set_order(self.filter.order)
        self._open_matches()
        self._restore_selection()
        self._explain(self._studio.monitor.snapshot)
        self._prepare_lines()

    def _open_matches(self) -> None:
        """Show the consumers and subjects that the filter names; what was opened for an earlier text closes again."""
        matches = set(islice(self.model.named_below(), _OPEN_MATCHES))
        for scope in self._opened - matches:
            self.tree.collapse(self.model.index_of(scope))
        self._opened &= matches
        for scope in matches - self._opened:
            index = self.model.index_of(scope)
            if not self.tree.isExpanded(index):
                self.tree.expand(index)
                self._opened.add(scope)

    def _on_rows_inserted(self, parent: QModelIndex, first: int, last: int) -> None:
        if parent.isValid() or self.model.queue_count > _OPEN_UP_TO:
            return
        for position in range(first, last + 1):
            self.tree.expand(self.model.index(position, 0))

    def _on_current(self, current: QModelIndex) -> None:
        if not self._restoring and current.isValid():
            self.select(self.model.row(current).scope)

    @contextmanager
    def _rows_moving(self) -> Iterator[None]:
        """Meanwhile changes of Qt's current row are not the user's."""
        before, self._restoring = self._restoring, True
        yield
        self._restoring = before

    def _restore_selection(self) -> None:
        """Rows that come and go move Qt's current row; what is selected is what the user chose."""
        with self._rows_moving():
            index, current = self.model.index_of(self._scope), self.tree.currentIndex()
            if current.isValid() and (row := self.model.row(current)).is_aside and row.scope == self._scope:
                return  # a subject, or a link that was reached by keyboard, stands below what is selected
            if not index.isValid():
                self.tree.selectionModel().clear()
            elif index != current or not self.tree.selectionModel().isSelected(index):
                self.tree.setCurrentIndex(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc, which no part of the panel has use for: first hide nothing any more, then look at everything."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.filter.narrows:
            self.filter.reset()
        else:
            self.select(Scope())

    def _open_menu(self, at: QPoint) -> None:
        index = self.tree.indexAt(at)
        if index.isValid():
            row = self.model.row(index)
            menu = line_menu(self, self._theme, row, self.model.links(row.scope), self.select)
            if row.is_queue:
                if row.dead_letters or row.stuck:
                    add_look(menu, self._theme, partial(self.look_wanted.emit, row.scope))
                if row.dead_letters:
                    requeue = partial(self.requeue_wanted.emit, row.scope)
                    add_requeue(menu, self._theme, requeue, read_only=self._studio.connection.read_only)
                add_marks(menu, self._theme, self._studio, row.scope.queue, dead=row.dead_letters)
            menu.popup(self.tree.viewport().mapToGlobal(at))

    def _follow(self, link: DeadLink, at: QPoint) -> None:
        """To the queue at the other end; where there are several, ask which."""
        if len(link.others) == 1:
            self.select(Scope(link.others[0]))
        else:
            ways_menu(self, self._theme, [link], self.select).popup(self.tree.viewport().mapToGlobal(at))
