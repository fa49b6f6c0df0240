import re
from math import nan
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tests.unit.engine.recordings import every_outcome, made_up, row, task
from wqstudio.domain.worker import Outcome
from wqstudio.engine.drawing.axis import axis_for
from wqstudio.engine.drawing.bars import bars_of
from wqstudio.engine.drawing.ink import DARK, LIGHT
from wqstudio.engine.drawing.timeline_svg import Scheme, Strip, timeline_svg
from wqstudio.ui import theme

SVG = "{http://www.w3.org/2000/svg}"


def _drawn(*strips: Strip, scheme: Scheme = Scheme.BOTH) -> ET.Element:
    return ET.fromstring(timeline_svg(strips, scheme))


def _texts(drawing: ET.Element) -> list[str]:
    return [element.text or "" for element in drawing.iter(f"{SVG}text")]


def _told(drawing: ET.Element) -> dict[str, ET.Element]:
    """Bars by what they tell of themselves."""
    return {
        title.text or "": rect for rect in drawing.iter(f"{SVG}rect") if (title := rect.find(f"{SVG}title")) is not None
    }


def test_each_outcome_has_its_colour_and_its_words() -> None:
    told = _told(_drawn(Strip("", every_outcome())))
    assert len(told) == 8  # what was never begun has no bar
    for words, outcome in (
        ("acknowledged", Outcome.ACKED),
        ("given back", Outcome.NAKED),
        ("rejected", Outcome.TERMINATED),
        ("timed out", Outcome.EXPIRED),
        ("crashed", Outcome.CRASHED),
    ):
        fills = {rect.get("fill") for title, rect in told.items() if words in title}
        assert fills == {LIGHT.bar(outcome)}
    (crashed,) = (title for title in told if "crashed" in title)
    assert crashed == "one · task 4 of orders · delivery 1, crashed · received 0.000 s · begun 2.000 s · ended 3.000 s"


def test_bars_stand_where_their_times_are() -> None:
    told = _told(_drawn(Strip("", every_outcome())))
    place = {title.split(" · ")[1] + title.split(" · ")[2][:10]: rect for title, rect in told.items()}
    per_second = 1_020 / 5.0
    second = place["task 1 of ordersdelivery 2"]
    assert float(second.get("x", 0)) == pytest.approx(160 + 2.5 * per_second, abs=0.1)
    assert float(second.get("width", 0)) == pytest.approx(per_second, abs=1)
    third, first = (place[f"task {number} of ordersdelivery 1"] for number in (3, 0))
    assert second.get("y") == third.get("y") != first.get("y")


def test_shape_tells_what_colour_tells() -> None:
    """Signs on four bars that went wrong, hatching on three redeliveries, and a link to each."""
    drawing = _drawn(Strip("", every_outcome()))
    paths = list(drawing.iter(f"{SVG}path"))
    in_lanes = [path for path in paths if path.get("class") == "mark"][4:]  # the legend has four
    assert sum(len(re.findall("z|M", path.get("d", ""))) for path in in_lanes) == 1 + 1 + 2 + 2
    hatched = [path for path in paths if path.get("fill") == "url(#wqs-again-0)"][1:]
    assert sum(path.get("d", "").count("M") for path in hatched) == 3
    (links,) = [path for path in paths if path.get("class") == "link"][1:]
    assert links.get("d", "").count("C") == 3


def test_what_was_passed_on_has_a_colour_a_sign_and_an_entry_of_its_own_where_there_is_any() -> None:
    rows = [row(1, task(0), (0.0, 0.0, 1.0), Outcome.FORWARDED), row(1, task(1), (1.0, 1.0, 2.0))]
    drawing = _drawn(Strip("", made_up(rows, ["one"], published=2)))
    (bar,) = (rect for words, rect in _told(drawing).items() if "passed on" in words)
    others = {LIGHT.bar(outcome) for outcome in Outcome if outcome is not Outcome.FORWARDED}
    assert bar.get("fill") == theme.Concept.PUBLISHED.value not in others
    marks = [path.get("d") for path in drawing.iter(f"{SVG}path") if path.get("class") == "mark"]
    assert len(marks) == 5 + 1  # the legend has five
    assert "passed on" in _texts(drawing)
    assert "passed on" not in _texts(_drawn(Strip("", every_outcome())))


