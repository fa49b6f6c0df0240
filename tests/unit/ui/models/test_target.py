from dataclasses import replace

from wqstudio.domain.queue import ConsumerState, QueueState, Source
from wqstudio.domain.reading import Unknown
from wqstudio.domain.snapshot import Snapshot
from wqstudio.domain.worker import AckMode, OnFailure, Phase, WorkerSpec, WorkerState
from wqstudio.ui.models.target import choose, choose_queue, preset
from wqstudio.ui.scope import Scope


def queue(name: str, *consumers: str) -> QueueState:
    made = tuple(ConsumerState(name, each, 0, 0, 0, 0, 0, 0, None) for each in consumers)
    return QueueState(name, "stream", 0, 0, 0, 0, 0, 0, None, 0, 0, 0, consumers=made)


def snapshot(*queues: QueueState) -> Snapshot:
    return Snapshot(1.0, 0.0, "NATS", {each.name: each for each in queues})


def worker(number: int, spec: WorkerSpec) -> WorkerState:
    return WorkerState(number, spec, Phase.WAITING, host=1)


MANY = snapshot(queue("jobs", "high", "low"), queue("mail", "sender"), queue("bare"))
DEAD = replace(queue("jobs_dlq"), dead_letters=True)


def test_the_consumer_in_scope_comes_first() -> None:
    assert choose(Scope("jobs", "low"), MANY, []) == Source("jobs", "low")


def test_else_the_only_consumer_of_the_queue_in_scope() -> None:
    elsewhere = worker(1, WorkerSpec("a", Source("jobs", "low")))
    assert choose(Scope("mail"), MANY, [elsewhere]) == Source("mail", "sender")


def test_among_several_the_one_in_use_goes_on_and_else_the_user_chooses() -> None:
    used = worker(1, WorkerSpec("a", Source("jobs", "low")))
    later_elsewhere = worker(2, WorkerSpec("b", Source("mail", "sender")))
    assert choose(Scope("jobs"), MANY, [used, later_elsewhere]) == Source("jobs", "low")
    undecided = choose(Scope("jobs"), MANY, [later_elsewhere])
    assert isinstance(undecided, Unknown)
    assert "high, low" in undecided.reason


def test_a_producer_needs_only_a_queue() -> None:
    assert choose_queue(Scope("jobs"), Unknown("several")) == "jobs"
    assert choose_queue(Scope(), Source("mail", "sender")) == "mail"
    assert isinstance(choose_queue(Scope(), Unknown("several")), Unknown)


def test_a_listing_that_is_not_allowed_is_the_reason() -> None:
    denied = choose(Scope(), Snapshot(1.0, 0.0, "NATS", Unknown("this account may not list streams")), [])
    assert isinstance(denied, Unknown)
    assert denied.reason == "What there is could not be listed."


def test_else_what_the_latest_worker_takes_from() -> None:
    workers = [worker(2, WorkerSpec("b", Source("mail", "sender"))), worker(1, WorkerSpec("a", Source("jobs", "low")))]
    assert choose(Scope("bare"), MANY, workers) == Source("mail", "sender")


def test_else_the_only_consumer_there_is() -> None:
    assert choose(Scope(), snapshot(queue("jobs", "all"), queue("bare")), []) == Source("jobs", "all")


def test_else_the_reason_is_said() -> None:
    reasons = [choose(Scope("bare"), MANY, []), choose(Scope(), MANY, []), choose(Scope(), None, [])]
    texts = [reason.reason for reason in reasons if isinstance(reason, Unknown)]
    assert len(texts) == 3
    assert "bare has no consumer" in texts[0]
    assert "explorer" in texts[1]
    assert "nothing to take messages from" in texts[2]


def test_a_preset_works_like_its_latest_colleague_but_at_its_own_speed() -> None:
    source = Source("jobs", "all")
    colleague = replace(
        WorkerSpec("slow-1", source, service_time=0.5, failure_rate=0.1, prefetch=7, seed=3),
        ack_mode=AckMode.CONFIRMED,
        on_failure=OnFailure(tries=5),
    )
    made = preset(2, source, [worker(4, colleague)])
    assert (made.name, made.speed, made.seed) == ("slow-2", 0.3, 3)
    assert (made.service_time, made.failure_rate, made.prefetch) == (0.5, 0.1, 7)
    assert made.ack_mode is AckMode.CONFIRMED
    assert made.on_failure.tries == 5
    assert preset(0, Source("mail", "sender"), [worker(4, colleague)]).prefetch == 1


def test_where_workers_consume_queues_the_queue_in_scope_comes_first_whoever_consumes_it() -> None:
    assert choose(Scope("bare"), MANY, [], from_queues=True) == Source("bare")
    assert choose(Scope("jobs", "tag-1"), MANY, [], from_queues=True) == Source("jobs")
    assert choose(Scope(), snapshot(queue("jobs"), DEAD), [], from_queues=True) == Source("jobs")


def test_no_worker_is_set_on_a_queue_of_dead_letters_unasked() -> None:
    for there in (snapshot(queue("jobs"), DEAD), snapshot(DEAD)):
        reason = choose(Scope("jobs_dlq"), there, [], from_queues=True)
        assert isinstance(reason, Unknown)
        assert "jobs_dlq is not a queue" in reason.reason


def test_nobody_is_sent_to_what_was_removed_when_its_workers_had_ended() -> None:
    gone = worker(1, WorkerSpec("a", Source("task_queue", "workers")))
    over = replace(gone, phase=Phase.STOPPED)
    assert choose(Scope(), MANY, [gone]) == Source("task_queue", "workers"), "a listing may come late"
    assert choose(Scope(), None, [over]) == Source("task_queue", "workers")
    nothing = choose(Scope(), snapshot(), [over])
    assert isinstance(nothing, Unknown)
    assert choose(Scope(), snapshot(queue("mail", "sender")), [over]) == Source("mail", "sender")
    assert isinstance(choose(Scope(), snapshot(), [over], from_queues=True), Unknown)
