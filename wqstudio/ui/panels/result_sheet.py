"""What came of a scenario that was played: each expectation with what was found, the sums, and where to go on."""

import time
from collections.abc import Iterator

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models import outcome
from wqstudio.ui.panels.figures import Figures
from wqstudio.ui.panels.painting import legible
from wqstudio.ui.panels.scrolling import let_scroll
from wqstudio.ui.panels.text_cards import marked_line, muted
from wqstudio.ui.performance import Played
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.sheet import Sheet
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XL, Concept, Theme

_WIDTH = 720
_CELL_WIDTH = 78


class ResultSheet(Sheet):
    timeline_wanted = Signal()
    """Or the timelines, where several settings were played."""
    again_wanted = Signal()
    report_wanted = Signal()

    def __init__(self, window: QWidget, theme: Theme, played: Played) -> None:
        super().__init__(window, "resultSheet", _WIDTH)
        self.setWindowTitle("What came of it")
        self._theme, self._played = theme, played
        self._body = QWidget()
        self._body.setObjectName("facts")
        inside = QVBoxLayout(self._body)
        inside.setContentsMargins(0, 0, SPACE_S, 0)
        inside.setSpacing(SPACE_M)
        for part in self._parts():
            inside.addWidget(part)
        inside.addStretch(1)
        area = QScrollArea()
        area.setObjectName("resultBody")
        area.setAccessibleName("Expectations and sums")
        let_scroll(area)
        area.setWidget(self._body)
        self._area = area
        layout = QVBoxLayout(self.card)
        layout.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_L, SPACE_L)
        layout.setSpacing(SPACE_M)
        layout.addWidget(self._heading())
        layout.addWidget(area, 1)
        self._told = muted("")
        self._told.setObjectName("resultTold")
        self._told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._told.hide()
        layout.addWidget(self._told)
        layout.addLayout(self._buttons())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self.place)  # figures are put in rows once they know their width

    def tell(self, text: str) -> None:
        """What has come of something that was asked for here."""
        self._told.setText(text)
        self._told.show()
        self.place()

    def wanted_height(self) -> int:
        """So that all of it shows without scrolling, where the window is high enough."""
        layout, inside = self.card.layout(), self._body.layout()
        assert layout is not None
        assert inside is not None
        layout.activate()
        inside.activate()
        margins = layout.contentsMargins()
        width = self.room - margins.left() - margins.right()
        others = layout.totalHeightForWidth(self.room) - self._area.sizeHint().height()
        return others + inside.totalHeightForWidth(width) + SPACE_M

    def _heading(self) -> QWidget:
        result = self._played.result
        title = PlainLabel(outcome.headline(result.verdicts, stopped=self._played.stopped), wordWrap=True)
        title.setObjectName("resultHeadline")
        title.setProperty("kind", "figure")
        scenario, product = result.sitting.scenario, result.runs[0].product if result.runs else None
        where = f"{scenario.title} on {product.title}" if product is not None else scenario.title
        at = time.strftime("%H:%M:%S", time.localtime(self._played.at))
        block = QWidget()
        box = QVBoxLayout(block)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(title)
        box.addWidget(muted(f"{where}, ended at {at}"))
        return block

    def _parts(self) -> Iterator[QWidget]:
        for chapter in outcome.chapters(self._played.result):
            if chapter.title:
                yield _section(chapter.title)
            yield from map(self._line, chapter.lines)
            for refusal in chapter.refusals:
                yield marked_line("!", "The broker refused what was asked of it.", refusal)
            figures = Figures(self._theme, _CELL_WIDTH)
            figures.show_figures(chapter.figures)
            yield figures
            if not chapter.balanced:
                yield muted("These sums do not agree, so this ledger is not to be trusted.")

    def _line(self, line: outcome.Line) -> QWidget:
        color = legible(Concept.ACKED.color, self._theme) if line.holds else QColor(self._theme.tones.error)
        shown = marked_line("✓" if line.holds else "✗", line.text, line.measured, color)
        shown.setObjectName("resultLine")
        shown.setAccessibleName(f"{'Holds' if line.holds else 'Does not hold'}: {line.text} {line.measured}")
        return shown

    def _buttons(self) -> QHBoxLayout:
        several = len(self._played.result.runs) > 1
        timeline = self._button("resultTimeline", "Timelines" if several else "Timeline", "clock", self.timeline_wanted)
        again = self._button("resultAgain", "Run again", "play", self.again_wanted)
        report = self._button("resultReport", "Save report…", "save", self.report_wanted)
        close = QPushButton("Close")
        close.setObjectName("resultClose")
        close.setProperty("kind", "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        for button in (timeline, again, report):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def _button(self, name: str, text: str, icon: str, wanted: SignalInstance) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setAutoDefault(False)
        bind_icon(button, icon, self._theme)
        button.clicked.connect(wanted)
        return button


def _section(text: str) -> PlainLabel:
    heading = PlainLabel(text)
    heading.setProperty("kind", "heading")
    return heading
