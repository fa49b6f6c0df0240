"""``wqstudio run`` on somebody's broker, ended by a signal: nothing of it stays there, whatever it was at."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import naming
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.servers import NatsServer

ENDLESS = """
ends = "time"
seconds = 60
[[queues]]
name = "tasks"
[[queues]]
name = "tasks_retry"
retries_of = "tasks"
delay = 0.3
[[queues]]
name = "tasks_dead"
dead_letters_of = "tasks"
routes = ["dead.*"]
[[queues]]
name = "more"
consumers = [{ name = "workers", max_deliver = 3 }]
[[queues]]
name = "more_dead"
dead_letters_of = "more"
[[workers]]
name = "rejecting"
queue = "tasks"
service = 0.01
failure_rate = 0.5
on_failure = { action = "give back later", tries = 2, dead_letter = "dead.{kind}" }
[[workers]]
name = "copying"
queue = "more"
service = 0.01
failure_rate = 0.5
on_failure = { action = "backoff", delay = 0.1 }
[[producers]]
name = "first"
queue = "tasks"
rate = 100
[[producers]]
name = "second"
queue = "more"
rate = 100
"""
MADE = {"tasks", "tasks_dead", "more", "more_dead"}
"""On either broker."""


@dataclass(frozen=True)
class Place:
    arguments: Sequence[str]
    """Of the run, to find it."""
    queues: Callable[[], set[str]]
    everything: Callable[[], object]
    """All that is there, queues among it."""
    busy: Callable[[set[str]], bool]
    """Whether, by its queues, the run is in the middle of everything."""


@pytest.fixture(params=["nats", "rabbitmq"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "nats":
        return _on_nats(request.getfixturevalue("nats_server"))
    return _on_rabbitmq(request.getfixturevalue("rabbit_host"), request.getfixturevalue("user"), tmp_path)


def _on_nats(server: NatsServer) -> Place:
    def streams() -> set[str]:
        return server.streams

    return Place(["--broker", server.url], streams, streams, lambda there: there >= MADE)


def _on_rabbitmq(host: RabbitHost, user: RabbitUser, folder: Path) -> Place:
    user.declare("theirs")
    user.bind("their exchange", "theirs")

    def everything() -> object:
        bindings = host.manage("GET", "bindings/{vhost}")
        routes = {(each["source"], each["destination"], each["routing_key"]) for each in bindings}
        return routes, [host.names(each) for each in ("queues", "exchanges", "policies", "operator-policies")]

    def busy(there: set[str]) -> bool:
        return there >= MADE | {"tasks_retry"} and any("more.wqs-retry-" in each for each in there)

    return Place(naming(host.connection, folder), lambda: host.names("queues"), everything, busy)


@pytest.mark.parametrize(
    ("number", "busy"),
    [(signal.SIGINT, True), (signal.SIGTERM, True), (signal.SIGHUP, True), (signal.SIGTERM, False)],
    ids=["SIGINT", "SIGTERM", "SIGHUP", "SIGTERM while queues are made"],
)
def test_a_run_that_is_ended_leaves_nothing_on_a_broker_of_yours(
    tmp_path: Path, place: Place, number: signal.Signals, *, busy: bool
) -> None:
    """Also when it is told twice, as impatient people do, and those who end sessions."""
    file = tmp_path / "endless.toml"
    file.write_text(ENDLESS)
    before, theirs = place.everything(), place.queues()
    command = [sys.executable, "-m", "wqstudio", "run", str(file), *place.arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
        try:
            while not (place.busy(place.queues()) if busy else place.queues() - theirs):
                assert run.poll() is None, "the run ended by itself"
                time.sleep(0.05 if busy else 0.005)  # between two looks at another process
            for _ in range(2):
                run.send_signal(number)
                time.sleep(0.05)  # the second comes while the first is being seen to
            assert run.wait(30) == 1
        finally:
            run.kill()
        assert run.stderr is not None
        said = run.stderr.read()
        assert "stopped before the end" in said
        assert "could not remove" not in said
    assert place.everything() == before
