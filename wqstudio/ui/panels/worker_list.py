"""The list of workers: one card each, the selected one open, progress moving on one timer."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from wqstudio.ui.models.workers import WorkersModel
from wqstudio.ui.panels.worker_controls import WorkerControls
from wqstudio.ui.panels.worker_delegate import WorkerDelegate
from wqstudio.ui.theme import Theme

_FRAME_MS = 33


class WorkerList(QListView):
    def __init__(
        self, model: WorkersModel, theme: Theme, make_controls: Callable[[int, QWidget], WorkerControls]
    ) -> None:
        super().__init__()
        self.setObjectName("workersList")
        self.setAccessibleName("Workers")
        self._model = model
        self._opened = QModelIndex()
        self._delegate = WorkerDelegate(theme, model, make_controls, self)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.verticalScrollBar().setSingleStep(20)
        self._frames = QTimer(self, interval=_FRAME_MS)
        self._frames.timeout.connect(self._on_frame)
        self.selectionModel().currentChanged.connect(self._on_current)
        theme.changed.connect(self.viewport().update)
        for signal in (model.dataChanged, model.rowsInserted):
            signal.connect(self._animate)

    @property
    def selected(self) -> int:
        """Id of the selected worker; 0: none."""
        index = self.currentIndex()
        return self._model.row(index).state.id if index.isValid() else 0

    @property
    def animating(self) -> bool:
        return self._frames.isActive()

    def select(self, worker: int) -> None:
        index = self._model.index_of(worker)
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def reveal(self, worker: int) -> None:
        """Scroll to it, and let stay selected what is."""
        self.scrollTo(self._model.index_of(worker))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._animate()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._frames.stop()

    def _animate(self) -> None:
        if not self._frames.isActive() and self.isVisible() and self._model.working():
            self._frames.start()

    def _on_frame(self) -> None:
        """Repaint the bars that move and are on the screen; rest when none does."""
        working = self._model.working()
        if not working:
            self._frames.stop()
            return
        height = self.viewport().height()
        for position in working:
            item = self.visualRect(self._model.index(position))
            if item.top() > height:
                break
            if item.bottom() >= 0:
                self.viewport().update(self._delegate.progress_area(item))

    def _on_current(self, current: QModelIndex, previous: QModelIndex) -> None:
        if previous.isValid():
            self.closePersistentEditor(previous)
        self._delegate.expanded = self._model.row(current).state.id if current.isValid() else 0
        if current.isValid():
            self.openPersistentEditor(current)
            self._delegate.sizeHintChanged.emit(current)
        self.scheduleDelayedItemsLayout()
