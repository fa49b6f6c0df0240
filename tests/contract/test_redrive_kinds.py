"""Runs of the other kinds of dead letters that NATS has: pointers, and messages exhausted in place."""

import asyncio
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from nats.aio.msg import Msg

from tests.contract.breaking import break_connection
from tests.faults import Faults
from tests.jetstream import JetStream
from tests.servers import NatsServer, StartNatsServer
from tests.waiting import until
from wqstudio.brokers.letters import Held
from wqstudio.brokers.nats.letters.letters import NatsLetters
from wqstudio.brokers.nats.letters.pointers import NatsPointers
from wqstudio.brokers.port import DeniedError, RefusedError, UnreachableError
from wqstudio.dlq import previews as dlq_previews
from wqstudio.dlq.codes import PARTLY, of_run
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.letter import Destination, Edit, LookCost
from wqstudio.domain.redrive import Action, Match, Plan, RunState
from wqstudio.engine.journal.journal import Journal, JournalError
from wqstudio.engine.letters.matching import MatchError
from wqstudio.engine.letters.originals import Stays
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves import moving as engine_moving, plan_words, redrive as engine_redrive
from wqstudio.engine.write_gate import ReadOnlyError, open_pointers
from wqstudio.ui.models import move_facts

BODIES = [b"order %d" % number for number in range(6)]
AGAIN = Destination("again.a", "again.a")
_ENDLESS = Plan("jobs", Action.DISCARD, exhausted=True, match=Match(regex=r"order \d$|^(a|aa)+$"))


@pytest.fixture
def other(nats_server: NatsServer, tmp_path: Path) -> Iterator[DeadLetterWork]:
    """By somebody else, with a journal of his own."""
    with closing(Journal(tmp_path / "other.sqlite")) as journal:
        yield DeadLetterWork(nats_server.connection, journal)


async def _exhaust(jetstream: JetStream) -> None:
    """In place."""
    await jetstream.stream("jobs", retention="workqueue", allow_direct=True)
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    await jetstream.publish("jobs.a", *BODIES)
    await jetstream.exhaust("jobs", "workers", len(BODIES), 1)


async def _bodies(jetstream: JetStream, stream: str) -> list[bytes]:
    return [body for _, _, body in (await jetstream.stored(stream)).values()]


async def _point(jetstream: JetStream, *consumers: str, retention: str = "limits", count: int = len(BODIES)) -> None:
    """Have each of them give up every message."""
    if "dlq" not in ((await jetstream.api("STREAM.NAMES"))["streams"] or ()):
        await jetstream.stream("dlq", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", allow_direct=True)
    await jetstream.stream("jobs", retention=retention, allow_direct=True)
    for consumer in consumers:
        await jetstream.consumer("jobs", consumer, max_deliver=1)
    await jetstream.publish("jobs.a", *BODIES[:count])
    for consumer in consumers:
        await jetstream.exhaust("jobs", consumer, count, 1)
    await _until_stored(jetstream, "dlq", count * len(consumers))


async def _until_stored(jetstream: JetStream, stream: str, count: int) -> None:
    while len(await jetstream.stored(stream)) < count:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"deny_delete": True}, "forbids deleting"),
        ({"sealed": True}, "is sealed"),
        ({"mirror": {"name": "source"}, "subjects": None}, "is a mirror of source"),
    ],
)
async def test_a_preview_says_where_nothing_can_be_removed(
    jetstream: JetStream, pointing: DeadLetterWork, config: dict[str, object], why: str
) -> None:
    await jetstream.stream("source")
    made = {"name": "dlq", "subjects": ["dlq.>"], "storage": "memory"}
    if "sealed" in config:  # which it becomes only once it is there
        await jetstream.api("STREAM.CREATE.dlq", made)
        await jetstream.api("STREAM.UPDATE.dlq", {**made, **config})
    else:
        await jetstream.api("STREAM.CREATE.dlq", {**made, **config})
    for plan in (Plan("dlq", destination=AGAIN), Plan("dlq", Action.DISCARD)):
        with pytest.raises(RefusedError, match=why):
            await pointing.preview(plan)


