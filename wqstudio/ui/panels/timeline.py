"""The tab that shows how work is shared out: a lane for each worker, a bar for each delivery."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPixmap, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from wqstudio.engine.studio import Studio
from wqstudio.engine.timeline.timeline import Finished
from wqstudio.ui.frame_clock import FrameClock
from wqstudio.ui.graphs.timeline_chart import TimelineChart
from wqstudio.ui.graphs.timeline_legend import TimelineLegend
from wqstudio.ui.graphs.timeline_pointing import Pointed, Pointing
from wqstudio.ui.models.lane_scope import told
from wqstudio.ui.panels.empty_state import EmptyState
from wqstudio.ui.panels.quiet_button import quiet_button
from wqstudio.ui.panels.scope_head import ScopeHead
from wqstudio.ui.panels.timeline_export import TimelineExport
from wqstudio.ui.panels.timeline_figures import FiguresStrip
from wqstudio.ui.panels.timeline_picture import stretch, timeline_picture
from wqstudio.ui.panels.timeline_story import StoryPopover
from wqstudio.ui.scope import Scope
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme
from wqstudio.ui.time_view import TimeView
from wqstudio.ui.timeline_view import TimelineView


class TimelinePanel(QWidget):
    """Teaches until there is a worker."""

    all_wanted = Signal()
    """Instead of the queue or consumer that is selected."""
    compare_wanted = Signal()
    """What is played now, under other settings."""

    def __init__(self, studio: Studio, theme: Theme, view: TimeView, clock: FrameClock) -> None:
        super().__init__()
        self.setObjectName("timelinePanel")
        self._studio, self._theme, self._clock = studio, theme, clock
        self._view = TimelineView(view, lambda: studio.timeline.first, self)
        self._scope = Scope()
        self._finished: Finished | None = None
        """What the view was fitted to when it ended."""
        self._beginnings = studio.timeline.beginnings
        """Of what the view follows, or was moved by hand in."""
        self.chart = TimelineChart(studio.timeline, theme, self._view)
        self._pages = QStackedWidget()
        self._pages.addWidget(_teaching(theme))
        self._pages.addWidget(self._page(theme))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_S, SPACE_XS, SPACE_S, SPACE_M)
        layout.addWidget(self._pages)
        self.chart.story_wanted.connect(self._tell_story)
        clock.tick.connect(self._on_tick)
        self._describe()

    def detach(self) -> None:
        """Ask nothing more of the studio."""
        self._clock.tick.disconnect(self._on_tick)
        self.figures.detach()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_page()

    def show_scope(self, scope: Scope) -> None:
        """The lanes and the waiting line of that alone."""
        self._scope = scope
        self.chart.show_scope(scope)
        self._describe()

    def fit(self) -> None:
        """Show the whole run."""
        self._meet()
        self.chart.fit()

    def _page(self, theme: Theme) -> QWidget:
        page = QWidget()
        self.export = TimelineExport(self._studio, self._picture, theme)
        self.figures = FiguresStrip(self._studio.timeline, theme)
        self._head = ScopeHead(theme, "timelineScope", "Show the workers of all queues")
        self._head.all_wanted.connect(self.all_wanted)
        self._legend = TimelineLegend(theme)
        below = QHBoxLayout()
        below.setSpacing(SPACE_S)
        below.addWidget(self._legend, 1)
        compare = "Compare this under other settings…"
        for button in (
            quiet_button("timelineCompare", compare, "order", theme, self.compare_wanted.emit),
            quiet_button("timelineFit", "Fit the whole run (Home)", "fit", theme, self.fit),
        ):
            below.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        below.addWidget(self.export.button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_XS)
        layout.addWidget(self._head)
        layout.addWidget(self.figures)
        layout.addLayout(below)
        layout.addWidget(self.chart, 1)
        return page

    def _picture(self) -> QPixmap:
        """Of what is in sight, to hand on."""
        bars, title = self.chart.bars, self._studio.timeline.title or "Timeline of deliveries"
        parts = (self.figures.grab(), self._legend.grab(), self.chart.picture())
        return timeline_picture(title, stretch(bars.start, bars.start + bars.span), parts, self._theme.tones)

    def _on_tick(self, now: float) -> None:
        if self.isVisible():
            self._show_page()
            self._describe()
            self._follow()
            self.chart.advance(now)
            self.figures.advance(now)

    def _follow(self) -> None:
        """What has ended is shown as a whole; what begins, as it goes, whatever hands did with what was before."""
        if self._meet():
            if self._finished is None:
                self._view.leave()
            else:
                self.chart.fit()

    def _meet(self) -> bool:
        """Whether something has begun or ended since it was asked last."""
        finished, beginnings = self._studio.timeline.finished, self._studio.timeline.beginnings
        moved_on = finished is not self._finished or beginnings != self._beginnings
        self._finished, self._beginnings = finished, beginnings
        return moved_on

    def _describe(self) -> None:
        """Nothing need be said where nothing is selected."""
        self._head.setVisible(not self._scope.whole_broker)
        if not self._scope.whole_broker:
            self._head.say(self._scope, "", told(self._studio.timeline.lanes, self._scope))

    def _show_page(self) -> None:
        self._pages.setCurrentIndex(int(bool(self._studio.timeline.lanes)))

    def _tell_story(self, pointed: Pointed, where: QPoint) -> None:
        """Nothing, where the delivery has ended or was forgotten since it was pointed at."""
        timeline = self._studio.timeline
        receipt = Pointing(timeline).receipt(pointed)
        if receipt is not None:
            task, received = receipt
            StoryPopover(timeline.story(task), (pointed.worker, received), self._theme, self).open_at(where)


def _teaching(theme: Theme) -> EmptyState:
    page = EmptyState(theme)
    page.say(
        "order",
        "Who works on what, and when",
        "Add workers and a producer, or run a scenario: each worker gets a lane, and each delivery to it appears "
        "there as a bar, in the colour of how it ended. Below them, on the same clock, how many messages wait.",
    )
    return page