def test_a_link_ends_where_the_next_bar_begins() -> None:
    """Also where the next worker never began it: its bar is where that one lost it."""
    rows = [
        row(1, task(0), (0.0, 0.0, 1.0), Outcome.NAKED),
        row(2, task(0), (1.5, 1.5, 4.0), Outcome.CRASHED, 2),
        row(1, task(0), (4.0, 4.5, 5.0), deliveries=3),
    ]
    drawing = _drawn(Strip("", made_up(rows, ["one", "two"], published=1)))
    (links,) = [path for path in drawing.iter(f"{SVG}path") if path.get("class") == "link"][1:]
    per_second = 1_020 / 5.0
    ends = [float(x) for x in re.findall(r"C[\d.]+ [\d.]+ [\d.]+ [\d.]+ ([\d.]+) ", links.get("d", ""))]
    assert sorted(ends) == pytest.approx([160 + at * per_second for at in (4.0, 4.5)], abs=0.1)


def test_what_is_held_and_what_waits_is_drawn() -> None:
    drawing = _drawn(Strip("", every_outcome()))
    held = [path.get("d", "") for path in drawing.iter(f"{SVG}path") if path.get("class") == "held"]
    assert [d.count("M") for d in held] == [1, 1]
    per_second = 1_020 / 5.0
    assert f"h{3.0 * per_second:.1f}" in held[0]  # one message lay with the first worker until it crashed
    assert f"h{1.5 * per_second:.1f}" in held[1]
    assert {"waiting", "most: 4", "0 messages", "seconds since the run began"} <= set(_texts(drawing))


def test_names_may_hold_what_xml_may_not() -> None:
    rows = [row(1, task(0), (0.0, 0.0, 1.0))]
    drawing = _drawn(Strip("set\x1bting", made_up(rows, ["one\x00\ud800"], 1, [(0.5, "crash one\x07")])))
    assert "one\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}" in _texts(drawing)


def test_what_was_never_begun_has_a_bar_where_it_was_lost() -> None:
    """Hoarded when its worker crashed, given back as not yet due, expired in its worker's hands: one bar each."""
    rows = [
        row(1, task(0), (0.0, 0.0, 1.0)),
        row(1, task(1), (0.5, 1.0, 1.0), Outcome.NAKED)._replace(work=nan),
        row(1, task(2), (0.5, 2.0, 2.0), Outcome.EXPIRED, 2)._replace(work=nan),
        row(1, task(3), (2.5, 2.5, 3.0), Outcome.CRASHED),
        row(1, task(4), (3.0, 3.0, 4.0)),
    ]
    recording = made_up(rows, ["one"], published=5)
    drawing = _drawn(Strip("", recording))
    per_second = 1_020 / 4.0
    for outcome, at in (("naked", 1.0), ("expired", 2.0), ("crashed", 3.0)):
        (bar,) = (path for path in drawing.iter(f"{SVG}path") if path.get("class") == outcome)
        assert bar.get("fill-opacity") is None
        left, width = map(float, re.findall(r"^M([\d.]+) .*?h([\d.]+)", bar.get("d", ""))[0])
        assert left == pytest.approx(160 + at * per_second, abs=1)
        assert width == 1
    drawn = [each for each in drawing.iter() if each.find(f"{SVG}title") is not None or each.get("class") == "expired"]
    assert drawn[-1].tag == f"{SVG}path", "a bar beside it would hide it"
    settled = recording.deliveries
    assert len(bars_of(settled, np.arange(len(settled)), recording.start, per_second, 1.0).row) == len(rows)


def test_what_is_hoarded_is_a_dashed_line_where_there_is_any() -> None:
    """Two messages at first; one is begun after 1 s, another comes, then one after the other is begun or given up."""
    recording = every_outcome()
    drawing = _drawn(Strip("", recording))
    line, sample = (path for path in drawing.iter(f"{SVG}path") if path.get("class") == "hoarded")
    assert line.get("stroke") == sample.get("stroke") == LIGHT.in_flight
    assert line.get("stroke-dasharray")
    most = int(recording.hoarded[1].max())
    assert most > 0
    (words,) = (text for text in drawing.iter(f"{SVG}text") if text.text == f"hoarded, most: {most}")
    sample_ends = sum(map(float, re.findall(r"M(\d+) .*h(\d+)", sample.get("d", ""))[0]))
    assert sample_ends < float(words.get("x", "")) - 6.0 * len("hoarded, most: 19,950")  # as wide as it is drawn
    per_second = 1_020 / 5.0
    assert line.get("d", "").startswith("M160.0 ")
    assert line.get("d", "").endswith(f"H{160 + 3.0 * per_second:.1f}")  # nothing is hoarded from then on


def test_where_nothing_is_hoarded_nothing_is_dashed() -> None:
    drawing = _drawn(Strip("", made_up([row(1, task(0), (0.0, 0.0, 1.0))], ["one"], published=1)))
    assert not [path for path in drawing.iter(f"{SVG}path") if path.get("class") == "hoarded"]
    assert not [words for words in _texts(drawing) if words.startswith("hoarded, most")]


