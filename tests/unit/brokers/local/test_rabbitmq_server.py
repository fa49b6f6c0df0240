"""The local RabbitMQ node: its life, that nothing outlives it, and what it says when it cannot live."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import astuple
from pathlib import Path

import psutil
import pytest

from wqstudio.brokers.local import rabbitmq_install
from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.local.rabbitmq_install import find_installation, installation_in
from wqstudio.brokers.local.rabbitmq_server import LocalRabbitServer
from wqstudio.brokers.local.rabbitmq_settings import Layout, Ports, environment, prepare
from wqstudio.domain.events import Event, Level

PROGRAM = ("-m", "tests.programs.local_rabbit")


@pytest.fixture
async def events() -> asyncio.Queue[Event]:
    return asyncio.Queue()


@pytest.fixture
async def server(tmp_path: Path, events: asyncio.Queue[Event]) -> AsyncIterator[LocalRabbitServer]:
    """One that is running, with its data in ``tmp_path / "data"``."""
    server = LocalRabbitServer(tmp_path / "data", on_event=events.put_nowait)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def program() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, *PROGRAM], stdout=subprocess.PIPE, start_new_session=True) as program:
        yield program
        if program.poll() is None:
            program.kill()


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _assert_gone(family: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(family, timeout=20)
    # Orphans wait as zombies for the system's first process, which in a container may not care.
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


async def test_life_of_a_node(server: LocalRabbitServer, events: asyncio.Queue[Event]) -> None:
    """One test for many things: each start takes some 6 s."""
    family = [*_family(server.guard_pid), *_family(server.port_mapper_pid)]
    assert {"beam.smp", "epmd", "erl_child_setup"} <= {process.name() for process in family}
    listening = [c.laddr for p in family for c in p.net_connections("inet") if c.status == "LISTEN"]
    assert {address.ip for address in listening} <= {"127.0.0.1", "::1"}
    connection = server.connection
    secrets = (connection.password, (server.folder / "home" / ".erlang.cookie").read_text())
    for process in family:
        shown = " ".join([*process.cmdline(), *process.environ().values()])
        assert not any(secret in shown for secret in secrets)
    assert connection.password not in repr(connection)
    private = ("rabbitmq.conf", "password", "home/.erlang.cookie")
    assert all(not stat.S_IMODE((server.folder / name).stat().st_mode) & 0o077 for name in private)
    assert _status(f"http://127.0.0.1:{server.ports.management}/api/overview") == 401
    assert _status(f"http://127.0.0.1:{server.ports.prometheus}/metrics") == 200

    os.kill(server.pid, signal.SIGKILL)
    event = await asyncio.wait_for(events.get(), 60)
    assert event.level is Level.WARNING
    assert event.text == "The local RabbitMQ node died (signal 9) and was restarted at the same address."
    assert server.connection == connection
    _assert_gone(family)

    with pytest.raises(LocalServerError, match="in use by another wqstudio"):
        await LocalRabbitServer(server.folder).start()

    family = [*_family(server.guard_pid), *_family(server.port_mapper_pid)]
    await server.stop()
    _assert_gone(family)
    assert "SIGTERM received - shutting down" in (server.folder / "rabbitmq-server.log").read_text()
    assert (server.folder / "data" / "wqstudio@localhost").is_dir()


@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_the_program(program: subprocess.Popen[bytes], with_signal: signal.Signals) -> None:
    assert program.stdout is not None
    started = json.loads(program.stdout.readline())
    family = _family(program.pid)
    assert {"beam.smp", "epmd", "erl_child_setup", "inet_gethost"} <= {process.name() for process in family}
    program.send_signal(with_signal)
    program.wait(20)
    _assert_gone(family)
    assert not Path(started["folder"]).exists()


def test_nothing_outlives_killed_guards(program: subprocess.Popen[bytes]) -> None:
    assert program.stdout is not None
    program.stdout.readline()
    family = _family(program.pid)
    program.send_signal(signal.SIGSTOP)  # it cannot restart the node meanwhile
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):  # what starts a node is over soon
            if process.ppid() == program.pid:
                process.kill()
    program.kill()
    _assert_gone(family)


def test_a_password_lives_as_long_as_the_data(tmp_path: Path) -> None:
    layout, ports = Layout(tmp_path), Ports(1, 2, 3, 4, 5)
    first = prepare(layout, ports, 1)
    assert prepare(layout, ports, 1) == first
    assert len(first) >= 24
    assert first not in str(environment(layout, ports, find_installation(), None))


def test_ports_are_free_and_differ_and_are_given_to_nobody_who_connects() -> None:
    ports = Ports.free()
    assert len(set(astuple(ports))) == 5
    given_from = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert max(astuple(ports)) < given_from
    assert ports.taken() is None
    with socket.create_server(("127.0.0.1", ports.management)):
        assert ports.taken() == ports.management


async def test_a_node_that_cannot_start_is_explained_by_its_log(tmp_path: Path) -> None:
    (tmp_path / "advanced.config").write_text("[{rabbit, nonsense")
    with pytest.raises(
        LocalServerError,
        match=r"(?s)ended at its start.*rabbitmq-server\.log ends:.*failed_to_read_advanced_configuration_file",
    ):
        await LocalRabbitServer(tmp_path).start()


async def test_a_missing_installation_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rabbitmq_install, "_PACKAGED", "no/such/file")
    monkeypatch.setattr(rabbitmq_install, "_PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalServerError, match="sudo apt-get install rabbitmq-server"):
        await LocalRabbitServer(tmp_path).start()


def test_a_tree_without_rabbitmq_is_told(tmp_path: Path) -> None:
    with pytest.raises(LocalServerError, match="There is no RabbitMQ in"):
        installation_in(tmp_path)


async def test_a_folder_that_cannot_be_used() -> None:
    with pytest.raises(LocalServerError, match="/proc/wqstudio cannot be written to"):
        await LocalRabbitServer(Path("/proc/wqstudio")).start()


def test_the_session_node_gives_hosts_of_their_own(rabbit_host: object) -> None:
    assert "secret" not in repr(rabbit_host)
