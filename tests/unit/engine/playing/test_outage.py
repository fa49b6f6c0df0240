"""How a restart of the broker stands, and who is told that it went wrong."""

import asyncio

import pytest

from wqstudio.engine.playing.outage import Outage


async def test_who_looks_how_it_stands_takes_no_error_from_who_has_to_know() -> None:
    """A window looks many times a second, the play four times."""

    async def fail() -> None:
        raise RuntimeError("it does not come back")

    outage = Outage()
    outage.begin(fail())
    assert outage.away
    with pytest.raises(RuntimeError, match="does not come back"):
        await outage.over()
    assert not outage.away
    with pytest.raises(RuntimeError, match="does not come back"):
        outage.check()


async def test_how_long_it_was_away_stands_still_from_when_it_is_back_whenever_that_is_asked() -> None:
    outage = Outage()
    outage.begin(asyncio.sleep(0.05))
    await outage.over()
    once = outage.seconds
    assert once >= 0.05
    await asyncio.sleep(0.01)
    assert outage.seconds == once
    outage.begin(asyncio.sleep(0.05))
    await outage.over()
    assert outage.seconds >= once + 0.05


async def test_one_that_is_abandoned_is_no_error() -> None:
    outage = Outage()
    outage.begin(asyncio.sleep(60))
    await outage.abandon()
    outage.check()
    assert not outage.away
