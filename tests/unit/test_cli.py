import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest

from tests.rabbit_servers import RabbitHost
from tests.screens import screen
from tests.servers import NatsServer, StartNatsServer
from wqstudio.brokers.local import rabbitmq_server
from wqstudio.brokers.local.errors import LocalServerError
from wqstudio.brokers.local.rabbitmq_install import Installation
from wqstudio.cli import main


def _wqstudio(*arguments: str, within: float = 60.0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wqstudio", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=within, check=False)


def test_help_explains_the_window_and_the_run_without_one() -> None:
    result = _wqstudio("--help")
    assert result.returncode == 0
    for words in ("wqstudio run demo --seconds 10 --json", "--screenshot", "--connect", "--read-only"):
        assert words in result.stdout


def test_help_needs_neither_qt_nor_a_broker_library() -> None:
    code = (
        "import sys, wqstudio.cli as cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'PySide6', 'nats', 'numpy'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "nonsense"], ["nonsense", "there are: acknowledgements"]),
        (["dlq", "list", "caf\udce9", "--connect", "nats://x"], [r"'caf\udce9' is not UTF-8"]),
        (["run", "nonsense.toml"], ["nonsense.toml", "No such file"]),
        (["run"], ["--all", "--list"]),
        (["run", "demo", "--all"], ["one of them"]),
        (["run", "--all", "--setting", "fair"], ["name the scenario"]),
        (["run", "demo", "--setting", "fair"], ["no setting 'fair'"]),
        (["run", "demo", "--seconds", "-1"], ["-1", "seconds"]),
        (["--connect", "http://x"], ["http://x", "nats://host:port"]),
        (["--connect", ","], ["nats://host:port"]),
        (["--connect", "nats://x,amqp://y"], ["amqp://host:port", "one cluster"]),
        (["--connect", "amqp://x", "--creds", "a.creds"], ["--creds is for NATS", "leave it out"]),
        (["--connect", "nats://x", "--vhost", "shop"], ["--vhost is for RabbitMQ"]),
        (["run", "demo", "--broker", "kafka"], ["'kafka'", "nats or rabbitmq", "amqp://host"]),
        (["run", "demo", "--broker", "nats", "--connect", "nats://x"], ["--broker and --connect"]),
        (["demo", "--broker", "kafka"], ["'kafka'", "nats or rabbitmq"]),
        (["--size", "20x20"], ["20x20", "1440x900"]),
        (["--connect", "nats://x", "--token-file", "/nowhere/token"], ["/nowhere/token"]),
        (["--connect", "nats://x", "--token-file", sys.executable], ["not a text file"]),
        (["--connect", "nats://x", "demo"], ["a server of its own", "--connect"]),
        (["--screenshot", "x.png", "run", "demo"], ["run opens no window"]),
        (["--compare", "fair-dispatch", "run", "demo"], ["run opens no window", "leave out --compare"]),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(arguments)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    assert code == 2
    said = capsys.readouterr().err
    for word in words:
        assert word in said


def test_a_password_in_a_wrong_address_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--connect", "http://bob:s3cret@host"]) == 2
    assert "s3cret" not in capsys.readouterr().err


def test_a_password_among_several_wrong_addresses_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--connect", "amqp://bob:s3cret@host,nats://ann:hunter2@other"]) == 2
    said = capsys.readouterr().err
    assert "s3cret" not in said
    assert "hunter2" not in said


def test_options_count_before_and_after_the_command(nats_server: NatsServer) -> None:
    for arguments in (
        ["--connect", nats_server.url, "--read-only", "run", "demo"],
        ["run", "demo", "--connect", nats_server.url, "--read-only"],
    ):
        result = _wqstudio(*arguments)
        assert result.returncode == 1
        assert "read-only" in result.stderr


def test_a_ledger_is_printed_even_where_nothing_may_be_removed(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server("""
        authorization { users: [{ user: u, password: p, permissions: {
            publish: { deny: ["$JS.API.STREAM.DELETE.>"] } } }] }
    """)
    url = server.url.replace("nats://", "nats://u:p@")
    result = _wqstudio("run", "demo", "--seconds", "1", "--json", "--connect", url)
    assert json.loads(result.stdout)["lost"] == 0
    assert result.stderr.count("could not remove") == 1


def test_a_run_ends_with_a_ledger_that_agrees() -> None:
    result = _wqstudio("run", "demo", "--seconds", "3", "--json")
    assert result.returncode == 0, result.stderr
    assert "demo on NATS" in result.stderr
    ledger = json.loads(result.stdout)
    assert ledger["published"] > 10
    assert ledger["lost"] == 0
    assert ledger["balanced"] is True
    accounted = ledger["acknowledged"] + ledger["terminated"] + ledger["stored"] + ledger["lost"]
    assert accounted == ledger["published"]
    assert {worker["name"] for worker in ledger["workers"]} == {"fast-1", "normal-1", "slow-1"}


def test_a_run_on_rabbitmq_ends_with_a_ledger_that_agrees_and_leaves_nothing_running() -> None:
    command = [sys.executable, "-m", "wqstudio", "run", "demo", "--broker", "rabbitmq", "--seconds", "4", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        try:
            children = _children_once_at_work(run, "beam.smp")
            output, complaints = run.communicate(timeout=60)
        finally:
            run.kill()
    assert run.returncode == 0, complaints
    ledger = json.loads(output)
    assert ledger["acknowledged"] > 10
    assert (ledger["lost"], ledger["balanced"]) == (0, True)
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_a_run_on_another_rabbitmq_leaves_no_queue_there(rabbit_host: RabbitHost) -> None:
    connection = rabbit_host.connection
    login = f"{connection.user}:{quote(connection.password)}"
    url = connection.urls[0].replace("amqp://", f"amqp://{login}@")
    place = ["--broker", url, "--vhost", connection.vhost, "--management-url", connection.management_url]
    result = _wqstudio("run", "demo", "--seconds", "3", *place)
    assert result.returncode == 0, result.stderr
    assert "the sums agree" in result.stdout
    assert rabbit_host.manage("GET", "queues/{vhost}?disable_stats=true") == []


def test_a_password_from_a_file_is_that_of_the_user_in_the_url(
    rabbit_host: RabbitHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, connection = tmp_path / "password", rabbit_host.connection
    file.write_text(connection.password)
    place = ["--vhost", connection.vhost, "--management-url", connection.management_url, "--password-file", str(file)]
    url = connection.urls[0].replace("amqp://", f"amqp://{connection.user}@")
    result = _wqstudio("dlq", "list", "--connect", url, *place)
    assert result.stdout == "No queue has dead letters.\n", result.stderr
    assert main(["run", "demo", "--connect", url.replace("@", ":secret@"), *place]) == 2
    assert "the URL has a password already; leave one of the two out" in capsys.readouterr().err
    assert main(["run", "demo", "--connect", "nats://bob@x", "--password-file", str(file)]) == 2
    assert (
        "Name the user with --user (what stands alone before the @ of a NATS URL is a token)" in capsys.readouterr().err
    )


def test_where_rabbitmq_is_not_installed_it_is_said_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def find() -> Installation:
        raise LocalServerError("RabbitMQ is not installed on this computer. Install it with …")

    monkeypatch.setattr(rabbitmq_server, "find_installation", find)
    assert main(["run", "demo", "--broker", "rabbitmq"]) == 1
    assert "could not be played: RabbitMQ is not installed on this computer" in capsys.readouterr().err


def test_a_run_on_another_broker_leaves_nothing_there(nats_server: NatsServer) -> None:
    result = _wqstudio("run", "demo", "--seconds", "1", "--connect", nats_server.url)
    assert result.returncode == 0, result.stderr
    assert "the sums agree" in result.stdout
    assert nats_server.streams == set()


def test_a_run_that_cannot_connect_says_where_and_what_to_do() -> None:
    result = _wqstudio("run", "demo", "--connect", "nats://127.0.0.1:1")
    assert result.returncode == 1
    assert "127.0.0.1:1" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_child_outlives_a_run_however_it_ends(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "wqstudio", "run", "demo", "--seconds", "60"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        try:
            children = _children_once_at_work(run)
            run.send_signal(number)
            run.wait(20)
            gone, alive = psutil.wait_procs(children, timeout=10)
            assert alive == []
            assert len(gone) == len(children)
        finally:
            run.kill()


def _children_once_at_work(run: subprocess.Popen[bytes], server: str = "nats-server") -> list[psutil.Process]:
    """All descendants, once the server, its guard and the fleet's hosts run."""
    process = psutil.Process(run.pid)
    children: list[psutil.Process] = []
    while len(children) < 5 or server not in _names(children):
        assert run.poll() is None, "the run ended by itself"
        time.sleep(0.05)  # between two looks at another process
        children = process.children(recursive=True)
    return children


def _names(processes: list[psutil.Process]) -> Iterator[str]:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # a node starts some that do not last
            yield process.name()


def test_a_picture_of_the_window_is_taken_without_the_memory_of_other_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    picture = tmp_path / "demo.png"
    result = _wqstudio("demo", "--screenshot", str(picture), "--after", "5", "--size", "1100x700", "--theme", "light")
    assert result.returncode == 0, result.stderr
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", head[16:])
    assert width * 700 == height * 1100  # a screen may have more than one pixel to a pixel
    assert list(tmp_path.rglob("*.ini")) == []


def test_a_picture_that_cannot_be_written_is_no_success(tmp_path: Path) -> None:
    picture = tmp_path / "nowhere" / "none.png"
    result = _wqstudio("--screenshot", str(picture), "--after", "0.2")
    assert result.returncode == 1
    assert result.stderr == f"wqstudio: could not write a picture to {picture}: No such file or directory\n"


def test_where_the_display_goes_away_there_is_no_picture_and_no_success(tmp_path: Path) -> None:
    picture = tmp_path / "none.png"
    with screen() as display:
        environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        command = [sys.executable, "-m", "wqstudio", "--screenshot", str(picture), "--after", "60"]
        run = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "wqstudio"]
        subprocess.run(search, env=environment, check=True, capture_output=True, timeout=30)
    _, told = run.communicate(timeout=30)
    assert run.returncode == 1
    assert "the display went away" in told
    assert not picture.exists()


def test_a_picture_of_a_studio_that_did_not_open_is_no_success(tmp_path: Path) -> None:
    picture = tmp_path / "none.png"
    result = _wqstudio("--connect", "nats://127.0.0.1:1", "--screenshot", str(picture), "--after", "1")
    assert result.returncode == 1
    assert "kept the studio from opening" in result.stderr
    assert picture.exists()


def test_a_picture_of_a_comparison_of_nothing_is_no_success(tmp_path: Path) -> None:
    result = _wqstudio("--compare", "nonsense", "--screenshot", str(tmp_path / "none.png"), "--after", "1")
    assert result.returncode == 1
    assert "kept the studio from opening" in result.stderr


def test_a_kept_local_server_has_its_data_where_it_is_told(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-m", "wqstudio", "local", "--folder", str(tmp_path)]) as studio:
        try:
            while not (tmp_path / "jetstream").is_dir():
                assert studio.poll() is None, "it ended by itself"
                time.sleep(0.05)  # between two looks at what another process does
            studio.terminate()
            assert studio.wait(30) == 0
        finally:
            studio.kill()
