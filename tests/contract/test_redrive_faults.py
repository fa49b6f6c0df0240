"""Faults in the middle of moves: what became of each is told, none is lost, the rest goes on or stops as chosen."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.contract.breaking import break_connection
from tests.contract.graveyards import (
    DEAD,
    WORK,
    Graveyard,
    NatsGraveyard,
    RabbitGraveyard,
    check_accounted_for,
    everything,
)
from tests.faults import Faults
from tests.rabbit_servers import RabbitHost
from tests.servers import StartNatsServer
from tests.waiting import until
from wqstudio.brokers.letters import Held
from wqstudio.brokers.nats.letters.letters import NatsLetters
from wqstudio.brokers.nats.letters.outlet import NatsOutlet
from wqstudio.brokers.rabbitmq.letters.letters import RabbitLetters
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.letter import Destination, Outcome
from wqstudio.domain.redrive import OnRefusal, Plan, Progress, RunState
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves.moving import CAUTIOUS

BODIES = [b"order %d" % number for number in range(30)]
NOWHERE = Destination("nowhere", "nowhere.at.all")
USERS = """
accounts { A { jetstream: enabled, users: [
    { user: admin, password: admin },
    { user: limited, password: limited, permissions: { publish: { deny: ["jobs.>"] } } }
] } }
no_auth_user: admin
"""


@pytest.mark.parametrize("then", OnRefusal)
async def test_the_target_is_deleted(
    graveyard: Graveyard, work: DeadLetterWork, faults: Faults, then: OnRefusal
) -> None:
    """What a worker has taken from there before is safe; the others stay where they are."""
    await graveyard.bury(BODIES)
    redrive = work.redrive(Plan(DEAD, destination=graveyard.home, rate=40, on_refusal=then))
    running = asyncio.ensure_future(redrive.run())
    await until(lambda: redrive.progress.moved >= 5)
    redrive.controls.pause()
    await until(lambda: redrive.progress.state is RunState.PAUSED)
    taken = await graveyard.bodies(WORK)
    await graveyard.remove(WORK)
    redrive.controls.rate = 0
    redrive.controls.resume()
    progress = await running
    left = await graveyard.bodies(DEAD)
    assert progress.state is _end(then)
    assert progress.moved == len(taken)
    assert 0 < progress.refused <= len(left)
    assert then is OnRefusal.STOP or progress.refused == len(left)
    assert "No stream" in progress.refusals[0].reason or "No queue" in progress.refusals[0].reason
    figures = faults.note(f"target deleted, {then.value}", BODIES, taken + left)
    assert (figures.lost, figures.doubled) == (0, 0)


@pytest.mark.parametrize("then", OnRefusal)
async def test_no_queue_takes_them(graveyard: Graveyard, work: DeadLetterWork, faults: Faults, then: OnRefusal) -> None:
    await graveyard.bury(BODIES)
    progress = await work.redrive(Plan(DEAD, destination=NOWHERE, on_refusal=then)).run()
    left = await graveyard.bodies(DEAD)
    assert (progress.state, progress.moved, progress.refused) == (_end(then), 0, len(_tried(then, BODIES)))
    figures = faults.note(f"unroutable, {then.value}", BODIES, left)
    assert (figures.lost, figures.doubled) == (0, 0)


@pytest.mark.parametrize("then", OnRefusal)
async def test_the_target_is_full(graveyard: Graveyard, work: DeadLetterWork, faults: Faults, then: OnRefusal) -> None:
    """And is emptied later: what was refused, or not tried any more, goes with the next run."""
    await graveyard.bury(BODIES)
    await graveyard.limit_work(10)
    plan = Plan(DEAD, destination=graveyard.home, rate=40, batch=5, on_refusal=then)
    progress = await work.redrive(plan).run()
    taken = await _taken(graveyard)
    left = len(BODIES) - len(taken)
    assert progress.state is _end(then)
    assert (progress.moved, progress.refused > 0) == (len(taken), True)
    assert progress.refused < left if then is OnRefusal.STOP else progress.refused == left
    await graveyard.limit_work(1_000)
    again = await work.redrive(plan).run()
    assert (again.moved, again.refused) == (left, 0)
    figures = faults.note(f"target full, {then.value}", BODIES, taken + await everything(graveyard))
    assert (figures.lost, figures.doubled) == (0, 0)


async def test_a_connection_is_lost_between_confirm_and_removal(
    graveyard: Graveyard, work: DeadLetterWork, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    await graveyard.bury(BODIES)
    breaking = _breaking_once(NatsLetters.remove), _breaking_once(RabbitLetters.remove)
    monkeypatch.setattr(NatsLetters, "remove", breaking[0])
    monkeypatch.setattr(RabbitLetters, "remove", breaking[1])
    progress = await work.redrive(Plan(DEAD, destination=graveyard.home)).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert await graveyard.bodies(DEAD) == []
    figures = faults.note("connection lost between confirm and removal", BODIES, await everything(graveyard))
    check_accounted_for(figures, progress, graveyard)


async def test_a_cancel_while_letters_are_half_done_leaves_a_run_to_be_finished(
    graveyard: Graveyard, work: DeadLetterWork, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it over, the next run would copy once more what is confirmed already, and nobody would count that."""
    await graveyard.bury(BODIES)
    redrive = work.redrive(Plan(DEAD, destination=graveyard.home))
    for letters in (NatsLetters, RabbitLetters):
        monkeypatch.setattr(letters, "remove", _breaking_once(letters.remove, redrive.controls.cancel))
    progress = await redrive.run()
    assert (progress.state, progress.moved) == (RunState.INTERRUPTED, 0)
    assert "under way" in progress.trouble
    (entry,) = work.interrupted()
    progress = await work.finish(entry.id).run()
    assert (progress.state, progress.moved) == (RunState.DONE, len(BODIES))
    assert await graveyard.bodies(DEAD) == []
    figures = faults.note("connection lost, then cancelled, then finished", BODIES, await everything(graveyard))
    check_accounted_for(figures, progress, graveyard)


