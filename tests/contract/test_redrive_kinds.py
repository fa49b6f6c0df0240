"""Runs of the other kinds of dead letters that NATS has: pointers, and messages exhausted in place."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.faults import Faults
from tests.jetstream import JetStream
from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Plan, RunState
from wqstudio.engine.dead_letters import DeadLetterWork
from wqstudio.engine.journal import Journal

BODIES = [b"order %d" % number for number in range(6)]
AGAIN = Destination("again.a", "again.a")


@pytest.fixture
async def user(nats_server: NatsServer) -> AsyncIterator[JetStream]:
    user = await JetStream.connect(nats_server)
    yield user
    await user.close()


@pytest.fixture
def pointing(nats_server: NatsServer, journal: Journal) -> DeadLetterWork:
    return DeadLetterWork(nats_server.connection, journal)


async def _bodies(user: JetStream, stream: str) -> list[bytes]:
    return [body for _, _, body in (await user.stored(stream)).values()]


async def _point(user: JetStream, *consumers: str, retention: str = "limits", count: int = len(BODIES)) -> None:
    """Have each of them give up every message."""
    await user.stream("dlq", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", allow_direct=True)
    await user.stream("jobs", retention=retention, allow_direct=True)
    for consumer in consumers:
        await user.consumer("jobs", consumer, max_deliver=1)
    await user.publish("jobs.a", *BODIES[:count])
    for consumer in consumers:
        await user.exhaust("jobs", consumer, count, 1)
    while len(await user.stored("dlq")) < count * len(consumers):  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)


async def test_pointers_go_with_what_they_point_to(user: JetStream, pointing: DeadLetterWork, faults: Faults) -> None:
    await _point(user, "workers", retention="workqueue")
    await user.stream("again")
    progress = await pointing.redrive(Plan("dlq", destination=AGAIN)).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert await _bodies(user, "jobs") == await _bodies(user, "dlq") == []
    figures = faults.note("pointers requeued", BODIES, await _bodies(user, "again"), "nats")
    assert (figures.lost, figures.doubled) == (0, 0)


async def test_a_pause_between_two_pointers_to_one_message_copies_it_once(
    user: JetStream, pointing: DeadLetterWork
) -> None:
    """Also where the stream it goes to has forgotten its id meanwhile, as one that was made anew has."""
    await _point(user, "workers", "others")
    await user.stream("again")
    redrive = pointing.redrive(Plan("dlq", destination=AGAIN, rate=10))
    running = asyncio.ensure_future(redrive.run())
    await until(lambda: redrive.progress.moved)
    redrive.controls.pause()
    await until(lambda: redrive.progress.state is RunState.PAUSED)
    before = await _bodies(user, "again")
    await user.api("STREAM.DELETE.again")
    await user.stream("again")
    redrive.controls.rate = 0
    redrive.controls.resume()
    progress = await running
    assert 0 < len(before) < len(BODIES)
    assert before + await _bodies(user, "again") == BODIES
    assert (progress.state, progress.moved, progress.refused) == (RunState.DONE, len(BODIES), len(BODIES))
    assert all("to the same message" in each.reason for each in progress.refusals)
    assert len(await _bodies(user, "dlq")) == len(BODIES)


async def test_a_second_run_makes_no_second_copy_of_a_message_with_two_pointers(
    user: JetStream, pointing: DeadLetterWork, faults: Faults
) -> None:
    await _point(user, "workers", "others")
    await user.stream("again")
    plan = Plan("dlq", destination=AGAIN)
    one, two = await pointing.redrive(plan).run(), await pointing.redrive(plan).run()
    assert (one.moved, one.refused, one.doubled) == (len(BODIES), len(BODIES), 0)
    assert (two.moved, two.gone, two.doubled) == (0, len(BODIES), 0)
    assert await _bodies(user, "dlq") == []
    figures = faults.note("two pointers to each, two runs", BODIES, await _bodies(user, "again"), "nats")
    assert (figures.lost, figures.doubled) == (0, 0)
