"""Where a target would drop its oldest messages for new ones: what does not fit stays, and that is said beforehand."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from tests.contract.graveyards import DEAD, WORK, Graveyard, NatsGraveyard, RabbitGraveyard
from tests.contract.half_done import INTERRUPTED, begin
from wqstudio.brokers.factory import open_outlet
from wqstudio.brokers.letters import Copy
from wqstudio.dlq.looking import meant
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.letter import Destination, Load
from wqstudio.domain.redrive import Action, Match, Plan, RunState
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.letters import file as letter_file
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves.redrive import new_run

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
    preview = await work.preview(Plan(DEAD))
    assert f"{WORK} has room for {fitting} of these 12" in " ".join(preview.shortage)
    assert preview.going == fitting
    progress = await work.redrive(Plan(DEAD)).run()
    assert (progress.moved, progress.refused) == (fitting, len(BODIES) - fitting)
    moved, left = await graveyard.bodies(WORK), await graveyard.bodies(DEAD)
    assert sorted(moved + left) == sorted(BODIES)


async def test_what_a_target_will_refuse_is_foreseen(graveyard: Graveyard, work: DeadLetterWork) -> None:
    """By itself, and pushing nothing out. A quorum queue takes a few more than its limit, before it says no."""
    await graveyard.bury(BODIES)
    await graveyard.limit_work(5)
    preview = await work.preview(Plan(DEAD))
    assert (preview.going, preview.short) == (5, 7)
    assert f"{WORK} has room for 5 of these 12" in preview.shortage[0]
    assert "refuses it" in preview.shortage[0]
    progress = await work.redrive(Plan(DEAD)).run()
    assert progress.moved + progress.refused == len(BODIES)
    assert progress.moved >= 5
    moved, left = await graveyard.bodies(WORK), await graveyard.bodies(DEAD)
    assert sorted(moved + left) == sorted(BODIES)


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"max_msg_size": 240}, "larger with their headers than jobs takes (max_msg_size 240"),
        ({"max_msgs_per_subject": 7, "max_msgs": 100, "discard_new_per_subject": True}, "max_msgs_per_subject 7"),
        ({"max_msgs": 5, "max_msg_size": 240}, "max_msgs 5"),
    ],
)
async def test_what_a_stream_will_refuse_is_foreseen_by_each_limit(
    graveyard: NatsGraveyard, work: DeadLetterWork, limits: dict[str, object], why: str
) -> None:
    bodies = [*BODIES[:8], *[b"large " * 50] * 4]
    await graveyard.bury(bodies)
    await graveyard.change_work(**limits, discard="new")
    preview = await work.preview(Plan(DEAD))
    assert why in "\n".join(preview.shortage)
    progress = await work.redrive(Plan(DEAD)).run()
    assert (preview.going, preview.short) == (progress.moved, progress.refused)
    assert progress.refused >= 4


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
@pytest.mark.parametrize(("more", "fitting"), [(-1, 11), (0, 12)])
async def test_a_preview_counts_bytes_as_a_stream_does_that_refuses_what_is_too_much(
    graveyard: NatsGraveyard, work: DeadLetterWork, more: int, fitting: int
) -> None:
    await graveyard.bury(BODIES)
    await work.redrive(Plan(DEAD)).run()
    needed = await graveyard.work_size()
    await graveyard.take(len(BODIES), settle=True)
    await graveyard.bury(BODIES)
    await graveyard.change_work(max_bytes=needed + more, discard="new")
    assert (await work.preview(Plan(DEAD))).going == fitting
    assert (await work.redrive(Plan(DEAD)).run()).moved == fitting


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
@pytest.mark.parametrize(("rule", "why"), [("sealed", "is sealed"), ("no_ack", "confirms nothing")])
async def test_a_stream_that_takes_nothing_is_foreseen_to_take_nothing(
    graveyard: NatsGraveyard, work: DeadLetterWork, rule: str, why: str
) -> None:
    await graveyard.bury(BODIES)
    await graveyard.change_work(**{rule: True})
    preview = await work.preview(Plan(DEAD))
    assert (preview.going, why in preview.homeless[0].reason) == (0, True)
    progress = await work.redrive(Plan(DEAD)).run()
    assert (progress.moved, progress.refused) == (0, len(BODIES))


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_an_import_of_what_is_too_much_is_foreseen(
    graveyard: NatsGraveyard, work: DeadLetterWork, tmp_path: Path
) -> None:
    await graveyard.bury([*BODIES[:8], *[b"large " * 50] * 4])
    file = tmp_path / "letters.jsonl"
    async with work.looking(DEAD) as letters:
        plan = Plan(DEAD, Action.EXPORT, file=str(file))
        await work.export(plan, letters, meant(letters, Match(), None), letter_file.writing(file))
    await graveyard.change_work(max_msgs=6, max_msg_size=240, discard="new")
    plan = Plan(str(file), Action.IMPORT)
    preview = await work.foresee_import(plan)
    progress = await work.bring(new_run(), plan).run()
    assert (preview.going, preview.short) == (progress.moved, progress.refused) == (6, 6)


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
    preview = await work.preview(Plan(DEAD))
    assert f"{WORK} has room for 5 of these 12 (max-length-bytes 60" in " ".join(preview.shortage)
    assert preview.going == 5
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
    ((said, _),) = await outlet.shortage({Destination("all/any", "any", "all"): Load((1,))})
    await outlet.close()
    assert said.startswith("Which queues the exchange all leads to cannot be told (")
