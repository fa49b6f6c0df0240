"""The bounded flow of events that every adapter tells its own through."""

import pytest

from tests.waiting import until
from wqstudio.brokers import feed
from wqstudio.brokers.feed import EventFlow
from wqstudio.brokers.port import Link, LinkState
from wqstudio.domain.events import Event, Level, Topic


def telling(text: str) -> feed.Tell:
    return lambda more: Event(0.0, Topic.QUEUE, f"{text} and {more} more")


async def collected(flow: EventFlow) -> list[str]:
    flow.close()
    return [event.text async for event in flow.events()]


async def test_the_first_goes_out_at_once_and_the_rest_of_its_kind_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "WINDOW", 0.05)
    flow = EventFlow()
    for number in range(5):
        flow.happened("kind", telling(f"{number}"))
    flow.happened("other", telling("other"))
    await until(lambda: not flow._bursts)
    flow.happened("kind", telling("later"))
    assert await collected(flow) == ["0 and 0 more", "other and 0 more", "4 and 3 more", "later and 0 more"]


async def test_what_nobody_fetches_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "KEPT", 3)
    flow = EventFlow()
    for number in range(10):
        flow.put(Event(0.0, Topic.QUEUE, f"{number}"))
    assert await collected(flow) == ["7", "8", "9"]


async def test_a_happening_that_tells_nothing_is_no_event() -> None:
    flow = EventFlow()
    flow.happened("kind", lambda _: None)
    assert await collected(flow) == []


async def test_the_links_changes_are_told_once_each() -> None:
    flow = EventFlow()
    up, url = Link(LinkState.CONNECTED, 10.0, "amqp://h:5672"), "amqp://h:5672"
    for link in (up, up, Link(LinkState.RECONNECTING, 20.0, url, "why"), Link(LinkState.CONNECTED, 22.5, url)):
        flow.link(link)
    flow.close()
    events = [event async for event in flow.events()]
    assert [event.text for event in events] == [
        f"The connection to {url} was lost (why); reconnecting",
        f"The connection to {url} is back after 2.5 s",
    ]
    assert events[0].level is Level.WARNING
