"""What was begun in one place is not gone on with in another, though address and queue are called the same."""

import json
import os
import subprocess
import sys
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import Done, ForkedCommands, naming
from tests.contract.graveyards import DEAD, Graveyard, NatsGraveyard
from tests.jetstream import JetStream
from tests.servers import NatsServer, StartNatsServer
from tests.waiting import until_true
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import Connection, NatsConnection
from wqstudio.domain.redrive import OPEN_MOVES, Action, MoveState, Plan, RunState
from wqstudio.engine.journal.journal import Journal, JournalError, Move
from wqstudio.engine.journal.place import names_of, place_of, placed
from wqstudio.engine.looks.dead_letters import DeadLetterWork

FAILED = 1
_WITHIN = 60.0
BODIES = [b'{"order": %d}' % number for number in range(12)]
ACCOUNTS = """accounts {
  PROD { jetstream: enabled, users: [
    { user: prod, password: p },
    { user: silent, password: p, permissions: { publish: { deny: ["$SYS.>"] } } },
  ] }
  STAGING { jetstream: enabled, users: [{ user: staging, password: p }] }
}"""


@dataclass
class TwoAccounts:
    """On one server, with streams of equal names."""

    server: NatsServer

    def connection(self, user: str, host: str = "127.0.0.1") -> NatsConnection:
        return NatsConnection(urls=(f"nats://{host}:{self.server.port}",), user=user, password="p")

    async def work(self, user: str, journal: Journal) -> DeadLetterWork:
        return DeadLetterWork(await placed(self.connection(user)), journal)

    async def fill(self, user: str) -> None:
        js = await JetStream.connect(self.server, user=user, password="p")
        await js.stream(DEAD, "dead.>", metadata={"dead_letter_queue": "true"}, allow_direct=True)
        await js.publish("dead.jobs", *BODIES)
        await js.close()


@pytest.fixture
async def two(start_nats_server: StartNatsServer) -> TwoAccounts:
    two = TwoAccounts(start_nats_server(ACCOUNTS))
    for user in ("prod", "staging"):
        await two.fill(user)
    return two


async def test_an_account_is_part_of_the_place(two: TwoAccounts) -> None:
    prod, staging = [await placed(two.connection(user)) for user in ("prod", "staging")]
    assert place_of(prod) == f"NATS {two.server.url} (PROD)"
    assert place_of(staging) == f"NATS {two.server.url} (STAGING)"
    assert place_of(await placed(two.connection("silent"))) == f"NATS {two.server.url} (silent)"
    assert place_of(await placed(two.connection("prod", "localhost"))) == place_of(prod)


async def test_a_run_is_finished_in_its_own_account_alone(two: TwoAccounts, journal: Journal) -> None:
    prod, staging = [await two.work(user, journal) for user in ("prod", "staging")]
    await _half_done(prod, journal, place_of(prod._connection))
    assert staging.interrupted() == []
    with pytest.raises(JournalError, match=r"knows no run half on .*\(STAGING\)"):
        staging.finish("half")
    assert [entry.id for entry in prod.interrupted()] == ["half"]
    assert (await prod.finish("half").run()).moved == len(BODIES)
    async with staging.looking(DEAD) as letters:
        assert letters.count == len(BODIES)


@pytest.mark.parametrize("released", ["before identities were noted", "since"])
async def test_one_that_may_be_another_accounts_is_left_alone(
    two: TwoAccounts, journal: Journal, released: str
) -> None:
    """Journals of earlier releases know the address alone. Brokers that take turns on one port look the same."""
    prod, staging = [await two.work(user, journal) for user in ("prod", "staging")]
    await _half_done(prod, journal, names_of(place_of(prod._connection))[-1], identified=released == "since")
    assert [entry.id for entry in staging.interrupted()] == ["half"]
    with pytest.raises(BrokerError, match=rf"{DEAD} on .*\(STAGING\) is not the queue .* which was {DEAD} on NATS"):
        await staging.finish("half").run()
    (entry,) = prod.interrupted()
    assert (entry.progress.state, journal.counts("half")[MoveState.COPIED]) == (RunState.INTERRUPTED, 1)
    assert "Connect to where it began" in entry.progress.trouble
    async with staging.looking(DEAD) as letters:
        assert letters.count == len(BODIES)
    assert (await prod.finish("half").run()).moved == len(BODIES)
    assert prod.interrupted() == []


