"""The tree of queues, their links, consumers and subjects, kept in step with a broker row by row."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import IntEnum
from math import inf
from operator import attrgetter
from typing import TypeAlias

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from wqstudio.domain.changes import Changes, diff
from wqstudio.domain.queue import ConsumerState, HeldRoutes, QueueState
from wqstudio.domain.reading import Reading, known
from wqstudio.domain.snapshot import Snapshot
from wqstudio.ui.models.dead_links import DeadLink, DeadLinks
from wqstudio.ui.models.explorer_choice import Choice
from wqstudio.ui.models.explorer_nodes import Child, Key, Node, child_key
from wqstudio.ui.models.explorer_rows import ExplorerRow, Order, Show, counters
from wqstudio.ui.models.runs import in_step, runs
from wqstudio.ui.models.subject_lines import subject_lines
from wqstudio.ui.scope import Scope

Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ROOT = QModelIndex()
_TOP = 0
"""Internal id of a queue's index; that of a line below it carries the id of its queue's node, never 0."""


class Role(IntEnum):
    ROW = Qt.ItemDataRole.UserRole + 1
    """The ``ExplorerRow``."""


class ExplorerModel(QAbstractItemModel):
    """Queues in the order chosen, filtered; below each its links, its consumers by name and its subjects.

    Sorting and filtering are done here and not in a proxy: a beat then costs one pass over what changed,
    and rows move only when their order really differs.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._nodes: dict[str, Node] = {}
        self._by_id: dict[int, Node] = {}
        self._links = DeadLinks()
        self._shown: list[Node] = []
        self._next_id = _TOP + 1
        self._now = 0.0
        self._seen_moving = -inf
        self._missed = False
        self._choice = Choice()

    # What it is fed with

    def apply(self, snapshot: Snapshot, changes: Changes | None = None) -> None:
        """Show ``snapshot``; ``changes`` are those since the snapshot before, None when that is not known.

        A snapshot whose listing is unknown leaves the rows as they were.
        """
        if not isinstance(snapshot.queues, Mapping):
            self._missed = True
            return
        queues, self._now = snapshot.queues, snapshot.at
        changes = diff(None, snapshot) if changes is None or self._missed else changes
        loose: set[str] = set()
        if changes.queues.removed or self._missed:
            loose = self._drop([name for name in self._nodes if name not in queues])
        self._missed = False
        self._seen_moving = self._now if self._nodes else -inf
        touched = [queues[name] for name in (*changes.queues.added, *changes.queues.changed)]
        loose = loose.union(*map(self._links.put, touched)) & self._nodes.keys()  # a new one is made with its links
        updated = [node for node in map(self._update, touched) if node is not None]
        for name in loose:
            self._set_children(self._nodes[name])
        if touched or self._choice.show is Show.ACTIVE:
            self._arrange()
        self._announce(updated)

    def set_held(self, queue: str, held: Reading[HeldRoutes]) -> None:
        """Under which subjects it holds messages; of a queue that is gone meanwhile nothing."""
        if (node := self._nodes.get(queue)) is not None:
            node.held = held
            self._set_children(node)

    def held(self, queue: str) -> Reading[HeldRoutes] | None:
        """As it was set; None: nobody has, or the queue was made anew since."""
        node = self._nodes.get(queue)
        return None if node is None else node.held

    def clear(self) -> None:
        """Forget every row, as for another broker."""
        self.beginResetModel()
        self._nodes.clear()
        self._by_id.clear()
        self._links.clear()
        self._shown.clear()
        self.endResetModel()

    def set_filter(self, text: str, show: Show) -> None:
        """Show the queues that ``text`` names, by themselves or a line below them, and that ``show`` admits."""
        self._choice = replace(self._choice, text=text.casefold(), show=show)
        self._arrange()

    def set_order(self, order: Order) -> None:
        self._choice = replace(self._choice, order=order)
        self._arrange()

    # What views ask

    @property
    def queue_count(self) -> int:
        """Queues there are, the hidden ones among them."""
        return len(self._nodes)

    @property
    def shown_count(self) -> int:
        return len(self._shown)

    def named_below(self) -> Iterator[Scope]:
        """The queues shown of which the filter's text names a line below; none while there is no text."""
        return (Scope(node.queue.name) for node in self._shown if self._choice.names_below(node))

    def queue(self, name: str) -> QueueState | None:
        """As it was last seen, hidden or not."""
        node = self._nodes.get(name)
        return None if node is None else node.queue

    def links(self, scope: Scope) -> list[DeadLink]:
        """Of a queue; a consumer has none."""
        return [] if scope.consumer or scope.queue not in self._nodes else self._links.of(scope.queue)

    def row(self, index: Index) -> ExplorerRow:
        if index.internalId() == _TOP:
            return self._shown[index.row()].line()
        return self._by_id[index.internalId()].child_line(index.row())

    def index_of(self, scope: Scope) -> QModelIndex:
        """Invalid when there is no such row, or the filter hides it."""
        node = self._nodes.get(scope.queue)
        position = -1 if node is None else self._position(node)
        if node is None or position < 0:
            return QModelIndex()
        if not scope.consumer:
            return self.createIndex(position, 0, _TOP)
        keys, wanted = [child_key(child) for child in node.children], (ConsumerState, scope.consumer)
        return self.createIndex(keys.index(wanted), 0, node.id) if wanted in keys else QModelIndex()

    def rowCount(self, parent: Index = _ROOT) -> int:
        if not parent.isValid():
            return len(self._shown)
        return len(self._shown[parent.row()].children) if parent.internalId() == _TOP else 0

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() and parent.internalId() != _TOP else 1

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, self._shown[parent.row()].id if parent.isValid() else _TOP)

    def parent(self, child: Index | None = None) -> QModelIndex:  # type: ignore[override]  # hides QObject.parent, as in C++
        node = None if child is None or not child.isValid() else self._by_id.get(child.internalId())
        return QModelIndex() if node is None else self.createIndex(self._position(node), 0, _TOP)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        if role == Role.ROW:
            return self.row(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.row(index).name
        return self.row(index).spoken if role == Qt.ItemDataRole.AccessibleTextRole else None

    # One node

    def _update(self, queue: QueueState) -> Node | None:
        """The node of a queue that was there before, brought up to date; None for a new one."""
        node = self._nodes.get(queue.name)
        if node is None:
            self._add(queue)
            return None
        if counters(node.queue) != counters(queue):
            node.moved_at = self._now
        before, node.queue = node.queue, queue
        node.lines.clear()
        if before.consumers != queue.consumers or before.routes != queue.routes:
            self._set_children(node)
        if before.stuck != queue.stuck and node.children and self._position(node) >= 0:
            last = len(node.children) - 1  # a consumer's line tells of its queue's stuck messages
            self.dataChanged.emit(self.createIndex(0, 0, node.id), self.createIndex(last, 0, node.id))
        return node

    def _add(self, queue: QueueState) -> None:
        node = Node(self._next_id, queue, self._seen_moving)
        self._next_id += 1
        self._nodes[queue.name] = self._by_id[node.id] = node
        node.children = self._children(node)

    def _drop(self, names: Sequence[str]) -> set[str]:
        """Returns the queues whose links may differ now."""
        gone = {self._nodes[name].id for name in names}
        self._remove_shown(lambda node: node.id in gone)
        for name in names:
            del self._by_id[self._nodes.pop(name).id]
        return set().union(*map(self._links.drop, names))

    def _children(self, node: Node) -> list[Child]:
        consumers = sorted(known(node.queue.consumers, ()), key=attrgetter("name"))
        return [*self._links.of(node.queue.name), *consumers, *subject_lines(node.queue, node.held)]

    def _set_children(self, node: Node) -> None:
        new, position = self._children(node), self._position(node)
        node.lines.clear()
        if position < 0:
            node.children = new
            return
        if list(map(child_key, new)) != list(map(child_key, node.children)):
            self._match_keys(node, new, self.createIndex(position, 0, _TOP))
        old, node.children = node.children, new
        node.lines.clear()  # views that were told of rows that came may have asked for the others as they were
        for first, last in runs(i for i, (was, now) in enumerate(zip(old, new, strict=True)) if was != now):
            self.dataChanged.emit(self.createIndex(first, 0, node.id), self.createIndex(last, 0, node.id))

    def _match_keys(self, node: Node, new: Sequence[Child], parent: QModelIndex) -> None:
        """Remove the children that are not in ``new``, or in another order there, and insert those that are missing."""
        kept, keys = list(node.children), in_step(list(map(child_key, node.children)), list(map(child_key, new)))
        node.children = kept
        for first, last in reversed(list(runs(i for i, child in enumerate(kept) if child_key(child) not in keys))):
            self.beginRemoveRows(parent, first, last)
            del kept[first : last + 1]
            self.endRemoveRows()
        before = set(map(child_key, kept))
        for first, last in runs(i for i, child in enumerate(new) if child_key(child) not in before):
            self.beginInsertRows(parent, first, last)
            kept[first:first] = new[first : last + 1]
            self.endInsertRows()

    # The list that is shown

    def _position(self, node: Node) -> int:
        """-1 where the filter hides it."""
        position = bisect_left(self._shown, node.key, key=attrgetter("key"))
        return position if position < len(self._shown) and self._shown[position] is node else -1

    def _target(self) -> list[tuple[Key, Node]]:
        choice, now = self._choice, self._now
        return sorted(
            ((choice.key(node), node) for node in self._nodes.values() if choice.admits(node, now)), key=_first
        )

    def _arrange(self) -> None:
        """Bring the shown list to what filter and order ask for, by removals, one move of all, insertions."""
        target = self._target()
        wanted = {node.id for _, node in target}
        if len(wanted) < len(self._shown) or any(node.id not in wanted for node in self._shown):
            self._remove_shown(lambda node: node.id not in wanted)
        kept = {node.id for node in self._shown}
        self._reorder([(key, node) for key, node in target if node.id in kept])
        for key, node in target:
            node.key = key
        for first, last in runs(i for i, (_, node) in enumerate(target) if node.id not in kept):
            self.beginInsertRows(QModelIndex(), first, last)
            self._shown[first:first] = [node for _, node in target[first : last + 1]]
            self.endInsertRows()

    def _remove_shown(self, gone: Callable[[Node], bool]) -> None:
        for first, last in reversed(list(runs(i for i, node in enumerate(self._shown) if gone(node)))):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._shown[first : last + 1]
            self.endRemoveRows()

    def _reorder(self, target: Sequence[tuple[Key, Node]]) -> None:
        nodes = [node for _, node in target]
        if nodes == self._shown:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        moved = [self._shown[index.row()] if index.internalId() == _TOP else None for index in before]
        for key, node in target:
            node.key = key
        self._shown = nodes
        after = [
            index if node is None else self.createIndex(self._position(node), 0, _TOP)
            for index, node in zip(before, moved, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _announce(self, nodes: Iterable[Node]) -> None:
        for first, last in runs(sorted(p for p in map(self._position, nodes) if p >= 0)):
            self.dataChanged.emit(self.createIndex(first, 0, _TOP), self.createIndex(last, 0, _TOP))


def _first(pair: tuple[Key, Node]) -> Key:
    return pair[0]