@pytest.mark.parametrize("command", ["$JS.API.STREAM.DELETE.precious", "$JS.hub.API.STREAM.PURGE.precious"])
async def test_what_says_that_it_comes_from_a_command_to_the_server_gives_none(
    jetstream: JetStream, pointing: DeadLetterWork, command: str
) -> None:
    """Whoever wrote the message wrote that, too."""
    await jetstream.stream("precious")
    await jetstream.publish("precious.a", *BODIES)
    await jetstream.stream("dlq")
    await jetstream.publish("dlq.a", b"", headers={"Original-Subject": command})
    for plan in (Plan("dlq"), Plan("dlq", destination=Destination(command, command))):
        (stays,) = (await pointing.preview(plan)).homeless
        assert stays.reason.startswith(f"{command} is the server's own: it would obey what comes there")
        progress = await pointing.redrive(plan).run()
        assert (progress.moved, progress.refused, progress.refusals) == (0, 1, (stays,))
    assert await _bodies(jetstream, "precious") == BODIES


async def test_programs_that_listen_where_no_stream_is_are_told_once(
    jetstream: JetStream, pointing: DeadLetterWork
) -> None:
    """One answers, and one does not; at each try both would do their work."""
    await jetstream.stream("dlq")
    heard: list[str] = []

    async def hear(msg: Msg) -> None:
        heard.append(msg.subject)
        if msg.subject == "pay.answered":
            await msg.respond(b"paid")

    await jetstream.client.subscribe("pay.*", cb=hear)
    for subject in ("pay.answered", "pay.silent"):
        await jetstream.publish("dlq.a", b"order", headers={"Original-Subject": subject})
    progress = await pointing.redrive(Plan("dlq")).run()
    assert (progress.state, progress.moved, progress.refused) == (RunState.DONE, 0, 2)
    assert all("Programs that listen there may have had the message" in each.reason for each in progress.refusals)
    assert sorted(heard) == ["pay.answered", "pay.silent"]
    assert await _bodies(jetstream, "dlq") == [b"order"] * 2


async def test_a_preview_of_many_places_says_of_each_stream_how_long_it_knows_a_copy_and_how_many_are_left_out(
    jetstream: JetStream, pointing: DeadLetterWork
) -> None:
    await jetstream.stream("short", duplicate_window=1_000_000_000)
    await jetstream.stream("long")
    await jetstream.stream("dlq")
    for number, stream in enumerate(["long"] * 4 + ["short"] * 3):
        await jetstream.publish("dlq.a", b"order", headers={"Original-Subject": f"{stream}.{number}"})
    preview = await pointing.preview(Plan("dlq"))
    for told in ("long knows it by its id, for 2 min", "short knows it by its id, for 1 s"):
        assert told in preview.doubling
    assert preview.audience[-1] == "Who receives what goes to the other 2 places is not looked up here."
    few = await pointing.preview(Plan("dlq", limit=5))
    assert not any("not looked up" in sentence for sentence in few.audience)


@pytest.mark.parametrize("action", [Action.REQUEUE, Action.DISCARD])
async def test_a_preview_says_who_is_at_work_on_dead_letters(
    jetstream: JetStream, pointing: DeadLetterWork, action: Action
) -> None:
    await jetstream.stream("dlq", retention="workqueue")
    await jetstream.publish("dlq.a", *BODIES)
    await jetstream.consumer("dlq", "retrier")
    plan = Plan("dlq", action)
    assert (await pointing.preview(plan)).at_work == ()
    taken = await jetstream.pull("dlq", "retrier", 2)
    preview = await pointing.preview(plan)
    (said,) = preview.at_work
    assert said.startswith("Consumer retrier of dlq has 2 in flight")
    assert f"  warning: {said}" in dlq_previews.preview(preview, plan, as_json=False)
    assert said in [fact.text for section in move_facts.sections(plan, preview, LookCost()) for fact in section.facts]
    await jetstream.settle(*taken)
    assert (await pointing.preview(plan)).at_work == ()


