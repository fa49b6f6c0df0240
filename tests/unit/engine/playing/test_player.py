import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import nats
import pytest

from tests.played import played, scenario_of
from tests.rabbit_servers import RabbitHost
from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.brokers.port import LinkState, RefusedError
from wqstudio.domain.commands import EnsureQueue
from wqstudio.domain.connection import Product
from wqstudio.domain.reading import known
from wqstudio.engine.drawing.recorded import recorded_run
from wqstudio.engine.figures.run_figures import figure
from wqstudio.engine.playing import cast as playing_cast
from wqstudio.engine.playing.cast import Cast
from wqstudio.engine.playing.judging import judge
from wqstudio.engine.playing.player import Player
from wqstudio.engine.studio import Studio

TASKS = """
on = ["nats"]
[[queues]]
name = "tasks"
[[workers]]
service = 0.01
[[producers]]
messages = 40
rate = 0
"""
TWO_WORKERS = TASKS.replace("[[workers]]", "[[workers]]\ncount = 2")


@pytest.fixture
async def studio(nats_server: NatsServer) -> AsyncIterator[Studio]:
    studio = await Studio.open(nats_server.connection)
    yield studio
    await studio.close()


async def test_a_consumer_that_is_refused_is_counted_and_work_goes_on(studio: Studio) -> None:
    text = f"""{TASKS}
        [[faults]]
        at = 0
        action = "add consumer"
        target = "tasks"
        consumer = {{ name = "another" }}
    """
    run = await played(Player(studio), studio, text)
    assert figure(run.evidence, "refusals") == 1
    assert run.evidence.account.acknowledged == 40
    (refusal,) = run.refusals
    assert "another" in refusal or "unique" in refusal


async def test_what_befell_it_after_the_last_delivery_is_within_the_run(
    nats_server: NatsServer, studio: Studio
) -> None:
    player = Player(studio)
    playing = asyncio.create_task(played(player, studio, f'ends = "time"\nseconds = 120\n{TASKS}'))
    await until(lambda: sum(worker.acked for worker in studio.fleet.workers.values()) == 40)
    await asyncio.to_thread(nats_server.stop)
    await until(lambda: studio.timeline.incidents)
    await asyncio.to_thread(nats_server.start)
    await until(lambda: studio.broker.link.state is LinkState.CONNECTED)
    await player.finish()
    run = await playing
    (incident,) = run.evidence.incidents
    assert incident.at > run.evidence.settled["ended"].max()
    assert studio.timeline.whole[1] == incident.at == recorded_run(run.evidence).end


async def test_a_run_ends_when_the_broker_has_lost_what_was_left(studio: Studio) -> None:
    """Workers never hear of it: the broker is asked."""
    text = TASKS.replace('name = "tasks"', 'name = "tasks"\nmax_age = 0.5').replace("0.01", "0.05")
    run = await played(Player(studio), studio, text)
    account = run.evidence.account
    assert run.evidence.drained
    assert account.lost > 0
    assert account.acknowledged + account.lost == 40
    assert run.evidence.ended - run.evidence.began < 20


async def test_each_consumer_has_a_limit_of_its_own(studio: Studio) -> None:
    """What one of them gives up after two deliveries, the other may have six times."""
    text = """
        on = ["nats"]
        [[queues]]
        name = "tasks"
        routes = ["tasks.*"]
        consumers = [
            { name = "few", filter = "tasks.few", max_deliver = 2 },
            { name = "many", filter = "tasks.many", max_deliver = 6 },
        ]
        [[workers]]
        name = "impatient"
        consumer = "few"
        service = 0
        [[workers]]
        name = "patient"
        consumer = "many"
        service = 0
        on_failure = { action = "give back later", delay = 0.4 }
        [[producers]]
        route = "tasks.many"
        messages = 1
        rate = 0
        mix = [{ title = "broken", poison = true }]
    """
    run = await played(Player(studio), studio, text)
    assert (figure(run.evidence, "most deliveries"), run.evidence.drained) == (6, True)


async def test_who_is_told_to_stop_is_not_counted_and_who_was_forgotten_is(studio: Studio) -> None:
    """Three workers, one told to stop: to scale to two leaves two. Then all are gone, and off the fleet's list."""
    scenario = replace(scenario_of(TASKS.replace("[[workers]]", "[[workers]]\ncount = 3")), producers=())
    await studio.executor.run(EnsureQueue(scenario.queues[0]))
    cast = Cast(studio)
    for worker in scenario.workers:
        await cast.start_worker(worker)
    await cast.at_work()
    first, like = cast.workers("worker-1")[0], scenario.workers[-1]
    await studio.fleet.stop(first.id)
    await cast.scale("worker", 2, like)
    await cast.when(lambda: len(cast.live()) < 3)
    await cast.scale("worker", 2, like)
    assert sorted(one.spec.name for one in cast.live()) == ["worker-2", "worker-3"]
    await cast.crash()
    for id_ in tuple(studio.fleet.workers):
        studio.fleet.forget(id_)
    await cast.scale("worker", 1, like)
    assert [one.spec.name for one in cast.live()] == ["worker-4"]
    assert len(cast.workers("worker")) == 4
    await cast.leave()


