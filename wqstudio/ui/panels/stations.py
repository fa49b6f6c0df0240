"""The way of a message, as stations along a line of time."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from wqstudio.ui.panels.painting import legible
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XS, Theme

_RAIL = 20
_DOT = 5.0
_DOT_AT = 9
"""Pixels from the top of a station to the middle of its first line."""


class Station(NamedTuple):
    title: str
    lines: tuple[str, ...] = ()
    color: str = ""
    """Of its mark, as ``#RRGGBB``; empty: that of muted text."""
    full: bool = False
    """Whether the mark is a dot; else it is a ring."""
    pointed: bool = False
    """Whether it is the one that was asked for."""


class Stations(QWidget):
    """One below the other, the line of time beside them."""

    def __init__(self, stations: Sequence[Station], theme: Theme) -> None:
        super().__init__()
        self.setObjectName("stations")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        layout.setSpacing(0)
        for place, station in enumerate(stations):
            layout.addWidget(_row(station, theme, first=place == 0, last=place == len(stations) - 1))
        layout.addStretch(1)


def _row(station: Station, theme: Theme, *, first: bool, last: bool) -> QWidget:
    row = QWidget()
    row.setObjectName("station")
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE_S)
    layout.addWidget(_Rail(theme, station, first=first, last=last))
    texts = QVBoxLayout()
    texts.setContentsMargins(0, 0, 0, 0 if last else SPACE_L)
    texts.setSpacing(SPACE_XS // 2)
    texts.addWidget(_label(station.title, "station"))
    for line in station.lines:
        texts.addWidget(_label(line, "muted"))
    layout.addLayout(texts, 1)
    return row


class _Rail(QWidget):
    """The line of time with a mark on it."""

    def __init__(self, theme: Theme, station: Station, *, first: bool, last: bool) -> None:
        super().__init__()
        self._theme, self._station, self._first, self._last = theme, station, first, last
        self.setFixedWidth(_RAIL)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tones, station = self._theme.tones, self._station
        color = legible(QColor(station.color), self._theme) if station.color else QColor(tones.muted)
        middle = self.width() / 2
        painter.setPen(QPen(QColor(tones.line), 2))
        if not self._first:
            painter.drawLine(QPointF(middle, 0), QPointF(middle, _DOT_AT - _DOT))
        if not self._last:
            painter.drawLine(QPointF(middle, _DOT_AT + _DOT), QPointF(middle, self.height()))
        painter.setPen(QPen(color, 2))
        painter.setBrush(color if station.full else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(middle, _DOT_AT), _DOT - 1, _DOT - 1)
        if station.pointed:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tones.accent), 1.5))
            painter.drawEllipse(QPointF(middle, _DOT_AT), _DOT + 2, _DOT + 2)


def _label(text: str, kind: str) -> PlainLabel:
    label = PlainLabel(text, wordWrap=True)
    label.setProperty("kind", kind)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
