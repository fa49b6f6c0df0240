"""One lane of a drawn timeline, and the links between lanes."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from wqstudio.domain.delivery import each_delivery
from wqstudio.domain.dispatch_lane import Lane
from wqstudio.domain.dispatch_rows import work_began
from wqstudio.domain.dispatch_words import OUTCOME_WORDS
from wqstudio.domain.settled import FOREIGN, SettledDelivery
from wqstudio.domain.task import sequence_of
from wqstudio.engine.drawing.axis import Axis
from wqstudio.engine.drawing.bars import GRAVITY, Bars, bars_of, held_spans
from wqstudio.engine.drawing.ink import Ink
from wqstudio.engine.drawing.recorded import Recorded
from wqstudio.engine.drawing.svg_parts import Box, boxes, rect

_TOLD_WIDTH, _MARKED_WIDTH, _MARKED_PITCH = 4.0, 11.0, 10
"""Pixels from which on a bar tells of itself, and has a sign; and from lane to lane for signs."""
_MOST_TOLD = 400
"""Bars of a lane that tell of themselves."""
_MOST_LINKS = 500


@dataclass(frozen=True, slots=True)
class LaneArt:
    """Where a lane is drawn; pixels."""

    lane: Lane
    number: int
    top: float
    pitch: int
    cell: float
    """Bars narrower than this are put together."""

    @property
    def height(self) -> float:
        return self.pitch - (2.0 if self.pitch >= 12 else 1.0)

    @property
    def core(self) -> tuple[float, float]:
        """Top and height of the bars; beside them what is held shows."""
        margin = max(1.0, round(self.height * 0.17)) if self.pitch > 4 else 0.0
        return self.top + margin, self.height - 2 * margin


def lane_svg(art: LaneArt, recorded: Recorded, axis: Axis, left: float, ink: Ink) -> Iterator[str]:
    rows = np.flatnonzero(recorded.deliveries["worker"] == art.lane.worker)
    mine, scale = recorded.deliveries[rows], axis.scale
    began = max(recorded.start, art.lane.began)
    ended = recorded.end if art.lane.ended is None else min(art.lane.ended, recorded.end)
    if ended > began:
        x, width = left + (began - recorded.start) * scale, (ended - began) * scale
        yield rect("present", Box(x, art.top, width, art.height), ink.raised)
    held, widths = held_spans(mine, recorded.start, scale)
    if len(held):
        d = boxes(left + held, widths, art.top, art.height)
        yield f'<path class="held" fill="{ink.in_flight}" fill-opacity=".4" d="{d}"/>'
    bars = bars_of(recorded.deliveries, rows, recorded.start, scale, art.cell)
    yield from _bars_svg(art, recorded, bars, left, ink)
    top, height = art.core
    for one in recorded.being:
        if one.worker == art.lane.worker:
            x, width = left + (one.begun - recorded.start) * scale, (recorded.end - one.begun) * scale
            yield rect("in-flight", Box(x, top, max(width, 1.0), height), ink.in_flight)


def links_svg(arts: Mapping[int, LaneArt], recorded: Recorded, axis: Axis, left: float, ink: Ink) -> Iterator[str]:
    """From where a delivery ended to where work on the next of that message began; the longest where they are many."""
    again = np.flatnonzero(recorded.links >= 0)
    rows, before = recorded.deliveries[again], recorded.deliveries[recorded.links[again]]
    lanes_known = np.isin(rows["worker"], list(arts)) & np.isin(before["worker"], list(arts))
    rows, before = rows[lanes_known], before[lanes_known]
    began = work_began(rows)
    longest = np.argsort(before["ended"] - began, kind="stable")[:_MOST_LINKS]
    columns = (before["worker"], before["ended"], rows["worker"], began)
    lines, dots = [], []
    for worker, ended, other, begun in zip(*(column[longest].tolist() for column in columns), strict=True):
        x1, y1 = left + (ended - recorded.start) * axis.scale, _middle(arts[worker])
        x2, y2 = left + (begun - recorded.start) * axis.scale, _middle(arts[other])
        reach = max(8.0, abs(x2 - x1) / 2)
        lines.append(f"M{x1:.1f} {y1:.1f}C{x1 + reach:.1f} {y1:.1f} {x2 - reach:.1f} {y2:.1f} {x2:.1f} {y2:.1f}")
        dots.append(f"M{x2 - 4:.1f} {y2 - 2.5:.1f}L{x2:.1f} {y2:.1f}L{x2 - 4:.1f} {y2 + 2.5:.1f}")
    if lines:
        yield f'<path class="link" fill="none" stroke="{ink.redelivered}" d="{"".join(lines + dots)}"/>'


def _middle(art: LaneArt) -> float:
    top, height = art.core
    return top + height / 2


def _bars_svg(art: LaneArt, recorded: Recorded, bars: Bars, left: float, ink: Ink) -> Iterator[str]:
    """Those with room tell of themselves one by one; over them, lest they hide them, the others in a path a kind."""
    top, height = art.core
    told = np.flatnonzero((bars.row >= 0) & (bars.width >= _TOLD_WIDTH))[:_MOST_TOLD]
    together = np.ones(len(bars.row), np.bool_)
    together[told] = False
    groups = defaultdict(list)
    for index in np.flatnonzero(together).tolist():
        groups[int(bars.rank[index]), float(bars.filled[index])].append(index)
    for index, row in zip(told.tolist(), each_delivery(recorded.deliveries[bars.row[told]]), strict=True):
        yield _told(art, recorded, row, (left + float(bars.left[index]), float(bars.width[index])), ink)
    for (rank, filled), indices in sorted(groups.items()):
        outcome, d = GRAVITY[rank // 2], boxes(left + bars.left[indices], bars.width[indices], top, height)
        opacity = f' fill-opacity="{0.25 + 0.75 * filled:.2f}"' if filled < 1 else ""
        yield f'<path class="{outcome.name.lower()}" fill="{ink.bar(outcome)}"{opacity} d="{d}"/>'
    again = np.flatnonzero(bars.rank % 2 == 1)
    if len(again):
        d = boxes(left + bars.left[again], bars.width[again], top, height)
        yield f'<path fill="url(#{ink.hatching})" pointer-events="none" d="{d}"/>'
    yield from _marks(art, bars, left, ink)


def _told(art: LaneArt, recorded: Recorded, row: SettledDelivery, place: tuple[float, float], ink: Ink) -> str:
    top, height = art.core
    words = [
        art.lane.name,
        "a message of somebody else" if row.task == FOREIGN else _task(recorded, row.task),
        f"{f'delivery {row.deliveries}' if row.counted else 'redelivery'}, {OUTCOME_WORDS[row.outcome]}",
        f"received {row.received - recorded.start:.3f} s",
        f"begun {row.begun - recorded.start:.3f} s",
        f"ended {row.ended - recorded.start:.3f} s",
    ]
    x, width = place
    # A hair's breadth between bars, so that two that follow each other are seen to be two.
    box = Box(x, top, max(width - 0.6, 1.0), height)
    return rect(row.outcome.name.lower(), box, ink.bar(row.outcome), " · ".join(words))


def _task(recorded: Recorded, task: int) -> str:
    return f"task {sequence_of(task):,} of {recorded.producer(task)}"


def _marks(art: LaneArt, bars: Bars, left: float, ink: Ink) -> Iterator[str]:
    if art.pitch < _MARKED_PITCH:
        return
    signs: list[str] = []
    for index in np.flatnonzero((bars.rank >= 2) & (bars.width >= _MARKED_WIDTH) & (bars.row >= 0)).tolist():
        x = left + float(bars.left[index] + bars.width[index]) - 6.0
        signs.append(ink.mark(GRAVITY[int(bars.rank[index]) // 2], x, _middle(art), 3.0))
    if signs:
        yield f'<path class="mark" fill="none" stroke="{ink.ground}" stroke-width="1.3" d="{"".join(signs)}"/>'
