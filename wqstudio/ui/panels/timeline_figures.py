"""The figures of a run as a sentence above its timeline."""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPalette, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from wqstudio.domain.dispatch import Figures
from wqstudio.domain.reading import Reading
from wqstudio.engine.figures.process import FiguresProcess
from wqstudio.engine.timeline.timeline import Finished, Timeline
from wqstudio.ui.models.dispatch_words import Phrase, phrases
from wqstudio.ui.panels.painting import legible
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_XS, Theme

_EVERY, _REST = 1.0, 4.0
"""Seconds between two reckonings at least, or so many times what one cost: who looks on pays for it."""
_QUIET = 3.0
"""Seconds without a delivery after which a run is called finished, if nothing waits."""
_LINE = 20
_BETWEEN = " · "


class FiguresStrip(QWidget):
    """Reckoned by a process of its own, since 100,000 tasks take half a second."""

    def __init__(self, timeline: Timeline, theme: Theme) -> None:
        super().__init__()
        self._timeline, self._theme = timeline, theme
        self._process = FiguresProcess(timeline)
        self._version, self._due = -1, 0.0
        self._over = False
        self._finished: Finished | None = None
        """What is told of."""
        self._labels: list[PlainLabel] = []
        self._dots: list[PlainLabel] = []
        self._phrases: Sequence[Phrase] = ()
        self._fitted = 0
        """The width for which the height was chosen."""
        self.setObjectName("timelineFigures")
        self.setAccessibleName("Figures of the run")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_LINE)
        theme.changed.connect(self._recolor)

    def sizeHint(self) -> QSize:
        return QSize(200, _LINE)

    @property
    def said(self) -> str:
        return _BETWEEN.join(phrase.text for phrase in self._phrases)

    def detach(self) -> None:
        """Reckon no more."""
        self._process.close()

    def advance(self, now: float) -> None:
        """Show what has been reckoned; reckon again, where there is news and the time has come."""
        if (ended := self._timeline.finished) is not None and ended is not self._finished:
            self._finished, self._over = ended, True
            self.show_phrases(tuple(phrases(ended.figures, over=True)))
        if self._process.busy:
            found = self._process.answer()
            if found is not None and ended is None and self._process.beginnings == self._timeline.beginnings:
                self._show(found, now)
            return
        if ended is not None:
            return
        over = self._is_over(now)
        news = self._version != self._timeline.version and now >= self._due
        if news or over != self._over:
            self._version, self._over = self._timeline.version, over
            self._ask(now)

    def show_phrases(self, told: Sequence[Phrase]) -> None:
        self._phrases = told
        while len(self._labels) < len(told):
            self._labels.append(_label(self))
            self._dots.append(_label(self))
        for place, (label, dot) in enumerate(zip(self._labels, self._dots, strict=True)):
            label.setVisible(place < len(told))
            dot.setVisible(0 < place < len(told))
        for label, phrase in zip(self._labels, told, strict=False):
            label.setObjectName(phrase.name)
            label.setText(phrase.text)
            label.setToolTip(plain_tip(phrase.tip))
            label.setAccessibleName(phrase.text)
            label.setAccessibleDescription(phrase.tip)
        self._recolor()
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _ask(self, now: float) -> None:
        if self._timeline.dropped:
            self._show(self._timeline.figures(), now)  # which says at once that they cannot be known
        else:
            self._process.ask()

    def _show(self, found: Reading[Figures], now: float) -> None:
        self._due = now + max(_EVERY, _REST * self._process.took)
        self.show_phrases(tuple(phrases(found, over=self._over)))

    def _is_over(self, now: float) -> bool:
        """Whether nobody is at anything and nothing waits."""
        rows = self._timeline.deliveries
        if self._timeline.open or not len(rows) or now - float(rows["ended"][-1]) < _QUIET:
            return False
        return not self._timeline.waiting(now - _QUIET, now, 2)[1][-1]

    def _place(self) -> None:
        """One after the other, on as many lines as they need.

        A line once taken is kept until the width changes, lest a digit more or less move the lanes.
        """
        left = top = 0
        for place in range(len(self._phrases)):
            label, dot = self._labels[place], self._dots[place]
            label.adjustSize()
            dot.adjustSize()
            between = dot.width() if left else 0
            if left and left + between + label.width() > self.width():
                left, top, between = 0, top + _LINE, 0
            dot.setVisible(bool(between))
            dot.move(left, top)
            label.move(left + between, top)
            left += between + label.width()
        if top + _LINE > self.height() or self.width() != self._fitted:
            self._fitted = self.width()
            self.setFixedHeight(top + _LINE)

    def _recolor(self) -> None:
        tones = self._theme.tones
        for label, phrase in zip(self._labels, self._phrases, strict=False):
            color = QColor(tones.text) if phrase.concept is None else legible(phrase.concept.color, self._theme)
            _dye(label, color)
        for dot in self._dots:
            _dye(dot, QColor(tones.muted))


def _label(parent: QWidget) -> PlainLabel:
    label = PlainLabel("·", parent)
    label.setContentsMargins(SPACE_XS, 0, SPACE_XS, 0)
    return label


def _dye(label: PlainLabel, color: QColor) -> None:
    palette = label.palette()
    if palette.color(QPalette.ColorRole.WindowText) != color:
        palette.setColor(QPalette.ColorRole.WindowText, color)
        label.setPalette(palette)
