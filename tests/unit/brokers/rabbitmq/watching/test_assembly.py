"""What polls saw, one after the other, put together."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import msgspec

from wqstudio.brokers.rabbitmq.amqp import marks
from wqstudio.brokers.rabbitmq.management.dead_letters import Target
from wqstudio.brokers.rabbitmq.management.naming import Names
from wqstudio.brokers.rabbitmq.management.records import ConsumerRecord, MessageStats, QueueName, QueueRecord
from wqstudio.brokers.rabbitmq.management.sight import Rules, Sight, Topology
from wqstudio.brokers.rabbitmq.watching.assembly import Assembly
from wqstudio.domain.reading import Reading, Unknown, known

NOT_READ = Unknown("not read")
TO_REST = Target("", "rest", ("rest",))
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
        has_statistics=True,
    )


async def test_a_retry_queue_that_is_unread_for_once_is_not_counted_anew() -> None:
    assembly = Assembly()

    async def redeliveries(sight: Sight, now: float) -> Reading[int]:
        return (await assembly.queues(sight, {}, now))["jobs"].redeliveries

    assert await redeliveries(_sight(JOBS, RETRIES), 0) == 5
    assert await redeliveries(_sight(unread={RETRIES.name: NOT_READ}), 10) == 5
    await redeliveries(_sight(JOBS, RETRIES), 20)
    assert await redeliveries(_sight(JOBS, RETRIES), 30) == 5


async def test_consumers_tell_work_that_expires_from_a_delay_before_it() -> None:
    """Listed, or counted at the queue where the listing is refused."""
    rules = {"x-message-ttl": 60_000, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "rest"}
    jobs, rest = msgspec.structs.replace(JOBS, arguments=rules), QueueRecord("rest", consumers=1)
    sight = replace(_sight(jobs), queues={"jobs": jobs, "rest": rest}, rules=Rules({"jobs": TO_REST}, {}, {}))
    counted = replace(sight, consumers=NOT_READ)

    async def keeps(sight: Sight) -> bool:
        return (await Assembly().queues(sight, {}, 0))["rest"].dead_letters

    assert await keeps(sight)
    assert not await keeps(counted)
    worked_on = {"jobs": msgspec.structs.replace(jobs, consumers=2), "rest": rest}
    assert await keeps(replace(counted, queues=worked_on))


async def test_of_a_queue_whose_node_is_down_no_figure_is_known() -> None:
    assembly = Assembly()
    down = msgspec.structs.replace(JOBS, state="down")
    state = (await assembly.queues(_sight(down, RETRIES), {}, 0))["jobs"]
    (consumer,) = known(state.consumers, ())
    assert (consumer.name, consumer.queue) == ("worker", "jobs")
    for reading in (state.messages, state.waiting, state.retrying, consumer.in_flight, consumer.delivered):
        assert isinstance(reading, Unknown)
        assert "is down" in reading.reason
