"""What is done to those who play, on schedule: each kind, on each broker."""

import asyncio
import re
from itertools import pairwise

import numpy as np
import pytest

from tests.contract.labs import Lab
from tests.played import played
from tests.waiting import until
from wqstudio.brokers.port import UnreachableError
from wqstudio.domain.delivery import Deliveries
from wqstudio.domain.dispatch import Figures
from wqstudio.engine.figures.run_figures import figure
from wqstudio.engine.playing.performing import Run
from wqstudio.engine.playing.player import Player
from wqstudio.engine.studio import Studio

STORED = """
start = "filled"
[[queues]]
name = "tasks"
consumers = [{ name = "workers", ack_wait = 1 }]
[[producers]]
messages = 60
rate = 0
"""
"""Before the first worker starts: whatever is done to workers comes in the middle of work."""


def _fault(at: float, action: str, target: str = "", **fields: object) -> str:
    said = {"at": at, "action": f'"{action}"', **({"target": f'"{target}"'} if target else {}), **fields}
    return "[[faults]]\n" + "".join(f"{name} = {value}\n" for name, value in said.items())


def _worker(name: str, service: float, **fields: object) -> str:
    said = {"name": f'"{name}"', "service": service, "spread": '"fixed"', **fields}
    return "[[workers]]\n" + "".join(f"{name} = {value}\n" for name, value in said.items())


def _rows(run: Run, name: str) -> Deliveries:
    """Of that worker, as they came."""
    (id_,) = [id_ for id_, spec in run.evidence.workers.items() if spec.name == name]
    return np.sort(run.evidence.settled[run.evidence.settled["worker"] == id_], order="begun")


def _since(run: Run, rows: Deliveries) -> list[float]:
    """Seconds of the run at which work on each began."""
    return [float(row["begun"]) - run.evidence.began for row in rows]


async def test_a_crash_by_the_clock_gives_back_what_the_worker_holds(player: Player, studio: Studio) -> None:
    text = STORED + _worker("steady", 0.01) + _worker("doomed", 60, prefetch=3) + _fault(0.3, "crash", "doomed")
    run = await played(player, studio, text)
    assert figure(run.evidence, "crashed", "doomed") == 3
    assert figure(run.evidence, "redelivered", "steady") == 3
    assert (run.evidence.account.acknowledged, run.evidence.account.lost) == (60, 0)


async def test_a_killed_host_takes_its_workers_along_and_no_others(player: Player, studio: Studio) -> None:
    text = STORED + _worker("worker", 0.05, count=4, prefetch=2) + _fault(0.2, "kill host", "worker-1")
    hosts = set(studio.fleet.hosts.values())
    run = await played(player, studio, text)
    gone = {lane.name for lane in run.evidence.lanes if len(_rows(run, lane.name)) < 10}
    assert "worker-1" in gone
    assert len(gone) == 2, "of the two hosts that share the four"
    assert len(hosts - set(studio.fleet.hosts.values())) == 1
    assert (run.evidence.account.acknowledged, run.evidence.account.lost) == (60, 0)
    assert (figure(run.evidence, "redelivered") or 0) >= 1


async def test_a_restart_of_the_broker_loses_nothing_that_is_on_disk(player: Player, studio: Studio) -> None:
    text = STORED + _worker("worker", 0.02) + _fault(0.2, "restart broker")
    run = await played(player, studio, text)
    assert figure(run.evidence, "restarts") == 1
    assert (run.evidence.account.acknowledged, run.evidence.account.lost) == (60, 0)
    assert run.evidence.drained


async def test_what_needs_no_broker_happens_on_time_while_that_is_away_and_the_rest_is_put_off_and_told(
    lab: Lab, studio: Studio
) -> None:
    """The broker is away for 1.5 s and for as long as it takes to restart."""

    async def restart() -> None:
        await asyncio.sleep(1.5)
        await asyncio.to_thread(lab.restart)

    workers = _worker("steady", 0.05) + _worker("doomed", 60, prefetch=3) + _worker("late", 0.01)
    faults = (
        _fault(0.2, "restart broker")
        + _fault(0.5, "start", "late")
        + _fault(0.8, "crash", "doomed")
        + _fault(0.9, "speed", "steady", value=2)
    )
    run = await played(Player(studio, restart), studio, STORED + workers + faults)
    at = {each.words.partition(",")[0]: each.at - run.evidence.began for each in run.evidence.incidents}
    assert 0.8 <= at["crash doomed"] < 1.4
    assert 0.9 <= at["set the speed of steady to 2"] < 1.5
    assert at["start late"] > 1.7
    assert any(
        re.fullmatch(r"start late, put off for \d+\.\d s by a restart of the broker", each.words)
        for each in run.evidence.incidents
    )
    (told,) = [event for event in studio.events if "put off until" in event.text]
    assert told.text == "test: start late is put off until the broker is back, which is needed to let them connect"
    assert told.at - run.evidence.began < 1.4, "when it was due"
    assert (run.evidence.account.acknowledged, run.evidence.account.lost) == (60, 0)
    assert figure(run.evidence, "restarts") == 1


