"""The fleet as a whole: hosts, ids, ends of every kind, and the accounts that must come out right."""

import asyncio
import itertools
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from nats.aio.client import Client

from tests.servers import NatsServer
from tests.unit.fleet.recorder import Recorder, make_queue, producer, worker
from tests.waiting import until
from wqstudio.brokers.port import RefusedError
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.delivery import FleetBatch
from wqstudio.domain.events import Event
from wqstudio.domain.worker import Outcome, Phase, WorkerState
from wqstudio.fleet.supervisor import BEAT, MOST_WORKERS, WORKER_HOSTS, Fleet


@pytest.fixture(autouse=True)
def start_child() -> None:
    """Hosts are started here, not forked."""


@pytest.fixture
async def recorder(nats_server: NatsServer, client: Client) -> AsyncIterator[Recorder]:
    """With as many hosts as the studio has."""
    recorder = Recorder(nats_server, client, WORKER_HOSTS)
    await recorder.fleet.start()
    yield recorder
    await recorder.fleet.close()


async def test_a_worker_is_there_at_once_and_starting(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    spec = worker()
    id_ = await recorder.fleet.start_worker(spec)
    assert recorder.fleet.workers[id_] == WorkerState(id_, spec, Phase.STARTING, host=1)
    assert recorder.told("w starts on jobs/workers")


async def test_each_worker_has_a_place_and_what_is_forgotten_makes_room(recorder: Recorder) -> None:
    """By which it has its colour, so that who is there again next time looks as before."""
    await make_queue(recorder.stream)
    fleet = recorder.fleet
    ids = [await fleet.start_worker(worker(f"w{n}")) for n in range(3)]
    assert [recorder.worker(id_).place for id_ in ids] == [0, 1, 2]
    await fleet.crash(ids[1])
    await recorder.until(lambda: recorder.worker(ids[1]).phase.over)
    beside = await fleet.start_worker(worker("w3"))
    fleet.forget(ids[1])
    assert [recorder.worker(beside).place, recorder.worker(await fleet.start_worker(worker("w4"))).place] == [3, 1]


async def test_workers_are_shared_out_among_hosts(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    ids = [await recorder.fleet.start_worker(worker()) for _ in range(6)]
    assert sorted(recorder.worker(id_).host for id_ in ids) == [1, 1, 1, 2, 2, 2]
    assert set(recorder.fleet.hosts) == {1, 2}


async def test_two_hundred_workers_share_the_work(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    ids = [await recorder.fleet.start_worker(worker(f"w{n}", service_time=0.02)) for n in range(MOST_WORKERS)]
    with pytest.raises(RefusedError, match="200 workers"):
        await recorder.fleet.start_worker(worker())
    await recorder.until(lambda: all(recorder.worker(id_).phase is Phase.WAITING for id_ in ids), within=30)
    await recorder.put(2_000)
    await recorder.until(lambda: len(recorder.settled) == 2_000, within=30)
    assert recorder.acked.total() == len(recorder.acked) == 2_000
    assert all(recorder.worker(id_).acked > 0 for id_ in ids)
    assert await recorder.fleet.stop_all(30)


async def test_a_killed_host_takes_its_workers_and_is_replaced(recorder: Recorder) -> None:
    await make_queue(recorder.stream, ack_wait=1)
    await recorder.put(4)
    ids = [await recorder.fleet.start_worker(worker(f"w{n}", service_time=60)) for n in range(4)]
    await recorder.until(lambda: all(recorder.worker(id_).held for id_ in ids))
    await recorder.fleet.kill_host(2)
    await recorder.until(lambda: recorder.told("Host 2 was killed; w1, w3 held 2 messages"))
    phases = {recorder.worker(id_).spec.name: recorder.worker(id_).phase for id_ in ids}
    assert phases == {"w0": Phase.WORKING, "w1": Phase.CRASHED, "w2": Phase.WORKING, "w3": Phase.CRASHED}
    assert [row.outcome for row in recorder.settled] == [Outcome.CRASHED] * 2
    rescuer = await recorder.fleet.start_worker(worker("rescuer", service_time=0))
    assert recorder.worker(rescuer).host not in {1, 2}
    await recorder.until(lambda: recorder.worker(rescuer).acked == 2)


async def test_a_host_that_waits_for_work_is_killed_in_the_middle_of_a_task(recorder: Recorder) -> None:
    await make_queue(recorder.stream, ack_wait=1)
    first, second = [await recorder.fleet.start_worker(worker(f"w{n}", service_time=0.3)) for n in range(2)]
    await recorder.until(lambda: all(recorder.worker(id_).phase is Phase.WAITING for id_ in (first, second)))
    await recorder.fleet.kill_host_at_work(first)
    await recorder.put(6)
    await recorder.until_phase(first, Phase.CRASHED)
    assert recorder.told("Host 1 was killed; w0 held 1 message")
    assert recorder.outcomes(first) == [Outcome.CRASHED]
    await recorder.until(lambda: recorder.worker(second).acked == 6)


async def test_nothing_acknowledged_looks_lost_when_hosts_are_killed_at_full_speed(recorder: Recorder) -> None:
    await make_queue(recorder.stream, ack_wait=1)
    await recorder.fleet.start_producer(producer(rate=1_500))
    for prefetch in itertools.islice(itertools.cycle((1, 10, 100)), 9):
        id_ = await recorder.fleet.start_worker(worker(service_time=0, prefetch=prefetch))
        goal = len(recorder.settled) + 150 + 10 * id_
        await recorder.until(lambda goal=goal: len(recorder.settled) >= goal)  # type: ignore[misc] # bound now
        await recorder.fleet.kill_host(recorder.worker(id_).host)
        await recorder.until_phase(id_, Phase.CRASHED)
    assert await recorder.fleet.stop_all(10)
    assert recorder.published <= set(recorder.acked) | set(await recorder.stored())
    await recorder.fleet.start_worker(worker(service_time=0, prefetch=500))
    await recorder.until_drained()
    assert await recorder.fleet.stop_all(10)
    assert recorder.published <= set(recorder.acked)
    assert len(recorder.acked) > 1_000


async def test_a_killed_producer_host_loses_no_confirmed_task(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    id_ = await recorder.fleet.start_producer(producer(rate=0))
    await recorder.until(lambda: recorder.fleet.producers[id_].confirmed > 1_000)
    host = recorder.fleet.producers[id_].host
    await recorder.fleet.kill_host(host)
    await recorder.until_phase(id_, Phase.CRASHED)
    assert recorder.published <= set(await recorder.stored())
    again = await recorder.fleet.start_producer(producer(rate=0, count=10))
    await recorder.until_phase(again, Phase.STOPPED)


async def test_a_server_restarted_in_the_middle_loses_nothing(nats_server: NatsServer, recorder: Recorder) -> None:
    await make_queue(recorder.stream, ack_wait=2)
    for prefetch in (1, 20, 100):
        await recorder.fleet.start_worker(worker(service_time=0.001, prefetch=prefetch))
    made = await recorder.fleet.start_producer(producer(rate=1_500, count=4_000))
    for restart in (nats_server.stop, nats_server.kill):
        goal = len(recorder.settled) + 500
        await recorder.until(lambda goal=goal: len(recorder.settled) > goal)  # type: ignore[misc] # bound now
        restart()
        nats_server.start()
    await recorder.until_phase(made, Phase.STOPPED)
    await recorder.until(lambda: recorder.published <= set(recorder.acked))
    assert await recorder.fleet.stop_all(10)
    assert len(recorder.published) == 4_000
    assert not set(await recorder.stored()) - set(recorder.acked)


async def test_states_agree_with_what_was_settled(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(500)
    ids = [await recorder.fleet.start_worker(worker(service_time=0, failure_rate=0.2, prefetch=7)) for _ in range(3)]
    await recorder.until(lambda: len(recorder.acked) == 500)
    assert await recorder.fleet.stop_all(10)
    for id_ in ids:
        outcomes = recorder.outcomes(id_)
        state = recorder.worker(id_)
        assert (state.acked, state.failed) == (outcomes.count(Outcome.ACKED), outcomes.count(Outcome.NAKED))
        assert state.redelivered == sum(row.deliveries > 1 for row in recorder.settled if row.worker == id_)


async def test_stop_all_crashes_what_does_not_finish(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(1)
    id_ = await recorder.fleet.start_worker(worker(service_time=600))
    await recorder.until(lambda: recorder.worker(id_).held)
    assert not await recorder.fleet.stop_all(0.3)
    assert recorder.worker(id_).phase is Phase.CRASHED


async def test_a_frozen_host_does_not_hold_up_the_stop(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    frozen, other = [await recorder.fleet.start_worker(worker()) for _ in range(2)]
    await recorder.until_phase(frozen, Phase.WAITING)
    await recorder.until_phase(other, Phase.WAITING)
    os.kill(recorder.fleet.hosts[recorder.worker(frozen).host], signal.SIGSTOP)
    assert not await asyncio.wait_for(recorder.fleet.stop_all(0.3), 10)
    assert recorder.worker(frozen).phase is Phase.CRASHED
    assert recorder.worker(other).phase is Phase.STOPPED


@pytest.mark.parametrize("failing", ["event", "batch"])
async def test_a_subscriber_that_raises_has_nothing_counted_twice_or_lost(
    nats_server: NatsServer, client: Client, failing: str
) -> None:
    stream = client.jetstream()
    await make_queue(stream)
    for number in range(2_000):
        await stream.publish_async("jobs.a", b"%d" % number)
    await stream.publish_async_completed()
    settled, errors = 0, list[BaseException]()

    def on_batch(batch: FleetBatch) -> None:
        nonlocal settled
        settled += len(batch.settled)
        if failing == "batch":
            raise ValueError

    def on_event(event: Event) -> None:
        if failing == "event" and "starts" not in event.text:
            raise ValueError

    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context["exception"]))
    fleet = Fleet(nats_server.connection, "run", on_batch, on_event)
    try:
        await fleet.start()
        ids = [await fleet.start_worker(worker(service_time=0, prefetch=50)) for _ in range(4)]
        await until(lambda: all(state.phase is not Phase.STARTING for state in fleet.workers.values()))
        for act in (fleet.pause, fleet.resume, fleet.pause, fleet.resume):
            for one in ids[:3]:  # each tells of itself amid the reports of the others
                await act(one)
            await asyncio.sleep(2 * BEAT)
        await until(lambda: settled >= 2_000, within=90)  # what a pause misses comes again after the ack deadline
        assert await asyncio.wait_for(fleet.stop_all(5), 15)
        assert sum(state.acked for state in fleet.workers.values()) == settled == 2_000
        assert errors
    finally:
        await fleet.close()


async def test_a_fleet_that_cannot_start_all_its_hosts_leaves_none(nats_server: NatsServer) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    before = psutil.Process().num_fds()
    fleet = Fleet(nats_server.connection, "run", lambda _: None, lambda _: None, worker_hosts=50)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before + 12, limits[1]))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            await fleet.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert not _hosts(psutil.Process())
    assert psutil.Process().num_fds() == before


async def test_one_that_is_over_can_be_forgotten_and_no_other(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    id_ = await recorder.fleet.start_worker(worker())
    with pytest.raises(ValueError, match="still runs"):
        recorder.fleet.forget(id_)
    await recorder.fleet.stop(id_)
    await recorder.until_phase(id_, Phase.STOPPED)
    recorder.fleet.forget(id_)
    assert id_ not in recorder.fleet.workers
    with pytest.raises(KeyError):
        await recorder.fleet.stop(id_)


async def test_the_window_is_not_woken_for_each_message(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.put(2_000)
    began = time.monotonic()
    await recorder.fleet.start_worker(worker(service_time=0))
    await recorder.until(lambda: len(recorder.settled) == 2_000)
    assert len(recorder.batches) <= 25 * (time.monotonic() - began) + 5


async def test_no_child_is_left_after_close(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.fleet.start_producer(producer(rate=0))
    await recorder.fleet.start_worker(worker(service_time=0, prefetch=100))
    await recorder.until(lambda: recorder.settled)
    assert len(_hosts(psutil.Process())) == 3
    await recorder.fleet.close()
    assert not _hosts(psutil.Process())


async def test_hosts_die_with_a_parent_that_is_killed(nats_server: NatsServer, recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    await recorder.fleet.close()
    command = [sys.executable, "-m", "tests.unit.fleet.parent", nats_server.url]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3])  # noqa: ASYNC220 - milliseconds
    assert parent.stdout is not None
    with parent.stdout:
        assert await asyncio.to_thread(parent.stdout.readline) == b"working\n"
        hosts = _hosts(psutil.Process(parent.pid))
        assert len(hosts) == 3
        os.kill(hosts[0].pid, signal.SIGSTOP)  # one that cannot notice by itself
        parent.kill()
        parent.wait()
    _, alive = psutil.wait_procs(hosts, timeout=10)
    for host in alive:
        host.kill()
    assert not alive


async def test_a_terminals_ctrl_c_is_the_parents_to_handle(recorder: Recorder) -> None:
    """It goes to the processes of the terminal's session, of which a host is none."""
    await make_queue(recorder.stream)
    await recorder.fleet.start_worker(worker())
    hosts = recorder.fleet.hosts.values()
    assert hosts
    assert [os.getsid(pid) for pid in hosts] == [*hosts]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no batch work")
async def test_hosts_take_the_processor_from_nobody(recorder: Recorder) -> None:
    await make_queue(recorder.stream)
    id_ = await recorder.fleet.start_worker(worker())
    await recorder.until_phase(id_, Phase.WAITING)
    pid = recorder.fleet.hosts[recorder.worker(id_).host]
    assert os.sched_getscheduler(pid) == os.SCHED_BATCH
    assert psutil.Process(pid).nice() == min(os.nice(0) + 10, 19)
    session = Path(f"/proc/{pid}/autogroup")
    await until(lambda: session.read_text().endswith("nice 10\n"))


async def test_credentials_are_in_neither_arguments_nor_environment(nats_server: NatsServer) -> None:
    fleet = Fleet(
        NatsConnection((nats_server.url,), user="me", password="hush-hush"), "run", lambda _: None, lambda _: None
    )
    await fleet.start()
    us = psutil.Process()
    await until(lambda: len(_hosts(us)) == len(fleet.hosts) + 1)  # the producers', too
    for process in _hosts(us):
        assert "hush-hush" not in " ".join(process.cmdline())
        assert "hush-hush" not in str(process.environ())
    await fleet.close()


async def test_without_a_server_a_worker_fails_and_says_why() -> None:
    failed = asyncio.Event()
    events: list[Event] = []

    def on_batch(batch: FleetBatch) -> None:
        if any(state.phase is Phase.FAILED for state in batch.workers):
            failed.set()

    fleet = Fleet(NatsConnection(("nats://127.0.0.1:1",)), "run", on_batch, events.append)
    await fleet.start()
    id_ = await fleet.start_worker(worker())
    await asyncio.wait_for(failed.wait(), 15)
    assert "refused the connection" in fleet.workers[id_].reason
    assert "w cannot go on: " in events[-1].text
    await fleet.close()


def _hosts(parent: psutil.Process) -> list[psutil.Process]:
    """Those that have become what they were started for."""
    return [child for child in parent.children(recursive=True) if "wqstudio.fleet.host" in child.cmdline()]
