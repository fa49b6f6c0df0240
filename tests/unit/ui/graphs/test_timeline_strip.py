import numpy as np

from wqstudio.ui.graphs.timeline_strip import StripInk, StripShape, sampled, strip
from wqstudio.ui.theme import DARK

INK = StripInk.of(DARK)
ROWS = 20


def _strip(waiting: list[int], hoarded: list[int]) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint32]]":
    nothing = np.empty(0, np.int64)
    return strip(StripShape(ROWS, np.array(waiting), np.array(hoarded), nothing, thickness=2, phase=0), INK)


def test_what_waits_is_an_area_below_a_line_that_joins_its_steps() -> None:
    pixels = _strip([15, 15, 5, 5], [19] * 4)
    assert pixels[10, 0] == INK.ground
    assert pixels[18, 1] == pixels[10, 3] == INK.area
    assert pixels[15, 0] == pixels[5, 3] == INK.line
    assert (pixels[5:16, 2] == INK.line).all()
    assert not (pixels == INK.dash).any()


def test_what_is_hoarded_is_dashed_where_there_is_any() -> None:
    pixels = _strip([19] * 40, [8] * 20 + [19] * 20)
    dashes = pixels[8] == INK.dash
    assert 5 < dashes[:20].sum() < 20
    assert not dashes[20:].any()
    assert not (pixels[19] == INK.dash).any()


def test_a_step_function_is_sampled_as_it_stands() -> None:
    times, counts = np.array([1.0, 2.0, 4.0]), np.array([5, 7, 0])
    assert sampled(times, counts, np.array([0.5, 1.0, 3.9, 4.0, 9.0])).tolist() == [0, 5, 7, 0, 0]
    assert sampled(times[:0], counts[:0], np.array([1.0])).tolist() == [0]
