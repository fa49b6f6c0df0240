"""Timelines as SVG, drawn without Qt: for exports and reports.

Each element has the colours of the scheme as attributes, which every program reads; with ``Scheme.BOTH`` a style sheet
gives browsers those of the dark scheme where the reader prefers it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from html import escape

import numpy as np

from wqstudio.domain.dispatch_words import OUTCOME_WORDS
from wqstudio.domain.series import Floats, Integers
from wqstudio.domain.worker import Outcome
from wqstudio.engine.drawing.axis import Axis, axis_for
from wqstudio.engine.drawing.bars import GRAVITY, RARE
from wqstudio.engine.drawing.incident_svg import Saying, incidents_svg, sayings, words_height
from wqstudio.engine.drawing.ink import CLASS, DARK, LIGHT, PATTERN, Ink, dark_style
from wqstudio.engine.drawing.lane_svg import LaneArt, lane_svg, links_svg
from wqstudio.engine.drawing.recorded import Recorded
from wqstudio.engine.drawing.svg_parts import Box, Look, rect, text
from wqstudio.engine.drawing.xml_text import readable

WIDTH = 1_200
_LEFT, _RIGHT = 160, 20
_PLOT = WIDTH - _LEFT - _RIGHT
_TITLE, _LEGEND, _LINE_HEIGHT, _AXIS, _GAP = 26, 26, 58, 40, 14
_TALLEST = 720
"""Pixels that the lanes of one timeline take together where they are many."""
_FONTS = "system-ui, Segoe UI, Helvetica, Arial, sans-serif"
_MOST_CELLS = 40_000
"""Pixels wide times lanes; beyond, bars share more than a pixel, so that the file stays small."""


class Scheme(Enum):
    LIGHT = "light"
    DARK = "dark"
    BOTH = "both"
    """Light, and dark where the reader prefers it."""


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """One timeline of a picture."""

    title: str
    """Empty: none is shown."""
    recorded: Recorded


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all timelines of a picture share."""

    axis: Axis
    longest: int
    """The most that ever waited, or was hoarded."""
    ink: Ink


def timeline_svg(strips: Sequence[Strip], scheme: Scheme = Scheme.BOTH, number: int = 0) -> str:
    """One under the other, on one axis of seconds since each began. ``number``: of the picture in its document."""
    ink = replace(DARK if scheme is Scheme.DARK else LIGHT, hatching=f"wqs-again-{number}")
    seconds = max((strip.recorded.seconds for strip in strips), default=0.0)
    lines = [line for strip in strips for line in (strip.recorded.waiting, strip.recorded.hoarded)]
    longest = max(map(_most, lines), default=0)
    frame = _Frame(axis_for(seconds, _PLOT), longest, ink)
    laid_out, height = _laid_out(strips, frame.axis)
    below = height - _AXIS
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{CLASS}" {size} role="img" style="font-family: {_FONTS}">',
        f"<title>{escape(_title(strips))}</title>",
        f"<style>{dark_style()}</style>" if scheme is Scheme.BOTH else "",
        f"<defs>{PATTERN.format(ink=ink)}</defs>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" fill="{ink.ground}"/>',
        *_legend(strips, ink),
        *_grid(frame.axis, _LEGEND, below, ink),
        *(part for each in laid_out for part in _strip(each, frame)),
        "</svg>",
    ]
    return readable("\n".join(part for part in parts if part) + "\n")


def _title(strips: Sequence[Strip]) -> str:
    names = [strip.title for strip in strips if strip.title]
    return "Timeline of deliveries" + (f": {', '.join(names)}" if names else "")


@dataclass(frozen=True, slots=True, eq=False)
class _LaidOut:
    """One timeline and where it is; pixels."""

    strip: Strip
    top: int
    said: Sequence[Saying]
    """Between the title and the lanes."""

    @property
    def lanes_top(self) -> int:
        return self.top + _title_height(self.strip) + words_height(self.said)

    @property
    def line_top(self) -> int:
        """Of the waiting line."""
        return self.lanes_top + _pitch(self.strip) * len(self.strip.recorded.lanes) + _GAP

    @property
    def bottom(self) -> int:
        return self.line_top + _LINE_HEIGHT