async def test_a_preview_says_who_may_not_remove(start_nats_server: StartNatsServer, journal: Journal) -> None:
    server = start_nats_server(
        "accounts { A { jetstream: enabled, users: [ { user: admin, password: admin }, { user: limited,"
        ' password: limited, permissions: { publish: { deny: ["$JS.API.STREAM.MSG.DELETE.>"] } } } ] } }'
    )
    admin = await JetStream.connect(server, user="admin", password="admin")
    await admin.stream("dlq", allow_direct=True)
    await admin.publish("dlq.a", *BODIES)
    work = DeadLetterWork(NatsConnection(urls=(server.url,), user="limited", password="limited"), journal)
    with pytest.raises(DeniedError, match=r"STREAM\.MSG\.DELETE\.dlq"):
        await work.preview(Plan("dlq", Action.DISCARD))
    await admin.close()


async def test_pointers_go_with_what_they_point_to(
    jetstream: JetStream, pointing: DeadLetterWork, faults: Faults
) -> None:
    await _point(jetstream, "workers", retention="workqueue")
    await jetstream.stream("again")
    progress = await pointing.redrive(Plan("dlq", destination=AGAIN)).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert await _bodies(jetstream, "jobs") == await _bodies(jetstream, "dlq") == []
    figures = faults.note("pointers requeued", BODIES, await _bodies(jetstream, "again"), "nats")
    assert (figures.lost, figures.doubled) == (0, 0)


async def test_a_preview_says_that_originals_stay_and_are_stored_twice_where_their_copies_go(
    jetstream: JetStream, pointing: DeadLetterWork
) -> None:
    """In a stream whose messages are not one consumer's: no sentence is to say that nothing is stored twice there."""
    await _point(jetstream, "workers")
    await jetstream.stream("again")
    plan = Plan("dlq")
    preview = await pointing.preview(plan)
    assert preview.stays == (Stays("jobs", len(BODIES), twice=len(BODIES)),)
    window = [fact.text for each in move_facts.sections(plan, preview, LookCost()) for fact in each.facts]
    for said in (dlq_previews.preview(preview, plan, as_json=False), "\n".join(window)):
        assert "of 6 the original stays in jobs" in said
        assert "Of 6 the copy goes to jobs as well: each is then stored there twice" in said
        assert "No copy is stored twice" not in said
    assert (await pointing.preview(Plan("dlq", destination=AGAIN))).stays == (Stays("jobs", len(BODIES)),)
    discard = Plan("dlq", Action.DISCARD)
    gone = dlq_previews.preview(await pointing.preview(discard), discard, as_json=False)
    assert "the original stays in jobs" in gone
    assert "twice" not in gone
    await pointing.redrive(plan).run()
    assert await _bodies(jetstream, "jobs") == BODIES * 2
    assert await _bodies(jetstream, "dlq") == []


async def test_a_preview_says_nothing_of_originals_that_go(jetstream: JetStream, pointing: DeadLetterWork) -> None:
    await _point(jetstream, "workers", retention="workqueue")
    preview = await pointing.preview(Plan("dlq"))
    assert (preview.stays, preview.pointed_in) == ((), ("jobs",))


async def test_a_pause_between_two_pointers_to_one_message_copies_it_once(
    jetstream: JetStream, pointing: DeadLetterWork
) -> None:
    """Also where the stream it goes to has forgotten its id meanwhile, as one that was made anew has."""
    await _point(jetstream, "workers", "others")
    await jetstream.stream("again")
    redrive = pointing.redrive(Plan("dlq", destination=AGAIN, rate=10))
    running = asyncio.ensure_future(redrive.run())
    await until(lambda: redrive.progress.moved)
    redrive.controls.pause()
    await until(lambda: redrive.progress.state is RunState.PAUSED)
    before = await _bodies(jetstream, "again")
    await jetstream.api("STREAM.DELETE.again")
    await jetstream.stream("again")
    redrive.controls.rate = 0
    redrive.controls.resume()
    progress = await running
    assert 0 < len(before) < len(BODIES)
    assert before + await _bodies(jetstream, "again") == BODIES
    assert (progress.state, progress.moved, progress.refused) == (RunState.DONE, len(BODIES), len(BODIES))
    assert all("to the same message" in each.reason for each in progress.refusals)
    assert len(await _bodies(jetstream, "dlq")) == len(BODIES)


