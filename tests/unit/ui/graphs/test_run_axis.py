import pytest

from wqstudio.ui.graphs.run_axis import elapsed_ticks

_SPACE = "\N{NARROW NO-BREAK SPACE}"


def test_ticks_are_at_round_seconds_since_the_beginning() -> None:
    assert elapsed_ticks(-0.2, 9.0, 10) == [(float(n), f"{n}{_SPACE}s") for n in range(9)]


def test_a_short_stretch_has_as_many_digits_as_it_needs() -> None:
    assert [label for _, label in elapsed_ticks(1.01, 0.05, 5)] == [
        f"{n}{_SPACE}s" for n in ("1.01", "1.02", "1.03", "1.04", "1.05", "1.06")
    ]


@pytest.mark.parametrize("span", [0.003, 0.7, 42.0, 9_000.0])
def test_there_are_never_more_than_there_is_room_for(span: float) -> None:
    assert 2 <= len(elapsed_ticks(0.0, span, 8)) <= 9
