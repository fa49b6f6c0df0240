"""Paints what a line of the explorer is to dead letters that are dragged over the window."""

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from wqstudio.ui.models.drop_targets import DropTargets, Target
from wqstudio.ui.models.explorer import ExplorerModel
from wqstudio.ui.models.explorer_rows import ExplorerRow
from wqstudio.ui.models.subject_lines import SubjectLine
from wqstudio.ui.panels.painting import Chips, veiled
from wqstudio.ui.theme import RADIUS, Concept, Theme

DIMMED = 0.35
"""Opacity of a row that cannot take what is dragged."""


class TargetPainter:
    def __init__(self, theme: Theme, model: ExplorerModel) -> None:
        self._theme, self._model = theme, model
        self.targets: DropTargets | None = None
        """While dead letters are dragged over the window."""
        self.dropping_on: tuple[str, SubjectLine | None] | None = None
        """The queue that they are over, and its subject."""

    def paint_ground(self, painter: QPainter, place: QRect, row: ExplorerRow) -> None:
        """Light up where they can be dropped, most of all where they are; dim where not."""
        target = self._target(row)
        if target is None or not target.possible:
            painter.setOpacity(DIMMED)
            return
        if not _is_marked(row):
            return
        color = Concept.ACKED.color if target.origin else QColor(self._theme.tones.accent)
        here = (row.scope.queue, row.subject) == self.dropping_on
        painter.setPen(QPen(color if here or target.origin else veiled(color, 0.4), 2.0 if here else 1.0))
        painter.setBrush(veiled(color, 0.32 if here else 0.1))
        painter.drawRoundedRect(QRectF(place).adjusted(1.5, 2.0, -1.5, -2.0), RADIUS, RADIUS)

    def paint_label(self, painter: QPainter, box: QRect, row: ExplorerRow) -> QRect:
        """What the row is to the letters that are dragged, in the place of figures."""
        target = self._target(row)
        if target is None or not target.label or not _is_marked(row):
            return box
        painter.setOpacity(1.0)
        chips = Chips(painter, box.right(), box.center().y() + 1, self._theme)
        chips.add(target.label, (Concept.ACKED if target.origin else Concept.DEAD).color, solid=target.origin)
        painter.setOpacity(1.0 if target.possible else DIMMED)
        return QRect(box.left(), box.top(), chips.left - box.left(), box.height())

    def _target(self, row: ExplorerRow) -> Target | None:
        queue = self._model.queue(row.scope.queue)
        return None if queue is None or self.targets is None else self.targets.of(queue, row.subject)


def _is_marked(row: ExplorerRow) -> bool:
    """What is dropped on a consumer or a link goes to its queue, whose own line says so."""
    return row.is_queue or row.subject is not None
