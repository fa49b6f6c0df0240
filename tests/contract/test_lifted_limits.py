"""Limits that are lifted for a look are in the journal until they are back, and whoever starts next is told of them."""

import os
import shlex
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import ForkedCommands, naming
from tests.rabbit_letters import QUORUM, bodies, make_policymaker, put, set_policy
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.waiting import until
from wqstudio.brokers.port import DeniedError
from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import MoveState, Plan
from wqstudio.engine.journal.journal import Journal, JournalError
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.looks.dead_letters import DeadLetterWork, journal_file
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.held_look import HeldLook
from wqstudio.engine.looks.process import LettersProcess
from wqstudio.engine.looks.redrive_process import RedriveProcess
from wqstudio.engine.moves import lifted_limits
from wqstudio.engine.moves.redrive import new_run
from wqstudio.engine.studio import Studio

LIMITED = "jobs.dead"


@pytest.fixture
async def limited(rabbit_host: RabbitHost, user: RabbitUser) -> str:
    """A queue with letters, each of which may be given back three times."""
    make_policymaker(rabbit_host)
    set_policy(rabbit_host, LIMITED, delivery_limit=3)
    user.declare(LIMITED, QUORUM)
    client = await connect_client(rabbit_host.connection, name="test")
    await put(client, LIMITED, *bodies(2))
    await client.close()
    return LIMITED


@pytest.fixture
async def killed(rabbit_host: RabbitHost, limited: str, tmp_path: Path) -> AsyncIterator[str]:
    """The policy that a look has left, whose process is gone and whose connection the broker has closed."""
    desk = Desk(rabbit_host.connection, tmp_path / "wqstudio" / "journal.sqlite")
    look = desk.look(limited)
    await look.open()
    before = set(_policies(rabbit_host))
    await look.lift_limit()
    (policy,) = set(_policies(rabbit_host)) - before
    assert lifted_limits.left(desk.journal) == [], "it lives"
    look._process.kill()
    await until(lambda: lifted_limits.left(desk.journal))
    await until(lambda: len(rabbit_host.manage("GET", "queues/{vhost}")) == 1)
    yield policy
    await desk.close()


@pytest.fixture
def kept(killed: str, tmp_path: Path) -> Journal:
    """Where that is written."""
    del killed
    return Journal(tmp_path / "wqstudio" / "journal.sqlite")


def test_the_next_command_tells_of_the_policy_and_how_to_take_it_away(
    rabbit_host: RabbitHost, killed: str, tmp_path: Path, forked_commands: ForkedCommands
) -> None:
    """One that connects nowhere at all, too. What it says to run does that."""
    told = forked_commands.run("dlq", "journal", environment={**os.environ, "XDG_DATA_HOME": str(tmp_path)})
    assert told.returncode == 0, told
    assert f"The delivery limit of {LIMITED} is lifted since" in told.stderr
    assert f"policy {killed} in virtual host {rabbit_host.connection.vhost}" in told.stderr
    program, *words = shlex.split(told.stderr.partition("run: ")[2])
    assert program == "rabbitmqctl"
    rabbit_host.node.control(*words)
    assert killed not in _policies(rabbit_host)


@pytest.mark.parametrize("command", [("requeue", "--to", "jobs"), ("requeue", "--dry-run"), ("discard", "--yes")])
def test_a_move_that_is_refused_for_the_limit_says_how_to_lift_it(
    rabbit_host: RabbitHost, limited: str, tmp_path: Path, forked_commands: ForkedCommands, command: tuple[str, ...]
) -> None:
    """One of all there are, too, which needs no consent to look."""
    named = naming(rabbit_host.connection, tmp_path)
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    result = forked_commands.run(
        "dlq", command[0], limited, *command[1:], "--any-queue", *named, environment=environment
    )
    assert result.returncode == 2, result
    assert "(--lift-limit does that)" in result.stderr


async def test_whoever_connects_there_puts_it_back_and_forgets_it(
    rabbit_host: RabbitHost, killed: str, kept: Journal
) -> None:
    place = place_of(rabbit_host.connection)
    elsewhere = await lifted_limits.at_start(kept, rabbit_host.connection, "another broker")
    assert [killed in sentence for sentence in elsewhere] == [True]
    (said,) = await lifted_limits.at_start(kept, rabbit_host.connection, place)
    assert said.startswith(f"The delivery limit of {LIMITED} is back")
    assert killed not in _policies(rabbit_host)
    assert kept.lifts() == []
    assert [file.name for file in kept._file.parent.glob("*.lock")] == []
    assert await lifted_limits.at_start(kept, rabbit_host.connection, place) == []
    kept.close()


async def test_what_somebody_else_has_put_back_is_forgotten(
    rabbit_host: RabbitHost, killed: str, kept: Journal
) -> None:
    rabbit_host.manage("DELETE", f"policies/{{vhost}}/{killed}")
    assert await lifted_limits.at_start(kept, rabbit_host.connection, place_of(rabbit_host.connection)) == []
    assert kept.lifts() == []
    kept.close()


async def test_the_next_look_there_puts_it_back_and_forgets_it(
    rabbit_host: RabbitHost, killed: str, kept: Journal
) -> None:
    async with DeadLetterWork(rabbit_host.connection, kept).looking(LIMITED) as letters:
        assert letters.cost.refusal
        assert killed not in _policies(rabbit_host)
        assert kept.lifts() == []
    kept.close()


