"""Pages are fetched one after the other, whatever becomes of one of them."""

import asyncio
from typing import Any

from tests.waiting import until
from wqstudio.ui.models.letter_fetching import Fetching


async def test_a_page_that_cannot_be_shown_is_told_of_and_does_not_end_the_others() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    came: list[int] = []

    async def fetch(page: int) -> None:
        if page == 1:
            raise ValueError("odd")
        came.append(page)

    fetching = Fetching(fetch)
    fetching.want(1)
    await until(lambda: bool(told))
    fetching.want(2)
    await until(lambda: came == [2])
    assert [str(context["exception"]) for context in told] == ["odd"]
    fetching.stop()
