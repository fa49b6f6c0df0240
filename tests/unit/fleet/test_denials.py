"""Accounts that may not do all that a worker or a producer does: each ends, says why, and counts nothing."""

from dataclasses import replace

import nats
import pytest
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig

from tests.servers import NatsServer, StartNatsServer
from tests.unit.fleet.recorder import Recorder, make_queue, producer, worker
from wqstudio.domain.worker import AckMode, Phase

ACCOUNT = """accounts {{ A {{ jetstream: enabled, users: [
  {{user: admin, password: admin}},
  {{user: limited, password: limited, permissions: {{ {permissions} }} }}
] }} }}"""


class Denied:
    """A fleet of a user that may not do everything, on a queue of an administrator."""

    def __init__(self, server: NatsServer) -> None:
        self._server = server

    async def __aenter__(self) -> Recorder:
        self._client = await nats.connect(self._server.url, user="admin", password="admin")
        await make_queue(self._client.jetstream(), ack_wait=1)
        connection = replace(self._server.connection, user="limited", password="limited")
        self._recorder = Recorder(self._server, self._client, connection=connection)
        await self._recorder.fleet.start()
        return self._recorder

    async def __aexit__(self, *_: object) -> None:
        await self._recorder.fleet.close()
        await self._client.close()


@pytest.mark.parametrize("mode", AckMode)
async def test_a_worker_that_may_not_acknowledge_takes_nothing(
    start_nats_server: StartNatsServer, mode: AckMode
) -> None:
    server = start_nats_server(ACCOUNT.format(permissions='publish: {deny: ["$JS.ACK.>"]}'))
    async with Denied(server) as recorder:
        await recorder.put(5)
        id_ = await recorder.fleet.start_worker(worker(service_time=0, prefetch=5, ack_mode=mode))
        await recorder.until_phase(id_, Phase.FAILED)
        assert 'no permission for publish to "$JS.ACK.jobs.workers.>"' in recorder.worker(id_).reason
        assert recorder.told("w cannot go on: Acknowledging failed")
        assert not recorder.settled
        assert (await recorder.stream.consumer_info("jobs", "workers")).delivered.consumer_seq == 0


async def test_a_worker_whose_right_to_acknowledge_is_taken_away_fails(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(ACCOUNT.format(permissions=""))
    async with Denied(server) as recorder:
        await recorder.put(3)
        id_ = await recorder.fleet.start_worker(worker(service_time=60, prefetch=3))
        await recorder.until(lambda: recorder.worker(id_).held == 3)
        server.reconfigure(ACCOUNT.format(permissions='publish: {deny: ["$JS.ACK.>"]}'))
        await recorder.until_phase(id_, Phase.FAILED)
        assert "no permission" in recorder.worker(id_).reason
        assert not recorder.acked
        assert len(recorder.settled) == 3


async def test_a_worker_that_may_not_pull_fails(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(ACCOUNT.format(permissions='publish: {deny: ["$JS.API.CONSUMER.MSG.NEXT.>"]}'))
    async with Denied(server) as recorder:
        id_ = await recorder.fleet.start_worker(worker())
        await recorder.until_phase(id_, Phase.FAILED)
        assert 'publish to "$JS.API.CONSUMER.MSG.NEXT.jobs.workers"' in recorder.worker(id_).reason


async def test_a_worker_whose_consumer_may_no_longer_be_looked_up_fails(start_nats_server: StartNatsServer) -> None:
    server = start_nats_server(ACCOUNT.format(permissions=""))
    async with Denied(server) as recorder:
        await recorder.put(1)
        id_ = await recorder.fleet.start_worker(worker(service_time=60))
        await recorder.until(lambda: recorder.worker(id_).held == 1)
        await recorder.fleet.pause(id_)
        server.reconfigure(ACCOUNT.format(permissions='publish: {deny: ["$JS.API.CONSUMER.INFO.>"]}'))
        await recorder.stream.delete_stream("jobs")  # the next pull is not served, and the reason asked for
        await recorder.fleet.set_speed(id_, 10_000)
        await recorder.fleet.resume(id_)
        await recorder.until_phase(id_, Phase.FAILED)
        assert 'publish to "$JS.API.CONSUMER.INFO.jobs.workers"' in recorder.worker(id_).reason


@pytest.mark.parametrize(
    ("permissions", "said"),
    [
        ('publish: {deny: ["jobs.>"]}', 'publish to "jobs.A"'),
        ('subscribe: {deny: ["_INBOX.>"]}', 'subscription to "_INBOX.>"'),
    ],
)
async def test_a_producer_that_may_not_publish_fails(
    start_nats_server: StartNatsServer, permissions: str, said: str
) -> None:
    server = start_nats_server(ACCOUNT.format(permissions=permissions))
    async with Denied(server) as recorder:
        id_ = await recorder.fleet.start_producer(producer(route="jobs.A", rate=0))
        await recorder.until_phase(id_, Phase.FAILED)
        assert f"no permission for {said}" in recorder.fleet.producers[id_].reason
        assert await recorder.fleet.stop_all(5)
        assert recorder.fleet.producers[id_].confirmed == 0


async def test_a_consumer_without_acknowledgements_serves_whoever_may_not_send_any(
    start_nats_server: StartNatsServer,
) -> None:
    server = start_nats_server(ACCOUNT.format(permissions='publish: {deny: ["$JS.ACK.>"]}'))
    async with Denied(server) as recorder:
        await recorder.stream.delete_stream("jobs")
        await recorder.stream.add_stream(StreamConfig(name="jobs", subjects=["jobs.>"]))
        config = ConsumerConfig(durable_name="workers", ack_policy=AckPolicy.NONE)
        await recorder.stream.add_consumer("jobs", config)
        await recorder.put(5)
        id_ = await recorder.fleet.start_worker(worker(service_time=0, ack_mode=AckMode.CONFIRMED))
        await recorder.until(lambda: recorder.worker(id_).acked == 5)