async def test_a_second_run_makes_no_second_copy_of_a_message_with_two_pointers(
    jetstream: JetStream, pointing: DeadLetterWork, faults: Faults
) -> None:
    await _point(jetstream, "workers", "others")
    await jetstream.stream("again")
    plan = Plan("dlq", destination=AGAIN)
    one, two = await pointing.redrive(plan).run(), await pointing.redrive(plan).run()
    assert (one.moved, one.refused, one.doubled) == (len(BODIES), len(BODIES), 0)
    assert (two.moved, two.gone, two.doubled) == (0, len(BODIES), 0)
    assert await _bodies(jetstream, "dlq") == []
    figures = faults.note("two pointers to each, two runs", BODIES, await _bodies(jetstream, "again"), "nats")
    assert (figures.lost, figures.doubled) == (0, 0)


@pytest.mark.parametrize("knows", [True, False])
async def test_what_one_run_has_half_done_by_pointers_no_other_doubles_in_place(
    jetstream: JetStream, pointing: DeadLetterWork, other: DeadLetterWork, faults: Faults, knows: bool
) -> None:
    """A run that ``knows`` of the other by their journal leaves them to it; for one that does not, the target does."""
    await _point(jetstream, "workers", retention="workqueue")
    await jetstream.stream("again")
    first = await _half_done(pointing, Plan("dlq", destination=AGAIN))
    second = pointing if knows else other
    plan = Plan("jobs", exhausted=True, destination=AGAIN)
    foreseen = await second.preview(plan)
    progress = await second.redrive(plan).run()
    assert sum(owner.count for owner in foreseen.owners) == (len(BODIES) if knows else 0)
    assert (progress.state, progress.moved, progress.doubled) == (RunState.DONE, 0, 0)
    assert (progress.foreign, progress.gone) == ((len(BODIES), 0) if knows else (0, len(BODIES)))
    finished = await pointing.finish(first).run()
    assert (finished.state, finished.moved, finished.doubled) == (RunState.DONE, len(BODIES), 0)
    everything = [*await _bodies(jetstream, "again"), *await _bodies(jetstream, "jobs")]
    figures = faults.note("pointers half done, in place requeued", BODIES, everything, "nats")
    assert (figures.lost, figures.doubled) == (0, 0)


@pytest.mark.parametrize("exhausted_first", [True, False])
async def test_pointers_in_two_streams_and_the_message_itself_are_one_letter(
    jetstream: JetStream, pointing: DeadLetterWork, faults: Faults, exhausted_first: bool
) -> None:
    await _point(jetstream, "workers", retention="workqueue")
    await jetstream.api("STREAM.CREATE.more", {"name": "more", "sources": [{"name": "dlq"}], "storage": "memory"})
    await jetstream.stream("again")
    while (await jetstream.api("STREAM.INFO.more"))["state"]["messages"] < len(BODIES):  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.01)
    plans = [Plan("dlq", destination=AGAIN), Plan("more", destination=AGAIN)]
    if exhausted_first:
        plans[0] = Plan("jobs", exhausted=True, destination=AGAIN)
    first = await _half_done(pointing, plans[0])
    progress = await pointing.redrive(plans[1]).run()
    assert (progress.moved, progress.foreign, progress.doubled) == (0, len(BODIES), 0)
    finished = await pointing.finish(first).run()
    assert (finished.state, finished.moved, finished.doubled) == (RunState.DONE, len(BODIES), 0)
    figures = faults.note("pointers in two streams", BODIES, await _bodies(jetstream, "again"), "nats")
    assert (figures.lost, figures.doubled) == (0, 0)