@pytest.mark.parametrize("then", OnRefusal)
async def test_the_user_may_not_publish(
    start_nats_server: StartNatsServer, journal: Journal, faults: Faults, then: OnRefusal
) -> None:
    server = start_nats_server(USERS)
    graveyard = NatsGraveyard(server)
    await graveyard.make()
    await graveyard.bury(BODIES)
    limited = DeadLetterWork(NatsConnection(urls=(server.url,), user="limited", password="limited"), journal)
    plan = Plan(DEAD, destination=graveyard.home, on_refusal=then)
    foreseen = await limited.preview(plan)
    progress = await limited.redrive(plan).run()
    await _check_all_stay(graveyard, progress, faults, then, "nats")
    assert "no permission for publish" in progress.refusals[0].reason
    assert (foreseen.going, [each.reason for each in foreseen.homeless]) == (0, [progress.refusals[0].reason])
    await graveyard.close()


@pytest.mark.parametrize("then", OnRefusal)
@pytest.mark.parametrize("graveyard", ["rabbitmq classic", "rabbitmq quorum"], indirect=True)
async def test_the_user_may_not_publish_on_rabbitmq(
    graveyard: RabbitGraveyard,
    rabbit_host: RabbitHost,
    work: DeadLetterWork,
    journal: Journal,
    faults: Faults,
    *,
    then: OnRefusal,
) -> None:
    """RabbitMQ tells it to administrators alone; others try, but for an exchange behind which somebody may hear it."""
    await graveyard.bury(BODIES)
    graveyard.share("shared", WORK)
    rights = {"configure": ".*", "write": "^$", "read": ".*"}
    rabbit_host.manage("PUT", f"permissions/{{vhost}}/{rabbit_host.connection.user}", rights)
    plan = Plan(DEAD, destination=graveyard.home, on_refusal=then)
    assert (await work.preview(plan)).going == 0
    looking = DeadLetterWork(replace(graveyard.connection, read_only=True), journal)
    unknown = [
        await looking.preview(plan),
        await work.preview(replace(plan, destination=Destination("shared", "any", "shared"))),
    ]
    for blind in unknown:
        assert blind.going == len(BODIES)
        assert any("only trying it shows that" in sentence for sentence in blind.audience)
    user = {"password": rabbit_host.connection.password, "tags": "administrator"}
    rabbit_host.manage("PUT", f"users/{rabbit_host.connection.user}", user)
    assert (await looking.preview(plan)).going == 0
    progress = await work.redrive(plan).run()
    await _check_all_stay(graveyard, progress, faults, then)
    assert "may not do that" in progress.refusals[0].reason


@pytest.mark.parametrize("then", OnRefusal)
@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_some_are_larger_than_the_target_takes(
    graveyard: NatsGraveyard, work: DeadLetterWork, faults: Faults, then: OnRefusal
) -> None:
    mixed = [body if number % 3 else body * 500 for number, body in enumerate(BODIES)]
    await graveyard.bury(mixed)
    await graveyard.change_work(max_msg_size=1_000)
    progress = await work.redrive(Plan(DEAD, destination=graveyard.home, on_refusal=then)).run()
    assert "max_msg_size" in progress.refusals[0].reason
    await _check_large_stay(graveyard, progress, faults, mixed, then)


@pytest.mark.parametrize("then", OnRefusal)
@pytest.mark.parametrize("graveyard", ["rabbitmq classic", "rabbitmq quorum"], indirect=True)
async def test_some_are_larger_than_rabbitmq_takes(
    graveyard: Graveyard, rabbit_host: RabbitHost, work: DeadLetterWork, faults: Faults, then: OnRefusal
) -> None:
    """It took them once: the maximum was lowered since."""
    mixed = [body if number % 10 else body * 160_000 for number, body in enumerate(BODIES)]
    await graveyard.bury(mixed)
    known = _limit_messages(rabbit_host, f"{1 << 20}")
    try:
        progress = await work.redrive(Plan(DEAD, destination=graveyard.home, on_refusal=then)).run()
    finally:
        _limit_messages(rabbit_host, known)
    assert "raise max_message_size" in progress.refusals[0].reason
    await _check_large_stay(graveyard, progress, faults, mixed, then)


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_ids_that_the_target_remembers_swallow_none(
    graveyard: NatsGraveyard, work: DeadLetterWork, faults: Faults
) -> None:
    """The originals were published there under the ids that their copies still carry."""
    user = await graveyard._jetstream()
    for number, body in enumerate(BODIES):
        identity = {"Nats-Msg-Id": f"order-{number}"}
        await user.publish(graveyard.home.route, body, headers=identity)
        await graveyard.bury([body], identity)
    await graveyard.take(len(BODIES), settle=True)
    progress = await work.redrive(Plan(DEAD)).run()
    assert (progress.moved, progress.refused) == (len(BODIES), 0)
    figures = faults.note("duplicate id", BODIES, await everything(graveyard))
    assert (figures.lost, figures.doubled) == (0, 0)