async def test_a_window_that_connects_elsewhere_tells_of_it(
    rabbit_host: RabbitHost, killed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert journal_file().exists()
    elsewhere = rabbit_host.node.make_host()
    studio = await Studio.open(elsewhere.connection)
    await until(
        lambda: any(f"clear_policy -p {rabbit_host.connection.vhost} {killed}" in event.text for event in studio.events)
    )
    assert killed in _policies(rabbit_host)
    await studio.close()
    elsewhere.remove()


async def test_a_limit_that_is_back_in_good_order_is_nobodys_concern(
    rabbit_host: RabbitHost, limited: str, journal: Journal
) -> None:
    async with DeadLetterWork(rabbit_host.connection, journal).looking(limited) as letters:
        await letters.lift_limit()
        (lift,) = journal.lifts()
        assert (lift.queue, lift.vhost) == (limited, rabbit_host.connection.vhost)
        assert lifted_limits.left(journal) == []
    assert journal.lifts() == []


async def test_a_look_whose_policy_somebody_takes_away_lifts_the_limit_again_when_it_is_refreshed(
    rabbit_host: RabbitHost, limited: str, journal: Journal
) -> None:
    before = _policies(rabbit_host)
    work = DeadLetterWork(rabbit_host.connection, journal)
    look = await HeldLook.open(work, limited, lambda _survey, _trouble: None, exhausted=False)
    await look.lift_limit()
    (policy,) = _policies(rabbit_host).keys() - before
    rabbit_host.manage("DELETE", f"policies/{{vhost}}/{policy}")
    await look.refresh()
    assert policy in _policies(rabbit_host)
    assert [lift.policy for lift in journal.lifts()] == [policy]
    assert len(await look.page(0, 2)) == 2
    await look.close()
    assert _policies(rabbit_host) == before
    assert journal.lifts() == []


async def test_a_run_that_ends_with_its_window_puts_the_limit_back(
    rabbit_host: RabbitHost, user: RabbitUser, limited: str, journal: Journal, tmp_path: Path
) -> None:
    """And leaves no letter half done: it is finished later, without a doubt as to any."""
    user.declare("jobs")
    client = await connect_client(rabbit_host.connection, name="test")
    await put(client, limited, *bodies(8))
    await client.close()
    before = _policies(rabbit_host)
    plan = Plan(limited, destination=Destination("jobs", "jobs"), rate=3, lift_limit=True)
    process = RedriveProcess(
        LettersProcess(rabbit_host.connection, tmp_path / "journal.sqlite"), new_run(), plan, lambda _: None
    )
    await until(lambda: process.progress.moved >= 1)
    assert _policies(rabbit_host) != before
    await process.close()
    assert _policies(rabbit_host) == before
    assert journal.lifts() == []
    (entry,) = journal.interrupted(place_of(rabbit_host.connection))
    moved = journal.counts(entry.id)
    assert moved.keys() == {MoveState.REMOVED}
    assert (user.ready("jobs"), user.ready(limited)) == (moved[MoveState.REMOVED], 10 - moved[MoveState.REMOVED])


async def test_a_journal_that_cannot_be_written_keeps_no_look_open(
    rabbit_host: RabbitHost, limited: str, journal: Journal
) -> None:
    """The limit is back; whoever connects next forgets that it was lifted."""
    work = DeadLetterWork(rabbit_host.connection, journal)
    async with work.looking(limited) as letters:
        await letters.lift_limit()
        before = len(rabbit_host.manage("GET", "queues/{vhost}"))
        journal._execute("CREATE TRIGGER full BEFORE DELETE ON lift BEGIN SELECT RAISE(ABORT, 'disk full'); END", ())
    assert len(lifted_limits.left(journal)) == 1, "nobody claims it"
    await until(lambda: len(rabbit_host.manage("GET", "queues/{vhost}")) == before - 1)
    journal._execute("DROP TRIGGER full", ())
    place = place_of(rabbit_host.connection)
    assert await lifted_limits.at_start(journal, rabbit_host.connection, place) == []
    assert journal.lifts() == []


async def test_a_limit_of_which_the_journal_cannot_know_is_not_lifted_and_not_claimed(
    rabbit_host: RabbitHost, limited: str, journal: Journal
) -> None:
    journal._execute("CREATE TRIGGER full BEFORE INSERT ON lift BEGIN SELECT RAISE(ABORT, 'disk full'); END", ())
    before = set(_policies(rabbit_host))
    async with DeadLetterWork(rabbit_host.connection, journal).looking(limited) as letters:
        with pytest.raises(JournalError, match="disk full"):
            await letters.lift_limit()
        assert set(_policies(rabbit_host)) == before
        assert list(journal._file.parent.glob("*.lock")) == []


async def test_a_limit_that_may_not_be_lifted_is_not_called_so(
    rabbit_host: RabbitHost, limited: str, journal: Journal
) -> None:
    user = {"password": rabbit_host.connection.password, "tags": "monitoring"}
    rabbit_host.manage("PUT", f"users/{rabbit_host.connection.user}", user)
    async with DeadLetterWork(rabbit_host.connection, journal).looking(limited) as letters:
        with pytest.raises(DeniedError):
            await letters.lift_limit()
        assert journal.lifts() == []


def _policies(host: RabbitHost) -> dict[str, Any]:
    return {policy["name"]: policy for policy in host.manage("GET", "policies/{vhost}")}