async def test_runs_take_turns_at_messages_that_both_come_across(
    jetstream: JetStream, pointing: DeadLetterWork
) -> None:
    await _point(jetstream, "workers", retention="workqueue")
    await jetstream.stream("again")
    one = pointing.redrive(Plan("dlq", destination=AGAIN, rate=10))
    running = asyncio.ensure_future(one.run())
    await until(lambda: one.progress.moved)
    elsewhere = pointing.redrive(Plan("jobs", exhausted=True, destination=Destination("again.b", "again.b")))
    with pytest.raises(JournalError, match=f"Run {one.id} moves messages of jobs already"):
        await elsewhere.run()
    one.controls.rate = 0
    assert (await running).moved == len(BODIES)
    assert await _bodies(jetstream, "again") == BODIES


async def _half_done(work: DeadLetterWork, plan: Plan) -> str:
    """A run that came to its end when all was copied, and nothing removed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NatsLetters, "remove", _dies)
        redrive = work.redrive(plan)
        with pytest.raises(_DiedError):
            await redrive.run()
    assert redrive.progress.state is RunState.INTERRUPTED
    return redrive.id


class _DiedError(Exception):
    pass


async def _dies(_letters: NatsLetters, _held: Sequence[Held]) -> None:
    raise _DiedError


async def test_exhausted_messages_go_although_their_consumer_is_at_work(
    jetstream: JetStream, pointing: DeadLetterWork, faults: Faults
) -> None:
    """A worker is given a copy, and keeps it: what it passed long before is dead all the same."""
    await _exhaust(jetstream)
    redrive = pointing.redrive(Plan("jobs", exhausted=True, batch=1, rate=10))
    running = asyncio.ensure_future(redrive.run())
    (busy,) = await jetstream.pull("jobs", "workers", 1, expires=10)
    progress = await running
    assert (progress.state, progress.moved, progress.refused) == (RunState.DONE, len(BODIES), 0)
    assert busy.data == BODIES[0]
    figures = faults.note("exhausted in place, consumer at work", BODIES, await _bodies(jetstream, "jobs"), "nats")
    assert (figures.lost, figures.doubled) == (0, 0)


async def test_of_what_lives_again_no_edited_copy_goes_beside_it(
    jetstream: JetStream, pointing: DeadLetterWork
) -> None:
    await _point(jetstream, "workers", retention="workqueue")
    await jetstream.stream("again")
    await jetstream.api("CONSUMER.DELETE.jobs.workers")
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    plan = Plan("dlq", destination=AGAIN, ids=(1,), edit=Edit(b"rewritten"))
    (alive,) = (await pointing.preview(plan)).homeless
    assert "yet to give it out" in alive.reason
    progress = await pointing.redrive(plan).run()
    assert (progress.moved, progress.refusals) == (0, (alive,))
    assert (await jetstream.api("STREAM.INFO.again"))["state"]["messages"] == 0


@pytest.mark.parametrize("kept", [1, len(BODIES)])
async def test_what_lives_again_when_it_is_copied_stays_and_is_counted(
    jetstream: JetStream, pointing: DeadLetterWork, faults: Faults, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    """Its consumer was reset between copy and removal; the others go, if there are any."""
    await _exhaust(jetstream)
    await jetstream.stream("again")
    plain = NatsLetters.remove

    async def remove(letters: NatsLetters, held: Sequence[Held]) -> Collection[int]:
        await jetstream.api("CONSUMER.RESET.jobs.workers", {"seq": len(BODIES) - kept + 1})
        return await plain(letters, held)

    monkeypatch.setattr(NatsLetters, "remove", remove)
    redrive = pointing.redrive(Plan("jobs", exhausted=True, destination=AGAIN))
    progress = await redrive.run()
    assert (progress.state, progress.moved, progress.kept) == (RunState.DONE, len(BODIES) - kept, kept)
    assert (progress.refused, progress.doubled) == (kept, kept)
    assert of_run(progress) == PARTLY
    assert "yet to give it out" in progress.refusals[0].reason
    left = await _bodies(jetstream, "jobs")
    assert left == BODIES[-kept:]
    figures = faults.note(f"consumer reset meanwhile, {kept}", BODIES, left + await _bodies(jetstream, "again"), "nats")
    assert (figures.lost, figures.doubled) == (0, kept)


async def test_pointers_go_with_the_messages_that_died_in_place(
    jetstream: JetStream, pointing: DeadLetterWork, faults: Faults
) -> None:
    """Those to these messages; those to others stay."""
    await _point(jetstream, "workers", retention="workqueue")
    await jetstream.stream("other", retention="workqueue")
    await jetstream.consumer("other", "workers", max_deliver=1)
    await jetstream.publish("other.a", b"of others")
    await jetstream.exhaust("other", "workers", 1, 1)
    await _until_stored(jetstream, "dlq", len(BODIES) + 1)
    await jetstream.stream("again")
    plan = Plan("jobs", exhausted=True, destination=AGAIN, limit=4)
    assert (await pointing.preview(plan)).pointers_in == ("dlq",)
    some = await pointing.redrive(plan).run()
    assert (some.state, some.moved, some.pointers, some.trouble) == (RunState.DONE, 4, 4, "")
    assert len(await jetstream.stored("dlq")) == 3
    rest = await pointing.redrive(replace(plan, action=Action.DISCARD, destination=None, limit=None)).run()
    assert (rest.state, rest.moved, rest.pointers) == (RunState.DONE, 2, 2)
    assert await _bodies(jetstream, "jobs") == []
    ((_, _, left),) = (await jetstream.stored("dlq")).values()
    assert json.loads(left)["stream"] == "other"
    figures = faults.note("exhausted in place, pointed to", BODIES[:4], await _bodies(jetstream, "again"), "nats")
    assert (figures.lost, figures.doubled) == (0, 0)


async def test_a_log_of_all_advisories_is_left_as_it_is(jetstream: JetStream, pointing: DeadLetterWork) -> None:
    await jetstream.stream("log", "$JS.EVENT.ADVISORY.CONSUMER.>")
    await _exhaust(jetstream)
    await _until_stored(jetstream, "log", len(BODIES))
    before = set(await jetstream.stored("log"))
    plan = Plan("jobs", Action.DISCARD, exhausted=True)
    assert (await pointing.preview(plan)).pointers_in == ()
    progress = await pointing.redrive(plan).run()
    assert (progress.moved, progress.pointers) == (len(BODIES), 0)
    assert before <= set(await jetstream.stored("log"))


async def test_pointers_that_a_run_could_not_come_to_go_when_it_is_finished(
    jetstream: JetStream, pointing: DeadLetterWork, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its messages are gone, and nothing but the journal knows which they were."""
    await _point(jetstream, "workers", retention="workqueue")
    await jetstream.stream("again")
    redrive = pointing.redrive(Plan("jobs", exhausted=True, destination=AGAIN))
    with monkeypatch.context() as patch:
        patch.setattr(engine_redrive, "AGAIN_AFTER", 0.0)
        patch.setattr(NatsPointers, "remove", _unreachable)
        progress = await redrive.run()
    assert (progress.state, progress.moved, progress.pointers) == (RunState.INTERRUPTED, len(BODIES), 0)
    assert len(await jetstream.stored("dlq")) == len(BODIES)
    assert [entry.id for entry in pointing.interrupted()] == [redrive.id]
    progress = await pointing.finish(redrive.id).run()
    assert (progress.state, progress.moved, progress.pointers) == (RunState.DONE, len(BODIES), len(BODIES))
    assert await jetstream.stored("dlq") == {}
    entry = journal.entry(redrive.id)
    assert entry is not None
    assert plan_words.result(entry.plan, entry.progress) == "Requeued 6, 6 pointers to them removed as well"


