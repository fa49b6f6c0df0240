"""The thread that connections share: there while one needs it, and never silently gone."""

import threading
from dataclasses import replace

import pytest

from tests.rabbit_servers import RabbitHost
from tests.waiting import until
from wqstudio.brokers.port import Link, LinkState, UnreachableError
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.amqp.selector import SelectorThread


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "amqp"}


def _crash() -> None:
    raise RuntimeError("a mistake in a callback")


def _nobody(error: Exception) -> None:
    raise AssertionError("nobody uses the thread any more") from error


async def _connect(host: RabbitHost, thread: SelectorThread, links: list[Link] | None = None) -> RabbitClient:
    told = None if links is None else links.append
    return await connect_client(host.connection, name="test", thread=thread, on_link=told)


async def test_many_connections_have_one_thread_until_the_last_is_gone(rabbit_host: RabbitHost) -> None:
    before, thread = _threads(), SelectorThread()
    clients = [await _connect(rabbit_host, thread) for _ in range(5)]
    (shared,) = _threads() - before
    await clients[0].close()
    for client in clients[1:4]:
        client.abort()
    async with clients[4].channel() as channel:
        assert channel.is_open, "the others took it along"
    assert shared.is_alive()
    await clients[4].close()
    await until(lambda: not shared.is_alive())
    again = await _connect(rabbit_host, thread)
    assert len(_threads() - before) == 1
    await again.close()


async def test_a_connection_that_cannot_be_made_harms_no_other(rabbit_host: RabbitHost) -> None:
    thread = SelectorThread()
    client = await _connect(rabbit_host, thread)
    with pytest.raises(UnreachableError):
        await connect_client(replace(rabbit_host.connection, urls=("amqp://127.0.0.1:1",)), name="test", thread=thread)
    async with client.channel() as channel:
        assert channel.is_open
    await client.close()


async def test_a_mistake_in_the_work_of_one_connection_ends_that_one_alone(rabbit_host: RabbitHost) -> None:
    thread = SelectorThread()
    links: tuple[list[Link], list[Link]] = ([], [])
    clients = [await _connect(rabbit_host, thread, told) for told in links]
    assert clients[0]._wire is not None
    clients[0]._wire._post(_crash)
    await until(lambda: len(links[0]) > 1)
    assert links[0][1].state is LinkState.RECONNECTING
    await until(lambda: clients[0].link.state is LinkState.CONNECTED)
    assert [link.state for link in links[1]] == [LinkState.CONNECTED]
    for client in clients:
        await client.close()


async def test_a_mistake_in_the_turn_of_the_last_use_ends_the_thread(rabbit_host: RabbitHost) -> None:
    before, thread = _threads(), SelectorThread()
    io = thread.enter(_nobody)
    (started,) = _threads() - before

    def leave_and_crash() -> None:
        thread.leave(_nobody)
        _crash()

    io.add_callback_threadsafe(leave_and_crash)
    await until(lambda: not started.is_alive())
    client = await _connect(rabbit_host, thread)
    await client.close()


async def test_a_crash_of_the_thread_is_told_to_all_and_outlived(rabbit_host: RabbitHost) -> None:
    thread = SelectorThread()
    links: tuple[list[Link], list[Link]] = ([], [])
    clients = [await _connect(rabbit_host, thread, told) for told in links]

    assert thread._io is not None
    thread._io.add_callback_threadsafe(_crash)
    await until(lambda: all([link.state for link in told][1:] for told in links))
    for told in links:
        assert (told[1].state, told[1].reason) == (LinkState.RECONNECTING, "a mistake in a callback")
    await until(lambda: all(client.link.state is LinkState.CONNECTED for client in clients))
    for client in clients:
        await client.close()
