"""What came of a comparison: the conclusion, the timelines and the figures."""

from collections.abc import Iterator

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QVBoxLayout, QWidget

from wqstudio.domain.dispatch import Figures
from wqstudio.engine.playing import Run
from wqstudio.engine.replay import replayed
from wqstudio.scenarios.comparing import Compared
from wqstudio.scenarios.comparison_report import concluded
from wqstudio.ui import format as fmt
from wqstudio.ui.graphs.timeline_legend import TimelineLegend
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models import scenario_words
from wqstudio.ui.models.comparison_rows import table
from wqstudio.ui.names import visible
from wqstudio.ui.panels.comparison_charts import ComparisonCharts, Strip
from wqstudio.ui.panels.comparison_export import ComparisonExport, Tell
from wqstudio.ui.panels.comparison_table import ComparisonTable
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme

_FEW_FIGURES = 84
"""Pixels that the table has at least."""
_TABLE_SHARE = 0.28
"""Of the height that it shares with the timelines, however many these are."""
_SCARCE = 500
"""Pixels of height below which the legend is left out, and the conclusion in smaller letters."""


class ComparisonResult(QWidget):
    change_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, theme: Theme, tell: Tell) -> None:
        super().__init__()
        self.setObjectName("comparisonResult")
        self._theme = theme
        self._shared_by_hand = False
        self._title = ElidedLabel()
        self._title.setProperty("kind", "section")
        self._conclusion = PlainLabel(wordWrap=True)
        self._conclusion.setObjectName("comparisonConclusion")
        self._conclusion.setProperty("kind", "heading")
        self._conclusion.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.charts, self.figures = ComparisonCharts(theme), ComparisonTable(theme)
        self._legend = TimelineLegend(theme)
        self.export = ComparisonExport(self, tell, theme)
        self._change = self._button("compareChange", "Change", "edit", "Change what is compared")
        self._change.clicked.connect(self.change_wanted)
        self._again = self._button("compareAgain", "Again", "refresh", "Compare the same again")
        self._again.clicked.connect(self.again_wanted)
        self._lay_out()

    def show_compared(self, compared: Compared) -> None:
        """Of one run at least."""
        scenario = compared.comparison.scenario
        self.export.compared = compared
        self._title.setText(scenario.title)
        self._title.setToolTip(plain_tip(scenario.title))
        said = concluded(compared)
        if not said:
            missing = len(compared.comparison.settings) - len(compared.runs)
            said = "There is nothing to compare it with." if compared.stopped else f"{missing} more to be played …"
        self._conclusion.setText(visible(said))
        self.charts.show_strips([_strip(run, compared) for run in compared.runs])
        self._share()
        self.figures.show_table(table([(compared.title(run), run.evidence.dispatch) for run in compared.runs]))

    def allow_run(self, why_not: str) -> None:
        self._again.setEnabled(not why_not)
        self._again.setToolTip(why_not or "Compare the same again")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, the timelines have it."""
        super().resizeEvent(event)
        scarce = event.size().height() < _SCARCE
        if scarce != self._legend.isHidden():
            self._legend.setVisible(not scarce)
            self._conclusion.setProperty("kind", "runTitle" if scarce else "heading")
            self._conclusion.style().polish(self._conclusion)
        self._share()

    def _share(self) -> None:
        """The timelines have what they need to be in sight together, at least half; unless the person has decided."""
        if self._shared_by_hand:
            return
        room = self._splitter.height()
        wanted = self.charts.wanted_height + (0 if self._legend.isHidden() else self._legend.height() + SPACE_XS)
        upper = min(max(wanted, room // 2), room - max(_FEW_FIGURES, round(_TABLE_SHARE * room)))
        self._splitter.setSizes([upper, room - upper])

    def _keep_share(self) -> None:
        self._shared_by_hand = True

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_XS)
        head.addWidget(self._title, 1)
        for button in (self._change, self._again, self.export.button):
            head.addWidget(button)
        upper = QWidget()
        above = QVBoxLayout(upper)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(SPACE_XS)
        above.addWidget(self._legend)
        above.addWidget(self.charts, 1)
        self._splitter = splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setObjectName("comparisonSplitter")
        splitter.splitterMoved.connect(self._keep_share)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(upper)
        splitter.addWidget(self.figures)
        upper.setMinimumHeight(120)
        self.figures.setMinimumHeight(_FEW_FIGURES)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_M, SPACE_S, SPACE_S, SPACE_S)
        column.setSpacing(SPACE_XS)
        column.addLayout(head)
        column.addWidget(self._conclusion)
        column.addSpacing(SPACE_XS)
        column.addWidget(splitter, 1)

    def _button(self, name: str, text: str, icon: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.setProperty("kind", "quiet")
        bind_icon(button, icon, self._theme, "muted")
        return button


def _strip(run: Run, compared: Compared) -> Strip:
    figures = run.evidence.dispatch
    ended = figures.makespan if isinstance(figures, Figures) else run.evidence.ended - run.evidence.began
    done = "finished" if run.evidence.drained else "ended"
    return Strip(
        compared.title(run),
        "  ·  ".join(_facts(run, compared)),
        replayed(run.evidence),
        ended,
        f"{done} in {fmt.duration(ended)}" if run.evidence.drained else f"{done} after {fmt.duration(ended)}",
    )


def _facts(run: Run, compared: Compared) -> Iterator[str]:
    """What the setting changes, unless it is called so; and where it was played."""
    setting = next(each for each in compared.comparison.settings if each.name == run.setting)
    said = scenario_words.setting(setting)
    if said.casefold() != compared.title(run).casefold() and not said.endswith("is written"):
        yield said
    if run.product.title not in said and run.product.title not in compared.title(run):
        yield f"on {run.product.title}"
