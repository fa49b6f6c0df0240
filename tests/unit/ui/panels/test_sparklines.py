import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from wqstudio.ui.panels.sparklines import area, path


def moves(line: QPainterPath) -> int:
    """How many pieces the line has."""
    kinds = [line.elementAt(i).type for i in range(line.elementCount())]
    return sum(kind is QPainterPath.ElementType.MoveToElement for kind in kinds)


def test_the_highest_value_touches_the_top_and_zero_the_bottom() -> None:
    line = path(np.array([0.0, 0.5, 1.0]), np.array([0.0, 40.0, 20.0]))
    assert [line.elementAt(i).y for i in range(3)] == [1.0, 0.0, 0.5]


def test_a_queue_that_is_always_empty_lies_at_the_bottom() -> None:
    assert path(np.array([0.0, 1.0]), np.zeros(2)).boundingRect().top() == 1.0


def test_the_line_breaks_where_nothing_is_known() -> None:
    line = path(np.linspace(0, 1, 5), np.array([1.0, 2.0, np.nan, 2.0, 1.0]))
    assert moves(line) == 2


def test_nothing_known_is_no_line() -> None:
    assert path(np.linspace(0, 1, 3), np.full(3, np.nan)).isEmpty()
    assert path(np.empty(0), np.empty(0)).isEmpty()


def test_what_is_filled_has_the_gaps_of_the_line() -> None:
    line = path(np.linspace(0, 1, 7), np.array([4.0, 4.0, np.nan, np.nan, 4.0, 4.0, 4.0]))
    filled = area(line, 1.0)
    assert filled.contains(QPointF(0.1, 0.9))
    assert filled.contains(QPointF(0.9, 0.1))
    assert not any(filled.contains(QPointF(0.4, height)) for height in (0.1, 0.5, 0.9))
