"""What is played for a comparison, as it goes."""

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from wqstudio.domain.connection import Product
from wqstudio.engine.timeline.timeline import Timeline
from wqstudio.ui.frame_clock import FrameClock
from wqstudio.ui.graphs.timeline_chart import TimelineChart
from wqstudio.ui.graphs.timeline_legend import TimelineLegend
from wqstudio.ui.growing_view import GrowingView
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme


class CompareLive(QStackedWidget):
    """On the broker that is connected; what is played elsewhere is seen once it is over."""

    def __init__(self, timeline: Timeline, product: Product, theme: Theme, clock: FrameClock) -> None:
        super().__init__()
        self.setObjectName("compareLive")
        self._product, self._clock = product, clock
        self.chart = TimelineChart(timeline, theme, GrowingView(lambda: timeline.first, self))
        self.chart.setObjectName("compareLiveChart")
        page, self._elsewhere = QWidget(), EmptyState(theme)
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, SPACE_M)
        column.setSpacing(SPACE_XS)
        column.addWidget(TimelineLegend(theme))
        column.addWidget(self.chart, 1)
        self.addWidget(page)
        self.addWidget(self._elsewhere)
        clock.tick.connect(self._on_tick)

    def detach(self) -> None:
        """Ask nothing more of the studio."""
        self._clock.tick.disconnect(self._on_tick)

    def show_product(self, product: Product) -> None:
        """On whose broker it is played."""
        here = product is self._product
        if not here:
            said = "Its timeline is shown beside the others once all have been played."
            self._elsewhere.say("order", f"Played on a {product.title} of its own", said)
        self.setCurrentIndex(0 if here else 1)

    def _on_tick(self, now: float) -> None:
        if self.chart.isVisible():
            self.chart.advance(now)
