import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from wqstudio.ui.graphs.curves import Curve
from wqstudio.ui.graphs.legend import Legend
from wqstudio.ui.theme import Theme

LINE = 18


def entries(count: int) -> list[tuple[Curve, str]]:
    nothing = np.empty(0)
    return [(Curve(f"worker-{number}", QColor("red"), nothing, nothing, top=nothing), "12") for number in range(count)]


@pytest.mark.parametrize(("count", "lines"), [(1, 1), (3, 1), (6, 2), (30, 2)])
def test_a_second_line_is_taken_where_the_first_is_full(qtbot: QtBot, theme: Theme, count: int, lines: int) -> None:
    legend = Legend(theme)
    qtbot.addWidget(legend)
    legend.resize(300, LINE)
    legend.show()
    legend.show_entries(entries(count))
    assert legend.height() == lines * LINE
    legend.grab()


def test_a_line_once_taken_is_kept_while_values_change(qtbot: QtBot, theme: Theme) -> None:
    legend = Legend(theme)
    qtbot.addWidget(legend)
    legend.resize(300, LINE)
    legend.show()
    legend.show_entries(entries(6))
    legend.show_entries(entries(2))
    assert legend.height() == 2 * LINE
    legend.resize(320, 2 * LINE)
    assert legend.height() == LINE