def test_the_lines_of_one_picture_have_one_scale() -> None:
    """Four messages wait at most in one run, three of which were taken back from workers, and six are hoarded in the
    other: they reach two thirds as high.
    """
    rows = [row(1, task(n), (0.0, float(n), n + 1.0)) for n in range(7)]
    hoarding = made_up(rows, ["one"], published=7)
    drawing = _drawn(Strip("", every_outcome()), Strip("", hoarding))
    assert "hoarded, most: 6" in _texts(drawing)
    (area, _) = (
        path for path in drawing.iter(f"{SVG}path") if path.get("fill-opacity") == ".4" and "H" in path.get("d", "")
    )
    bottom, *levels = (float(level) for level in re.findall(r"(?:M160 |V)([\d.]+)", area.get("d", "")))
    assert max(bottom - level for level in levels) == pytest.approx(58 * 2 / 3, abs=0.1)


def _incidents(drawing: ET.Element) -> list[tuple[str, float]]:
    """What the dotted lines tell, and where they are."""
    told = []
    for path in drawing.iter(f"{SVG}path"):
        title = path.find(f"{SVG}title")
        if path.get("class") == "incident" and title is not None:
            told.append((title.text or "", float(path.get("d", "")[1:].split(" ")[0])))
    return told


def _words(drawing: ET.Element, words: str) -> ET.Element:
    (found,) = (element for element in drawing.iter(f"{SVG}text") if element.text == words)
    return found


def test_what_was_done_is_a_dotted_line_with_its_words_through_lanes_and_waiting_line() -> None:
    rows = [row(1, task(0), (0.0, 0.0, 10.0))]
    done = [(2.0, "crash worker-1 <b>"), (2.1, "restart broker"), (9.9, "scale worker to 2"), (12.0, "stop one")]
    drawing = _drawn(Strip("", made_up(rows, ["one"], 1, done)))
    per_second = 1_020 / 12.0  # what comes last is in the picture, too
    told, places = zip(*_incidents(drawing), strict=True)
    assert told == tuple(f"{at:.3f} s · {words}" for at, words in done)
    assert places == pytest.approx([160 + at * per_second for at, _ in done], abs=0.1)
    first, second, third, last = (_words(drawing, words) for _, words in done)
    assert float(second.get("y", 0)) > float(first.get("y", 0)) == float(third.get("y", 0))
    assert [each.get("text-anchor") for each in (first, second, third, last)] == ["start", "start", "start", "end"]
    bar = next(iter(_told(drawing).values()))
    assert float(second.get("y", 0)) < float(bar.get("y", 0))
    assert "event" in _texts(drawing)


def test_words_for_which_there_is_no_room_join_their_neighbours_and_count_them() -> None:
    done = [(0.1 + n / 100, f"set the rate of shop to {n}") for n in range(9)]
    drawing = _drawn(Strip("", made_up([row(1, task(0), (0.0, 0.0, 10.0))], ["one"], 1, done)))
    assert len(_incidents(drawing)) == 9
    said = [words for words in _texts(drawing) if words.startswith("set the rate")]
    assert said == [f"set the rate of shop to {n}" for n in range(3)] + ["set the rate of shop to 3 +5"]
    told = [title.text or "" for group in drawing.iter(f"{SVG}g") for title in group.findall(f"{SVG}title")]
    assert "\n".join(f"{at:.3f} s · {words}" for at, words in done[3:]) in told


def test_where_nothing_was_done_nothing_is_said_of_it() -> None:
    drawing = _drawn(Strip("", every_outcome()))
    assert not [path for path in drawing.iter(f"{SVG}path") if path.get("class") == "incident"]
    assert "event" not in _texts(drawing)


def test_each_timeline_of_a_comparison_has_its_own_events_above_its_lanes() -> None:
    rows = [row(1, task(0), (0.0, 0.0, 10.0))]
    one, two = (made_up(rows, ["one"], 1, [(2.0, words)]) for words in ("crash one", "pause one"))
    drawing = _drawn(Strip("first", one), Strip("second", two))
    upper, lower = (float(_words(drawing, words).get("y", 0)) for words in ("crash one", "pause one"))
    titles = [float(_words(drawing, words).get("y", 0)) for words in ("first", "second")]
    assert titles[0] < upper < titles[1] < lower


def test_names_are_text_and_nothing_else() -> None:
    drawing = _drawn(Strip('<b>&"', every_outcome('<script>&"')))
    assert {'<script>&"', '<b>&"'} <= set(_texts(drawing))
    assert not list(drawing.iter("script"))


