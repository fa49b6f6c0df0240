from dataclasses import replace

import numpy as np
import pytest

from wqstudio.domain.history import WHOLE_BROKER, ConsumerField, Field, History
from wqstudio.domain.queue import ConsumerState, QueueState
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.snapshot import Snapshot

NOW = 999_960.0
"""A whole minute."""


def _queue(name: str, waiting: Reading[int] = 0, published: int = 0, in_flight: int = 0) -> QueueState:
    consumer = ConsumerState(name, "workers", waiting, in_flight, 0, 0, 0, 0, None)
    return QueueState(
        name, "work queue stream", 0, 0, waiting, in_flight, 0, 0, None, published, 0, 0, consumers=(consumer,)
    )


def _snapshot(at: float, *queues: QueueState) -> Snapshot:
    return Snapshot(at, 0.0, "test", {queue.name: queue for queue in queues})


def _last(history: History, name: str | None, field: Field, at: float = NOW + 10) -> float:
    return float(history.queue(name, NOW, at).of(field)[-1])


def test_rates_come_from_the_counters() -> None:
    history = History()
    history.record(_snapshot(NOW, _queue("jobs", published=100)))
    assert np.isnan(history.latest("jobs", Field.PUBLISHED))
    history.record(_snapshot(NOW + 2, _queue("jobs", published=150)))
    assert history.latest("jobs", Field.PUBLISHED) == 25.0


def test_a_queue_made_anew_gives_no_rate_instead_of_a_spike() -> None:
    history = History()
    for second, published in enumerate((1_000_000, 5, 15)):
        history.record(_snapshot(NOW + second, _queue("jobs", published=published)))
    rates = history.queue("jobs", NOW, NOW + 3).of(Field.PUBLISHED)
    assert np.isnan(rates[:2]).all()
    assert rates[2] == 10.0


def test_no_rate_is_taken_across_a_gap() -> None:
    history = History()
    history.record(_snapshot(NOW, _queue("jobs", waiting=3, published=10)))
    history.gap(NOW + 1)
    history.record(_snapshot(NOW + 60, _queue("jobs", waiting=4, published=6_000)))
    series = history.queue("jobs", NOW, NOW + 60)
    assert np.isnan(series.of(Field.PUBLISHED)).all()
    assert series.of(Field.WAITING) == pytest.approx([3, np.nan, 4], nan_ok=True)


def test_the_whole_broker_is_the_sum_of_what_is_known() -> None:
    history = History()
    history.record(_snapshot(NOW, _queue("a", 3), _queue("b", 4), _queue("c", Unknown("permission denied"))))
    assert _last(history, WHOLE_BROKER, Field.WAITING) == 7
    assert np.isnan(_last(history, "c", Field.WAITING))


def test_dead_letters_wait_for_no_worker() -> None:
    history = History()
    history.record(_snapshot(NOW, _queue("a", 3), replace(_queue("a_dlq", 40), dead_letters=True)))
    assert _last(history, WHOLE_BROKER, Field.WAITING) == 3
    assert _last(history, "a_dlq", Field.WAITING) == 40


def test_a_broker_without_queues_has_nothing_waiting() -> None:
    history = History()
    history.record(_snapshot(NOW))
    assert _last(history, WHOLE_BROKER, Field.WAITING) == 0


def test_an_unknown_listing_is_a_gap() -> None:
    history = History()
    history.record(_snapshot(NOW, _queue("a", 3)))
    history.record(replace(_snapshot(NOW + 1), queues=Unknown("permission denied")))
    assert np.isnan(_last(history, "a", Field.WAITING))
    assert np.isnan(_last(history, WHOLE_BROKER, Field.WAITING))


@pytest.mark.parametrize(("redelivered_is_rate", "expected"), [(False, [5, 5, 5]), (True, [np.nan, 3, 0])])
def test_redelivered_is_a_gauge_or_a_rate(redelivered_is_rate: bool, expected: list[float]) -> None:
    history = History(redelivered_is_rate=redelivered_is_rate)
    for second, counted in enumerate((40, 43, 43)):
        queue = replace(_queue("jobs"), redelivered=5, redeliveries=counted)
        history.record(_snapshot(NOW + second, queue))
    for name in ("jobs", WHOLE_BROKER):
        shown = history.queue(name, NOW, NOW + 3).of(Field.REDELIVERED)
        assert shown == pytest.approx(expected, nan_ok=True)


def test_queues_come_and_go() -> None:
    history = History()
    history.record(_snapshot(NOW, _queue("a", 1)))
    history.record(_snapshot(NOW + 1, _queue("b", 2), _queue("a", 3)))
    history.record(_snapshot(NOW + 2, _queue("b", 4)))
    assert history.queue("a", NOW, NOW + 3).of(Field.WAITING) == pytest.approx([1, 3, np.nan], nan_ok=True)
    assert history.queue("b", NOW, NOW + 3).of(Field.WAITING) == pytest.approx([np.nan, 2, 4], nan_ok=True)


def test_consumers_have_a_history_of_their_own() -> None:
    history = History()
    history.record(_snapshot(NOW, _queue("a", waiting=1, in_flight=5)))
    assert history.consumer(("a", "workers"), NOW, NOW).of(ConsumerField.IN_FLIGHT) == [5]


def test_a_day_is_kept_by_minutes_and_an_hour_by_beats() -> None:
    history = History()
    end = NOW + 26 * 3600
    for at in np.arange(NOW, end, 20.0):
        history.record(_snapshot(float(at), _queue("a", int(at // 60) % 100)))
    hour = history.queue("a", end - 3600, end)
    day = history.queue("a", end - 86_400, end)
    assert len(hour.times) == 180
    assert len(day.times) == pytest.approx(1440, abs=2)
    assert day.of(Field.WAITING)[-1] == (day.times[-1] // 60) % 100


def test_memory_stays_below_100_kilobytes_a_queue() -> None:
    """100 MB for 1,000 queues with a consumer each: a day by minutes, then an hour at the beat."""
    history = History()
    queues = {f"queue-{n}": _queue(f"queue-{n}", waiting=n, in_flight=n) for n in range(100)}
    for minute in range(25 * 60):
        history.record(Snapshot(NOW + 60.0 * minute, 0.0, "test", queues))
    end = NOW + 25 * 3_600
    for second in range(3_700):
        history.record(Snapshot(end + second, 0.0, "test", queues))
    hour_and_day = (3_600 + 1_440) * 100 * (len(Field) + len(ConsumerField)) * 2
    assert hour_and_day <= history.nbytes <= 100 * 100_000
