"""How a redrive is steered: waiting for one's turn ends when somebody says so."""

import asyncio
import time

import pytest

from wqstudio.engine.moves.controls import Controls


@pytest.mark.parametrize("rate", [0.0, 100.0])
async def test_a_raised_rate_is_not_kept_waiting_by_the_one_before(rate: float) -> None:
    controls = Controls(0.01)
    began = time.monotonic()
    assert await controls.pace(1)
    waiting = asyncio.ensure_future(controls.pace(1))
    await asyncio.sleep(0)  # it begins to wait
    controls.rate = rate
    assert await waiting
    assert time.monotonic() - began < 50


async def test_a_letter_waits_as_long_as_the_rate_says() -> None:
    controls = Controls(20)
    began = time.monotonic()
    for _ in range(3):
        assert await controls.pace(1)
    assert time.monotonic() - began >= 0.1


async def test_who_waits_for_a_slow_rate_hears_of_a_cancel() -> None:
    controls = Controls(0.01)
    assert await controls.pace(1)
    waiting = asyncio.ensure_future(controls.pace(1))
    await asyncio.sleep(0)  # it begins to wait
    controls.cancel()
    assert not await waiting
