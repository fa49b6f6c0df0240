"""Scenarios as they are played, whichever broker it is."""

import asyncio
import os
import signal
from collections import Counter
from dataclasses import replace

import pytest

from tests.contract.labs import Lab
from tests.played import played, scenario_of
from tests.waiting import until
from wqstudio.brokers.port import RefusedError
from wqstudio.domain.commands import EnsureQueue, StartProducer, StartWorker
from wqstudio.domain.dispatch import Figures
from wqstudio.domain.fate import Fate
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.reading import known
from wqstudio.domain.scenario import Fault, FaultAction
from wqstudio.domain.worker import Outcome, ProducerSpec, WorkerSpec
from wqstudio.engine.drawing.recorded import recorded_run
from wqstudio.engine.figures.run_figures import figure
from wqstudio.engine.playing.judging import judge
from wqstudio.engine.playing.player import Player
from wqstudio.engine.studio import Studio
from wqstudio.scenarios.reading import read

BASIC = """
[[queues]]
name = "tasks"
consumers = [{ name = "workers", ack_wait = 1 }]

[[workers]]
name = "steady"
service = 0.01
spread = "fixed"

[[producers]]
messages = 40
rate = 0
"""


async def _queues(studio: Studio) -> set[str]:
    return set(known((await studio.broker.snapshot()).queues, {}))


async def test_each_run_counts_its_own_tasks_and_leaves_no_queue(player: Player, studio: Studio) -> None:
    for _ in range(2):
        run = await played(player, studio, BASIC)
        account = run.evidence.account
        assert (account.published, account.acknowledged, account.lost, account.duplicated) == (40, 40, 0, 0)
        assert account.balanced
        assert [worker.name for worker in account.workers] == ["steady"]
        assert run.evidence.drained
        assert len(run.evidence.settled) == 40
        assert len(run.evidence.lanes) == 1
    assert len(studio.fleet.workers) == 1
    assert await _queues(studio) == set()


async def test_a_crashed_workers_tasks_are_done_by_others_and_the_fault_is_told(player: Player, studio: Studio) -> None:
    text = f"""{BASIC}
        [[workers]]
        name = "crashing"
        service = 60
        prefetch = 3
        [[faults]]
        at = 0.2
        action = "crash"
        target = "crashing"
        when = "at work"
        [[expectations]]
        figure = "crashed"
        of = "crashing"
        at_least = 1
        [[expectations]]
        figure = "redelivered"
        of = "steady"
        at_least = 1
        [[expectations]]
        figure = "share"
        of = "crashing"
        at_least = 0.5
    """
    run = await played(player, studio, text)
    assert run.evidence.account.acknowledged == 40
    assert any(event.text == "test: crash crashing in the middle of a task" for event in studio.events)
    assert [each.words for each in studio.timeline.incidents] == ["crash crashing in the middle of a task"]
    assert run.evidence.incidents == studio.timeline.incidents
    crashed = run.evidence.settled[run.evidence.settled["outcome"] == Outcome.CRASHED]
    assert studio.timeline.incidents[0].at == crashed["ended"].max(), "not when that was heard of"
    verdicts = judge(read(text, "test.toml", "test"), [run])
    assert [verdict.holds for verdict in verdicts] == [True, True, False, True, True]
    assert str(verdicts[2]) == "share of crashing is 0.0 %, expected at least 50.0 %"
    assert [verdict.expectation.figure for verdict in verdicts[3:]] == ["drained", "lost"]  # expected of every run


async def test_what_is_acknowledged_on_receipt_is_lost_with_its_worker_and_ends_the_run(
    player: Player, studio: Studio
) -> None:
    text = BASIC.replace("service = 0.01", 'service = 0.01\nacks = "on receipt"')
    run = await played(
        player,
        studio,
        f"""{text}
        [[workers]]
        name = "crashing"
        service = 60
        prefetch = 3
        acks = "on receipt"
        [[faults]]
        at = 0
        action = "crash"
        target = "crashing"
        when = "at work"
        """,
    )
    assert run.evidence.drained
    assert run.evidence.account.lost >= 1
    assert run.missed == ()
    assert run.evidence.account.balanced
    assert isinstance(run.evidence.dispatch, Figures)
    assert not run.evidence.dispatch.finished  # who loses work is no sooner done with it
    assert run.evidence.dispatch.lost == run.evidence.account.lost
    ends = Counter(Outcome(outcome) for outcome in run.evidence.settled["outcome"].tolist())
    assert (ends[Outcome.LOST], ends[Outcome.CRASHED]) == (run.evidence.account.lost, 0)
    assert figure(run.evidence, "makespan") is None


