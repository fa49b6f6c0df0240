"""Errors that nobody was there to catch fail the test during which they come: a loop's own handler only logs them."""

import logging
from collections.abc import Iterator

import pytest

_LOOPS = ("asyncio", "qasync")
"""What such handlers log as. A test that means an error to come sets a handler of its own."""


class _Unheard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in _LOOPS:
            self.errors.append(self.format(record))


@pytest.fixture(autouse=True)
def unheard() -> Iterator[None]:
    handler, logger = _Unheard(), logging.getLogger()
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)
    if handler.errors:
        pytest.fail("\n\n".join(handler.errors), pytrace=False)
