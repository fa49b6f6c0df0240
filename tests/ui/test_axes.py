"""What the axes of a graph draw, as pixels: they paint themselves."""

from itertools import pairwise

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from wqstudio.ui.graphs.axes import clock_ticks
from wqstudio.ui.graphs.plot import Plot
from wqstudio.ui.theme import LIGHT

BEGAN, SPAN = 1_790_000_003.0, 60.0
LEFT, BOTTOM = 44, 20
"""Pixels that the axes take."""


def _plot(qtbot: QtBot) -> Plot:
    plot = Plot("plot")
    qtbot.addWidget(plot)
    plot.resize(460, 230)
    plot.wear(LIGHT)
    with qtbot.waitExposed(plot):
        plot.show()
    plot.show_range(BEGAN, BEGAN + SPAN)
    plot.show_curves([], [])
    return plot


def _inked(image: QImage, columns: range, rows: range) -> list[tuple[int, int]]:
    ground = QColor(LIGHT.panel).rgb()
    return [(x, y) for x in columns for y in rows if image.pixel(x, y) != ground]


def test_a_line_lies_at_each_round_figure_and_its_label_beside_it(qtbot: QtBot) -> None:
    plot = _plot(qtbot)
    image, view = plot.grab().toImage(), plot.plotItem.vb
    wanted = sorted(round(view.mapViewToScene(QPointF(BEGAN, figure)).y()) for figure in range(5))
    inside = range(wanted[-1] + 1)

    lines = [y for _, y in _inked(image, range(300, 301), inside)]
    assert lines == wanted
    labels = {y for _, y in _inked(image, range(LEFT - 4), inside)}
    assert all({y - 2, y + 2} <= labels for y in lines[:-1])
    assert not any(y + 12 in labels for y in lines[:-1])


def test_a_label_stands_in_the_middle_below_each_round_time(qtbot: QtBot) -> None:
    plot = _plot(qtbot)
    image = plot.grab().toImage()
    _, times = clock_ticks(BEGAN, BEGAN + SPAN, image.width() - LEFT)
    below = range(image.height() - BOTTOM + 3, image.height())

    columns = sorted({x for x, _ in _inked(image, range(LEFT - 4, image.width()), below)})
    breaks = [0, *(n for n in range(1, len(columns)) if columns[n] - columns[n - 1] > 12), len(columns)]
    words = [columns[first:after] for first, after in pairwise(breaks)]
    assert len(words) == len(times)
    for word, at in zip(words, times, strict=True):
        assert abs((word[0] + word[-1]) / 2 - plot.pixel_of(at)) <= 2
