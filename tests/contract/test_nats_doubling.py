"""What may be twice in a NATS stream is told, whichever stream, and whichever server, it is by now."""

import asyncio
import itertools
import socket
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import nats
import pytest

from tests.contract.fuse import Blow
from tests.contract.graveyards import DEAD, WORK, NatsGraveyard
from tests.contract.mortal import BATCH, Mortals, Order
from tests.jetstream import JetStream
from tests.servers import NatsServer, StartNatsServer
from tests.waiting import until, until_true
from wqstudio.brokers.letters import Copy, Held, Level
from wqstudio.brokers.nats.letters.outlet import open_outlet
from wqstudio.domain.letter import Destination, Outcome
from wqstudio.domain.redrive import Plan, Progress, RunState
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves.books import Books
from wqstudio.engine.moves.redrive import new_run
from wqstudio.engine.moves.sending import Sending
from wqstudio.engine.write_gate import AskedOutlet

BODIES = [b'{"order": %d}' % number for number in range(BATCH)]
"""One batch."""
_BEGUN = 3
"""Steps up to where the first batch is in the journal, and nothing of it sent."""
_STORED = 5
"""Steps up to where all of the first batch is confirmed, and nothing of that in the journal."""
_TWO_BEGUN = 5
"""Steps up to where two batches are begun, it is noted how the streams of one are, and none is sent."""
_HOME = NatsGraveyard.home


async def test_a_node_of_a_cluster_that_starts_anew_has_forgotten_ids(
    start_nats_server: StartNatsServer, mortals: Mortals, tmp_path: Path
) -> None:
    """Though the one that we are connected to has not; and of a stream in memory it has lost more than ids."""
    ours, theirs = await _cluster(start_nats_server)
    user = await JetStream.connect(ours)
    runs, had = {storage: new_run() for storage in ("file", "memory")}, list[bytes]()
    for storage, run in runs.items():
        await _made(user, storage, f"{storage}.>", "theirs", storage=storage, retention="workqueue")
        await _made(user, f"dead_{storage}", f"dead.{storage}", "ours", metadata={"dead_letter_queue": "true"})
        await user.publish(f"dead.{storage}", *(storage.encode() + body for body in BODIES))
        await user.consumer(storage, "workers")
        plan = Plan(f"dead_{storage}", destination=Destination(storage, f"{storage}.any"))
        await _killed(Order(ours.connection, tmp_path / "journal.sqlite", run, plan), _STORED, mortals)
        taken = await user.pull(storage, "workers", len(BODIES))
        await user.settle(*taken)
        had += [each.data for each in taken]
    theirs.stop()
    theirs.start()
    told = 0
    for storage, run in runs.items():
        await _until_it_answers(user, f"STREAM.INFO.{storage}")
        progress = await _finished(ours, tmp_path / "journal.sqlite", run)
        assert (progress.state, progress.trouble) == (RunState.DONE, "")
        told += progress.doubled
        had += [body for _, _, body in (await user.stored(storage)).values()]
    await user.close()
    assert told == _twice(had) == 2 * len(BODIES)


async def test_copies_are_told_that_lie_where_their_subject_led_before(
    start_nats_server: StartNatsServer, mortals: Mortals, tmp_path: Path
) -> None:
    """By now another stream, which is older than the run, takes that."""
    server = start_nats_server()
    graveyard = NatsGraveyard(server)
    await graveyard.make()
    await graveyard.bury(BODIES)
    run, file = new_run(), tmp_path / "journal.sqlite"
    user = await JetStream.connect(server)
    await user.stream("older", storage="file")
    await _killed(Order(server.connection, file, run, Plan(DEAD, destination=_HOME)), _STORED, mortals)
    await graveyard.change_work(subjects=["others.>"])
    older = (await user.api("STREAM.INFO.older"))["config"]
    await user.api("STREAM.UPDATE.older", {**older, "subjects": ["jobs.>"]})
    await user.close()
    await graveyard.leave()
    server.kill()
    server.start()
    progress = await _finished(server, file, run)
    there = [body for queue in (WORK, "older") for body in await graveyard.bodies(queue)]
    await graveyard.close()
    assert progress.doubled == _twice(there) == len(BODIES)


async def test_what_was_begun_in_the_future_is_told_as_if_it_were_long_ago(
    start_nats_server: StartNatsServer, mortals: Mortals, tmp_path: Path
) -> None:
    """The clock was ahead then. By now workers have taken the copies, and the stream has forgotten their ids."""
    server = start_nats_server()
    graveyard = NatsGraveyard(server)
    await graveyard.make()
    await graveyard.change_work(duplicate_window=200_000_000)
    await graveyard.bury(BODIES)
    run, file = new_run(), tmp_path / "journal.sqlite"
    await _killed(Order(server.connection, file, run, Plan(DEAD, destination=_HOME)), _STORED, mortals)
    had = await graveyard.take(len(BODIES), settle=True)
    with closing(Journal(file)) as journal:
        journal._execute("UPDATE move SET at = at + 3600", ())
    await asyncio.sleep(0.5)  # what passes is the stream's time
    progress = await _finished(server, file, run)
    had += await graveyard.bodies(WORK)
    await graveyard.close()
    assert progress.doubled == _twice(had) == len(BODIES)


