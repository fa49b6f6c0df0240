"""``wqstudio dlq`` is told to end in the middle, or nobody hears what it says: its exit code can be trusted still."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands import naming
from tests.contract.dlq_commands import Dlq, journal_of
from tests.contract.graveyards import DEAD, WORK, Graveyard
from tests.waiting import until_true
from wqstudio.domain.redrive import RunState
from wqstudio.engine.journal.journal import Journal

BODIES = [b"letter %d" % number for number in range(40)]
DONE, FAILED, IN_PART = 0, 1, 3
_WITHIN = 60.0

Started = Callable[..., subprocess.Popen[str]]
pytestmark = pytest.mark.parametrize("graveyard", ["nats", "rabbitmq classic"], indirect=True)


@pytest.fixture
def started(graveyard: Graveyard, tmp_path: Path) -> Started:
    """A command that goes on meanwhile."""
    named = naming(graveyard.connection, tmp_path)
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}

    def started(*arguments: str, below: tuple[str, ...] = (), output: int = subprocess.PIPE) -> subprocess.Popen[str]:
        command = [*below, sys.executable, "-m", "wqstudio", "dlq", *arguments, *named]
        return subprocess.Popen(command, stdout=output, stderr=subprocess.PIPE, text=True, env=environment)

    return started


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_one_that_is_told_to_end_does_so_in_good_order_and_is_finished(
    graveyard: Graveyard, started: Started, dlq: Dlq, tmp_path: Path, number: signal.Signals
) -> None:
    """A closed terminal is no kill: what it holds is given back, and the journal says how it stands."""
    bodies = BODIES[:12]
    await graveyard.bury(bodies)
    with started("requeue", DEAD, "--rate", "5", "--json") as command:
        await until_true(graveyard.waiting)
        command.send_signal(number)
        heard, said = command.communicate(timeout=_WITHIN)
    assert command.returncode == FAILED
    assert "interrupted; nothing is lost" in said
    with closing(Journal(journal_of(tmp_path))) as journal:
        (run,) = journal.page(0, 1)
    assert run.progress.state is RunState.INTERRUPTED
    told = json.loads(heard)
    assert (told["run"], told["state"], told["moved"]) == (run.id, "interrupted", run.progress.moved)
    finished, there = dlq("finish"), await graveyard.bodies(WORK)
    assert set(there) == set(bodies)
    # RabbitMQ tells nobody of a copy whether it arrived, if the end came before its confirm: one was under way at most.
    unsure = "1  perhaps there twice" in finished.stdout
    assert finished.returncode == (IN_PART if unsure else DONE), finished
    assert len(there) <= len(bodies) + unsure


async def test_one_that_is_not_to_mind_its_terminal_goes_on_without(graveyard: Graveyard, started: Started) -> None:
    await graveyard.bury(BODIES)
    with started("requeue", DEAD, "--rate", "20", below=("nohup",)) as command:
        await until_true(graveyard.waiting)
        command.send_signal(signal.SIGHUP)
        command.communicate(timeout=_WITHIN)
    assert command.returncode == DONE
    assert sorted(await graveyard.bodies(WORK)) == sorted(BODIES)


async def test_what_is_done_ends_as_done_though_nobody_hears_of_it(graveyard: Graveyard, started: Started) -> None:
    """Who would go by another code would do it again."""
    await graveyard.bury(BODIES)
    full = os.open("/dev/full", os.O_WRONLY)
    lost = "wqstudio: the result could not be written (No space left on device); `wqstudio dlq journal` has it\n"
    assert _requeued_some(started, full) == (DONE, lost)
    nobody, gone = os.pipe()
    os.close(nobody)
    assert _requeued_some(started, gone) == (DONE, "")
    assert await graveyard.waiting() == 20


async def test_an_export_that_nobody_can_write_has_failed(
    graveyard: Graveyard, started: Started, tmp_path: Path
) -> None:
    """Be it so little that it would be kept back for later."""
    await graveyard.bury(BODIES[:2])
    full = os.open("/dev/full", os.O_WRONLY)
    buffered = ("env", "-u", "PYTHONUNBUFFERED")
    with started("export", DEAD, "-", "--accept-cost", below=buffered, output=full) as command:
        os.close(full)
        _, said = command.communicate(timeout=_WITHIN)
    assert command.returncode == FAILED
    assert said == "wqstudio: [Errno 28] No space left on device\n"
    with closing(Journal(journal_of(tmp_path))) as journal:
        assert journal.page(0, 1)[0].progress.state is RunState.FAILED


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
async def test_one_without_standard_streams_does_what_it_is_to_do(
    graveyard: Graveyard, started: Started, closed: str
) -> None:
    await graveyard.bury(BODIES)
    shell = ("sh", "-c", f'exec "$@" {closed}', "sh")
    with started("requeue", DEAD, "--json", below=shell) as command:
        heard, said = command.communicate(timeout=_WITHIN)
    assert (command.returncode, said) == (DONE, "")
    assert ('"moved": 40' in heard) == (closed != ">&-")
    assert await graveyard.waiting() == len(BODIES)


def _requeued_some(started: Started, output: int) -> tuple[int, str]:
    """Ten of them: how that ended, and what was said of it elsewhere. ``output`` is closed then."""
    with started("requeue", DEAD, "--limit", "10", "--accept-cost", output=output) as command:
        os.close(output)
        _, said = command.communicate(timeout=_WITHIN)
    return command.returncode, said
