"""Dead letters dragged over the explorer: rows scroll and open by themselves, and take what is dropped on them."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent

from wqstudio.brokers.port import BrokerError
from wqstudio.domain.redrive import Choice
from wqstudio.engine.studio import Studio
from wqstudio.ui.foresight import Where
from wqstudio.ui.models.drop_targets import DropTargets
from wqstudio.ui.models.explorer import ExplorerModel
from wqstudio.ui.models.explorer_rows import ExplorerRow
from wqstudio.ui.models.letter_drag import LetterDrag
from wqstudio.ui.models.subject_lines import SubjectKind
from wqstudio.ui.panels.explorer_delegate import ExplorerDelegate
from wqstudio.ui.panels.explorer_tree import ExplorerTree

_EDGE = 28
"""Pixels at the top and the bottom where a drag scrolls."""
_SCROLL_MS = 30
_SCROLL_BY = 9
_OPEN_AFTER = 700
"""Milliseconds over a closed queue, after which it opens."""


class LetterDrops(QObject):
    """Installed on the tree's viewport; takes nothing but between ``begin`` and ``end``."""

    dropped = Signal(object, object)
    """``Chosen``, and ``Where`` to."""
    status = Signal(str, bool)
    """What the drag means where it is, and whether it can be dropped there; empty when it is over."""

    def __init__(self, tree: ExplorerTree, model: ExplorerModel, delegate: ExplorerDelegate, studio: Studio) -> None:
        super().__init__(tree)
        self._studio = studio
        self._tree, self._model, self._delegate = tree, model, delegate
        self._targets: DropTargets | None = None
        self._at = QPoint()
        self._over = QPersistentModelIndex()
        self._scroll = QTimer(self, interval=_SCROLL_MS)
        self._scroll.timeout.connect(self._on_scroll)
        self._open = QTimer(self, singleShot=True, interval=_OPEN_AFTER)
        self._open.timeout.connect(self._on_open)
        tree.viewport().setAcceptDrops(True)
        tree.viewport().installEventFilter(self)

    def begin(self, choice: Choice) -> None:
        """Show where these can be dropped, until ``end``."""
        read_only = self._studio.connection.read_only
        self._targets = DropTargets(choice, read_only=read_only, elsewhere=self._elsewhere)
        self._delegate.dragging.targets = self._targets
        self._say(QModelIndex())

    def end(self) -> None:
        self._targets = self._delegate.dragging.targets = None
        self._delegate.dragging.dropping_on = None
        self._stop()
        self.status.emit("", True)
        self._tree.viewport().update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.DragEnter | QEvent.Type.DragMove if isinstance(event, QDragEnterEvent | QDragMoveEvent):
                return self._on_move(event)
            case QEvent.Type.DragLeave:
                self._leave()
            case QEvent.Type.Drop if isinstance(event, QDropEvent):
                return self._on_drop(event)
            case _:
                pass
        return super().eventFilter(watched, event)

    def _on_move(self, event: QDragMoveEvent) -> bool:
        if self._targets is None or not isinstance(event.mimeData(), LetterDrag):
            return False
        self._at = event.position().toPoint()
        index = self._tree.indexAt(self._at)
        if self._over != index:
            self._over = QPersistentModelIndex(index)
            self._open.start()
            self._say(index)
        if abs(self._pull()):
            self._scroll.start()
        else:
            self._scroll.stop()
        if self._can_drop(index):
            event.setDropAction(Qt.DropAction.MoveAction)
            event.accept()
        elif event.type() is QEvent.Type.DragEnter:
            event.accept()  # or no move over the rows would be heard of
        else:
            event.ignore()
        return True

    def _on_drop(self, event: QDropEvent) -> bool:
        data, index = event.mimeData(), self._tree.indexAt(event.position().toPoint())
        if not isinstance(data, LetterDrag) or not self._can_drop(index):
            event.ignore()
            return True
        event.setDropAction(Qt.DropAction.CopyAction)  # whoever drags is not to take anything away by itself
        event.accept()
        where, chosen = _where(self._model.row(index)), data.chosen
        self._stop()
        # Once the drag is over: a window that opens within it would get none of its events.
        QTimer.singleShot(0, lambda: self.dropped.emit(chosen, where))
        return True

    def _elsewhere(self, queue: str) -> str:
        """Why it cannot be worked on from here; empty: it can."""
        try:
            self._studio.broker.check_work(queue)
        except BrokerError as error:
            return str(error)
        return ""

    def _can_drop(self, index: QModelIndex) -> bool:
        if self._targets is None or not index.isValid():
            return False
        row = self._model.row(index)
        queue = self._model.queue(row.scope.queue)
        return queue is not None and self._targets.of(queue, row.subject).possible

    def _leave(self) -> None:
        self._over = QPersistentModelIndex()
        self._stop()
        if self._targets is not None:
            self._say(QModelIndex())

    def _stop(self) -> None:
        self._scroll.stop()
        self._open.stop()

    def _say(self, index: QModelIndex) -> None:
        if self._targets is None:
            return
        row = self._model.row(index) if index.isValid() else None
        queue, line = (None, None) if row is None else (self._model.queue(row.scope.queue), row.subject)
        self._delegate.dragging.dropping_on = None if row is None else (row.scope.queue, line)
        possible = self._targets.of(queue, line).possible if queue is not None else not self._targets.read_only
        self.status.emit(self._targets.said(queue, line), possible)
        self._tree.viewport().update()

    def _pull(self) -> int:
        """Pixels a step towards the edge that the drag is near."""
        if self._at.y() < _EDGE:
            return -_SCROLL_BY
        return _SCROLL_BY if self._at.y() > self._tree.viewport().height() - _EDGE else 0

    def _on_scroll(self) -> None:
        bar = self._tree.verticalScrollBar()
        before = bar.value()
        bar.setValue(before + self._pull())
        if bar.value() == before:
            self._scroll.stop()

    def _on_open(self) -> None:
        if self._over.isValid():
            self._tree.expand(self._tree.indexAt(self._at))


def _where(row: ExplorerRow) -> Where:
    """A pattern leaves the subject open."""
    queue, line = row.scope.queue, row.subject
    if line is None:
        return Where(queue, None)
    return Where(queue, None, line.subject) if line.kind is SubjectKind.PATTERN else Where(queue, line.subject)


class DragWatch(QObject):
    """Hears of dead letters dragged over a window, wherever over it they are."""

    def __init__(
        self, window: QObject, on_begin: Callable[[LetterDrag], None], on_end: Callable[[], None], parent: QObject
    ) -> None:
        """``window``: the native one, which every drag comes to first."""
        super().__init__(parent)
        self._on_begin, self._on_end = on_begin, on_end
        self._dragging = False
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        match event.type():
            case QEvent.Type.DragEnter | QEvent.Type.DragMove if isinstance(event, QDragEnterEvent | QDragMoveEvent):
                data = event.mimeData()
                if not self._dragging and isinstance(data, LetterDrag):
                    self._dragging = True
                    self._on_begin(data)
            case QEvent.Type.DragLeave | QEvent.Type.Drop if self._dragging:
                self._dragging = False
                QTimer.singleShot(0, self._on_end)  # once who gets the drop has had it
            case _:
                pass
        return super().eventFilter(watched, event)
