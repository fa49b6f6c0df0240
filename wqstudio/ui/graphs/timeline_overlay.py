"""What lies over a timeline's bars: the work of now, links between deliveries, marks where one was not acknowledged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen

from wqstudio.domain.worker import Outcome
from wqstudio.engine.drawing.incident_labels import Label, Room, labels
from wqstudio.engine.drawing.ink import SIGNS
from wqstudio.ui.graphs.timeline_ink import held_color, striped
from wqstudio.ui.theme import SPACE_XS, Concept, Tones

MARK_ROOM = 12.0
"""Pixels that a bar must be long, and…"""
MARK_HEIGHT = 8.0
"""… high, to bear a mark at its end."""
_MARK_INK = QColor("#0B1220")
_LINK_OPACITY = 0.9
_ARROW = 4.0
_LINES = 3
"""Of words beside incidents."""


@dataclass(frozen=True, slots=True)
class Open:
    """What a worker is at. Logical pixels."""

    box: QRectF
    """From its beginning to now."""
    again: bool


@dataclass(frozen=True, slots=True)
class Link:
    """From the end of a delivery to the beginning of the next one of the same message."""

    start: QPointF
    end: QPointF


@dataclass(frozen=True, slots=True)
class Mark:
    box: QRectF
    """Of the whole bar."""
    outcome: Outcome


def paint_held(painter: QPainter, boxes: Sequence[QRectF], tones: Tones) -> None:
    """What is held now and not begun."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(held_color(tones))
    painter.drawRects(boxes)


def paint_open(painter: QPainter, opened: Iterable[Open], tones: Tones) -> None:
    color = Concept.IN_FLIGHT.color
    first = [one.box for one in opened if not one.again]
    again = [one.box for one in opened if one.again]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRects([*first, *again])
    painter.setBrush(QBrush(striped(color, tones), Qt.BrushStyle.BDiagPattern))
    painter.drawRects(again)


def paint_marks(painter: QPainter, marks: Sequence[Mark], tones: Tones) -> None:
    """See ``SIGNS``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for ink, crashed in ((_MARK_INK, False), (QColor(tones.panel), True)):
        lines = [line for mark in marks if (mark.outcome is Outcome.CRASHED) is crashed for line in _mark(mark)]
        painter.setPen(QPen(ink, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLines(lines)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def paint_links(painter: QPainter, links: Iterable[Link], tones: Tones, width: float = 1.4) -> None:
    """With a ring where the earlier delivery ended, and an arrow where the next one began."""
    color = Concept.REDELIVERED.color
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setOpacity(_LINK_OPACITY)
    halo = QPen(QColor(tones.panel), width + 2.0)
    pen = QPen(color, width)
    lines, heads = QPainterPath(), QPainterPath()
    for link in links:
        _add_link(lines, heads, link)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.strokePath(lines, halo)
    painter.strokePath(lines, pen)
    painter.fillPath(heads, color)
    painter.setOpacity(1.0)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def paint_outline(painter: QPainter, box: QRectF, tones: Tones) -> None:
    """About the delivery under the pointer."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, wide in ((tones.panel, 4.0), (tones.text, 1.6)):
        painter.setPen(QPen(QColor(color), wide))
        painter.drawRect(box.adjusted(-1.5, -1.5, 1.5, 1.5))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def paint_crosshair(painter: QPainter, x: float, height: float, tones: Tones) -> None:
    painter.setPen(QPen(QColor(tones.muted), 1.0, Qt.PenStyle.DashLine))
    painter.drawLine(QLineF(round(x) + 0.5, 0.0, round(x) + 0.5, height))


def paint_incidents(painter: QPainter, at: Iterable[float], size: QSize, tones: Tones) -> None:
    """``at``: where each was."""
    seen = [round(x) + 0.5 for x in at if 0 <= x < size.width()]
    painter.setPen(QPen(QColor(tones.text), 1.0, Qt.PenStyle.DotLine))
    painter.drawLines([QLineF(x, 0.0, x, size.height()) for x in seen])


def incident_labels(at: Sequence[tuple[float, str]], size: QSize, font: QFont) -> list[Label]:
    """``at``: where each is that is in sight, from left to right, and its words."""
    metrics = QFontMetrics(_words_font(font))
    lines = max(1, min(_LINES, size.height() // metrics.height()))
    return labels(at, Room(0.0, size.width() - SPACE_XS, lines), lambda words: metrics.horizontalAdvance(words) + 1.0)


def paint_incident_words(painter: QPainter, said: Iterable[Label], size: QSize, tones: Tones) -> None:
    painter.setPen(QColor(tones.text))
    painter.setFont(_words_font(painter.font()))
    metrics = painter.fontMetrics()
    for label in said:
        box = label_box(label, size, metrics.height())
        painter.fillRect(box, QColor(tones.panel))
        words = metrics.elidedText(label.words, Qt.TextElideMode.ElideRight, ceil(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)


def label_box(label: Label, size: QSize, line_height: int) -> QRectF:
    """As much of it as is in sight."""
    begin, end = max(0.0, label.begin), min(float(size.width()), label.end)
    return QRectF(begin, label.line * line_height, end - begin, line_height)


def words_height(font: QFont) -> int:
    """Of a line of words beside incidents."""
    return QFontMetrics(_words_font(font)).height()


def _words_font(font: QFont) -> QFont:
    small = QFont(font)
    small.setPixelSize(11)
    return small


def _add_link(lines: QPainterPath, heads: QPainterPath, link: Link) -> None:
    start, end = link.start, link.end
    reach = max(10.0, abs(end.x() - start.x()) / 2)
    lines.moveTo(start)
    lines.cubicTo(start + QPointF(reach, 0), end - QPointF(reach, 0), end - QPointF(_ARROW, 0))
    heads.addEllipse(start, 2.4, 2.4)
    heads.moveTo(end)
    heads.lineTo(end + QPointF(-_ARROW * 1.5, -_ARROW))
    heads.lineTo(end + QPointF(-_ARROW * 1.5, _ARROW))
    heads.closeSubpath()


def _mark(mark: Mark) -> list[QLineF]:
    box = mark.box
    half = min(box.height() * 0.28, 4.0)
    x, y = box.right() - half - 3.0, box.center().y()
    corners = ([QPointF(x + half * dx, y + half * dy) for dx, dy in line] for line in SIGNS[mark.outcome])
    return [QLineF(start, end) for line in corners for start, end in pairwise(line)]
