"""The last minute of a queue as a small line, made once per beat for the rows on the screen."""

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from wqstudio.domain.history import ConsumerField, Field, History
from wqstudio.domain.series import Floats
from wqstudio.ui.scope import Scope

SPAN = 60.0
"""Seconds shown."""


class Sparklines:
    """Paths in the unit square, time to the right, zero at the bottom."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._paths: dict[Scope, QPainterPath] = {}

    def prepare(self, scopes: Iterable[Scope], now: float) -> None:
        """Make the lines of these rows and forget all others."""
        self._paths = {scope: self._line(scope, now) for scope in scopes}

    def of(self, scope: Scope) -> QPainterPath | None:
        return self._paths.get(scope)

    def _line(self, scope: Scope, now: float) -> QPainterPath:
        since = now - SPAN
        if scope.consumer:
            series = self._history.consumer((scope.queue, scope.consumer), since, now)
            values = series.of(ConsumerField.WAITING)
        else:
            series = self._history.queue(scope.queue, since, now)
            values = series.of(Field.WAITING)
        return path((series.times - since) / SPAN, values)


def path(across: Floats, values: Floats) -> QPainterPath:
    """``across``: 0 to 1. The line breaks where a value is unknown; a queue always empty lies at the bottom."""
    line = QPainterPath()
    top = max(1.0, float(np.nanmax(values))) if not np.isnan(values).all() else 1.0
    drawing = False
    for x, y in zip(across.tolist(), (1.0 - values / top).tolist(), strict=True):
        if y != y:  # noqa: PLR0124  # not a number: cheaper here than a call
            drawing = False
        elif drawing:
            line.lineTo(x, y)
        else:
            line.moveTo(QPointF(x, y))
            drawing = True
    return line


def area(line: QPainterPath, ground: float) -> QPainterPath:
    """What lies between ``line`` and the height ``ground``: each piece of a broken line by itself."""
    filled = QPainterPath()
    points = [line.elementAt(number) for number in range(line.elementCount())]
    for point, following in zip(points, [*points[1:], None], strict=True):
        if point.isMoveTo():
            filled.moveTo(point.x, ground)
        filled.lineTo(point.x, point.y)
        if following is None or following.isMoveTo():
            filled.lineTo(point.x, ground)
            filled.closeSubpath()
    return filled
