"""Runs of messages exhausted in place that are finished after a crash, when their consumer has gone on (NATS)."""

from collections.abc import Callable
from typing import TypeAlias

import pytest

from tests.faults import Faults
from tests.jetstream import JetStream
from tests.servers import NatsServer
from wqstudio.dlq.codes import FAILED, PARTLY, of_run
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Action, Bound, MoveState, Plan, RunState
from wqstudio.engine.journal.journal import Journal, Move
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.looks.dead_letters import DeadLetterWork

BODIES = [b"order %d" % number for number in range(6)]
HOME = Destination("jobs.a", "jobs.a")
RUN = "interrupted"


HalfDone: TypeAlias = Callable[[Action, MoveState], None]
"""Leaves a run in the journal that had come to this state with all of the letters when it was killed."""


@pytest.fixture
async def half_done(
    jetstream: JetStream, pointing: DeadLetterWork, nats_server: NatsServer, journal: Journal
) -> HalfDone:
    """Of messages that are exhausted in a stream, to which others of the same bodies have come since."""
    await jetstream.stream("jobs", retention="workqueue", allow_direct=True)
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    await jetstream.publish("jobs.a", *BODIES)
    await jetstream.exhaust("jobs", "workers", len(BODIES), 1)
    letters = await pointing.look("jobs", exhausted=True)
    marks = [letters.fingerprint(held) for held in await letters.page(0, len(BODIES))]
    await letters.close()
    await jetstream.publish("jobs.a", *BODIES)

    def leave(action: Action, state: MoveState) -> None:
        home = HOME if action is Action.REQUEUE else None
        plan = Plan("jobs", action, home, exhausted=True, bound=Bound(len(marks), len(marks)))
        journal.begin(RUN, place_of(nats_server.connection), plan, len(marks))
        journal.record(RUN, [Move(number, mark, state) for number, mark in enumerate(marks)])

    return leave


async def test_what_messages_in_flight_hide_is_not_taken_for_gone(
    jetstream: JetStream, pointing: DeadLetterWork, half_done: HalfDone
) -> None:
    half_done(Action.REQUEUE, MoveState.COPIED)
    held = await jetstream.pull("jobs", "workers", 2)
    progress = await pointing.finish(RUN).run()
    assert (progress.state, progress.moved, of_run(progress)) == (RunState.INTERRUPTED, 0, FAILED)
    assert "2 messages are held by others" in progress.trouble
    assert len(await jetstream.stored("jobs")) == 2 * len(BODIES)
    for message in held:
        await message.ack_sync()
    progress = await pointing.finish(RUN).run()
    assert (progress.state, progress.moved, progress.doubled) == (RunState.DONE, len(BODIES), 0)
    assert len(await jetstream.stored("jobs")) == len(BODIES) - len(held)


@pytest.mark.parametrize("action", [Action.REQUEUE, Action.DISCARD])
async def test_what_has_come_to_life_again_stays_and_is_told(
    jetstream: JetStream, pointing: DeadLetterWork, half_done: HalfDone, faults: Faults, action: Action
) -> None:
    copied = action is Action.REQUEUE
    half_done(action, MoveState.COPIED if copied else MoveState.INTENDED)
    await jetstream.api("CONSUMER.DELETE.jobs.workers")
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    progress = await pointing.finish(RUN).run()
    assert (progress.moved, progress.refused) == (0, len(BODIES))
    assert progress.doubled == progress.kept == (len(BODIES) if copied else 0)
    assert "it is alive" in progress.refusals[0].reason
    if copied:
        assert of_run(progress) == PARTLY
        bodies = [body for _, _, body in (await jetstream.stored("jobs")).values()]
        faults.note("consumer made anew before a finish", BODIES, bodies, "nats")