async def test_what_fails_after_it_was_acknowledged_on_receipt_is_lost_and_ends_the_run(
    player: Player, studio: Studio
) -> None:
    text = BASIC.replace("service = 0.01", 'service = 0.01\nacks = "on receipt"')
    run = await played(
        player,
        studio,
        f"""{text}
        [[producers]]
        name = "broken"
        messages = 3
        rate = 0
        mix = [{{ title = "broken", poison = true }}]
        """,
    )
    account = run.evidence.account
    assert run.evidence.drained
    assert (account.published, account.acknowledged, account.terminated, account.lost) == (43, 40, 0, 3)
    assert account.balanced
    assert [worker.lost for worker in account.workers] == [3]
    (nothing_lost,) = (each for each in judge(run.scenario, [run]) if each.expectation.figure == "lost")
    assert not nothing_lost.holds


async def test_faults_and_figures_count_from_the_same_beginning(player: Player, studio: Studio) -> None:
    """Where queues are filled first, that is when the workers are asked to come, however long they take."""
    run = await played(
        player,
        studio,
        BASIC.replace("[[queues]]", 'start = "filled"\n[[queues]]', 1)
        .replace("[[workers]]", "[[workers]]\ncount = 12")
        .replace("service = 0.01", "service = 1")
        + """
        [[faults]]
        at = 2
        action = "speed"
        target = "steady"
        value = 10
        """,
    )
    came = max(lane.began for lane in run.evidence.lanes) - run.evidence.began
    (fault,) = studio.timeline.incidents
    assert 2 <= fault.at - run.evidence.began < 2 + came


async def test_exhausted_tasks_end_a_run_and_leave_dead_letters(player: Player, studio: Studio) -> None:
    run = await played(
        player,
        studio,
        """
        [[queues]]
        name = "tasks"
        consumers = [{ name = "workers", max_deliver = 3 }]
        [[queues]]
        name = "dead"
        dead_letters_of = "tasks"
        [[workers]]
        service = 0
        [[producers]]
        name = "good"
        messages = 10
        rate = 0
        [[producers]]
        name = "broken"
        messages = 2
        rate = 0
        mix = [{ poison = true }]
        """,
    )
    assert run.evidence.drained
    assert (run.evidence.dead_letters, run.evidence.account.stored) == (2, 2)
    assert figure(run.evidence, "acknowledged", "good") == 10
    assert figure(run.evidence, "acknowledged", "broken") == 0
    assert figure(run.evidence, "most deliveries") == 3
    story = studio.timeline.story(run.evidence.settled["task"][run.evidence.settled["deliveries"] == 3][0])
    assert (len(story.chapters), story.fate) == (3, Fate.DEAD_LETTERED)
    end = studio.timeline.whole[1]
    assert studio.timeline.waiting(end, end)[1].tolist() == [0]


async def test_a_fleet_is_scaled_slowed_and_stopped_on_schedule(player: Player, studio: Studio) -> None:
    run = await played(
        player,
        studio,
        """
        start = "filled"
        seconds = 20
        [[queues]]
        name = "tasks"
        [[workers]]
        name = "worker"
        count = 2
        service = 0.05
        spread = "fixed"
        [[producers]]
        messages = 40
        rate = 0
        [[faults]]
        at = 0.1
        action = "scale"
        target = "worker"
        value = 4
        [[faults]]
        at = 0.1
        action = "speed"
        target = "worker-1"
        value = 2
        [[faults]]
        at = 0.3
        action = "stop"
        target = "worker-2"
        [[faults]]
        at = 0.3
        action = "scale"
        target = "worker"
        value = 1
        """,
    )
    assert run.evidence.account.acknowledged == 40
    assert figure(run.evidence, "redelivered") == 0
    lanes = {lane.name: lane for lane in run.evidence.lanes}
    assert set(lanes) == {"worker-1", "worker-2", "worker-3", "worker-4"}
    assert lanes["worker-1"].speed == 2
    gone = [lanes[name].ended for name in ("worker-2", "worker-3", "worker-4")]
    later = run.evidence.settled[run.evidence.settled["received"] > max(at for at in gone if at is not None)]
    assert set(later["worker"].tolist()) == {lanes["worker-1"].worker}
    assert len(later) > 5


