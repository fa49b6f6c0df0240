"""Values in 16 bits."""

import numpy as np
from hypothesis import given, strategies as st

from wqstudio.domain.series import decode, encode


@given(st.floats(0, 1e12))
def test_values_come_back_within_the_stated_error(value: float) -> None:
    assert abs(decode(encode(np.array([value])))[0] - value) <= 3e-4 * (1 + value)


def test_small_counts_come_back_exactly() -> None:
    counts = np.arange(2_300.0)
    assert (decode(encode(counts)) == counts).all()


def test_unknown_stays_unknown() -> None:
    assert np.isnan(decode(encode(np.array([np.nan, -1.0])))).all()
