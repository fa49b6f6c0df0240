"""How a message came to be a dead letter: from where it lies now back to when it was published."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from wqstudio.domain.letter import Death, Letter
from wqstudio.ui.format import ago
from wqstudio.ui.names import visible
from wqstudio.ui.panels.painting import legible
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XS, Concept, Theme

_MOST = 100
_RAIL = 20
_DOT = 5.0
_DOT_AT = 9
"""Pixels from the top of a station to the middle of its first line."""


class Station(NamedTuple):
    title: str
    at: float | None
    concept: Concept | None = None
    """None: it is no event, but where the message is now."""
    lines: tuple[str, ...] = ()


def stations(letter: Letter) -> Iterator[Station]:
    """Newest first, as the broker keeps them."""
    yield Station(f"Lies in {visible(letter.queue)}", None)
    for death in letter.deaths[:_MOST]:
        yield Station(_title(death), death.at, Concept.DEAD, _lines(death))
    if len(letter.deaths) > _MOST:
        yield Station(f"{len(letter.deaths) - _MOST:,} earlier ones", None, Concept.DEAD)
    to = f" to {visible(letter.route)}" if letter.route else ""
    yield Station(f"Published{to}", letter.published_at, Concept.PUBLISHED)


def moment(at: float | None, now: float) -> str:
    """In the person's own time, and how long ago that was."""
    if at is None:
        return "when is not known"
    try:
        local = datetime.fromtimestamp(at).astimezone()
    except (OverflowError, ValueError, OSError):
        return "when is not known"
    return f"{local:%Y-%m-%d %H:%M:%S}  ·  {ago(now - at)}"


class DeathTimeline(QScrollArea):
    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("deathTimeline")
        self.setAccessibleName("History of the message")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_history(self, letter: Letter) -> None:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        layout.setSpacing(0)
        made = tuple(stations(letter))
        now = time.time()
        for place, station in enumerate(made):
            layout.addWidget(self._row(station, now, first=place == 0, last=place == len(made) - 1))
        layout.addStretch(1)
        self.setWidget(page)

    def _row(self, station: Station, now: float, *, first: bool, last: bool) -> QWidget:
        row = QWidget()
        row.setObjectName("deathStation")
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addWidget(_Rail(self._theme, station, first=first, last=last))
        texts = QVBoxLayout()
        texts.setContentsMargins(0, 0, 0, SPACE_L)
        texts.setSpacing(SPACE_XS // 2)
        texts.addWidget(_label(station.title, "station"))
        if station.concept is not None:
            texts.addWidget(_label(moment(station.at, now), "muted"))
        for line in station.lines:
            texts.addWidget(_label(line, "muted"))
        layout.addLayout(texts, 1)
        return row


class _Rail(QWidget):
    """The line of time with a mark on it: full for a death, a ring for the beginning and for now."""

    def __init__(self, theme: Theme, station: Station, *, first: bool, last: bool) -> None:
        super().__init__()
        self._theme, self._station, self._first, self._last = theme, station, first, last
        self.setFixedWidth(_RAIL)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tones, concept = self._theme.tones, self._station.concept
        color = QColor(tones.muted) if concept is None else legible(concept.color, self._theme)
        middle = self.width() / 2
        painter.setPen(QPen(QColor(tones.line), 2))
        if not self._first:
            painter.drawLine(QPointF(middle, 0), QPointF(middle, _DOT_AT - _DOT))
        if not self._last:
            painter.drawLine(QPointF(middle, _DOT_AT + _DOT), QPointF(middle, self.height()))
        painter.setPen(QPen(color, 2))
        painter.setBrush(color if concept is Concept.DEAD else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(middle, _DOT_AT), _DOT - 1, _DOT - 1)


def _title(death: Death) -> str:
    times = f" × {death.count:,}" if death.count > 1 else ""
    return f"{visible(death.reason) or 'died'} in {visible(death.queue) or 'an unknown place'}{times}"


def _lines(death: Death) -> tuple[str, ...]:
    if not death.routes:
        return ()
    return (f"came by {_few(death.routes)}",)


def _few(routes: Sequence[str]) -> str:
    more = f" and {len(routes) - 8} more" if len(routes) > 8 else ""
    return ", ".join(map(visible, routes[:8])) + more


def _label(text: str, kind: str) -> PlainLabel:
    label = PlainLabel(text, wordWrap=True)
    label.setProperty("kind", kind)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