async def test_what_has_left_a_stream_is_told_once_whatever_subjects_copies_went_to(
    start_nats_server: StartNatsServer, mortals: Mortals, tmp_path: Path
) -> None:
    """Others' messages, for all that is known copies of either; so many of them at most."""
    server = start_nats_server()
    graveyard = NatsGraveyard(server)
    await graveyard.make()
    for number, subject in zip(range(2 * BATCH), itertools.cycle(["jobs.a", "jobs.b"]), strict=False):
        await graveyard.bury([b"%d" % number], {"Original-Subject": subject})
    run, file = new_run(), tmp_path / "journal.sqlite"
    await _killed(Order(server.connection, file, run, Plan(DEAD), begun=2), _TWO_BEGUN, mortals)
    await graveyard.work_on(BODIES)
    await graveyard.take(len(BODIES), settle=True)
    await graveyard.leave()
    server.kill()
    server.start()
    progress = await _finished(server, file, run)
    there = await graveyard.bodies(WORK)
    await graveyard.close()
    assert (len(there), progress.doubled) == (2 * BATCH, len(BODIES))


@pytest.mark.parametrize("step", [_BEGUN, _STORED])
async def test_an_undo_is_sure_what_it_has_put_back_also_on_a_server_that_started_anew(
    start_nats_server: StartNatsServer, mortals: Mortals, tmp_path: Path, step: int
) -> None:
    """None of the first batch, or all of it, under several subjects."""
    server = start_nats_server()
    graveyard = NatsGraveyard(server)
    await graveyard.make()
    await graveyard.lay(BODIES)
    run, undo, file = new_run(), new_run(), tmp_path / "journal.sqlite"
    await mortals.run(Order(server.connection, file, run, Plan(DEAD, destination=_HOME)))
    with closing(Journal(file)) as journal:
        plan = DeadLetterWork(server.connection, journal).undo_plan(run)
    await _killed(Order(server.connection, file, undo, plan), step, mortals)
    assert len(await graveyard.bodies(DEAD)) == (len(BODIES) if step == _STORED else 0)
    await graveyard.leave()
    server.kill()
    server.start()
    progress = await _finished(server, file, undo)
    there = await graveyard.bodies(DEAD)
    await graveyard.close()
    assert (progress.state, sorted(there)) == (RunState.DONE, sorted(BODIES))
    assert (progress.moved, progress.doubled) == (len(BODIES), 0)


async def test_a_stream_is_noted_as_it_was_before_the_first_of_two_batches(
    start_nats_server: StartNatsServer, journal: Journal
) -> None:
    server = start_nats_server()
    graveyard = NatsGraveyard(server)
    await graveyard.make()
    await graveyard.close()
    outlet = _Counting(await open_outlet(server.connection))
    books = Books(journal, "run", lambda _: None)
    await books.open("nats", Plan(DEAD, destination=_HOME))
    sending = Sending(books, outlet, moves=True)
    await asyncio.gather(*(sending.put(_copies(first), {}) for first in (1, 2)))
    await outlet.close()
    assert outlet.levels == 1
    noted = books.level(_HOME)
    assert noted is not None
    assert noted.place == 0
    assert journal.levels("run") == {_HOME: noted}


class _Counting(AskedOutlet):
    levels = 0

    async def put(self, copies: Sequence[Copy]) -> Sequence[Outcome]:
        return await self._outlet.put(copies)

    async def level(self, destination: Destination) -> Level | None:
        self.levels += 1
        return await super().level(destination)


def _copies(first: int) -> Sequence[Copy]:
    return [Copy(Held(first, "dead.any", b"", b"body", None), _HOME, f"run.{first}")]


async def _cluster(start: StartNatsServer) -> Sequence[NatsServer]:
    """Two nodes, ``ours`` and ``theirs``, that streams can be placed on by these names."""
    ports = [_free_port() for _ in range(2)]
    routes = ", ".join(f'"nats://127.0.0.1:{port}"' for port in ports)
    nodes = [
        start(
            f"server_name: {name}\nserver_tags: [{name}]\n"
            f'cluster {{ name: both, listen: "127.0.0.1:{port}", routes: [{routes}] }}\n'
        )
        for name, port in zip(("ours", "theirs"), ports, strict=True)
    ]
    await until(lambda: any("new metadata leader" in node.log for node in nodes))
    return nodes


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def _made(user: JetStream, name: str, subjects: str, node: str, **config: object) -> None:
    whole = {"name": name, "subjects": [subjects], "storage": "file", "placement": {"tags": [node]}, **config}
    await _until_it_answers(user, f"STREAM.CREATE.{name}", whole)


async def _until_it_answers(user: JetStream, operation: str, body: object = None) -> None:
    """While a cluster has no leader, or a node of it none of its streams yet, that is an error, or nothing is said."""

    async def answers() -> bool:
        try:
            await user.api(operation, body)
        except (AssertionError, nats.errors.Error):
            return False
        return True

    await until_true(answers)


async def _killed(order: Order, step: int, mortals: Mortals) -> None:
    assert await mortals.run(replace(order, blow=Blow.KILL, step=step)) is None


async def _finished(server: NatsServer, file: Path, run: str) -> Progress:
    with closing(Journal(file)) as journal:
        return await DeadLetterWork(server.connection, journal).finish(run).run()


def _twice(bodies: Sequence[bytes]) -> int:
    return len(bodies) - len(set(bodies))
