"""Sections of sentences beside their titles, as high as they need, and scrolled where there is no room for that."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QWidget

from wqstudio.ui.models.move_facts import Section
from wqstudio.ui.panels.scrolling import let_scroll
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_XS

_TITLES = 108
"""Width of the titles."""


class FactsView(QScrollArea):
    def __init__(self, name: str, said: str) -> None:
        """``said``: its accessible name."""
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(said)
        let_scroll(self)
        self._said = ""
        self._labels: list[PlainLabel] = []
        """Of the facts."""
        self._shape: Sequence[object] = ()
        """What of the sections their labels do not say."""
        self._build(())

    @property
    def said(self) -> str:
        """All of it, a line each."""
        return self._said

    def show_sections(self, sections: Sequence[Section]) -> None:
        """Where figures alone are others, whoever reads or selects some of it is not disturbed."""
        facts = [fact for section in sections for fact in section.facts]
        if (shape := [(section.title, [fact.tone for fact in section.facts]) for section in sections]) != self._shape:
            self._shape = shape
            self._build(sections)
        for label, fact in zip(self._labels, facts, strict=True):
            label.setText(fact.text)
        self._said = "\n".join(fact.text for fact in facts)

    def wanted_height(self, width: int) -> int:
        """To show all of it in that width."""
        layout = self._grid
        return max(layout.totalHeightForWidth(width), layout.totalMinimumSize().height()) if layout.count() else 0

    def fit(self, width: int, most: int) -> int:
        """Be as high as all of it needs in that width, or ``most``. The height.

        With room for all there is no scroll bar: one that was there would take a part of the width, so that the texts
        needed more lines, for which it would stay.
        """
        wanted = self.wanted_height(width)
        bars = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(bars.ScrollBarAsNeeded if wanted > most else bars.ScrollBarAlwaysOff)
        self.setFixedHeight(max(0, min(wanted, most)))
        return self.minimumHeight()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.minimumHeight())

    def _build(self, sections: Sequence[Section]) -> None:
        self._labels = []
        content = QWidget()
        content.setObjectName("facts")
        self._grid = grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, SPACE_M, 0)
        grid.setHorizontalSpacing(SPACE_L)
        grid.setVerticalSpacing(SPACE_XS)
        grid.setColumnMinimumWidth(0, _TITLES)
        grid.setColumnStretch(1, 1)
        for section in sections:
            self._add(grid, section)
        grid.setRowStretch(grid.rowCount(), 1)
        self.setWidget(content)

    def _add(self, grid: QGridLayout, section: Section) -> None:
        first = grid.rowCount()
        if first > 1:
            grid.setRowMinimumHeight(first, SPACE_XS)
        title = PlainLabel(section.title)
        title.setProperty("kind", "section")
        grid.addWidget(title, first + 1, 0, Qt.AlignmentFlag.AlignTop)
        for row, fact in enumerate(section.facts, first + 1):
            label = PlainLabel(wordWrap=True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            if fact.tone:
                label.setProperty("kind", fact.tone)
            grid.addWidget(label, row, 1, Qt.AlignmentFlag.AlignTop)
            self._labels.append(label)
