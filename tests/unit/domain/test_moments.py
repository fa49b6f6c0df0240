import pytest

from wqstudio.domain import moments

NOW = 1_790_000_000.0


@pytest.mark.parametrize("at", [-62_135_596_800.0, -1.0, 0.0, 253_402_300_799.0, 1e15])
def test_what_no_calendar_knows_or_nobody_has_set_is_no_time(at: float) -> None:
    assert moments.told(at) is None
    assert moments.told(NOW) == NOW
