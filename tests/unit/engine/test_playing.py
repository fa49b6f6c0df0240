from collections.abc import AsyncIterator

import pytest

from tests.servers import NatsServer
from wqstudio.engine.playing import Player
from wqstudio.engine.run_figures import figure
from wqstudio.engine.studio import Studio
from wqstudio.scenarios.reading import read

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
    run = await Player(studio).play(read(text, "test.toml", "test"))
    assert figure(run.evidence, "refusals") == 1
    assert run.evidence.account.acknowledged == 40
    (refusal,) = run.refusals
    assert "another" in refusal or "unique" in refusal


async def test_a_run_ends_when_the_broker_has_lost_what_was_left(studio: Studio) -> None:
    """Workers never hear of it: the broker is asked."""
    scenario = read(
        TASKS.replace('name = "tasks"', 'name = "tasks"\nmax_age = 0.5').replace("0.01", "0.05"), "test.toml", "test"
    )
    run = await Player(studio).play(scenario)
    account = run.evidence.account
    assert run.evidence.drained
    assert account.lost > 0
    assert account.acknowledged + account.lost == 40
    assert run.evidence.ended - run.evidence.began < 20
