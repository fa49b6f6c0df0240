"""No child outlives the program, whatever ends the program. Every process here is real."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from wqstudio.brokers.local import guard

PROGRAM = ("-m", "tests.programs.local_server")


@dataclass(frozen=True)
class Running:
    program: subprocess.Popen[bytes]
    guard: psutil.Process
    server: psutil.Process
    folder: Path

    def assert_nothing_is_left(self) -> None:
        self.program.wait(10)
        _, alive = psutil.wait_procs([self.guard, self.server], timeout=10)
        assert not alive


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    """The program in a session of its own, as a terminal would start it."""
    with subprocess.Popen(
        [sys.executable, *PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as program:
        assert program.stdout is not None
        started = json.loads(program.stdout.readline())
        yield Running(
            program, psutil.Process(started["guard"]), psutil.Process(started["server"]), Path(started["folder"])
        )
        if program.poll() is None:
            program.kill()


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_server_ends_with_the_program(with_signal: signal.Signals) -> None:
    with running() as studio:
        studio.program.send_signal(with_signal)
        studio.assert_nothing_is_left()
        assert not studio.folder.exists()


def test_ctrl_c_reaches_the_program_alone_which_stops_the_server_in_order() -> None:
    with running() as studio:
        os.killpg(studio.program.pid, signal.SIGINT)
        studio.assert_nothing_is_left()
        assert not studio.folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere sessions have no say in who gets a processor")
def test_a_server_gives_way_within_the_programs_session() -> None:
    with running() as studio:
        window, server = studio.program.pid, studio.server.pid
        assert os.getsid(server) == os.getsid(window)
        assert os.getpriority(os.PRIO_PROCESS, server) > os.getpriority(os.PRIO_PROCESS, window)


def test_server_ends_with_a_killed_guard_and_program(tmp_path: Path) -> None:
    with running(str(tmp_path)) as studio:
        studio.program.send_signal(signal.SIGSTOP)  # it cannot restart the server meanwhile
        studio.guard.kill()
        psutil.wait_procs([studio.server], timeout=10)
        studio.program.kill()
        studio.assert_nothing_is_left()


def test_terminated_guard_takes_the_server_along() -> None:
    with running() as studio:
        studio.program.send_signal(signal.SIGSTOP)
        studio.guard.terminate()
        psutil.wait_procs([studio.server], timeout=10)
        studio.program.kill()
        studio.assert_nothing_is_left()


def test_data_folder_of_the_user_is_kept(tmp_path: Path) -> None:
    with running(str(tmp_path)) as studio:
        studio.program.kill()
        studio.assert_nothing_is_left()
    assert "Initiating Shutdown" in (tmp_path / "nats-server.log").read_text()


def test_command_that_ignores_the_request_is_killed_with_its_children() -> None:
    stubborn = "import signal, subprocess, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    stubborn += "print(subprocess.Popen(['sleep', '1000']).pid, flush=True); time.sleep(1000)"
    settings: guard.Settings = {"grace": 0.2, "remove": None, "keep": []}
    with subprocess.Popen(
        [sys.executable, "-I", "-S", guard.__file__, json.dumps(settings), sys.executable, "-c", stubborn],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as guarding:
        assert guarding.stdin is not None
        assert guarding.stdout is not None
        assert guarding.stderr is not None
        command = psutil.Process(json.loads(guarding.stdout.readline())["pid"])
        child = psutil.Process(int(guarding.stderr.readline()))
        guarding.stdin.close()
        _, alive = psutil.wait_procs([command, child], timeout=10)
        assert not alive
        assert guarding.wait(10) == 128 + signal.SIGKILL


def test_missing_command_is_reported() -> None:
    settings: guard.Settings = {"grace": 0.2, "remove": None, "keep": []}
    done = subprocess.run(
        [sys.executable, "-I", "-S", guard.__file__, json.dumps(settings), "/no/such/command"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert json.loads(done.stdout) == {"error": "/no/such/command: No such file or directory"}