def test_timelines_of_a_comparison_share_their_axis() -> None:
    short = made_up([row(1, task(0), (0.0, 0.0, 1.0))], ["other"], published=1)
    drawing = _drawn(Strip("long", every_outcome()), Strip("short", short))
    bars = [rect for title, rect in _told(drawing).items() if "task 0 of orders · delivery 1" in title]
    widths = sorted(float(bar.get("width", 0)) for bar in bars)
    assert widths == pytest.approx([1_020 / 5 - 0.6] * 2, abs=0.1)
    assert {"long", "short"} <= set(_texts(drawing))


def test_nothing_recorded_can_be_drawn() -> None:
    assert "most: 0" in _texts(_drawn(Strip("", made_up([], [], published=0))))


def test_a_dark_picture_is_dark_and_one_for_both_follows_its_reader() -> None:
    dark, both = (timeline_svg([Strip("", every_outcome())], scheme) for scheme in (Scheme.DARK, Scheme.BOTH))
    assert f'height="{ET.fromstring(dark).get("height")}" fill="{DARK.ground}"' in dark
    assert "prefers-color-scheme" not in dark
    assert f"@media (prefers-color-scheme: dark){{.wqs-timeline .ground{{fill:{DARK.ground}}}" in both


def test_colours_are_those_of_the_window() -> None:
    for ink, tones in ((LIGHT, theme.LIGHT), (DARK, theme.DARK)):
        assert (ink.ground, ink.raised, ink.line) == (tones.panel, tones.raised, tones.line)
        assert (ink.text, ink.muted) == (tones.text, tones.muted)
        assert (ink.acked, ink.dead, ink.waiting) == tuple(
            concept.value for concept in (theme.Concept.ACKED, theme.Concept.DEAD, theme.Concept.WAITING)
        )
        assert (ink.redelivered, ink.in_flight) == (theme.Concept.REDELIVERED.value, theme.Concept.IN_FLIGHT.value)


def test_very_many_bars_make_no_very_large_picture() -> None:
    """40,000 on 100 lanes; one in a thousand crashed, of most lanes at most one, and shows."""
    rows = [
        row(1 + n % 100, task(n), (at - 0.01, at, at + 0.05), Outcome.CRASHED if n % 997 == 5 else Outcome.ACKED)
        for n in range(40_000)
        for at in [0.01 + n // 100 * 0.06]
    ]
    picture = timeline_svg([Strip("", made_up(rows, [f"worker-{n}" for n in range(100)], published=40_000))])
    assert len(picture) < 1_500_000
    assert picture.count('<path class="crashed"') == len({n % 100 for n in range(5, 40_000, 997)})


@given(
    st.lists(st.tuples(st.floats(0, 5), st.floats(0.001, 3), st.sampled_from(Outcome)), min_size=1, max_size=40),
    st.sampled_from([1.0, 5.0]),
)
def test_every_bar_is_within_what_is_drawn(drawn: list[tuple[float, float, Outcome]], cell: float) -> None:
    """One after the other in a lane, at ten pixels a second: each has its colour or that of something graver."""
    at, rows = 0.0, []
    for number, (gap, length, outcome) in enumerate(drawn):
        rows.append(row(1, task(number), (at, at + gap, at + gap + length), outcome))
        at += gap + length
    recording = made_up(rows, ["one"], published=len(rows))
    settled = recording.deliveries
    bars = bars_of(settled, np.arange(len(settled)), recording.start, 10.0, cell)
    assert (bars.width > 0).all()
    assert ((bars.filled > 0) & (bars.filled <= 1)).all()
    for index, each in enumerate(rows):
        never = each.begun == each.received and each.outcome is Outcome.CRASHED
        middle = ((each.ended if never else (each.begun + each.ended) / 2) - recording.start) * 10
        inside = (bars.left <= middle + 1e-6) & (middle <= bars.left + bars.width + 1e-6)
        assert inside.any(), index
        if each.outcome is Outcome.CRASHED:
            assert bars.rank[inside].max() >= 8


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (5.0, ["0.0", "0.5"]),
        (0.012, ["0.000", "0.002"]),
        (41.0, ["0", "5"]),
        (3_000.0, ["0", "5"]),
        (36_000.0, ["0", "1"]),
    ],
)
def test_an_axis_is_told_in_round_figures(seconds: float, labels: list[str]) -> None:
    axis = axis_for(seconds, 1_000.0)
    assert [label for _, label in axis.ticks][:2] == labels
    assert 4 <= len(axis.ticks) <= 11
    assert all(0 <= x <= 1_000 + 1e-6 for x, _ in axis.ticks)
