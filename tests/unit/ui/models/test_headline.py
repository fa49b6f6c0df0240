from dataclasses import replace

import pytest

from wqstudio.brokers.port import Words
from wqstudio.domain.history import History
from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.domain.reading import Unknown
from wqstudio.domain.snapshot import Snapshot
from wqstudio.ui.models.explorer_rows import consumer_row
from wqstudio.ui.models.headline import Figure, find, of_broker, of_consumer, of_queue, stuck_in, stuck_sentence
from wqstudio.ui.scope import Scope

WORDS = Words("NATS", "stream", "streams", "consumer", "waiting", "in flight", "pull size")
CONSUMER = ConsumerState("jobs", "all", 5, 2, 1, 3, 20, 10, 100.0)
QUEUE = QueueState("jobs", "stream", 9, 2_000, 5, 2, 1, 2, 88.0, 100, 60, 50, consumers=(CONSUMER,))


def by_caption(figures: list[Figure]) -> dict[str, str]:
    return {figure.caption: figure.value.replace("\N{NARROW NO-BREAK SPACE}", " ") for figure in figures}


def snapshot(queue: QueueState, at: float = 100.0) -> Snapshot:
    return Snapshot(at, 0.0, "NATS", {queue.name: queue})


def test_a_queue_with_rates_from_two_polls() -> None:
    history = History()
    history.record(snapshot(QUEUE, 100.0))
    later = replace(QUEUE, published=120, delivered=70, acked=55)
    history.record(snapshot(later, 101.0))
    shown = by_caption(of_queue(later, history, WORDS, 101.0))
    assert (
        shown | {"waiting": "5", "stuck": "2", "in": "20/s", "out": "10/s", "acked": "5/s", "size": "2.0 kB"} == shown
    )
    assert shown["oldest"] == "13 s ago"


def test_where_redeliveries_are_counted_their_sum_is_shown_and_what_waits_for_its_next_try() -> None:
    history = History(redelivered_is_rate=True)
    queue = replace(QUEUE, redelivered=Unknown("no gauge"), stuck=0, redeliveries=734, retrying=7)
    other = replace(queue, name="more", redeliveries=1)
    shown = by_caption(of_queue(queue, history, WORDS, 101.0))
    assert (shown["redelivered"], shown["retrying"]) == ("734", "7")
    assert "stuck" not in shown
    both = Snapshot(1.0, 0.0, "RabbitMQ", {"jobs": queue, "more": other})
    shown = by_caption(of_broker(both, history, WORDS))
    assert (shown["redelivered"], shown["retrying"]) == ("735", "14")


def test_a_consumer() -> None:
    shown = by_caption(of_consumer(CONSUMER, 0, WORDS, 112.0))
    assert (shown["in flight"], shown["last active"]) == ("2", "12 s ago")
    assert by_caption(of_consumer(replace(CONSUMER, last_active=None), 0, WORDS, 112.0))["last active"] == "never"


def test_one_unknown_figure_makes_the_sum_unknown_and_says_why() -> None:
    unread = replace(QUEUE, name="secret", waiting=Unknown("not permitted"))
    both = Snapshot(1.0, 0.0, "NATS", {"jobs": QUEUE, "secret": unread})
    waiting = of_broker(both, History(), WORDS)[0]
    assert (waiting.value, waiting.unknown) == ("–", "not permitted")
    assert of_broker(replace(both, queues=Unknown("denied")), History(), WORDS) == []


def test_consumers_that_cannot_be_listed_may_still_be_counted() -> None:
    unlisted = replace(QUEUE, name="more", consumers=Unknown("no management"))
    both = {"jobs": QUEUE, "more": unlisted}
    (shown,) = [
        each for each in of_broker(Snapshot(1.0, 0.0, "", both), History(), WORDS) if "consumer" in each.caption
    ]
    assert (shown.value, shown.unknown) == ("–", "no management")
    both["more"] = replace(unlisted, counted_consumers=2)
    assert by_caption(of_broker(Snapshot(1.0, 0.0, "", both), History(), WORDS))["consumers"] == "3"


def test_dead_letters_do_not_wait() -> None:
    kept = replace(QUEUE, name="jobs_dlq", dead_letters=True, waiting=Unknown("not asked"))
    both = Snapshot(1.0, 0.0, "NATS", {"jobs": QUEUE, "jobs_dlq": kept})
    assert by_caption(of_broker(both, History(), WORDS))["waiting"] == "5"


def test_a_consumer_tells_what_is_stuck_in_its_queue() -> None:
    stuck = stuck_in(snapshot(QUEUE), "jobs")
    assert by_caption(of_consumer(CONSUMER, stuck, WORDS, 112.0))["stuck in jobs"] == "2"
    assert "stuck in jobs" not in by_caption(of_consumer(CONSUMER, 0, WORDS, 112.0))
    assert stuck_sentence(stuck, WORDS, "jobs").startswith("2 messages are stuck in jobs: they are")


def test_what_a_scope_stands_for() -> None:
    assert find(snapshot(QUEUE), Scope("jobs")) is QUEUE
    assert find(snapshot(QUEUE), Scope("jobs", "all")) is CONSUMER
    assert find(snapshot(QUEUE), Scope("jobs", "none")) is None
    assert find(snapshot(QUEUE), Scope("mail")) is None


@pytest.mark.parametrize(("stuck", "said"), [(0, ""), (1, "1 message is stuck: it is"), (5, "5 messages are stuck")])
def test_stuck_is_explained_in_a_sentence(stuck: int, said: str) -> None:
    assert stuck_sentence(stuck, WORDS).startswith(said)
    assert bool(stuck_sentence(stuck, WORDS)) is bool(said)


def test_what_a_broker_does_not_count_by_consumer_is_left_out_and_its_prefetch_said() -> None:
    absent = Unknown("what is ready belongs to the queue", by_nature=True)
    consumer = replace(CONSUMER, waiting=absent, open_pulls=absent, last_active=absent, redelivered=absent, prefetch=0)
    words = replace(WORDS, no_prefetch_limit="unlimited")
    shown = by_caption(of_consumer(consumer, 0, words, 101.0))
    assert shown == {"in flight": "2", "pull size": "unlimited", "delivered in all": "20", "settled in all": "10"}
    unread = replace(consumer, in_flight=Unknown("its channel has no statistics yet"), prefetch=5)
    assert by_caption(of_consumer(unread, 0, words, 101.0))["in flight"] == "–"


def test_a_consumers_line_leaves_out_what_its_broker_does_not_have() -> None:
    consumer = replace(CONSUMER, waiting=Unknown("of the queue", by_nature=True), prefetch=5)
    row = consumer_row(consumer, QUEUE)
    assert (row.figure, row.in_flight, row.unknown) == ("", "2 of 5", "")
    assert row.spoken.startswith("all, 2 of 5 in flight")
