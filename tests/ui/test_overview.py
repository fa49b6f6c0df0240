"""The graphs of the overview, before each has had its turn."""

import time

from pytestqt.qtbot import QtBot

from wqstudio.engine.studio import Studio
from wqstudio.ui.frame_clock import FrameClock
from wqstudio.ui.graphs.plot import Plot
from wqstudio.ui.panels.overview import Overview
from wqstudio.ui.theme import Theme
from wqstudio.ui.time_view import TimeView


async def test_all_graphs_show_the_time_of_now_from_their_first_picture_on(
    studio: Studio, theme: Theme, qtbot: QtBot
) -> None:
    overview = Overview(studio, theme, TimeView(), FrameClock())  # which does not tick
    qtbot.addWidget(overview, before_close_func=lambda _: overview.detach())
    overview.show()
    plots = [plot for graph in overview.graphs for plot in graph.findChildren(Plot)]
    assert len(plots) == len(overview.graphs)
    assert all(abs(plot.edges[1] - time.time()) < 60 for plot in plots)
