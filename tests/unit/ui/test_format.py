import math

import pytest

from wqstudio.domain.reading import Unknown
from wqstudio.ui import format as figures

THIN = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (999, "999"), (1_200, f"1.2{THIN}k"), (12_345, f"12.3{THIN}k"), (4_500_000, f"4.5{THIN}M")],
)
def test_counts_read_well(value: float, shown: str) -> None:
    assert figures.count(value) == shown


@pytest.mark.parametrize("value", [None, Unknown("denied"), math.nan, math.inf])
def test_what_is_unknown_is_not_zero(value: float | Unknown | None) -> None:
    assert figures.count(value) == figures.UNKNOWN


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.34, "340 ms"), (1.23, "1.2 s"), (41, "41 s"), (300, "5 min"), (9_000, "2 h"), (400_000, "5 d")],
)
def test_durations_have_the_unit_that_suits(seconds: float, shown: str) -> None:
    assert figures.duration(seconds).replace(THIN, " ") == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (1.23, "1.2 s"),
        (119.4, "119 s"),
        (119.6, "2 min"),
        (120, "2 min"),
        (157.7, "2 min 38 s"),
        (172.3, "2 min 52 s"),
        (7199.6, "2 h"),
        (7_500, "2 h 5 min"),
        (400_000, "5 d"),
    ],
)
def test_lengths_that_are_compared_are_told_to_the_second(seconds: float, shown: str) -> None:
    assert figures.measured(seconds).replace(THIN, " ") == shown


def test_rates_and_sizes_carry_their_units() -> None:
    assert figures.rate(9.84) == "9.8/s"
    assert figures.size(1_500) == f"1.5{THIN}kB"
    assert figures.ago(12) == f"12{THIN}s ago"


def test_what_was_at_the_same_second_reads_alike_all_minute_long() -> None:
    hour = 1_700_000_040.0 // 60 * 60
    assert {figures.since(hour + 30.9 * part, hour + 13 * 60 + told) for part in (0, 1) for told in (0, 29, 59)} == {
        f"13{THIN}min ago"
    }
    assert {figures.since(hour + part, hour + 60) for part in (0.1, 0.9)} == {f"60{THIN}s ago"}
    assert figures.since(hour, hour + 120) == f"2{THIN}min ago"
    assert figures.since(hour + 59, hour + 179) == f"2{THIN}min ago"
    assert figures.since(hour, hour - 5) == "now"