async def test_a_command_whose_queue_is_made_anew_meanwhile_does_not_say_that_it_touched_nothing(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    graveyard = NatsGraveyard(nats_server)
    await graveyard.make()
    await graveyard.lay(BODIES)
    with _started(
        "requeue", DEAD, "--rate", "5", "--json", *naming(graveyard.connection, tmp_path), at=tmp_path
    ) as command:
        await until_true(graveyard.waiting)
        await graveyard.remove(DEAD)
        await graveyard.make()
        await graveyard.close()
        graveyard.restart()
        heard, _ = command.communicate(timeout=_WITHIN)
    assert command.returncode == FAILED  # whatever it was doing just then
    told = json.loads(heard)
    assert (told["state"], told["total"]) == ("interrupted", len(BODIES))
    assert told["moved"] <= await graveyard.waiting()  # the last one may be there in both
    await graveyard.close()


async def test_commands_keep_accounts_apart(
    two: TwoAccounts, journal: Journal, tmp_path: Path, forked_commands: ForkedCommands
) -> None:
    def dlq(user: str, *arguments: str) -> Done:
        file = tmp_path / "password"
        file.write_text("p")
        named = ["--connect", two.server.url, "--user", user, "--password-file", str(file)]
        environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
        return forked_commands.run("dlq", *arguments, *named, environment=environment)

    prod = await two.work("prod", journal)
    with_commands = Journal(tmp_path / "wqstudio" / "journal.sqlite")
    await _half_done(prod, with_commands, place_of(prod._connection))
    other = dlq("staging", "finish")
    assert (other.returncode, "nothing was interrupted here" in other.stderr) == (4, True)
    assert f"{DEAD} is marked" in dlq("prod", "mark", DEAD, "--not").stdout
    assert [DEAD in dlq(user, "list").stdout for user in ("prod", "staging")] == [False, True]
    assert f"{DEAD} is not marked" in dlq("prod", "mark", DEAD, "--forget").stdout
    assert "half" in dlq("staging", "journal").stdout  # which is not connected to: all that is at that address
    assert f"discarded {len(BODIES)}" in dlq("prod", "finish").stdout
    with_commands.begin("lost", place_of(prod._connection), Plan(DEAD), 1)
    with_commands.record("lost", [Move(0, b"lost")])
    with_commands.close()
    two.server.stop()
    unreachable = dlq("prod", "finish")
    assert (unreachable.returncode, "nothing was interrupted" in unreachable.stderr) == (1, False)
    assert "run lost is given up" in dlq("prod", "finish", "--drop", "lost").stdout


async def test_what_earlier_releases_wrote_is_found(graveyard: Graveyard, journal: Journal) -> None:
    """By the address alone; on RabbitMQ with the virtual host."""
    await graveyard.bury(BODIES)
    connection: Connection = await placed(graveyard.connection)
    place = place_of(connection)
    assert place.startswith(f"{place_of(graveyard.connection)} (")
    before, now = DeadLetterWork(graveyard.connection, journal), DeadLetterWork(connection, journal)
    await _half_done(before, journal, place_of(graveyard.connection))
    journal.mark(place_of(graveyard.connection), "one", keeps=True)
    journal.mark(place_of(graveyard.connection), "two", keeps=True)
    journal.mark(place, "two", keeps=False)
    assert journal.marks(place) == {"one": True, "two": False}
    journal.mark(place, "one", None)
    assert journal.marks(place) == {"two": False}
    journal.mark(place_of(graveyard.connection), "one", keeps=False)
    for queue in ("one", "three"):
        journal.note_deaths(place, queue, told=True)
    assert journal.marks(place) == {"one": False, "three": True, "two": False}, "a person's word outweighs it"
    journal.note_deaths(place_of(graveyard.connection), "four", told=True)
    assert journal.told_of_deaths(place) == {"three", "four"}
    for queue in ("three", "four"):
        journal.note_deaths(place, queue, told=False)
    assert journal.marks(place) == {"one": False, "two": False}
    assert [entry.id for entry in now.interrupted()] == ["half"]
    assert [entry.id for entry in journal.page(0, 9, place)] == ["half"]
    assert (await now.finish("half").run()).moved == len(BODIES)


async def _half_done(work: DeadLetterWork, journal: Journal, place: str, *, identified: bool = False) -> None:
    """A discard that has one letter half done, of all that are there."""
    async with work.looking(DEAD) as letters, aclosing(letters.batches(1)) as batches:
        (held,) = await anext(batches)
        plan = Plan(DEAD, Action.DISCARD, identity=letters.identity if identified else b"")
        journal.begin("half", place, plan, letters.count)
        journal.record("half", [Move(0, letters.fingerprint(held), MoveState.COPIED)])
    assert sum(journal.counts("half").get(state, 0) for state in OPEN_MOVES) == 1


def _started(*arguments: str, at: Path) -> subprocess.Popen[bytes]:
    """A command that goes on meanwhile, with its journal in that folder."""
    command = [sys.executable, "-m", "wqstudio", "dlq", *arguments]
    environment = {**os.environ, "XDG_DATA_HOME": str(at)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