async def test_pointers_that_may_not_be_removed_stay_and_that_is_said(
    jetstream: JetStream, pointing: DeadLetterWork
) -> None:
    await jetstream.stream("dlq", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", deny_delete=True)
    await _point(jetstream, "workers", retention="workqueue")
    await jetstream.stream("again")
    progress = await pointing.redrive(Plan("jobs", exhausted=True, destination=AGAIN)).run()
    assert (progress.state, progress.moved, progress.pointers) == (RunState.DONE, len(BODIES), 0)
    assert progress.trouble.startswith("They are moved, and their pointers stay: Stream dlq forbids deleting")
    assert len(await jetstream.stored("dlq")) == len(BODIES)


async def test_pointers_are_told_of_and_stay_where_only_looking_is_allowed(
    jetstream: JetStream, nats_server: NatsServer
) -> None:
    await _point(jetstream, "workers", retention="workqueue")
    pointers = await open_pointers(replace(nats_server.connection, read_only=True), "jobs")
    assert pointers.queues == ["dlq"]
    with pytest.raises(ReadOnlyError, match="does not remove pointers to messages of jobs"):
        await pointers.remove([])
    await pointers.close()


@pytest.mark.parametrize("action", [Action.REQUEUE, Action.DISCARD])
async def test_a_connection_lost_between_a_message_and_its_pointer_leaves_no_pointer(
    jetstream: JetStream, pointing: DeadLetterWork, monkeypatch: pytest.MonkeyPatch, faults: Faults, action: Action
) -> None:
    """The message goes first: what points to it is the same letter still, and is counted once."""
    await _point(jetstream, "workers", retention="workqueue")
    await jetstream.stream("again")
    monkeypatch.setattr(engine_redrive, "AGAIN_AFTER", 0.1)
    requeues = action is Action.REQUEUE
    with monkeypatch.context() as patch:
        _cut_before_pointers_go(patch)
        progress = await pointing.redrive(Plan("dlq", action, destination=AGAIN if requeues else None)).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert (progress.refused, progress.gone, progress.doubled) == (0, 0, 0)
    assert await _bodies(jetstream, "jobs") == await _bodies(jetstream, "dlq") == []
    if requeues:
        figures = faults.note("cut between message and pointer", BODIES, await _bodies(jetstream, "again"), "nats")
        assert (figures.lost, figures.doubled) == (0, 0)


def _cut_before_pointers_go(patch: pytest.MonkeyPatch) -> None:
    """Once, when the messages of the first letters are removed."""
    plain = NatsLetters.remove

    async def remove(letters: NatsLetters, held: Sequence[Held]) -> Collection[int]:
        patch.undo()
        await letters._kind.release(held)
        break_connection(letters)
        return await plain(letters, held)

    patch.setattr(NatsLetters, "remove", remove)


async def test_a_pointer_is_still_the_one_that_was_exported_when_its_message_has_expired(
    jetstream: JetStream, pointing: DeadLetterWork
) -> None:
    await _point(jetstream, "workers")
    async with pointing.looking("dlq") as letters:
        exported = [letters.fingerprint(held) for held in await letters.page(0, len(BODIES))]
    await jetstream.api("STREAM.PURGE.jobs")
    progress = await pointing.redrive(Plan("dlq", Action.DISCARD, exported="some.jsonl"), chosen=lambda: exported).run()
    assert (progress.state, progress.moved, progress.gone) == (RunState.DONE, len(BODIES), 0)
    assert await jetstream.stored("dlq") == {}


async def test_a_pattern_that_takes_too_long_leaves_no_pointers_behind_untold(
    jetstream: JetStream, pointing: DeadLetterWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they cannot be removed at once, the run is there to be finished."""
    await _point_to_endless(jetstream)
    redrive = pointing.redrive(_ENDLESS)
    monkeypatch.setattr(engine_moving, "BATCH", 2)
    with monkeypatch.context() as patch:
        patch.setattr(engine_redrive, "AGAIN_AFTER", 0.0)
        patch.setattr(NatsPointers, "remove", _unreachable)
        progress = await redrive.run()
    assert (progress.state, progress.moved, progress.pointers) == (RunState.INTERRUPTED, len(BODIES), 0)
    assert "took more than" in progress.trouble
    assert progress.trouble.startswith("cut. ")
    finishing = pointing.finish(redrive.id)
    with pytest.raises(MatchError, match="took more than"):
        await finishing.run()
    progress = finishing.progress
    assert (progress.state, progress.moved, progress.pointers) == (RunState.STOPPED, len(BODIES), len(BODIES))
    assert len(await jetstream.stored("dlq")) == 1


async def test_a_pattern_that_takes_too_long_does_not_hide_why_pointers_stay(
    jetstream: JetStream, pointing: DeadLetterWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    await jetstream.stream("dlq", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", deny_delete=True)
    await _point_to_endless(jetstream)
    monkeypatch.setattr(engine_moving, "BATCH", 2)
    redrive = pointing.redrive(_ENDLESS)
    with pytest.raises(MatchError, match="took more than"):
        await redrive.run()
    assert (redrive.progress.state, redrive.progress.moved) == (RunState.STOPPED, len(BODIES))
    assert "took more than" in redrive.progress.trouble
    assert "their pointers stay: Stream dlq forbids deleting" in redrive.progress.trouble


async def _point_to_endless(jetstream: JetStream) -> None:
    """To one message more, on which the pattern of ``_ENDLESS`` takes too long."""
    await _point(jetstream, "workers", retention="workqueue")
    await jetstream.publish("jobs.a", b"a" * 200 + b"!")
    await jetstream.exhaust("jobs", "workers", 1, 1)
    await _until_stored(jetstream, "dlq", len(BODIES) + 1)


async def test_what_died_in_place_after_a_run_began_is_left(jetstream: JetStream, pointing: DeadLetterWork) -> None:
    """Also what lies before all that the run means: it is of a consumer that was behind."""
    await _consume_apart(jetstream)
    await jetstream.publish("jobs.low", b"low 0", b"low 1", b"low 2")
    await jetstream.publish("jobs.high", *BODIES)
    await jetstream.exhaust("jobs", "high", len(BODIES), 1)
    run = await _broken_off(pointing)
    await jetstream.exhaust("jobs", "low", 3, 1)
    progress = await pointing.finish(run).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert await _bodies(jetstream, "jobs") == [b"low 0", b"low 1", b"low 2"]


async def test_no_more_die_in_place_for_a_run_than_there_were(jetstream: JetStream, pointing: DeadLetterWork) -> None:
    """What died later among what is to come cannot be told from it; they are not more, though."""
    await _consume_apart(jetstream)
    for body in BODIES:
        await jetstream.publish("jobs.low", b"low " + body)
        await jetstream.publish("jobs.high", body)
    await jetstream.exhaust("jobs", "high", len(BODIES), 1)
    run = await _broken_off(pointing)
    await jetstream.exhaust("jobs", "low", len(BODIES), 1)
    progress = await pointing.finish(run).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert len(await _bodies(jetstream, "jobs")) == len(BODIES)


async def _consume_apart(jetstream: JetStream) -> None:
    """By two consumers, each of a subject."""
    await jetstream.stream("jobs", retention="workqueue", allow_direct=True)
    for name in ("low", "high"):
        await jetstream.consumer("jobs", name, max_deliver=1, filter_subject=f"jobs.{name}")


async def _broken_off(pointing: DeadLetterWork) -> str:
    """A discard in place, once two are gone."""
    redrive = pointing.redrive(Plan("jobs", Action.DISCARD, exhausted=True, rate=20, batch=1))
    running = asyncio.ensure_future(redrive.run())
    await until(lambda: redrive.progress.moved >= 2)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    return redrive.id


async def _unreachable(_pointers: NatsPointers, _fingerprints: Collection[bytes]) -> int:
    raise UnreachableError("cut")
