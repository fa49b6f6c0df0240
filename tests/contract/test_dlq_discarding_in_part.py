"""``wqstudio dlq discard`` ends with 3 where the broker keeps some of the messages that it means."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from tests.commands import ForkedCommands, naming
from tests.jetstream import JetStream
from tests.servers import NatsServer
from wqstudio.dlq.codes import DONE, NOTHING, PARTLY

BODIES = [b"order %d" % number for number in range(6)]
DISCARD = ("dlq", "discard", "jobs", "--exhausted", "--yes", "--json")


@pytest.fixture
async def jetstream(jetstream: JetStream) -> JetStream:
    """Whose messages are exhausted in place."""
    await jetstream.stream("jobs", retention="workqueue", allow_direct=True)
    await jetstream.consumer("jobs", "workers", max_deliver=1)
    await jetstream.publish("jobs.a", *BODIES)
    await jetstream.exhaust("jobs", "workers", len(BODIES), 1)
    return jetstream


async def test_what_lives_again_meanwhile_stays_and_is_named(
    jetstream: JetStream, nats_server: NatsServer, tmp_path: Path, forked_commands: ForkedCommands
) -> None:
    """Once it has died anew it goes, too."""
    on_broker = naming(nats_server.connection, tmp_path)
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}

    def discard(*options: str) -> asyncio.Future[tuple[int, dict[str, object]]]:
        def run() -> tuple[int, dict[str, object]]:
            result = forked_commands.run(*DISCARD, *options, *on_broker, environment=environment)
            return result.returncode, json.loads(result.stdout)

        return asyncio.ensure_future(asyncio.to_thread(run))

    slowly = discard("--rate", "2", "--batch", "1")
    while len(left := await jetstream.stored("jobs")) == len(BODIES):
        assert not slowly.done(), await slowly
        await asyncio.sleep(0.01)
    await jetstream.api("CONSUMER.RESET.jobs.workers", {"seq": min(left)})
    code, found = await slowly
    stay = await jetstream.stored("jobs")
    assert (code, found["state"]) == (PARTLY, "done")
    assert (found["moved"], found["refused"]) == (len(BODIES) - len(stay), len(stay))
    assert 0 < len(stay) < len(BODIES)
    stayed = found["stayed"]
    assert isinstance(stayed, list)
    assert len(stayed) == len(stay)
    assert all("yet to give it out" in each["reason"] for each in stayed)
    await jetstream.exhaust("jobs", "workers", len(stay), 1)
    assert (await discard())[0] == DONE
    assert (await discard())[0] == NOTHING
    assert await jetstream.stored("jobs") == {}