async def test_a_filled_queue_waits_for_its_workers_and_time_ends_what_is_not_done(
    player: Player, studio: Studio
) -> None:
    run = await played(
        player,
        studio,
        BASIC.replace("service = 0.01", "service = 1").replace(
            "[[queues]]", 'start = "filled"\nseconds = 0.5\n[[queues]]'
        ),
    )
    account = run.evidence.account
    assert not run.evidence.drained
    assert isinstance(run.evidence.dispatch, Figures)  # workers may finish what they have begun
    assert (run.evidence.dispatch.finished, run.evidence.dispatch.ran_for) == (False, None)
    assert (account.published, account.acknowledged + account.stored, account.lost) == (40, 40, 0)
    assert account.stored >= 38
    assert studio.timeline.whole[1] == recorded_run(run.evidence).end == run.evidence.ended
    first = min(run.evidence.settled["received"])
    assert first >= max(tasks.sent for tasks in run.evidence.confirmed)


async def test_a_run_that_is_to_end_by_the_clock_has_run_its_time(player: Player, studio: Studio) -> None:
    endless = BASIC.replace("[[queues]]", 'ends = "time"\nseconds = 0.8\n[[queues]]').replace("messages = 40\n", "")
    run = await played(player, studio, endless)
    assert isinstance(run.evidence.dispatch, Figures)
    assert run.evidence.dispatch.ran_for == 0.8
    assert run.evidence.ended - run.evidence.began >= 0.8


async def test_what_a_person_does_meanwhile_is_neither_counted_nor_stopped(
    lab: Lab, player: Player, studio: Studio
) -> None:
    await studio.executor.run(EnsureQueue(QueueSpec("by-hand", ("by-hand.>",), consumers=(ConsumerSpec("mine"),))))
    source = Source("by-hand", "mine" if lab.traits.makes_consumers else "")
    by_hand = await studio.executor.run(StartWorker(WorkerSpec("mine", source, service_time=0.01)))
    await studio.executor.run(StartProducer(ProducerSpec("shop", "by-hand", lab.route("by-hand.{n}"), rate=50.0)))
    assert by_hand is not None
    run = await played(player, studio, BASIC)
    account = run.evidence.account
    assert ([worker.name for worker in account.workers], account.acknowledgements) == (["steady"], 40)
    assert account.balanced
    assert "by-hand" in await _queues(studio)
    before = studio.fleet.workers[by_hand]
    assert not before.phase.over
    async with asyncio.timeout(10):
        while studio.fleet.workers[by_hand].acked <= before.acked:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_strangers_broker_is_not_restarted(studio: Studio) -> None:
    player = Player(studio)
    scenario = scenario_of(BASIC, studio.connection.product)
    restarting = replace(scenario, faults=(Fault(0.1, FaultAction.RESTART_BROKER),))
    with pytest.raises(RefusedError, match="play it on a local broker"):
        await player.play(restarting)
    assert not studio.fleet.workers
    assert await _queues(studio) == set()


