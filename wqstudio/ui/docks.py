"""Where the panels are: what stands at which side at first, and which two share a place."""

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QTabWidget, QWidget

_LEFT, _RIGHT, _BOTTOM = 300, 312, 152
_LEFT_SHARE, _RIGHT_SHARE = 0.24, 0.28
"""Of a window too narrow for these widths, in which the graphs would starve."""


class Docks(QObject):
    """Docks the panels to ``window``; the tabs of those that share a place are their titles."""

    def __init__(
        self, window: QMainWindow, explorer: QWidget, detail: QWidget, workers: QWidget, events: QWidget
    ) -> None:
        super().__init__(window)
        self._window = window
        self._explorer = _dock("Explorer", explorer, window)
        self._detail = _dock("Detail", detail, window)
        self._workers = _dock("Workers", workers, window)
        self._events = _dock("Events", events, window)
        self.all = (self._explorer, self._workers, self._detail, self._events)
        self._aside: list[QDockWidget] | None = None
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setDockOptions(window.dockOptions() | QMainWindow.DockOption.GroupedDragging)
        self._settled = QTimer(self, singleShot=True, interval=0)
        self._settled.timeout.connect(self._title)
        for dock in self.all:
            for signal in (dock.dockLocationChanged, dock.topLevelChanged, dock.visibilityChanged):
                signal.connect(self._settled.start)
        self.arrange()

    def arrange(self) -> None:
        """As on a first start."""
        self._aside = None if self._aside is None else []
        window, area = self._window, Qt.DockWidgetArea
        for dock in self.all:
            dock.setFloating(False)
            dock.show()
        window.setCorner(Qt.Corner.BottomRightCorner, area.RightDockWidgetArea)  # workers and producers need height
        window.addDockWidget(area.LeftDockWidgetArea, self._explorer)
        window.addDockWidget(area.RightDockWidgetArea, self._workers)
        window.addDockWidget(area.RightDockWidgetArea, self._detail)
        window.tabifyDockWidget(self._workers, self._detail)
        window.addDockWidget(area.BottomDockWidgetArea, self._events)
        room = window.width()
        sides = [min(_LEFT, round(room * _LEFT_SHARE)), min(_RIGHT, round(room * _RIGHT_SHARE))]
        window.resizeDocks([self._explorer, self._workers], sides, Qt.Orientation.Horizontal)
        window.resizeDocks([self._events], [_BOTTOM], Qt.Orientation.Vertical)

    def make_room(self, *, wanted: bool) -> None:
        """Those at the left and below step aside for what needs the breadth and the height, until it does no more.

        What a person shows or hides meanwhile stays so.
        """
        if wanted and self._aside is None:
            self._aside = [dock for dock in self.all if self._beside(dock)]
            for dock in self._aside:
                dock.hide()
        elif not wanted and self._aside is not None:
            for dock in self._aside:
                dock.show()
            self._aside = None

    def _beside(self, dock: QDockWidget) -> bool:
        sides = {Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea}
        return not dock.isFloating() and not dock.isHidden() and self._window.dockWidgetArea(dock) in sides

    def raise_detail(self) -> None:
        self._detail.raise_()

    def raise_workers(self) -> None:
        self._workers.raise_()

    def remove(self) -> None:
        self._settled.stop()
        for dock in self.all:
            self._window.removeDockWidget(dock)
            dock.deleteLater()
        self.deleteLater()

    def _title(self) -> None:
        """A title bar under a tab that says the same would say it twice."""
        for dock in self.all:
            tabbed = not dock.isFloating() and bool(self._window.tabifiedDockWidgets(dock))
            own = dock.titleBarWidget()
            if tabbed and own is None:
                dock.setTitleBarWidget(QWidget(dock))
            elif not tabbed and own is not None:
                dock.setTitleBarWidget(None)  # type: ignore[arg-type]  # None brings Qt's own back
                own.deleteLater()
        for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setObjectName("dockTabs")
            bar.setAccessibleName("Panels that share this place")
            bar.setExpanding(False)


def _dock(title: str, panel: QWidget, window: QMainWindow) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(f"{title.lower()}Dock")
    dock.setWidget(panel)
    dock.setFeatures(
        QDockWidget.DockWidgetFeature.DockWidgetMovable
        | QDockWidget.DockWidgetFeature.DockWidgetFloatable
        | QDockWidget.DockWidgetFeature.DockWidgetClosable
    )
    return dock
