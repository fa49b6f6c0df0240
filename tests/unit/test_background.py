import asyncio
import contextlib

from wqstudio.background import cancel, spawn


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
