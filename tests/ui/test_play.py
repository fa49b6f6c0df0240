from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.servers import NatsServer
from tests.ui.scenario_texts import SHORT
from tests.waiting import until, until_true
from wqstudio.domain.commands import EnsureQueue, StartWorker
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.scenario import Scenario
from wqstudio.domain.worker import ProducerSpec, WorkerSpec
from wqstudio.engine.journal.claims import Claims
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.looks.dead_letters import journal_file
from wqstudio.engine.studio import Studio
from wqstudio.scenarios import SCENARIOS
from wqstudio.scenarios.reading import read
from wqstudio.ui.play import Audience, Play, RunState


class Told(list[RunState]):
    """What the buttons were told, in order."""


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def play(studio: Studio, told: Told) -> Iterator[Play]:
    made = Play(studio, told.append, keep=True)
    yield made
    made.detach()


async def test_running_twice_starts_everything_once(play: Play, studio: Studio, told: Told) -> None:
    await play.run(SCENARIOS[0])
    await play.run(SCENARIOS[0])
    assert len(studio.fleet.workers) == len(SCENARIOS[0].workers)
    assert len(studio.fleet.producers) == len(SCENARIOS[0].producers)
    assert told == [RunState.IDLE, RunState.STARTING, RunState.ENDLESS]
    assert studio.timeline.title == SCENARIOS[0].title  # which exports bear


async def test_stopping_accounts_for_all_and_then_it_can_be_run_again(play: Play, studio: Studio, told: Told) -> None:
    await play.run(SCENARIOS[0])
    await studio.at_work()
    account = await play.stop()
    assert account is not None
    assert account.balanced
    assert told[-2:] == [RunState.STOPPING, RunState.IDLE]
    assert await play.stop() is None
    await play.run(SCENARIOS[0])
    assert told[-1] is RunState.ENDLESS
    assert len(studio.fleet.workers) == len(SCENARIOS[0].workers)  # those of the run before are forgotten
    assert len(studio.fleet.producers) == len(SCENARIOS[0].producers)


async def test_who_is_told_what_came_of_a_stopped_run_can_run_it_again_at_once(studio: Studio, told: Told) -> None:
    """A person may be quick, and the computer slow."""
    scenario = read(SHORT.replace("messages = 12", "messages = 5000"), "long", "long")
    at_the_end: list[bool] = []
    audience = Audience(lambda _: None, lambda *_: at_the_end.append(made.may_run))
    made = Play(studio, told.append, audience, keep=True)
    await made.run(scenario)
    await until(lambda: any(worker.acked for worker in studio.fleet.workers.values()))
    await made.stop()
    await made.run(scenario)
    assert at_the_end == [True]
    assert told[-4:] == [RunState.STOPPING, RunState.IDLE, RunState.STARTING, RunState.PLAYING]
    await made.close()


async def test_it_can_be_stopped_after_the_queues_of_the_scenario_before_were_removed(
    play: Play, studio: Studio
) -> None:
    other = QueueSpec("other", ("other.*",), consumers=(ConsumerSpec("all"),))
    feed = ProducerSpec("feed", "other", "other.{n}", rate=50)
    await play.run(Scenario("before", "Before", "", (other,), (), (feed,), drained=False))
    await until(lambda: studio.timeline.published()[1].size >= 3)
    before = await play.stop()
    assert before is not None
    await play.run(SCENARIOS[0])  # which removes what the one before had made
    await studio.at_work()
    assert "other" not in studio.executor.made
    account = await play.stop()
    assert account is not None
    assert account.balanced
    assert account.lost == before.stored  # they went with their queue


async def test_those_who_are_stopped_one_by_one_leave_nothing_running(play: Play, studio: Studio, told: Told) -> None:
    await play.run(SCENARIOS[0])
    await studio.at_work()
    await studio.fleet.stop_all()
    await until(lambda: told[-1] is RunState.IDLE)


async def test_a_worker_added_by_hand_can_be_stopped_and_joined_by_a_scenario(
    play: Play, studio: Studio, told: Told
) -> None:
    for queue in SCENARIOS[0].queues:
        await studio.executor.run(EnsureQueue(queue))
    await studio.executor.run(StartWorker(SCENARIOS[0].workers[0]))
    await until(lambda: told[-1] is RunState.BY_HAND)
    assert RunState.BY_HAND.value.may_stop
    await play.run(SCENARIOS[0])
    assert told[-1] is RunState.ENDLESS
    assert len(studio.fleet.workers) == 1 + len(SCENARIOS[0].workers)


async def test_a_queue_that_somebody_works_on_keeps_its_dead_letters_until_he_is_done(
    play: Play, studio: Studio
) -> None:
    """Another scenario makes room for itself, and what dies there meanwhile is to be kept."""
    demo, another = SCENARIOS[0], Scenario("after", "After", "", (QueueSpec("after", ("after.*",)),), (), ())
    places = {queue.name for queue in demo.queues}
    for queue in demo.queues:
        await studio.executor.run(EnsureQueue(queue))
    by_hand = await studio.executor.run(StartWorker(demo.workers[0]))
    assert by_hand is not None
    await studio.at_work()
    await play.run(another)
    await until(lambda: play.may_run and "after" in studio.executor.made)
    assert places <= studio.executor.made
    await studio.fleet.stop(by_hand)
    await until(lambda: studio.fleet.workers[by_hand].phase.over)
    await play.run(replace(another, name="again"))
    await until(lambda: not places & studio.executor.made)


async def test_what_another_window_made_anew_and_works_on_is_left_to_it(
    play: Play, studio: Studio, nats_server: NatsServer
) -> None:
    """By its name it is what was played here."""
    queue = QueueSpec("shared", ("shared.*",), consumers=(ConsumerSpec("all"),))
    one, after = (Scenario(name, name, "", (QueueSpec(name, (f"{name}.*",)),), (), ()) for name in ("shared", "after"))
    await play.run(one)
    await until(lambda: play.may_run and "shared" in studio.executor.made)
    other = await Studio.open(nats_server.connection, worker_hosts=1)
    try:
        await other.broker.remove_owned(["shared"])
        await other.executor.run(EnsureQueue(queue))
        await other.executor.run(StartWorker(WorkerSpec("theirs", Source("shared", "all"))))
        await other.at_work()
        await until_true(lambda: _is_waited_at(studio, "shared"))
        await play.run(after)
        await until(lambda: play.may_run and "after" in studio.executor.made)
        assert "shared" in nats_server.streams
    finally:
        await other.close()


async def test_what_another_window_fills_for_a_run_of_the_same_is_left_to_it(
    play: Play, studio: Studio, nats_server: NatsServer
) -> None:
    """Nobody works on it yet; that it is at it, its claim tells."""
    one = Scenario("shared", "Shared", "", (QueueSpec("shared", ("shared.*",)),), (), ())
    await play.run(one)
    await until(lambda: play.may_run and "shared" in studio.executor.made)
    claims = Claims(journal_file())
    with claims.alone(place_of(studio.connection), "play of shared", "another", str):
        await play.run(one)
        await until(lambda: play.may_run)
        assert "shared" in nats_server.streams


async def _is_waited_at(studio: Studio, queue: str) -> bool:
    return bool(await studio.broker.in_use([queue]))