def _laid_out(strips: Sequence[Strip], axis: Axis) -> tuple[list[_LaidOut], int]:
    """Each, and the height of all."""
    placed, top = list[_LaidOut](), _LEGEND
    for strip in strips:
        placed.append(_LaidOut(strip, top, sayings(strip.recorded, axis, _LEFT, _LEFT + _PLOT)))
        top = placed[-1].bottom + _GAP
    return placed, top + _AXIS


def _title_height(strip: Strip) -> int:
    return _TITLE if strip.title else 6


def _pitch(strip: Strip) -> int:
    """Pixels from lane to lane."""
    return min(24, max(4, _TALLEST // max(1, len(strip.recorded.lanes))))


def _strip(laid_out: _LaidOut, frame: _Frame) -> Iterator[str]:
    strip, top = laid_out.strip, laid_out.lanes_top
    recorded, pitch = strip.recorded, _pitch(strip)
    axis, ink = frame.axis, frame.ink
    if strip.title:
        yield text(strip.title, _LEFT, laid_out.top + 17, Look("text", ink.text, weight=600))
    cell = max(1.0, np.ceil(len(recorded.lanes) * _PLOT / _MOST_CELLS))
    arts = {
        lane.worker: LaneArt(lane, number, float(top + number * pitch), pitch, float(cell))
        for number, lane in enumerate(recorded.lanes)
    }
    every = max(1, -(-11 // pitch))
    for art in arts.values():
        if art.number % every == 0:
            look = Look("text", ink.text, "end", min(12, pitch * every - 1))
            yield text(_short(art.lane.name), _LEFT - 8, art.top + pitch / 2 + look.size * 0.35, look)
        yield from lane_svg(art, recorded, axis, _LEFT, ink)
    yield from links_svg(arts, recorded, axis, _LEFT, ink)
    yield from _waiting(recorded, laid_out.line_top, frame)
    yield from incidents_svg(laid_out.said, laid_out.top + _title_height(strip), laid_out.bottom, ink)


def _short(name: str) -> str:
    return name if len(name) <= 20 else f"{name[:19]}…"


def _waiting(recorded: Recorded, top: int, frame: _Frame) -> Iterator[str]:
    """The waiting line, and dashed what lies with workers unbegun; those of one picture have one scale."""
    ink, bottom = frame.ink, top + _LINE_HEIGHT
    area = _Area(recorded.start, recorded.seconds, bottom, frame)
    d = area.steps(recorded.waiting)
    yield f'<path fill="{ink.waiting}" fill-opacity=".4" d="{d}V{bottom}z"/>'
    yield f'<path fill="none" stroke="{ink.waiting}" stroke-width="1.2" d="{d}"/>'
    yield f'<path class="line" stroke="{ink.line}" d="M{_LEFT} {bottom}.5H{_LEFT + _PLOT}"/>'
    muted = Look("muted", ink.muted, "end", 11)
    yield text("waiting", _LEFT - 8, top + 11, Look("text", ink.text, "end"))
    yield text(f"most: {_most(recorded.waiting):,}", _LEFT - 8, top + 25, muted)
    yield text("0 messages", _LEFT - 8, bottom, muted)
    if most := _most(recorded.hoarded):
        dashed = f'class="hoarded" fill="none" stroke="{ink.in_flight}" stroke-width="1.6" stroke-dasharray="5 3"'
        yield f'<path {dashed} d="{area.pieces(recorded.hoarded)}"/>'
        yield f'<path {dashed} d="M8 {top + 36}h15"/>'
        yield text(f"hoarded, most: {most:,}", _LEFT - 8, top + 40, muted)


def _most(line: tuple[Floats, Integers]) -> int:
    return int(line[1].max(initial=0))


@dataclass(frozen=True, slots=True)
class _Area:
    """Where lines of numbers over time are drawn."""

    start: float
    seconds: float
    bottom: int
    frame: _Frame

    def steps(self, line: tuple[Floats, Integers]) -> str:
        """Path data of a step function."""
        x, y, _ = self._corners(line)
        steps = "".join(f"H{at:.1f}V{level:.1f}" for at, level in zip(x, y, strict=True))
        return f"M{_LEFT} {self.bottom}{steps}H{self._end:.1f}"

    def pieces(self, line: tuple[Floats, Integers]) -> str:
        """The same without what is 0."""
        x, y, counts = self._corners(line)
        pieces, joined = [], False
        for at, level, until, count in zip(x, y, np.append(x[1:], self._end), counts, strict=True):
            if count:
                pieces.append(f"V{level:.1f}H{until:.1f}" if joined else f"M{at:.1f} {level:.1f}H{until:.1f}")
            joined = bool(count)
        return "".join(pieces)

    @property
    def _end(self) -> float:
        return _LEFT + self.seconds * self.frame.axis.scale

    def _corners(self, line: tuple[Floats, Integers]) -> tuple[Floats, Floats, Integers]:
        """Where the number changes, and to what."""
        times, counts = line
        changed = np.ones(len(counts), np.bool_)
        changed[1:] = np.diff(counts) != 0
        x: Floats = _LEFT + np.clip((times - self.start) * self.frame.axis.scale, 0.0, _PLOT)
        y: Floats = self.bottom - counts / max(1, self.frame.longest) * _LINE_HEIGHT
        return x[changed], y[changed], counts[changed]


def _grid(axis: Axis, top: int, bottom: int, ink: Ink) -> Iterator[str]:
    lines = "".join(f"M{_LEFT + x:.1f} {top}V{bottom}" for x, _ in axis.ticks)
    yield f'<path class="line" stroke="{ink.line}" stroke-width=".6" d="{lines}"/>'
    muted = Look("muted", ink.muted, "middle", 11)
    for x, label in axis.ticks:
        yield text(label, _LEFT + x, bottom + 16, muted)
    yield text(axis.title, _LEFT + _PLOT / 2, bottom + 33, muted)


def _legend(strips: Sequence[Strip], ink: Ink) -> Iterator[str]:
    """Above the lanes; where all of it takes more room, from the left edge on. What is rare is there where it is."""
    there = {outcome for strip in strips for outcome in np.unique(strip.recorded.deliveries["outcome"]).tolist()}
    outcomes = [outcome for outcome in GRAVITY if outcome in there or outcome not in RARE]
    others = (*_OTHERS, *([_INCIDENT] if any(strip.recorded.incidents for strip in strips) else []))
    names = (*(OUTCOME_WORDS[outcome] for outcome in outcomes), *(words for words, _ in others))
    x: float = max(8, min(_LEFT, WIDTH - sum(map(_entry_width, names))))
    for outcome in outcomes:
        yield rect(outcome.name.lower(), Box(x, 8, 20, 11), ink.bar(outcome))
        yield from _mark_sample(outcome, x, ink)
        yield text(OUTCOME_WORDS[outcome], x + 25, 18, Look("text", ink.text))
        x += _entry_width(OUTCOME_WORDS[outcome])
    for words, sample in others:
        yield sample.format(x=x, x2=x + 20, ink=ink)
        yield text(words, x + 25, 18, Look("text", ink.text))
        x += _entry_width(words)


def _entry_width(words: str) -> float:
    return 25 + 6.4 * len(words) + 16


def _mark_sample(outcome: Outcome, x: float, ink: Ink) -> Iterator[str]:
    mark = ink.mark(outcome, x + 10, 13.5, 3.5)
    if mark:
        yield f'<path class="mark" fill="none" stroke="{ink.ground}" stroke-width="1.3" d="{mark}"/>'


_OTHERS = (
    ("at work", '<rect x="{x}" y="8" width="20" height="11" fill="{ink.in_flight}"/>'),
    (
        "redelivered",
        '<path d="M{x} 8h20v11h-20z" fill="{ink.acked}"/><path d="M{x} 8h20v11h-20z" fill="url(#{ink.hatching})"/>',
    ),
    ("came back", '<path class="link" fill="none" stroke="{ink.redelivered}" d="M{x} 18C{x2} 18 {x} 9 {x2} 9"/>'),
    ("hoarded", '<rect x="{x}" y="6" width="20" height="15" fill="{ink.in_flight}" fill-opacity=".4"/>'),
)
_INCIDENT = (
    "event",
    '<path class="incident" fill="none" stroke="{ink.text}" stroke-dasharray="2 3" d="M{x2} 5V22"/>',
)
