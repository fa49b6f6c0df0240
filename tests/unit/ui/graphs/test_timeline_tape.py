from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor

from wqstudio.domain.delivery import DELIVERY, Deliveries
from wqstudio.domain.worker import Outcome
from wqstudio.engine.timeline.timeline import Lane
from wqstudio.ui.graphs.timeline_ink import Ink, heights, held_color, outcome_color, parts, present_color
from wqstudio.ui.graphs.timeline_lanes import LOWEST, LaneTable, in_sight, pitch
from wqstudio.ui.graphs.timeline_tape import Frame, Tape
from wqstudio.ui.theme import DARK, LIGHT, Tones

T0 = 1_700_000_000.0
SCALE = 0.1
FIRST = int(T0 / SCALE)
LANES = LaneTable(tuple(Lane(worker, f"w{worker}", 1.0, T0 - 100, None, ()) for worker in (3, 5, 4)))
FRAME = Frame(columns=200, rows=72, pitch=24, top=0)


def _rows(count: int = 400, seed: int = 0) -> Deliveries:
    rng = np.random.default_rng(seed)
    rows = np.zeros(count, DELIVERY)
    rows["worker"] = rng.choice([3, 4, 5], count)
    rows["ended"] = np.sort(T0 + rng.uniform(-5, 25, count))
    rows["begun"] = rows["ended"] - rng.exponential(0.4, count)
    rows["received"] = rows["begun"] - rng.exponential(0.2, count)
    rows["outcome"] = rng.choice(list(Outcome), count)
    rows["deliveries"] = rng.choice([1, 2], count)
    rows["work"] = 1.0
    return rows


def _tape(rows: Deliveries, first: int = FIRST, frame: Frame = FRAME, tones: Tones = DARK) -> Tape:
    tape = Tape(Ink.of(tones))
    tape.show(LANES, frame, first, SCALE, rows)
    return tape


@pytest.mark.parametrize("steps", [[1] * 30, [-1] * 30, [7, -3, 50, -90, 12], [199, 1], [500], [0, 200, -200]])
def test_moved_it_is_the_same_as_painted_anew(steps: Sequence[int]) -> None:
    rows = _rows()
    tape, first = _tape(rows), FIRST
    for step in steps:
        first += step
        tape.show(LANES, FRAME, first, SCALE, rows)
    assert tape.picture() == _tape(rows, first).picture()


def test_live_it_is_the_same_as_painted_at_once() -> None:
    rows, known = _rows(), 0
    tape = Tape(Ink.of(DARK))
    for now in np.arange(T0 - 5, T0 + 20, 0.05):
        new = int(np.searchsorted(rows["ended"], now - 0.05))
        tape.show(LANES, FRAME, int(now / SCALE) - FRAME.columns, SCALE, rows[:new])
        tape.add(rows[known:new])
        known = new
    assert tape.picture() == _tape(rows[:known], tape.first).picture()


@pytest.mark.parametrize("top", [0, 30])
def test_who_has_ended_is_not_there_any_more_in_a_picture_that_stands_still(top: int) -> None:
    rows, frame = _rows(0), replace(FRAME, top=top)
    tape = _tape(rows, frame=frame)
    first, crashed, last = LANES.lanes
    lanes = LaneTable((first, replace(crashed, ended=T0 + 4), replace(last, ended=T0 - 50)))
    assert tape.show(lanes, frame, FIRST, SCALE, rows)
    anew = Tape(Ink.of(DARK))
    anew.show(lanes, frame, FIRST, SCALE, rows)
    assert tape.picture() == anew.picture() != _tape(rows, frame=frame).picture()
    assert not tape.show(lanes, frame, FIRST, SCALE, rows)


def test_lanes_in_sight_are_those_that_are_scrolled_to() -> None:
    rows, low = _rows(), Frame(columns=200, rows=24, pitch=24, top=0)
    whole = _tape(rows).picture()
    tape = _tape(rows, frame=low)
    for lane in (2, 1):
        tape.show(LANES, Frame(200, 24, 24, 24 * lane), FIRST, SCALE, rows)
        assert tape.picture() == whole.copy(0, 24 * lane, 200, 24)


@pytest.mark.parametrize("tones", [DARK, LIGHT])
def test_each_outcome_has_its_colour_between_pale_margins(tones: Tones) -> None:
    rows = np.zeros(len(Outcome), DELIVERY)
    rows["worker"], rows["outcome"], rows["deliveries"], rows["work"] = 3, list(Outcome), 1, 1.0
    rows["begun"] = T0 + np.arange(len(Outcome)) * 2 + 1
    rows["received"], rows["ended"] = rows["begun"] - 1, rows["begun"] + 1
    picture = _tape(rows, tones=tones).picture()
    margin, core, _ = heights(24)
    middle, above = margin + core // 2, margin // 2
    for place, outcome in enumerate(Outcome):
        held, bar = place * 20 + 5, place * 20 + 15
        assert picture.pixelColor(bar, middle) == outcome_color(outcome, tones)
        assert picture.pixelColor(bar, above) == present_color(tones)
        assert picture.pixelColor(held, middle) == picture.pixelColor(held, above) == held_color(tones)
    assert picture.pixelColor(150, middle) == present_color(tones)
    assert picture.pixelColor(150, 23) == QColor(tones.panel)


def test_a_redelivery_is_hatched() -> None:
    rows = np.zeros(2, DELIVERY)
    rows["worker"], rows["deliveries"], rows["work"] = (3, 5), (1, 2), 1.0
    rows["received"] = rows["begun"] = T0 + 1
    rows["ended"] = T0 + 9
    picture = _tape(rows).picture()
    colors = [{picture.pixelColor(x, lane * 24 + 12).name() for x in range(20, 80)} for lane in range(2)]
    assert [len(lane) for lane in colors] == [1, 2]
    assert colors[0] < colors[1]


def test_a_code_says_what_is_in_a_cell() -> None:
    tape = _tape(_rows(0))
    assert tape.code(0, FIRST) == tape.code(2, FIRST + 199) > 0


@pytest.mark.parametrize("high", range(LOWEST, 60))
def test_the_parts_of_a_lane_add_up_and_leave_a_bar(high: int) -> None:
    margin, core, gap = heights(high)
    assert (2 * margin + core + gap, len(parts(high))) == (high, high)
    assert core >= max(3, high // 2)


def test_lanes_are_as_high_as_there_is_room_for_and_never_too_low() -> None:
    assert pitch(600, 3) == 56
    assert pitch(600, 20) == 30
    assert pitch(600, 200) == LOWEST
    assert pitch(1_200, 200, ratio=2.0) == 2 * LOWEST


def test_only_workers_that_were_there_have_a_lane() -> None:
    lanes = [
        Lane(1, "gone", 1.0, 10.0, 20.0, ()),
        Lane(2, "here", 1.0, 30.0, None, ()),
        Lane(3, "yet", 1.0, 90.0, None, ()),
    ]
    assert [lane.name for lane in in_sight(lanes, 25.0, 60.0)] == ["here"]
    assert [lane.name for lane in in_sight(lanes, 15.0, 60.0)] == ["gone", "here"]
