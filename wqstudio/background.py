"""Background tasks that are never lost and never fail unheard."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")

_ASK_AGAIN = 1.0
"""Seconds."""

_running: set[asyncio.Task[Any]] = set()  # asyncio itself keeps weak references only


def spawn(
    coroutine: Coroutine[Any, Any, None], name: str, on_error: Callable[[BaseException], None] | None = None
) -> asyncio.Task[None]:
    """Run ``coroutine`` beside the caller. Cancelling the task returned is no error.

    An exception goes to ``on_error``, or else to the loop's exception handler.
    """
    task = asyncio.get_running_loop().create_task(coroutine, name=name)
    _running.add(task)

    def finished(done: asyncio.Task[None]) -> None:
        _running.discard(done)
        if done.cancelled() or (error := done.exception()) is None:
            return
        if on_error is not None:
            on_error(error)
            return
        report(error, f"background task {name!r} failed")

    task.add_done_callback(finished)
    return task


def report(error: BaseException, message: str) -> None:
    """Hand an error that nobody is there to catch to the running loop's exception handler."""
    asyncio.get_running_loop().call_exception_handler({"message": message, "exception": error})


async def cancel(task: asyncio.Task[Any] | None) -> None:
    """Cancel and wait until it has ended.

    Asked again as long as it goes on: ``asyncio.wait_for`` of Python 3.11 loses a cancellation that comes in the
    same turn as what it waits for.
    """
    while task is not None and not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_ASK_AGAIN)


async def uninterrupted(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """What it returns or raises. A cancellation that comes meanwhile, or several, take effect once it has ended."""
    task = asyncio.get_running_loop().create_task(coroutine)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as asked:
            cancelled = asked
    if cancelled is None:
        return task.result()
    raise cancelled from None if task.cancelled() else task.exception()