async def test_a_producer_that_goes_away_with_messages_unpublished_is_not_as_expected(
    player: Player, studio: Studio
) -> None:
    text = BASIC.replace("rate = 0", "rate = 10")
    playing = asyncio.create_task(played(player, studio, text))
    async with asyncio.timeout(10):
        while not any(one.confirmed for one in studio.fleet.producers.values()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    (producer,), (worker,) = studio.fleet.producers, studio.fleet.workers
    await studio.fleet.pause(worker)  # there is work left
    before = studio.fleet.producers[producer].confirmed
    async with asyncio.timeout(10):
        while studio.fleet.producers[producer].confirmed < before + 3:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await studio.fleet.crash(producer)
    async with asyncio.timeout(10):
        while not studio.fleet.producers[producer].phase.over:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    studio.fleet.forget(producer)  # as a person does who removes its card
    await studio.fleet.resume(worker)
    run = await playing
    verdicts = judge(read(text, "test.toml", "test"), [run])
    (missed,) = [verdict for verdict in verdicts if not verdict.holds and verdict.expectation.figure == "unpublished"]
    assert 0 < run.evidence.unpublished < 40
    assert missed.wanted == "0"


FILLING = """
    [[queues]]
    name = "tasks"
    max_messages = 20
    [[workers]]
    name = "late"
    count = 2
    service = 0
    [[producers]]
    name = "publisher"
    count = 2
    messages = 25
    rate = 20
    synchronous = true
    [[producers]]
    name = "brief"
    messages = 2
    rate = 0
    [[faults]]
    at = 0
    action = "start"
    target = "late"
    when = "full"
"""


async def test_workers_that_wait_for_a_full_queue_start_however_long_it_takes_to_fill(
    player: Player, studio: Studio
) -> None:
    """Not before every publisher was turned away that is there still; who is done before need not be."""
    run = await played(player, studio, FILLING)
    assert run.evidence.drained
    assert run.missed == ()
    assert all(figure(run.evidence, "turned away", f"publisher-{number}") for number in (1, 2))
    assert figure(run.evidence, "turned away", "brief") == 0
    assert run.evidence.account.acknowledged == 52
    came = run.evidence.settled["received"][0]
    before = sum(tasks.count for tasks in run.evidence.confirmed if came > tasks.sent)
    assert before >= 20


async def test_workers_whose_queue_is_never_full_are_told_to_be_missing(player: Player, studio: Studio) -> None:
    empty = FILLING.replace("max_messages = 20", "max_messages = 2000").replace("messages = 25\n", "messages = 2500\n")
    run = await played(player, studio, f"seconds = 1\n{empty}")
    assert not run.evidence.drained
    assert [str(fault) for fault in run.missed] == ["start late once its queue is full"]


async def test_a_fault_that_waits_in_vain_ends_with_the_run_which_is_not_as_expected(
    player: Player, studio: Studio
) -> None:
    """A worker of an empty queue is never in the middle of a task."""
    named = BASIC.replace("[[workers]]", "[[workers]]\nqueue = 'tasks'").replace(
        "messages", "queue = 'tasks'\nmessages"
    )
    text = f"""{named}
        [[queues]]
        name = "empty"
        [[workers]]
        name = "idle"
        queue = "empty"
        [[faults]]
        at = 0
        action = "crash"
        target = "idle"
        when = "at work"
    """
    run = await played(player, studio, text)
    assert run.evidence.drained
    assert run.evidence.ended - run.evidence.began < 20  # of the 30 s that it may take
    assert [str(fault) for fault in run.missed] == ["crash idle in the middle of a task"]
    assert run.evidence.incidents == ()  # it is told when it comes about
    verdicts = judge(read(text, "test.toml", "test"), [run])
    (missed,) = [verdict for verdict in verdicts if not verdict.holds]
    assert str(missed) == "missed is 1, expected 0"
    assert missed.why == "Every fault comes about. Not so: crash idle in the middle of a task."


async def test_a_run_does_not_take_the_queues_of_somebody_who_is_at_work(studio: Studio, lab: Lab) -> None:
    """Also where its workers hold all they may, and have asked for no more."""
    slow = BASIC.replace("service = 0.01", "service = 0.1")
    await studio.play(scenario_of(slow, studio.connection.product))  # as in a window of somebody else, by hand
    await until(lambda: any(worker.acked for worker in studio.fleet.workers.values()))
    other = await Studio.open(lab.connection)
    with pytest.raises(RefusedError, match=r"Somebody takes messages from tasks.*another broker"):
        await played(Player(other), other, BASIC)
    await other.close()
    await until(lambda: sum(worker.acked for worker in studio.fleet.workers.values()) == 40)
    account = await studio.settle()
    assert (account.published, account.acknowledged, account.lost) == (40, 40, 0)


async def test_a_run_does_not_take_the_queues_of_another_that_fills_them(
    player: Player, studio: Studio, lab: Lab
) -> None:
    """Nobody is at work there yet, as far as the broker can tell."""
    filled = BASIC.replace("[[queues]]", 'start = "filled"\n[[queues]]', 1).replace("rate = 0", "rate = 40")
    first = asyncio.ensure_future(played(player, studio, filled))
    await until(lambda: any(producer.confirmed for producer in studio.fleet.producers.values()))
    assert not studio.fleet.workers
    other = await Studio.open(lab.connection)
    with pytest.raises(RefusedError, match=r"tasks is in use.*another broker"):
        await played(Player(other), other, BASIC)
    await other.close()
    account = (await first).evidence.account
    assert (account.published, account.acknowledged, account.lost) == (40, 40, 0)
    assert (await played(player, studio, BASIC)).evidence.drained


async def test_what_a_killed_run_left_is_in_nobodys_way(player: Player, studio: Studio, lab: Lab) -> None:
    """Its workers hold messages yet, for as long as the broker waits for them."""
    left = await Studio.open(lab.connection)
    await left.executor.run(
        EnsureQueue(QueueSpec("tasks", ("tasks.>",), consumers=(ConsumerSpec("workers", ack_wait=60),)))
    )
    await left.executor.run(StartWorker(WorkerSpec("gone", Source("tasks", "workers"), service_time=60.0, prefetch=5)))
    await left.executor.run(StartProducer(ProducerSpec("producer", "tasks", lab.route("tasks.a"), rate=0.0, count=20)))
    await until(lambda: any(worker.held == 5 for worker in left.fleet.workers.values()))
    for pid in left.fleet.hosts.values():
        os.kill(pid, signal.SIGKILL)
    await until(lambda: all(worker.phase.over for worker in left.fleet.workers.values()))
    await left.close()
    account = (await played(player, studio, BASIC)).evidence.account
    assert (account.published, account.acknowledged) == (40, 40)