async def test_a_queue_that_does_not_take_what_is_to_fill_it_is_said(studio: Studio) -> None:
    text = TASKS.replace('name = "tasks"', 'name = "tasks"\nmax_messages = 10')
    scenario = scenario_of(f'start = "filled"\n{text}')
    with pytest.raises(RefusedError, match="producer could not fill tasks: 10 of 40 messages are stored"):
        await Player(studio).play(scenario)
    assert not [worker for worker in studio.fleet.producers.values() if not worker.phase.over]
    assert known((await studio.broker.snapshot()).queues, {}) == {}


async def test_a_queue_is_filled_however_long_a_producer_waits_between_two_bursts(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two seconds, in which nothing is confirmed, while a queue is taken for stuck after half a second."""
    monkeypatch.setattr(playing_cast, "_STUCK_AFTER", 0.5)
    bursts = TASKS.replace("messages = 40\nrate = 0", "messages = 40\nrate = 10\nburst = 20")
    run = await played(Player(studio), studio, f'start = "filled"\n{bursts}')
    assert (run.evidence.drained, run.evidence.account.acknowledged) == (True, 40)


async def test_a_group_is_scaled_before_any_of_it_has_come(studio: Studio) -> None:
    """Who starts it later finds the first of them there."""
    text = f"""{TWO_WORKERS}
        [[faults]]
        at = 0.1
        action = "scale"
        target = "worker"
        value = 3
        [[faults]]
        at = 0.2
        action = "start"
        target = "worker"
    """
    run = await played(Player(studio), studio, text)
    assert sorted(worker.name for worker in run.evidence.workers.values()) == ["worker-1", "worker-2", "worker-3"]
    assert (run.evidence.drained, run.evidence.account.acknowledged) == (True, 40)


async def test_what_is_done_to_somebody_who_is_over_is_told_to_have_found_nobody_and_missed(studio: Studio) -> None:
    text = f"""{TWO_WORKERS}
        [[faults]]
        at = 0
        action = "stop"
        target = "worker-1"
        [[faults]]
        at = 1.5
        action = "crash"
        target = "worker-1"
    """
    run = await played(Player(studio), studio, text)
    assert [each.words for each in run.evidence.incidents] == ["stop worker-1", "crash worker-1, which found nobody"]
    (failed,) = (verdict for verdict in judge(run.scenario, [run]) if not verdict.holds)
    assert failed.why == "Every fault comes about. Not so: crash worker-1."


async def test_a_fault_for_which_no_time_was_left_is_missed(studio: Studio) -> None:
    """A file that says so is refused, but ``--seconds`` may leave less."""
    text = f"""ends = "time"\n{TASKS}
        [[faults]]
        at = 2
        action = "crash"
        target = "worker-1"
    """
    run = await Player(studio).play(replace(scenario_of(text), seconds=0.5))
    assert [str(fault) for fault in run.missed] == ["crash worker-1"]
    assert figure(run.evidence, "missed") == 1


async def test_what_an_earlier_run_kept_is_made_anew(studio: Studio) -> None:
    scenario = scenario_of(TASKS)
    player = Player(studio)
    idle = replace(scenario, workers=(), drained=False, seconds=0.3)
    assert (await player.play(idle, keep=True)).evidence.account.stored == 40
    other = await Studio.open(studio.connection, worker_hosts=1)
    try:
        changed = replace(scenario, queues=(replace(scenario.queues[0], max_messages=50),))
        run = await Player(other).play(changed)
        assert (run.evidence.account.acknowledged, run.evidence.account.foreign) == (40, 0)
    finally:
        await other.close()


async def test_a_queue_of_somebody_else_is_left_alone(nats_server: NatsServer, studio: Studio) -> None:
    client = await nats.connect(nats_server.url)
    await client.jetstream().add_stream(name="tasks", subjects=["tasks.>"])
    with pytest.raises(RefusedError, match="the studio did not make it"):
        await Player(studio).play(scenario_of(TASKS))
    assert (await client.jetstream().stream_info("tasks")).config.subjects == ["tasks.>"]
    await client.close()


async def test_rabbitmq_needs_no_management_api_to_be_played_on(rabbit_host: RabbitHost) -> None:
    studio = await Studio.open(replace(rabbit_host.connection, management_url="http://127.0.0.1:1"))
    try:
        text = TASKS.replace('on = ["nats"]', 'on = ["rabbitmq"]').replace('name = "tasks"', 'name = "tasks-unlisted"')
        scenario = scenario_of(text, Product.RABBITMQ)
        for _ in range(2):
            run = await Player(studio).play(scenario)
            assert (run.evidence.account.acknowledged, run.evidence.drained) == (40, True)
        assert studio.executor.made == set()
    finally:
        await studio.close()
