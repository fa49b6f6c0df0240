"""What came of a comparison: the conclusion, the timelines and the figures."""

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from wqstudio.domain.dispatch import Figures
from wqstudio.domain.scenario import Setting
from wqstudio.engine.figures.replay import replayed
from wqstudio.engine.figures.rows import Unit, shown
from wqstudio.engine.playing.performing import Run
from wqstudio.scenarios.comparing import Compared
from wqstudio.scenarios.comparison_report import concluded
from wqstudio.ui.graphs.timeline_legend import TimelineLegend
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models import scenario_words
from wqstudio.ui.models.comparison_rows import table
from wqstudio.ui.names import visible
from wqstudio.ui.panels.comparison_charts import ComparisonCharts, Strip
from wqstudio.ui.panels.comparison_export import ComparisonExport, Tell
from wqstudio.ui.panels.comparison_table import ComparisonTable
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.panels.kept_heads import KeptHeads
from wqstudio.ui.panels.scrolling import let_scroll
from wqstudio.ui.panels.text_cards import muted
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_M, SPACE_S, SPACE_XS, Theme

_CHARTS_SHARE = 0.45
"""Of the height that is to be seen, for the timelines, unless they need more: the figures begin below them."""
_SCARCE = 500
"""Pixels of height below which the conclusion is in smaller letters."""


class ComparisonResult(QWidget):
    change_wanted = Signal()
    again_wanted = Signal()

    def __init__(self, theme: Theme, tell: Tell) -> None:
        super().__init__()
        self.setObjectName("comparisonResult")
        self._theme = theme
        self._title = ElidedLabel()
        self._title.setProperty("kind", "section")
        self._conclusion = PlainLabel(wordWrap=True)
        self._conclusion.setObjectName("comparisonConclusion")
        self._conclusion.setProperty("kind", "heading")
        self._reasons = muted("")
        self._reasons.setObjectName("comparisonReasons")
        for label in (self._conclusion, self._reasons):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
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
        missing = len(compared.comparison.settings) - len(compared.runs)
        nothing = "There is nothing to compare it with." if compared.stopped else f"{missing} more to be played …"
        said, *reasons = concluded(compared) or (nothing,)
        self._conclusion.setText(visible(said))
        self._reasons.setText(visible(" ".join(reasons)))
        self._reasons.setVisible(bool(reasons))
        self._fit_head()
        self.charts.show_strips([_strip(run, compared) for run in compared.runs])
        self.figures.show_table(table(compared.measured))
        self._share()

    def allow_run(self, why_not: str) -> None:
        self._again.setEnabled(not why_not)
        self._again.setToolTip(why_not or "Compare the same again")

    def _fit_head(self) -> None:
        """The title is whole: where there is little room, the drawings on the buttons speak for themselves."""
        buttons, title = (self._change, self._again), self._title.fontMetrics().horizontalAdvance(self._title.text())
        for button in buttons:
            button.setText(button.property("words"))
        self.export.show_words(words=True)
        needed = title + sum(button.sizeHint().width() for button in (*buttons, self.export.button)) + 4 * SPACE_M
        if needed > self.width():
            for button in buttons:
                button.setText("")
            self.export.show_words(words=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, the timelines have it."""
        super().resizeEvent(event)
        kind = "runTitle" if event.size().height() < _SCARCE else "heading"
        if kind != self._conclusion.property("kind"):
            self._conclusion.setProperty("kind", kind)
            self._conclusion.style().polish(self._conclusion)
        self._fit_head()
        self._share()

    def _share(self) -> None:
        """Timelines grow with the window; they never get so low that a name or a caption is cut."""
        self.charts.setMinimumHeight(0)
        needed = self.charts.minimumSizeHint().height()
        self.charts.setMinimumHeight(max(needed, round(_CHARTS_SHARE * self._page.viewport().height())))

    def _show_row(self) -> None:
        """Where a person walks through the figures by keys, the page follows."""
        box = self.figures.visualRect(self.figures.currentIndex())
        middle = self.figures.viewport().mapTo(self._content, box.center())
        heads = self.figures.horizontalHeader().height()
        self._page.ensureVisible(middle.x(), middle.y(), 0, box.height() + heads)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_XS)
        head.addWidget(self._title, 1)
        for button in (self._change, self._again, self.export.button):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_M, SPACE_S, SPACE_S, SPACE_S)
        column.setSpacing(SPACE_XS)
        column.addLayout(head)
        column.addWidget(self._conclusion)
        column.addWidget(self._scrolled(), 1)

    def _scrolled(self) -> QScrollArea:
        """Timelines and figures on one page, however many settings there are."""
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, SPACE_XS, 0)
        column.setSpacing(SPACE_S)
        column.addWidget(self._reasons)
        column.addWidget(self.charts, 1)
        column.addWidget(self._legend)
        column.addWidget(self.figures)
        self._page = QScrollArea()
        self._page.setObjectName("comparisonPage")
        let_scroll(self._page)
        self._page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._page.setWidget(self._content)
        self._heads = KeptHeads(self.figures, self._page)
        self.figures.shared.connect(self._heads.place)
        self.figures.selectionModel().currentRowChanged.connect(self._show_row)
        return self._page

    def _button(self, name: str, text: str, icon: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("words", text)
        button.setObjectName(name)
        button.setAccessibleName(tip)
        button.setToolTip(tip)
        button.setProperty("kind", "quiet")
        bind_icon(button, icon, self._theme, "muted")
        return button


def _strip(run: Run, compared: Compared) -> Strip:
    figures = run.evidence.dispatch
    finished = isinstance(figures, Figures) and figures.finished
    began = figures.began if isinstance(figures, Figures) else run.evidence.began
    ended = figures.makespan if finished and isinstance(figures, Figures) else run.evidence.over - began
    return Strip(
        compared.title(run),
        "  ·  ".join(_facts(run, compared)),
        replayed(run.evidence),
        ended,
        f"{'finished in' if finished else 'ended after'} {shown(ended, Unit.SECONDS)}",
    )


def _facts(run: Run, compared: Compared) -> Iterator[str]:
    """What the setting changes, unless it is called so; and where it was played, unless its title says so."""
    setting = next(each for each in compared.comparison.settings if each.name == run.setting)
    title = compared.title(run)
    said = scenario_words.setting(replace(setting, product=None), run.product)
    if said != scenario_words.setting(Setting("")) and not title.casefold().startswith(said.casefold()):
        yield said
    if run.product.title not in title:
        yield f"on {run.product.title}"
