"""While copies go out: why the broker takes none is told, and a cancel does not wait for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from wqstudio.background import cancel, spawn
from wqstudio.brokers.letters import Outlet
from wqstudio.domain.redrive import RunState
from wqstudio.engine.journal.claims import JournalError
from wqstudio.engine.moves.books import Books
from wqstudio.engine.moves.controls import Controls


@asynccontextmanager
async def tended(outlet: Outlet, books: Books, controls: Controls) -> AsyncIterator[None]:
    """For as long as the outlet is used. A pause ends no wait, after which nobody would know what was stored: it is
    told at once, and nothing is begun.
    """
    news = asyncio.Event()
    outlet.heed(news.set)
    controls.heed(news.set)
    tending = spawn(_tend(outlet, books, controls, news), "tell why no copies are taken")
    try:
        yield
    finally:
        await cancel(tending)


async def _tend(outlet: Outlet, books: Books, controls: Controls, news: asyncio.Event) -> None:
    told = ""
    try:
        while await news.wait():
            news.clear()
            if outlet.trouble and controls.cancelled:
                outlet.give_up()
            elif outlet.trouble:
                state = RunState.PAUSED if controls.halted else RunState.RUNNING
                told = outlet.trouble
                await _tell(books, trouble=told, state=state, rate=0.0, left=None)
            elif told:
                told = ""
                await _tell(books, trouble="")
    finally:
        if told and not outlet.trouble:  # it was over in the last moment
            books.note(trouble="")


async def _tell(books: Books, **changes: Any) -> None:
    """A journal that cannot be written ends the run at its next step, however far: a cancel is heard until then."""
    with suppress(JournalError):
        await books.tell(**changes)
