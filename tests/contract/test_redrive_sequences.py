"""Whatever is done to dead letters, in whatever order, and whatever dies meanwhile: none is lost.

What is in the dead-letter queue, in the work queue and in workers' hands, and what the journal knows to be discarded,
is at least what was there, and no more of it than the runs have said.

The sequences are the same each time, and few. ``WQSTUDIO_SEQUENCES=200`` draws so many others for each test.
"""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings

from tests.contract.fuse import Blow
from tests.contract.graveyards import Graveyard, NatsGraveyard, RabbitGraveyard
from tests.contract.mortal import Mortals
from tests.contract.pointed import PointedGraveyard
from tests.contract.redrive_doing import Account, account
from tests.contract.redrive_steps import (
    Discard,
    EditAndRequeue,
    Finish,
    KillBroker,
    LimitWork,
    RemoveWork,
    Requeue,
    RestartBroker,
    RestoreWork,
    Selection,
    Step,
    Take,
    Undo,
    kills_broker,
    sequences,
    sequences_with_a_kill,
    sequences_without_kills,
    troubled,
)
from tests.rabbit_servers import RabbitHost, RabbitNode
from tests.servers import NatsServer, StartNatsServer

_OTHERS = int(os.environ.get("WQSTUDIO_SEQUENCES", "0"))
_CANCELLED_HALF_DONE: list[Step] = [Requeue(blow=Blow.CUT_AND_CANCEL, step=16), Requeue()]
"""Chance comes across it too seldom: copies are confirmed, and their originals not removed."""
_SENT_AND_LOST: list[Step] = [Requeue(blow=Blow.KILL_BROKER, step=7), Finish(blow=Blow.KILL_BROKER, step=5)]
"""Copies have just gone out when the server dies: whoever took them for stored would remove the originals."""
_TAKEN_AND_FORGOTTEN: list[Step] = [Requeue(blow=Blow.KILL, step=10), Take(4), KillBroker(), Finish()]
"""Workers have had copies, of which neither the journal nor a server that was started anew knows any more."""
_BROKER_KILLED: list[Step] = [
    Requeue(Selection(limit=3)),
    Discard(Selection(regex="order 1"), Blow.KILL_BROKER, 6),
    EditAndRequeue(1, Blow.KILL_BOTH, 3),
    Finish(),
    Undo(),
]
_IN_TROUBLE: list[Step] = [
    LimitWork(3),
    Requeue(blow=Blow.KILL, step=9),
    RemoveWork(),
    Requeue(to_origin=True),
    Finish(),
    RestoreWork(),
    Undo(Blow.PAUSE, 4),
    Requeue(),
]
"""The target is full, and deleted."""
_FORGOTTEN_AND_DISCARDED: list[Step] = [
    Requeue(Selection(regex="[02468]$"), to_origin=True, blow=Blow.KILL_BOTH, step=28),
    Discard(Selection(regex="[02468]$"), Blow.KILL_BOTH, 32),
    RestartBroker(),
]
"""A killed server has letters again that are moved: to discard them then leaves one of each."""

Lay = Callable[[], Graveyard]


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Path]:
    """A journal for each sequence."""
    return (tmp_path / f"{number}.sqlite" for number in itertools.count())


@pytest.fixture
def lay_on_nats(start_nats_server: StartNatsServer) -> Lay:
    """A server for each sequence."""
    servers: list[NatsServer] = []

    def lay() -> Graveyard:
        for before in servers:
            before.stop()
        servers[:] = [start_nats_server()]
        return NatsGraveyard(servers[0])

    return lay


@pytest.fixture
def lay_on_rabbitmq(rabbit_node: RabbitNode) -> Iterator[Lay]:
    """A virtual host for each sequence; classic and quorum queues by turns."""
    hosts: list[RabbitHost] = []

    def lay() -> Graveyard:
        hosts.append(rabbit_node.make_host())
        return RabbitGraveyard(hosts[-1], "classic" if len(hosts) % 2 else "quorum")

    yield lay
    for host in hosts:
        host.remove()


def _few(examples: int) -> settings:
    return settings(
        max_examples=_OTHERS or examples,
        derandomize=not _OTHERS,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@_few(15)
@given(steps=troubled(sequences()))
@example(steps=_IN_TROUBLE)
@example(steps=_FORGOTTEN_AND_DISCARDED)
@example(steps=_SENT_AND_LOST)
@example(steps=_TAKEN_AND_FORGOTTEN)
@example(steps=_BROKER_KILLED)
async def test_no_sequence_loses_or_doubles_any_on_nats(
    lay_on_nats: Lay, mortals: Mortals, files: Iterator[Path], steps: Sequence[Step]
) -> None:
    """Doubled, and counted, is only what a server that was killed meanwhile had forgotten."""
    found = await _done(lay_on_nats(), steps, mortals, next(files))
    assert found.lost == frozenset()
    assert found.doubled <= found.told
    assert found.doubled == 0 or any(map(kills_broker, steps))


@_few(3)
@given(steps=troubled(sequences()))
@example(steps=_IN_TROUBLE)
async def test_no_sequence_loses_any_that_pointers_lead_to(
    start_nats_server: StartNatsServer, mortals: Mortals, files: Iterator[Path], steps: Sequence[Step]
) -> None:
    server = start_nats_server()
    found = await _done(PointedGraveyard(server), steps, mortals, next(files))
    server.stop()
    assert found.lost == frozenset()
    assert found.doubled <= found.told


@_few(8)
@given(steps=troubled(sequences_without_kills()))
@example(steps=_IN_TROUBLE)
@example(steps=_CANCELLED_HALF_DONE)
async def test_no_sequence_loses_any_on_rabbitmq(
    lay_on_rabbitmq: Lay, mortals: Mortals, files: Iterator[Path], steps: Sequence[Step]
) -> None:
    found = await _done(lay_on_rabbitmq(), steps, mortals, next(files))
    assert found.lost == frozenset()
    assert found.doubled <= found.told


@_few(2)
@given(steps=sequences_with_a_kill())
async def test_no_sequence_with_a_kill_of_the_broker_loses_any_on_rabbitmq(
    lay_on_rabbitmq: Lay, mortals: Mortals, files: Iterator[Path], steps: Sequence[Step]
) -> None:
    """A node has lost its last words: what was removed just before is there again, which no run is told."""
    found = await _done(lay_on_rabbitmq(), steps, mortals, next(files))
    assert found.lost == frozenset()


async def test_a_broker_that_is_killed_again_and_again_loses_none_on_rabbitmq(
    lay_on_rabbitmq: Lay, mortals: Mortals, files: Iterator[Path]
) -> None:
    found = await _done(lay_on_rabbitmq(), _BROKER_KILLED, mortals, next(files))
    assert found.lost == frozenset()


async def _done(graveyard: Graveyard, steps: Sequence[Step], mortals: Mortals, file: Path) -> Account:
    try:
        await graveyard.make()
        return await account(graveyard, steps, mortals, file)
    finally:
        await graveyard.close()
