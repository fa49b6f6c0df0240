"""Letters that are gone when a run comes to remove them: that somebody else took them is told, and nothing but that."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.contract import half_done
from tests.contract.breaking import break_connection
from tests.contract.graveyards import DEAD, WORK, Graveyard, NatsGraveyard, everything
from tests.jetstream import JetStream
from tests.waiting import until
from wqstudio.brokers.letters import Held
from wqstudio.brokers.nats.letters.kinds import DeadLettered
from wqstudio.brokers.nats.letters.letters import NatsLetters
from wqstudio.brokers.nats.letters.pointed import Released
from wqstudio.brokers.port import UnreachableError
from wqstudio.brokers.rabbitmq.letters.letters import RabbitLetters
from wqstudio.dlq.codes import DONE, PARTLY, of_run
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Action, MoveState, Plan, Progress, RunState
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves import plan_words
from wqstudio.engine.moves.removals import BY_ANOTHER

BODIES = [b"order %d" % number for number in range(30)]
FEW = BODIES[:6]
AGAIN = Destination("again.a", "again.a")
on_nats = pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
moving = pytest.mark.parametrize("action", [Action.REQUEUE, Action.DISCARD])


@pytest.fixture
def other(graveyard: Graveyard, tmp_path: Path) -> Iterator[DeadLetterWork]:
    """By somebody else, with a journal of his own."""
    with closing(Journal(tmp_path / "other.sqlite")) as journal:
        yield DeadLetterWork(graveyard.connection, journal)


@moving
@on_nats
@pytest.mark.parametrize("ids", [None, (2, 3, 10)])
async def test_somebody_else_removes_letters_before_it_is_their_turn(
    graveyard: Graveyard,
    work: DeadLetterWork,
    monkeypatch: pytest.MonkeyPatch,
    ids: tuple[int, ...] | None,
    action: Action,
) -> None:
    """Be they purged, or removed by ones. Those that were copied are moved, and he may have put them elsewhere."""
    await graveyard.bury(BODIES)
    user = await _user(graveyard)

    async def take(letters: NatsLetters, held: Sequence[Held]) -> None:
        del letters, held
        await _delete(user, DEAD, 2, 3)

    _first(monkeypatch, take)
    copies = action is Action.REQUEUE
    plan = Plan(DEAD, action, graveyard.home if copies else None, ids=ids)
    progress = await work.redrive(plan).run()
    meant = len(BODIES) if ids is None else len(ids)
    assert _told(progress) == ((meant, 2, 0) if copies else (meant - 2, 0, 2))
    assert of_run(progress) == PARTLY
    said = f"{meant}, 2 of them gone before they were removed" if copies else f"{meant - 2}, 2 not there any more"
    assert said in plan_words.result(plan, progress)
    assert len(await graveyard.bodies(WORK)) == (meant if copies else 0)


@pytest.mark.parametrize(
    ("graveyard", "action"),
    [("nats", Action.DISCARD), ("rabbitmq classic", Action.REQUEUE), ("rabbitmq quorum", Action.DISCARD)],
    indirect=["graveyard"],
)
async def test_somebody_takes_letters_that_a_lost_connection_has_given_back(
    graveyard: Graveyard, work: DeadLetterWork, monkeypatch: pytest.MonkeyPatch, action: Action
) -> None:
    """Not asked to be removed yet: it is known that he took them."""
    await graveyard.bury(BODIES)
    _take_once(graveyard, monkeypatch)
    copies = action is Action.REQUEUE
    progress = await work.redrive(Plan(DEAD, action, graveyard.home if copies else None)).run()
    assert progress.doubled == 0
    assert _told(progress) == ((len(BODIES), 2, 0) if copies else (len(BODIES) - 2, 0, 2))
    assert sorted(await everything(graveyard)) == (sorted(BODIES) if copies else [])


@moving
@on_nats
async def test_it_is_known_of_letters_that_an_earlier_process_began(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal, monkeypatch: pytest.MonkeyPatch, action: Action
) -> None:
    """They were met in their queue, so that process has not removed them."""
    await graveyard.bury(BODIES)
    copies = action is Action.REQUEUE
    await half_done.begin(graveyard, journal, Plan(DEAD, action, graveyard.home if copies else None))
    _take_once(graveyard, monkeypatch)
    progress = await work.finish(half_done.INTERRUPTED).run()
    assert _told(progress) == ((len(BODIES), 2, 0) if copies else (len(BODIES) - 2, 0, 2))


@on_nats
async def test_a_discard_that_was_interrupted_does_not_claim_what_another_run_has_moved_since(
    graveyard: Graveyard, work: DeadLetterWork, journal: Journal
) -> None:
    """Its process may have removed what is gone, but for what the journal knows to be requeued."""
    await graveyard.bury(BODIES)
    async with work.looking(DEAD) as letters:
        discard = Plan(DEAD, Action.DISCARD, identity=letters.identity)
    await half_done.begin(graveyard, journal, discard, 8)
    assert (await work.redrive(Plan(DEAD, destination=graveyard.home, limit=5)).run()).moved == 5
    await graveyard.take_dead(1)
    progress = await work.finish(half_done.INTERRUPTED).run()
    assert (_told(progress), progress.unsure) == ((len(BODIES) - 5, 0, 5), 1)
    assert "perhaps by somebody else" in plan_words.result(discard, progress)
    assert {move.reason for move in journal.moves(half_done.INTERRUPTED, {MoveState.GONE})} == {BY_ANOTHER}
    assert await graveyard.bodies(WORK) == BODIES[:5]


@moving
@on_nats
async def test_what_the_broker_comes_to_once_the_connection_is_lost_is_the_runs_own_doing(
    graveyard: Graveyard, work: DeadLetterWork, monkeypatch: pytest.MonkeyPatch, action: Action
) -> None:
    """The letters are met once more, and gone when it is their turn."""
    await graveyard.bury(BODIES)
    user = await _user(graveyard)
    asked: list[int] = []

    async def lose(letters: NatsLetters, held: Sequence[Held]) -> None:
        del letters
        asked.extend(each.id for each in held)
        raise UnreachableError("The connection went once it was asked.")

    async def come_to_it(letters: NatsLetters, held: Sequence[Held]) -> None:
        del letters, held
        await _delete(user, DEAD, *asked)

    _first(monkeypatch, lose, come_to_it)
    copies = action is Action.REQUEUE
    progress = await work.redrive(Plan(DEAD, action, graveyard.home if copies else None)).run()
    assert (_told(progress), of_run(progress)) == ((len(BODIES), 0, 0), DONE)


@on_nats
async def test_what_another_run_had_copied_is_not_overtaken_though_it_removes_it_while_this_one_is_cut_off(
    graveyard: Graveyard, work: DeadLetterWork, other: DeadLetterWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    await graveyard.bury(BODIES)
    user, plan = await _user(graveyard), Plan(DEAD, destination=graveyard.home)
    found: list[Progress] = []

    async def meanwhile(letters: NatsLetters, held: Sequence[Held]) -> None:
        """The first one has copied them, and the second finds that out."""
        del letters, held
        found.append(await work.redrive(plan).run())

    async def cut(letters: NatsLetters, held: Sequence[Held]) -> None:
        break_connection(letters)
        await _delete(user, DEAD, *(each.id for each in held))

    _first(monkeypatch, meanwhile, cut)
    await other.redrive(plan).run()
    assert _told(found[0]) == (0, 0, len(BODIES))
    assert len(await graveyard.bodies(WORK)) == len(BODIES)


@pytest.mark.parametrize("batch", [None, 1])
async def test_a_message_that_went_with_an_earlier_pointer_is_the_runs_own_doing(
    jetstream: JetStream, pointing: DeadLetterWork, batch: int | None
) -> None:
    await _point(jetstream)
    await jetstream.api("CONSUMER.DELETE.jobs.workers")
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    await jetstream.exhaust("jobs", "workers", len(FEW), 1)
    await _until_stored(jetstream, 2 * len(FEW))
    progress = await pointing.redrive(Plan("dlq", Action.DISCARD, batch=batch)).run()
    assert (_told(progress), of_run(progress)) == ((2 * len(FEW), 0, 0), DONE)


@moving
async def test_what_was_removed_before_its_pointers_could_be_is_the_runs_own_doing(
    jetstream: JetStream, pointing: DeadLetterWork, monkeypatch: pytest.MonkeyPatch, action: Action
) -> None:
    """The connection went between the two, and somebody cleared the pointers away."""
    await _point(jetstream)
    await jetstream.stream("again")
    looks: list[NatsLetters] = []
    init, release = NatsLetters.__init__, DeadLettered.release

    def opened(letters: NatsLetters, *arguments: Any, **options: Any) -> None:
        init(letters, *arguments, **options)
        looks.append(letters)

    async def release_and_cut(kind: DeadLettered, held: Sequence[Held]) -> Released:
        monkeypatch.setattr(DeadLettered, "release", release)
        released = await release(kind, held)
        break_connection(looks[-1])
        await jetstream.api("STREAM.PURGE.dlq")
        return released

    monkeypatch.setattr(NatsLetters, "__init__", opened)
    monkeypatch.setattr(DeadLettered, "release", release_and_cut)
    plan = Plan("dlq", action, AGAIN if action is Action.REQUEUE else None)
    progress = await pointing.redrive(plan).run()
    assert await jetstream.stored("jobs") == {}
    assert _told(progress) == (len(FEW), 0, 0)


@moving
async def test_who_took_some_is_told_though_others_live_again(
    jetstream: JetStream, pointing: DeadLetterWork, monkeypatch: pytest.MonkeyPatch, action: Action
) -> None:
    await jetstream.stream("jobs", retention="workqueue", allow_direct=True)
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    await jetstream.publish("jobs.a", *FEW)
    await jetstream.exhaust("jobs", "workers", len(FEW), 1)
    await jetstream.stream("again")

    async def take_and_revive(letters: NatsLetters, held: Sequence[Held]) -> None:
        del letters, held
        await jetstream.api("CONSUMER.RESET.jobs.workers", {"seq": 5})
        await _delete(jetstream, "jobs", 1, 2)

    _first(monkeypatch, take_and_revive)
    copies = action is Action.REQUEUE
    plan = Plan("jobs", action, AGAIN if copies else None, exhausted=True)
    progress = await pointing.redrive(plan).run()
    assert progress.refused == 2
    assert _told(progress) == ((4, 2, 0) if copies else (2, 0, 2))


def _told(progress: Progress) -> tuple[int, int, int]:
    assert progress.state is RunState.DONE
    return progress.moved, progress.overtaken, progress.gone


def _first(patch: pytest.MonkeyPatch, *events: Callable[[NatsLetters, Sequence[Held]], Awaitable[None]]) -> None:
    """Have these happen, one each time, before letters are removed."""
    plain, to_come = NatsLetters.remove, list(events)

    async def remove(letters: NatsLetters, held: Sequence[Held]) -> Collection[int]:
        if to_come:
            await to_come.pop(0)(letters, held)
        return await plain(letters, held)

    patch.setattr(NatsLetters, "remove", remove)


def _take_once(graveyard: Graveyard, patch: pytest.MonkeyPatch) -> None:
    """Have somebody take two when the connection breaks before anything is removed."""
    taken: list[bytes] = []

    def taking(plain: Callable[..., Awaitable[Collection[int]]]) -> Callable[..., Awaitable[Collection[int]]]:
        async def remove(letters: Any, held: Sequence[Held]) -> Collection[int]:
            if not taken:
                break_connection(letters)
                taken.extend(await graveyard.take_dead(2))
                if isinstance(letters, RabbitLetters):
                    await until(lambda: not letters._checkout._channel.is_open)  # so that it is known here, too
            return await plain(letters, held)

        return remove

    for letters in (NatsLetters, RabbitLetters):
        patch.setattr(letters, "remove", taking(letters.remove))


async def _user(graveyard: Graveyard) -> JetStream:
    assert isinstance(graveyard, NatsGraveyard)
    return await graveyard._jetstream()


async def _delete(jetstream: JetStream, stream: str, *sequences: int) -> None:
    for seq in sequences:
        await jetstream.api(f"STREAM.MSG.DELETE.{stream}", {"seq": seq})


async def _point(jetstream: JetStream) -> None:
    """Pointers to messages of a work queue."""
    await jetstream.stream("dlq", "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>", allow_direct=True)
    await jetstream.stream("jobs", retention="workqueue", allow_direct=True)
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    await jetstream.publish("jobs.a", *FEW)
    await jetstream.exhaust("jobs", "workers", len(FEW), 1)
    await _until_stored(jetstream, len(FEW))


async def _until_stored(jetstream: JetStream, count: int) -> None:
    while len(await jetstream.stored("dlq")) < count:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)
