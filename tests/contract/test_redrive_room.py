"""Where a target would drop its oldest messages for new ones: what does not fit stays, and that is said beforehand."""

from dataclasses import replace
from typing import cast

import pytest

from tests.contract.graveyards import DEAD, WORK, Graveyard, NatsGraveyard, RabbitGraveyard
from tests.contract.half_done import INTERRUPTED, begin
from wqstudio.brokers.factory import open_outlet
from wqstudio.brokers.letters import Copy
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.letter import Destination, Load
from wqstudio.domain.redrive import Plan, RunState
from wqstudio.engine.dead_letters import DeadLetterWork
from wqstudio.engine.journal import Journal

BODIES = [b'{"order": %d}' % number for number in range(12)]


async def test_no_copy_pushes_a_message_out(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    await graveyard.evict_from_work(5)
    preview = await work.preview(Plan(DEAD))
    assert len(preview.shortage) == 1
    assert f"{WORK} has room for 5 of these 12" in preview.shortage[0]
    progress = await work.redrive(Plan(DEAD)).run()
    assert (progress.state, progress.moved, progress.refused) == (RunState.DONE, 5, 7)
    assert f"{WORK} is full (5 messages" in progress.refusals[0].reason
    assert "raise" in progress.refusals[0].reason
    moved, left = await graveyard.bodies(WORK), await graveyard.bodies(DEAD)
    assert (len(moved), len(left)) == (5, 7)
    assert sorted(moved + left) == sorted(BODIES)


async def test_each_batch_sees_what_the_ones_before_it_took(graveyard: Graveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    await graveyard.evict_from_work(5)
    progress = await work.redrive(Plan(DEAD, destination=graveyard.home, rate=100)).run()
    assert (progress.moved, progress.refused) == (5, 7)
    moved, left = await graveyard.bodies(WORK), await graveyard.bodies(DEAD)
    assert sorted(moved + left) == sorted(BODIES)


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
@pytest.mark.parametrize(
    ("limits", "fitting"),
    [
        ({"max_msgs_per_subject": 1}, 1),
        ({"max_msgs_per_subject": 2, "max_msgs": 100, "discard": "new"}, 2),
        ({"max_bytes": 600}, 3),
    ],
)
async def test_every_limit_of_a_stream_counts(
    graveyard: NatsGraveyard, work: DeadLetterWork, limits: dict[str, object], fitting: int
) -> None:
    await graveyard.bury(BODIES)
    await graveyard.change_work(**limits)
    assert f"{WORK} has room for" in " ".join((await work.preview(Plan(DEAD))).shortage)
    progress = await work.redrive(Plan(DEAD)).run()
    assert (progress.moved, progress.refused) == (fitting, len(BODIES) - fitting)
    moved, left = await graveyard.bodies(WORK), await graveyard.bodies(DEAD)
    assert sorted(moved + left) == sorted(BODIES)


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_copies_that_an_earlier_try_made_are_not_refused_for_want_of_room(
    graveyard: NatsGraveyard, work: DeadLetterWork, journal: Journal
) -> None:
    """They are what fills the stream. The duplicate window, in which it would know them, is over."""
    await graveyard.bury(BODIES)
    await graveyard.change_work(max_msgs=len(BODIES) - 1, duplicate_window=100_000_000)
    await begin(graveyard, journal, Plan(DEAD))
    letters = await work.look(DEAD)
    held = await letters.page(0, len(BODIES))
    await letters.close()
    outlet = await open_outlet(graveyard.connection)
    await outlet.put([Copy(each, graveyard.home, f"{INTERRUPTED}.{number}") for number, each in enumerate(held)])
    await outlet.close()
    progress = await work.finish(INTERRUPTED).run()
    assert (progress.moved, progress.refused) == (len(BODIES) - 1, 1)
    moved, left = await graveyard.bodies(WORK), await graveyard.bodies(DEAD)
    assert sorted(moved + left) == sorted(BODIES)


@pytest.mark.parametrize("graveyard", ["rabbitmq classic", "rabbitmq quorum"], indirect=True)
async def test_a_queue_takes_no_more_bytes_than_it_keeps(graveyard: RabbitGraveyard, work: DeadLetterWork) -> None:
    await graveyard.bury(BODIES)
    graveyard.change_work({"max-length-bytes": 5 * len(BODIES[0])})
    assert f"{WORK} has room for 60 B of these 146 B" in " ".join((await work.preview(Plan(DEAD))).shortage)
    progress = await work.redrive(Plan(DEAD)).run()
    assert (progress.moved, progress.refused) == (5, 7)
    moved, left = await graveyard.bodies(WORK), await graveyard.bodies(DEAD)
    assert sorted(moved + left) == sorted(BODIES)


@pytest.mark.parametrize("graveyard", ["rabbitmq classic"], indirect=True)
@pytest.mark.parametrize("overflow", ["drop-head", "reject-publish"])
async def test_queues_behind_an_exchange_have_limits_as_well(
    graveyard: RabbitGraveyard, work: DeadLetterWork, overflow: str
) -> None:
    """One that drops would lose somebody's message, and of one that refuses the others would have a copy already."""
    await graveyard.bury(BODIES)
    graveyard.share("all", WORK, "archive")
    graveyard.change_work({"max-length": 5, "overflow": overflow})
    to_all = Plan(DEAD, destination=Destination("all/any", "any", "all"))
    assert f"{WORK} has room for 5 of these 12" in (await work.preview(to_all)).shortage[0]
    progress = await work.redrive(to_all).run()
    assert (progress.moved, progress.refused) == (5, 7)
    assert f"{WORK} is full (5 messages" in progress.refusals[0].reason
    moved, copied, left = [await graveyard.bodies(queue) for queue in (WORK, "archive", DEAD)]
    assert moved == copied
    assert sorted(moved + left) == sorted(BODIES)


@pytest.mark.parametrize("graveyard", ["rabbitmq classic"], indirect=True)
async def test_where_an_exchange_leads_to_cannot_be_told_that_is_said(graveyard: RabbitGraveyard) -> None:
    nowhere = replace(cast(RabbitConnection, graveyard.connection), management_url="http://127.0.0.1:9")
    outlet = await open_outlet(nowhere)
    ((said, _),) = await outlet.shortage({Destination("all/any", "any", "all"): Load(1, 1)})
    await outlet.close()
    assert said.startswith("Which queues the exchange all leads to cannot be told (")
