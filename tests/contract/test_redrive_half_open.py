"""A connection that breaks without a word: the broker goes on holding what it gave it, and shows that to no look."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from tests.contract.graveyards import DEAD, WORK, RabbitGraveyard
from tests.faults import Faults
from tests.half_open_front import HalfOpenFront, half_open_front
from tests.rabbit_servers import RabbitHost
from tests.waiting import until
from wqstudio.brokers.letters import Held
from wqstudio.brokers.rabbitmq.amqp import pika_connection
from wqstudio.brokers.rabbitmq.letters.letters import RabbitLetters
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.redrive import Plan, Progress, RunState
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.looks.dead_letters import DeadLetterWork

BODIES = [b"order %d" % number for number in range(30)]
_HEARTBEAT = 2
"""Seconds, instead of ten: after two of them without a word the broker gives back what it holds for a connection."""

pytestmark = pytest.mark.parametrize("kind", ["classic", "quorum"])


@pytest.fixture
async def graveyard(rabbit_host: RabbitHost, kind: str) -> AsyncIterator[RabbitGraveyard]:
    graveyard = RabbitGraveyard(rabbit_host, kind)
    await graveyard.make()
    await graveyard.bury(BODIES)
    yield graveyard
    await graveyard.close()


@pytest.fixture
async def front(rabbit_host: RabbitHost, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HalfOpenFront]:
    monkeypatch.setattr(pika_connection, "HEARTBEAT", _HEARTBEAT)
    port = urlsplit(rabbit_host.connection.urls[0]).port
    assert port is not None
    async with half_open_front(port) as front:
        yield front


@pytest.fixture
def work(graveyard: RabbitGraveyard, front: HalfOpenFront, journal: Journal) -> DeadLetterWork:
    connection = graveyard.connection
    assert isinstance(connection, RabbitConnection)
    return DeadLetterWork(replace(connection, urls=(f"amqp://127.0.0.1:{front.port}",)), journal)


async def test_copied_letters_that_the_broker_still_holds_for_a_dead_connection_are_removed_once_they_are_back(
    work: DeadLetterWork,
    graveyard: RabbitGraveyard,
    front: HalfOpenFront,
    faults: Faults,
    *,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    remove, cuts = RabbitLetters.remove, [front.cut]

    async def cut_and_remove(letters: RabbitLetters, going: Sequence[Held]) -> Collection[int]:
        while cuts:
            await cuts.pop()()
        return await remove(letters, going)

    monkeypatch.setattr(RabbitLetters, "remove", cut_and_remove)
    progress = await work.redrive(Plan(DEAD, destination=graveyard.home)).run()
    assert (progress.state, progress.moved, progress.doubled) == (RunState.DONE, len(BODIES), 0)
    await _check(graveyard, progress, faults, "link half open at the removal", kind)


async def test_letters_that_were_not_begun_yet_are_moved_once_a_dead_connection_has_lost_them(
    work: DeadLetterWork, graveyard: RabbitGraveyard, front: HalfOpenFront, faults: Faults, kind: str
) -> None:
    redrive = work.redrive(Plan(DEAD, destination=graveyard.home, rate=20))
    running = asyncio.ensure_future(redrive.run())
    await until(lambda: redrive.progress.moved >= 5)
    await front.cut()
    progress = await running
    assert (progress.state, progress.moved, progress.gone) == (RunState.DONE, len(BODIES), 0)
    await _check(graveyard, progress, faults, "link half open midway", kind)


async def _check(graveyard: RabbitGraveyard, progress: Progress, faults: Faults, fault: str, kind: str) -> None:
    everything = [body for queue in (WORK, DEAD) for body in await graveyard.bodies(queue)]
    figures = faults.note(fault, BODIES, everything, f"rabbitmq {kind}")
    assert figures.lost == 0
    assert figures.doubled <= progress.doubled
