"""What polls saw, one after the other, put together."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from wqstudio.brokers.rabbitmq import marks
from wqstudio.brokers.rabbitmq.assembly import Assembly
from wqstudio.brokers.rabbitmq.naming import Names
from wqstudio.brokers.rabbitmq.records import ConsumerRecord, MessageStats, QueueName, QueueRecord
from wqstudio.brokers.rabbitmq.sight import Rules, Sight, Topology
from wqstudio.domain.reading import Reading, Unknown, known

NOT_READ = Unknown("not read")
JOBS = QueueRecord("jobs", messages=0, message_stats=MessageStats(publish=9))
RETRIES = QueueRecord(marks.retry_queue("jobs", 1_000), messages=2, message_stats=MessageStats(publish=5))


def _sight(
    jobs: QueueRecord = JOBS, *retries: QueueRecord, unread: Mapping[str, Unknown] = MappingProxyType({})
) -> Sight:
    return Sight(
        names=Names("/", all_vhosts=False),
        queues={"jobs": jobs},
        retries={"jobs": retries},
        unread=unread,
        totals={},
        consumers={"jobs": (ConsumerRecord("worker", QueueName("jobs")),)},
        consumers_on={},
        channels={},
        topology=Topology(*[NOT_READ] * 7),
        rules=Rules({}, {}, {}),
        no_rates=None,
    )


async def test_a_retry_queue_that_is_unread_for_once_is_not_counted_anew() -> None:
    assembly = Assembly()

    async def redeliveries(sight: Sight, now: float) -> Reading[int]:
        return (await assembly.queues(sight, {}, now))["jobs"].redeliveries

    assert await redeliveries(_sight(JOBS, RETRIES), 0) == 5
    assert await redeliveries(_sight(unread={RETRIES.name: NOT_READ}), 10) == 5
    await redeliveries(_sight(JOBS, RETRIES), 20)
    assert await redeliveries(_sight(JOBS, RETRIES), 30) == 5


async def test_of_a_queue_whose_node_is_down_no_figure_is_known() -> None:
    assembly = Assembly()
    down = msgspec.structs.replace(JOBS, state="down")
    state = (await assembly.queues(_sight(down, RETRIES), {}, 0))["jobs"]
    (consumer,) = known(state.consumers, ())
    assert (consumer.name, consumer.queue) == ("worker", "jobs")
    for reading in (state.messages, state.waiting, state.retrying, consumer.in_flight, consumer.delivered):
        assert isinstance(reading, Unknown)
        assert "is down" in reading.reason
