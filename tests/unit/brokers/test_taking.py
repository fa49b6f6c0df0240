"""Handing out what has come."""

import asyncio

import pytest

from wqstudio.brokers.port import BrokerError, DeniedError, Link, LinkState, RefusedError, UnreachableError
from wqstudio.brokers.sessions import Delivery
from wqstudio.brokers.taking import TakingSession

ONE, TWO = (Delivery(body, "", 1, None) for body in (b"1", b"2"))


class _Session(TakingSession):
    """Serves what it was given as soon as it is asked."""

    def __init__(self, *served: Delivery, failure: BrokerError | None = None) -> None:
        super().__init__()
        self._served = served
        self._asked = 0
        if failure is not None:
            self._fail(failure)

    @property
    def asked(self) -> int:
        return self._asked

    def _ask(self) -> None:
        self._asked += 1
        for delivery in self._served:
            self._put(delivery)

    def deliver(self, delivery: Delivery) -> None:
        self._put(delivery)

    def pause(self) -> None:
        self._wake()


async def test_all_that_came_is_handed_out_once_and_in_order() -> None:
    session = _Session(ONE, TWO)
    assert await session.take() == (ONE, TWO)
    assert session.arrived() == ()


async def test_the_broker_is_asked_only_when_nothing_is_here() -> None:
    session = _Session()
    session.deliver(ONE)
    assert await session.take() == (ONE,)
    assert session.asked == 0


async def test_who_waits_is_let_go_with_nothing() -> None:
    session = _Session()
    waiting = asyncio.ensure_future(session.take())
    await asyncio.sleep(0)
    session.pause()
    assert await waiting == ()


async def test_a_failure_is_told_after_what_came_before_it() -> None:
    session = _Session(failure=RefusedError("gone"))
    session.deliver(ONE)
    assert await session.take() == (ONE,)
    with pytest.raises(RefusedError):
        await session.take()


async def test_what_a_denied_session_holds_is_not_handed_out() -> None:
    session = _Session(failure=DeniedError("no"))
    session.deliver(ONE)
    with pytest.raises(DeniedError):
        await session.take()
    with pytest.raises(DeniedError):
        session.arrived()


async def test_a_link_that_closes_for_good_ends_the_waiting() -> None:
    session = _Session()
    waiting = asyncio.ensure_future(session.take())
    await asyncio.sleep(0)
    session.on_link(Link(LinkState.RECONNECTING, 1.0))
    session.on_link(Link(LinkState.CLOSED, 2.0, reason="the server went away"))
    with pytest.raises(UnreachableError, match="the server went away"):
        await waiting
    assert session.link.state is LinkState.CLOSED