async def test_time_in_which_the_broker_was_away_makes_a_run_less_efficient(player: Player, studio: Studio) -> None:
    """Also where nothing waits for a worker meanwhile, as all is published late."""
    load = STORED.replace("rate = 0", "rate = 40").replace('start = "filled"', "")
    run = await played(player, studio, load + _worker("steady", 0.001) + _fault(0.5, "restart broker"))
    dispatch = run.evidence.dispatch
    assert isinstance(dispatch, Figures)
    assert 0 < dispatch.away < dispatch.makespan
    assert dispatch.away_by_accident == 0
    assert dispatch.best_possible == pytest.approx(dispatch.makespan - dispatch.away, abs=0.25 + 0.1 * dispatch.away)
    assert figure(run.evidence, "efficiency") == dispatch.best_possible / dispatch.makespan


async def test_a_broker_that_dies_by_accident_was_away_which_nobody_had_asked_for(
    lab: Lab, player: Player, studio: Studio
) -> None:
    playing = asyncio.create_task(played(player, studio, STORED + _worker("steady", 0.05)))
    await until(lambda: any(worker.acked for worker in studio.fleet.workers.values()))
    await asyncio.to_thread(lab.restart)
    run = await playing
    assert (run.evidence.account.acknowledged, figure(run.evidence, "restarts")) == (60, 0)
    accident = figure(run.evidence, "away by accident")
    assert accident is not None
    assert 0 < accident == figure(run.evidence, "away")
    assert any(each.words == "connection lost" for each in run.evidence.incidents)


async def test_a_run_at_whose_end_the_broker_is_gone_says_when_that_was_and_what_was_left(
    lab: Lab, player: Player, studio: Studio
) -> None:
    text = "seconds = 2\n" + STORED + _worker("steady", 0.1)
    playing = asyncio.create_task(played(player, studio, text))
    await until(lambda: sum(worker.acked for worker in studio.fleet.workers.values()) > 2)
    await asyncio.to_thread(lab.kill)
    try:
        with pytest.raises(UnreachableError) as failure:
            await playing
    finally:
        await asyncio.to_thread(lab.start)
    told = re.search(r"lost (\d\.\d) s after the beginning.* Of 60 tasks published, (\d+) had been", str(failure.value))
    assert told is not None, failure.value
    assert float(told[1]) < 2
    assert 2 < int(told[2]) < 20


async def test_a_paused_worker_begins_nothing_until_it_is_resumed(player: Player, studio: Studio) -> None:
    text = STORED + _worker("worker", 0.02) + _fault(0.8, "pause", "worker") + _fault(1.6, "resume", "worker")
    run = await played(player, studio, text)
    paused, resumed = (each.at - run.evidence.began for each in run.evidence.incidents)
    assert 0.8 <= paused < 1.3
    begins = _since(run, _rows(run, "worker"))
    longest, last, next_one = max((later - before, before, later) for before, later in pairwise(begins))
    assert 0.5 < longest < 2
    assert last < 1.3
    assert next_one >= resumed >= 1.6
    assert run.evidence.account.acknowledged == 60


async def test_a_worker_is_slowed_down_and_sped_up(player: Player, studio: Studio) -> None:
    text = STORED.replace("60", "200") + _worker("worker", 0.04) + _fault(1.5, "speed", "worker", value=0.2)
    run = await played(player, studio, text + _fault(2.5, "speed", "worker", value=8))
    rows = _rows(run, "worker")
    took = rows["ended"] - rows["begun"]
    begins = np.array(_since(run, rows))
    usual, slow, fast = (
        np.median(took[part]) for part in (begins < 1.4, (begins > 1.7) & (begins < 2.3), begins > 2.6)
    )
    assert slow > 3 * usual
    assert fast < usual / 2


async def test_the_prefetch_of_a_worker_is_changed(player: Player, studio: Studio) -> None:
    text = STORED + _worker("worker", 0.02) + _fault(0.8, "prefetch", "worker", value=7)
    run = await played(player, studio, text)
    rows = _rows(run, "worker")
    first = rows[np.array(_since(run, rows)) < 0.75]
    waited = first["begun"] - first["received"]
    assert waited.max() < 0.02, "held alone, as long as it takes one at a time"
    assert figure(run.evidence, "held") == 7


async def test_a_latecomer_takes_part_from_its_start_on_and_one_that_is_stopped_until_then(
    player: Player, studio: Studio
) -> None:
    """How much the early one has done by then is up to the computer; it is slow, so that most is left, and is stopped
    while it has a task, so that it has had one.
    """
    workers = _worker("early", 0.1) + _worker("late", 0.02)
    faults = _fault(0.4, "start", "late") + _fault(0.4, "stop", "early", when='"at work"')
    run = await played(player, studio, STORED + workers + faults)
    early, late = _rows(run, "early"), _rows(run, "late")
    assert min(_since(run, late)) >= 0.4
    assert len(early) > 0
    assert len(early) + len(late) == run.evidence.account.acknowledged == 60
    assert early["begun"].max() < late["begun"][-20], "of the last second it would have had its share"
    assert figure(run.evidence, "redelivered") == 0
    assert run.missed == ()


async def test_a_producer_is_made_to_publish_faster(player: Player, studio: Studio) -> None:
    text = """
        [[queues]]
        name = "tasks"
        [[workers]]
        service = 0
        [[producers]]
        name = "shop"
        messages = 100
        rate = 10
    """
    run = await played(player, studio, text + _fault(0.5, "rate", "shop", value=200))
    at = np.repeat([each.sent for each in run.evidence.confirmed], [each.count for each in run.evidence.confirmed])
    at = np.sort(at) - run.evidence.began
    assert np.count_nonzero(at < 0.4) <= 6
    assert at.max() < 3, "at 10 a second it would be 10 s"
