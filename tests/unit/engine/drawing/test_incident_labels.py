"""Words beside incidents: none lies on another, and none is left out."""

from itertools import pairwise

import pytest

from wqstudio.engine.drawing.incident_labels import Label, Room, labels

ROOM = Room(0.0, 400.0, 2)


def _labels(at: list[tuple[float, str]], room: Room = ROOM) -> list[Label]:
    """Each letter is 10 pixels wide."""
    return labels(at, room, lambda words: 10.0 * len(words))


def test_where_there_is_room_each_stands_on_the_first_line() -> None:
    assert [(each.words, each.line) for each in _labels([(0, "crash a"), (200, "stop b")])] == [
        ("crash a", 0),
        ("stop b", 0),
    ]


def test_neighbours_stand_on_two_lines() -> None:
    assert [(each.words, each.line) for each in _labels([(0, "crash a"), (5, "stop b")])] == [
        ("crash a", 0),
        ("stop b", 1),
    ]


def test_who_has_no_line_joins_the_one_before_which_counts_them() -> None:
    said = _labels([(0, "crash a"), (5, "stop b"), (9, "pause c"), (12, "stop d"), (300, "crash e")])
    assert [(each.words, each.members) for each in said] == [
        ("crash a", (0,)),
        ("stop b +2", (1, 2, 3)),
        ("crash e", (4,)),
    ]


def test_what_is_the_same_is_said_once() -> None:
    (said,) = _labels([(n, "crash") for n in range(5)], Room(0.0, 400.0, 1))
    assert said.words == "crash ×5"


def test_at_the_right_they_stand_on_the_left_of_their_lines() -> None:
    said = _labels([(380, "crash a")])[0]
    assert said.backwards
    assert (said.begin, said.end) == (306, 376)


def test_what_is_wider_than_all_the_room_is_said_all_the_same() -> None:
    (said,) = _labels([(10, "x" * 100)])
    assert said.line == 0


@pytest.mark.parametrize("lines", [1, 2, 4])
@pytest.mark.parametrize("apart", [0.5, 7, 31, 90])
def test_none_lies_on_another_and_all_are_told(lines: int, apart: float) -> None:
    at = [(n * apart, f"event {n}") for n in range(int(400 / apart))]
    said = _labels(at, Room(0.0, 400.0, lines))
    assert [member for each in said for member in each.members] == list(range(len(at)))
    for line in range(lines):
        on_line = sorted((each.begin, each.end) for each in said if each.line == line)
        assert all(end < begin for (_, end), (begin, _) in pairwise(on_line))
