import asyncio
import contextlib

import pytest

from wqstudio.background import cancel, spawn, uninterrupted


async def test_a_task_that_loses_its_first_cancellation_is_cancelled_all_the_same() -> None:
    asked = 0

    async def stubborn() -> None:
        nonlocal asked
        while True:
            asked += 1
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            if asked == 2:
                return

    task = spawn(stubborn(), "stubborn")
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await cancel(task)
    assert task.done()
    assert asked == 2


async def test_what_must_not_be_interrupted_comes_to_its_end_and_then_the_cancellation_does() -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def steps() -> None:
        begun.set()
        await go_on.wait()
        done.set()

    async def caller() -> None:
        await uninterrupted(steps())

    task = asyncio.ensure_future(caller())
    await begun.wait()
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_what_is_not_interrupted_returns_and_raises_as_ever() -> None:
    async def seven() -> int:
        return 7

    async def fails() -> None:
        raise ValueError("why")

    assert await uninterrupted(seven()) == 7
    with pytest.raises(ValueError, match="why"):
        await uninterrupted(fails())
