"""What is forked for tests ends, and is told of, as what is started."""

import os
import signal
from collections.abc import Iterator

import psutil
import pytest

from tests.forks import Fork, Forks
from tests.waiting import until


@pytest.fixture
def mother() -> Iterator[Forks]:
    mother = Forks()
    yield mother
    mother.close()


@pytest.fixture
def host(mother: Forks) -> Iterator[Fork]:
    """A fleet host that knows no connection yet."""
    reports, writing = os.pipe()
    host = mother.start_child("wqstudio.fleet.host", writing)
    os.close(writing)
    assert host.stdin is not None
    with host.stdin:
        yield host
    os.close(reports)


async def test_one_that_lives_has_no_exit_code_and_one_that_was_killed_has_its_signals(host: Fork) -> None:
    assert host.poll() is None
    host.kill()
    assert host.wait(10.0) == host.poll() == -signal.SIGKILL


async def test_it_ends_once_its_input_is_closed(host: Fork) -> None:
    assert host.stdin is not None
    host.stdin.close()
    assert host.wait(10.0) == 0


async def test_it_dies_with_what_it_was_forked_from(host: Fork, mother: Forks) -> None:
    process = psutil.Process(host.pid)
    await until(lambda: os.getsid(host.pid) == host.pid)  # it has made itself ready
    process.suspend()  # it cannot notice by itself
    mother.close()
    assert psutil.wait_procs([process], timeout=10)[1] == []