@pytest.mark.parametrize("graveyard", ["nats"], indirect=True)
async def test_the_target_confirms_what_nobody_waits_for(
    graveyard: NatsGraveyard, work: DeadLetterWork, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps what a consumer waits for, and that one is deleted, and made anew, while copies are on their way."""
    user = await graveyard._jetstream()
    await graveyard.remove(WORK)
    await user.stream(WORK, retention="interest")
    await user.consumer(WORK, "workers")
    await graveyard.bury(BODIES)
    taken: list[list[bytes]] = []
    publish = NatsOutlet._publish

    async def publish_to_nobody_once(*arguments: Any) -> Sequence[Outcome]:
        if taken or not await graveyard.waiting():
            return await publish(*arguments)
        taken.append(await graveyard.take(10, settle=True))
        await user.api(f"CONSUMER.DELETE.{WORK}.workers")
        outcomes = await publish(*arguments)
        await user.consumer(WORK, "workers")
        return outcomes

    monkeypatch.setattr(NatsOutlet, "_publish", publish_to_nobody_once)
    progress = await work.redrive(Plan(DEAD, destination=graveyard.home, batch=10)).run()
    assert (progress.state, progress.moved, progress.refused) == (RunState.DONE, 20, 10)
    assert "may have dropped" in progress.refusals[0].reason
    figures = faults.note("confirmed and dropped", BODIES, taken[0] + await everything(graveyard))
    assert figures.lost == 0
    assert figures.doubled <= progress.doubled


def _limit_messages(host: RabbitHost, size: str) -> str:
    """The limit there was. RabbitMQ 3 and 4 look for it in different places."""
    return host.node.control(
        "eval",
        "{ok, Known} = application:get_env(rabbit, max_message_size), "
        f"application:set_env(rabbit, max_message_size, {size}), "
        f"persistent_term:get(max_message_size, none) =/= none andalso persistent_term:put(max_message_size, {size}), "
        "Known.",
    ).strip()


def _breaking_once(
    plain: Callable[..., Awaitable[Collection[int]]], and_then: Callable[[], object] = lambda: None
) -> Callable[..., Awaitable[Collection[int]]]:
    """Have the connection break as a network does it, when copies are confirmed and nothing is removed."""
    broken = False

    async def remove(letters: Any, held: Sequence[Held]) -> Collection[int]:
        nonlocal broken
        if not broken:
            broken = True
            break_connection(letters)
            and_then()
        return await plain(letters, held)

    return remove


async def _taken(graveyard: Graveyard) -> list[bytes]:
    """What is in the work queue, which workers take."""
    bodies = await graveyard.bodies(WORK)
    if isinstance(graveyard, NatsGraveyard):
        await graveyard.take(len(bodies), settle=True)
    return bodies


def _end(then: OnRefusal) -> RunState:
    """Of a run in which one was refused."""
    return RunState.STOPPED if then is OnRefusal.STOP else RunState.DONE


def _tried(then: OnRefusal, bodies: Sequence[bytes]) -> Sequence[bytes]:
    """Those among which one is refused: no others are tried where the run is to stop then."""
    return bodies[:CAUTIOUS] if then is OnRefusal.STOP else bodies


async def _check_all_stay(
    graveyard: Graveyard, progress: Progress, faults: Faults, then: OnRefusal, broker: str = ""
) -> None:
    assert (progress.state, progress.moved, progress.refused) == (_end(then), 0, len(_tried(then, BODIES)))
    figures = faults.note(f"no permission to publish, {then.value}", BODIES, await everything(graveyard), broker)
    assert (figures.lost, figures.doubled) == (0, 0)


async def _check_large_stay(
    graveyard: Graveyard, progress: Progress, faults: Faults, mixed: Sequence[bytes], then: OnRefusal
) -> None:
    tried = _tried(then, mixed)
    large = [body for body in tried if len(body) > 1_000]
    moved, left = await graveyard.bodies(WORK), await graveyard.bodies(DEAD)
    assert (progress.state, progress.refused, progress.moved) == (_end(then), len(large), len(tried) - len(large))
    assert sorted(left) == sorted([*large, *mixed[len(tried) :]])
    figures = faults.note(f"over the maximum size, {then.value}", mixed, moved + left)
    assert (figures.lost, figures.doubled) == (0, 0)
