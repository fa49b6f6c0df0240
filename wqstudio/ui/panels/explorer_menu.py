"""The explorer's menus: what can be done with a line, and which way to go along a link."""

from collections.abc import Callable, Iterable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models.dead_links import DeadLink
from wqstudio.ui.models.explorer_rows import ExplorerRow
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Theme

_MOST_WAYS = 30
"""Queues that a menu offers to go to."""

Go = Callable[[Scope], None]


def line_menu(parent: QWidget, theme: Theme, row: ExplorerRow, links: Iterable[DeadLink], go: Go) -> QMenu:
    text = _naming(row)
    menu = ways_menu(parent, theme, (), go)
    copy = menu.addAction("Copy name" if row.link is None or row.link.others else "Copy what is missing")
    bind_icon(copy, "copy", theme)
    copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(text))
    _add_ways(menu, theme, links if row.link is None else [row.link], go)
    return menu


def add_look(menu: QMenu, theme: Theme, look: Callable[[], None]) -> None:
    action = menu.addAction("Look into its dead letters")
    action.setObjectName("lookInto")
    bind_icon(action, "dead", theme)
    action.triggered.connect(look)


def add_requeue(menu: QMenu, theme: Theme, requeue: Callable[[], None], *, read_only: bool) -> None:
    action = menu.addAction("Requeue all to origin…")
    action.setObjectName("requeueAll")
    bind_icon(action, "arrow-right", theme)
    action.setEnabled(not read_only)
    action.triggered.connect(requeue)


def _naming(row: ExplorerRow) -> str:
    """What is copied; names as they are, and not as they are shown."""
    if row.link is not None:
        return "\n".join(row.link.others) or row.link.sentence
    return row.subject.text if row.subject is not None else row.scope.consumer or row.scope.queue


def ways_menu(parent: QWidget, theme: Theme, links: Iterable[DeadLink], go: Go) -> QMenu:
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    _add_ways(menu, theme, links, go)
    return menu


def _add_ways(menu: QMenu, theme: Theme, links: Iterable[DeadLink], go: Go) -> None:
    for link in links:
        for other in link.others[:_MOST_WAYS] if link.listed else ():
            way = menu.addAction(f"{link.way.value} {other.replace('&', '&&')}")
            bind_icon(way, "dead" if link.rests else "arrow-right", theme)
            way.triggered.connect(partial(go, Scope(other)))
