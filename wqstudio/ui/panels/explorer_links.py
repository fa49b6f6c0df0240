"""The line that joins a queue of the explorer with those where its dead letters go, or whence they come."""

from collections.abc import Iterator

from PySide6.QtCore import QLineF, QModelIndex, QPointF, QRect
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from wqstudio.ui.models.dead_links import DeadLink, Way
from wqstudio.ui.models.explorer import ExplorerModel
from wqstudio.ui.panels.explorer_tree import ExplorerTree
from wqstudio.ui.panels.painting import legible
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import Concept, Theme

_EDGE, _REACH, _ARROW = 2.5, 5.0, 3.0
"""How far from the right edge the line runs, how far it reaches into the rows, and half the arrow's height."""
_MOST = 40
"""Lines drawn for one queue."""


class LinkLines:
    """Drawn only for the row that is chosen or pointed at: all of them at once would be a tangle."""

    def __init__(self, tree: ExplorerTree, model: ExplorerModel, theme: Theme) -> None:
        self._tree, self._model, self._theme = tree, model, theme

    def paint(self, painter: QPainter, *rows: QModelIndex) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scopes = dict.fromkeys(self._model.row(row).scope for row in rows if row.isValid())
        for scope in scopes:
            for link, other in self._ends(scope):
                ends = (scope, other) if link.way is Way.OUT else (other, scope)
                self._join(painter, *ends, rests=link.rests)

    def _ends(self, scope: Scope) -> Iterator[tuple[DeadLink, Scope]]:
        for link in self._model.links(scope):
            yield from ((link, Scope(other)) for other in link.others[:_MOST] if other != scope.queue)

    def _join(self, painter: QPainter, source: Scope, target: Scope, *, rests: bool) -> None:
        first, last = self._place(source), self._place(target)
        if first.isNull() or last.isNull():
            return
        color = legible(Concept.DEAD.color, self._theme) if rests else QColor(self._theme.tones.muted)
        painter.setPen(QPen(color, 1.4))
        x, inner = self._tree.viewport().width() - _EDGE, self._tree.viewport().width() - _EDGE - _REACH
        start, end = QPointF(inner, first.center().y()), QPointF(inner, last.center().y())
        bend = min(_REACH, abs(end.y() - start.y()) / 2) * (1 if end.y() > start.y() else -1)
        path = QPainterPath(start)
        path.quadTo(x, start.y(), x, start.y() + bend)
        path.lineTo(x, end.y() - bend)
        path.quadTo(x, end.y(), inner, end.y())
        painter.drawPath(path)
        for side in (-_ARROW, _ARROW):
            painter.drawLine(QLineF(end, end + QPointF(_ARROW, side)))

    def _place(self, scope: Scope) -> QRect:
        return self._tree.visualRect(self._model.index_of(scope))
