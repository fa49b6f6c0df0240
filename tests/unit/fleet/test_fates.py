from wqstudio.domain.delivery import deliveries
from wqstudio.domain.fate import Endings, Fate, endings
from wqstudio.domain.queue import ConsumerSpec, QueueSpec, Source
from wqstudio.domain.settled import FOREIGN, SettledDelivery, pack_delivery
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import OnFailure, Outcome, WorkerSpec
from wqstudio.fleet.fates import Fates

SOURCE = Source("q", "c")
LIMITED = {
    "q": QueueSpec("q", ("q.>",), consumers=(ConsumerSpec("c", max_deliver=3),)),
    "first": QueueSpec("first", ("first.>",), consumers=(ConsumerSpec("c", max_deliver=1),)),
}


def _fate(known: Endings, outcome: Outcome, number: int, producer: int = 7) -> Fate:
    """Of a message of ``q``, or of ``first`` where the producer is 8, at its delivery of that number to that worker."""
    fates = Fates()
    fates.meet_worker(1, known)
    fates.meet_producer(7, "q")
    fates.meet_producer(8, "first")
    task = TaskId("run", producer, 0).number if producer else FOREIGN
    first = SettledDelivery(1, TaskId("run", 7, 1).number, 1, 0.0, 0.0, 1.0, Outcome.ACKED, 1.0)
    rows = (first, first._replace(task=task, deliveries=number, outcome=outcome))
    done, told = fates.told(deliveries(b"".join(pack_delivery(*row) for row in rows)))["fate"].tolist()
    assert done == Fate.OPEN
    return Fate(told)


def test_a_message_is_exhausted_by_the_limit_of_the_queue_that_it_came_from() -> None:
    known = endings(WorkerSpec("both", SOURCE, prior=Source("first", "c")), LIMITED)
    assert [_fate(known, Outcome.NAKED, number) for number in (2, 3)] == [Fate.OPEN, Fate.EXHAUSTED]
    assert _fate(known, Outcome.EXPIRED, 1, producer=8) is _fate(known, Outcome.CRASHED, 3) is Fate.EXHAUSTED
    assert _fate(known, Outcome.ACKED, 3) is _fate(known, Outcome.NAKED, 3, producer=0) is Fate.OPEN
    assert _fate(endings(WorkerSpec("w", SOURCE), {}), Outcome.NAKED, 3) is Fate.OPEN  # nobody knows its limit


def test_what_a_retry_queue_brings_home_has_no_last_delivery_on_rabbitmq() -> None:
    retried = {**LIMITED, "again": QueueSpec("again", (), retries_of="q", delay=1.0)}
    on_nats, on_rabbitmq = (endings(WorkerSpec("w", source), retried) for source in (SOURCE, Source("q")))
    assert _fate(on_rabbitmq, Outcome.NAKED, 3) is Fate.OPEN
    assert _fate(on_nats, Outcome.NAKED, 3) is Fate.EXHAUSTED
    assert _fate(endings(WorkerSpec("w", Source("first")), retried), Outcome.NAKED, 1, producer=8) is Fate.EXHAUSTED


def test_what_is_passed_on_at_its_last_delivery_may_be_worked_on_yet() -> None:
    assert _fate(endings(WorkerSpec("w", SOURCE, forward="t.{kind}"), LIMITED), Outcome.NAKED, 3) is Fate.OPEN


def test_of_what_dies_there_is_a_dead_letter_where_the_broker_or_the_worker_makes_one() -> None:
    buried = {**LIMITED, "dead": QueueSpec("dead", (), dead_letters_of="q")}
    on_nats, on_rabbitmq = (endings(WorkerSpec("w", source), buried) for source in (SOURCE, Source("q")))
    assert _fate(on_nats, Outcome.NAKED, 3) is _fate(on_rabbitmq, Outcome.NAKED, 3) is Fate.DEAD_LETTERED
    assert _fate(on_rabbitmq, Outcome.TERMINATED, 1) is Fate.DEAD_LETTERED
    assert _fate(on_nats, Outcome.TERMINATED, 1) is Fate.OPEN  # an advisory tells of it, and nothing is kept
    copying = WorkerSpec("w", SOURCE, on_failure=OnFailure(dead_letter="dead.{kind}"))
    assert _fate(endings(copying, LIMITED), Outcome.TERMINATED, 1) is Fate.DEAD_LETTERED
