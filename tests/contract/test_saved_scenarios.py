"""What was done by hand, captured and played again: it comes out as the file expects, whichever broker it is."""

import asyncio
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.commands import naming, run_command
from tests.rabbit_servers import RabbitHost
from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario
from wqstudio.domain.worker import AckMode, Phase
from wqstudio.engine.playing.judging import judge
from wqstudio.engine.playing.player import Player
from wqstudio.engine.studio import Studio
from wqstudio.scenarios.adapting import adapted
from wqstudio.scenarios.capturing import Witness
from wqstudio.scenarios.reading import read, read_file
from wqstudio.scenarios.saving import save

BY_HAND = """
[[queues]]
name = "jobs"
consumers = [{ name = "workers", ack_wait = 1 }]

[[workers]]
name = "fast"
service = 0.02

[[workers]]
name = "slow"
service = 0.02
speed = 0.2
prefetch = 5

[[producers]]
messages = 60
rate = 60
"""


async def _saved(studio: Studio, scenario: Scenario, file: Path, *, crash: str = "") -> Scenario:
    """As the window saves it, from what is at work; ``crash``: a worker that crashes with a task in its hands."""
    witness = Witness(studio)
    await studio.play(adapted(scenario, studio.connection.product))
    await studio.at_work()
    await until(lambda: sum(worker.acked for worker in studio.fleet.workers.values()) > 0)
    for worker in [one for one in studio.fleet.workers.values() if one.spec.name == crash]:
        await studio.fleet.crash(worker.id)
        await until(lambda id_=worker.id: studio.fleet.workers[id_].phase is Phase.CRASHED)  # type: ignore[misc]
    save(witness.capture(file.stem, "By hand", with_faults=True).scenario, file)
    witness.detach()
    await studio.fleet.stop_all()
    return read_file(file)


@pytest.mark.parametrize("crash", ["", "slow"])
@pytest.mark.parametrize("mode", [AckMode.AFTER_WORK, AckMode.ON_RECEIPT])
async def test_a_saved_scenario_comes_out_as_it_says(studio: Studio, tmp_path: Path, mode: AckMode, crash: str) -> None:
    """Captured on this broker, and played on it by itself."""
    scenario = read(BY_HAND, "by-hand.toml", "by-hand")
    by_hand = replace(scenario, workers=tuple(replace(worker, ack_mode=mode) for worker in scenario.workers))
    saved = await _saved(studio, by_hand, tmp_path / "saved.toml", crash=crash)
    assert saved.summary.startswith("2 workers of different speed")
    assert set(saved.products) == set(Product), "both brokers have all that it uses"
    assert saved.drained
    run = await Player(studio).play(adapted(saved, studio.connection.product))
    verdicts = judge(saved, [run])
    said = {verdict.expectation.figure for verdict in verdicts if verdict.expectation in saved.expectations}
    assert {"balanced", "lost", "published"} <= said
    assert ("acknowledged" in said) == (mode is AckMode.AFTER_WORK)
    assert [str(verdict) for verdict in verdicts if not verdict.holds] == []
    assert run.evidence.account.published == 60


async def test_what_is_saved_on_one_broker_holds_on_the_other(
    nats_server: NatsServer, rabbit_host: RabbitHost, tmp_path: Path
) -> None:
    """By the command, which ends with 0 where all that the file expects has come."""
    studio, file = await Studio.open(nats_server.connection), tmp_path / "saved.toml"
    await _saved(studio, read(BY_HAND, "by-hand.toml", "by-hand"), file)
    await studio.close()
    for connection in (nats_server.connection, rabbit_host.connection):
        command = partial(run_command, "run", str(file), *naming(connection, tmp_path), environment=os.environ)
        done = await asyncio.to_thread(command)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "all 5 expectations hold" in done.stderr
