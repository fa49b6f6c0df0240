from collections.abc import Iterable

import pytest
from hypothesis import given, strategies as st

from wqstudio.domain.delivery import ConfirmedTasks, Deliveries, deliveries
from wqstudio.domain.ledger import Account, Ledger
from wqstudio.domain.queue import Source
from wqstudio.domain.settled import FOREIGN, SettledDelivery, pack_delivery
from wqstudio.domain.task import TaskId
from wqstudio.domain.worker import Outcome, Phase, ProducerSpec, ProducerState, WorkerSpec, WorkerState

RUN = "run"


def _number(sequence: int, producer: int = 1) -> int:
    return TaskId(RUN, producer, sequence).number


def _delivery(task: int, outcome: Outcome, worker: int = 1, deliveries: int = 1) -> SettledDelivery:
    return SettledDelivery(worker, task, deliveries, 0.0, 0.0, 1.0, outcome, 1.0)


def _columns(settled: Iterable[SettledDelivery]) -> Deliveries:
    return deliveries(b"".join(pack_delivery(*each) for each in settled))


def _account(confirmed: int, settled: list[SettledDelivery], stored: list[int]) -> Account:
    ledger = Ledger(RUN)
    ledger.confirm(ConfirmedTasks(1, 0, confirmed, 0.0))
    ledger.settle(_columns(settled))
    return ledger.close(stored, {1: "one", 2: "two"})


def test_each_task_is_counted_once_and_the_sums_agree() -> None:
    account = _account(
        confirmed=6,
        settled=[
            _delivery(_number(0), Outcome.ACKED),
            _delivery(_number(1), Outcome.NAKED),
            _delivery(_number(1), Outcome.ACKED, worker=2, deliveries=2),
            _delivery(_number(2), Outcome.TERMINATED),
            _delivery(_number(3), Outcome.CRASHED),
            _delivery(FOREIGN, Outcome.ACKED),
        ],
        stored=[_number(3), _number(4)],
    )
    assert (account.published, account.acknowledged, account.terminated) == (6, 2, 1)
    assert (account.stored, account.lost, account.duplicated, account.foreign) == (2, 1, 0, 1)
    assert account.balanced
    one, two = account.workers
    assert (one.name, one.acknowledged, one.failed, one.crashed) == ("one", 2, 1, 1)
    assert (two.acknowledged, two.redelivered) == (1, 1)


def test_a_failure_at_what_was_acknowledged_on_receipt_is_a_loss() -> None:
    settled = [_delivery(_number(0), Outcome.LOST), _delivery(_number(1), Outcome.ACKED)]
    account = _account(2, settled, [])
    assert (account.acknowledged, account.terminated, account.lost, account.balanced) == (1, 0, 1, True)
    (one,) = account.workers
    assert (one.acknowledged, one.terminated, one.lost) == (1, 0, 1)


def test_what_was_passed_on_is_no_failure_and_the_task_is_not_done_by_that() -> None:
    account = _account(2, [_delivery(_number(0), Outcome.FORWARDED), _delivery(_number(0), Outcome.ACKED, 2)], [])
    assert (account.acknowledged, account.duplicated, account.lost) == (1, 0, 1)
    one, two = account.workers
    assert (one.acknowledged, one.forwarded, one.failed) == (0, 1, 0)
    assert (two.acknowledged, two.forwarded) == (1, 0)


def test_a_task_worked_twice_is_a_duplicate_not_a_second_task() -> None:
    twice = [_delivery(_number(0), Outcome.ACKED), _delivery(_number(0), Outcome.ACKED, worker=2)]
    account = _account(1, twice, [])
    assert (account.acknowledged, account.duplicated, account.acknowledgements) == (1, 1, 2)
    assert account.balanced


def test_a_task_stored_twice_is_a_duplicate() -> None:
    account = _account(1, [], [_number(0), _number(0)])
    assert (account.stored, account.duplicated) == (1, 1)


def test_what_was_stored_at_an_earlier_close_is_not_stored_twice() -> None:
    ledger = Ledger(RUN)
    ledger.confirm(ConfirmedTasks(1, 0, 2, 0.0))
    for _ in range(3):
        account = ledger.close([_number(0), _number(1)], {})
        assert (account.stored, account.duplicated, account.lost) == (2, 0, 0)
    ledger.settle(_columns([_delivery(_number(0), Outcome.ACKED)]))
    account = ledger.close([_number(1)], {})
    assert (account.acknowledged, account.stored, account.duplicated, account.lost) == (1, 1, 0, 0)


def test_a_task_without_a_confirm_counts_once_it_is_seen() -> None:
    account = _account(1, [_delivery(_number(5), Outcome.ACKED)], [_number(7)])
    assert (account.published, account.acknowledged, account.stored, account.lost) == (3, 1, 1, 1)
    assert account.balanced


def test_a_long_run_of_several_producers() -> None:
    ledger = Ledger(RUN)
    for producer in (1, 2):
        ledger.confirm(ConfirmedTasks(producer, 0, 50_000, 0.0))
        ledger.settle(_columns(_delivery(_number(n, producer), Outcome.ACKED) for n in range(49_999)))
    account = ledger.close([], {})
    assert (account.published, account.acknowledged, account.lost) == (100_000, 99_998, 2)
    assert account.balanced


def test_what_is_stored_of_an_acknowledged_task_will_come_again() -> None:
    account = _account(1, [_delivery(_number(0), Outcome.ACKED)], [_number(0)])
    assert (account.acknowledged, account.stored, account.duplicated) == (1, 0, 1)


@pytest.mark.parametrize("booked", [3, 5])
def test_the_sums_do_not_agree_where_a_producer_says_otherwise(booked: int) -> None:
    ledger = Ledger(RUN)
    ledger.confirm(ConfirmedTasks(1, 0, booked, 0.0))
    ledger.hear([_producer(4, Phase.STOPPED)])
    account = ledger.close([_number(n) for n in range(booked)], {})
    assert (account.published, account.stored, account.disagreeing) == (booked, booked, ("publisher",))
    assert not account.balanced


@pytest.mark.parametrize("said", [0, 2])
def test_the_sums_do_not_agree_where_a_worker_says_otherwise(said: int) -> None:
    ledger = Ledger(RUN)
    ledger.settle(_columns([_delivery(_number(0), Outcome.ACKED)]))
    ledger.hear([WorkerState(1, WorkerSpec("one", Source("q")), Phase.STOPPED, host=1, acked=said)])
    assert not ledger.close([], {}).balanced


def test_a_task_that_is_confirmed_twice_is_an_error_in_the_books() -> None:
    ledger = Ledger(RUN)
    for first in (0, 3):
        ledger.confirm(ConfirmedTasks(1, first, 4, 0.0))
    account = ledger.close([_number(n) for n in range(7)], {})
    assert (account.published, account.stored) == (8, 7)
    assert not account.balanced


@pytest.mark.parametrize(("said", "agrees"), [(2, True), (3, True), (4, False)])
def test_a_producer_that_crashed_may_have_said_less_than_it_did(said: int, agrees: bool) -> None:
    ledger = Ledger(RUN)
    ledger.confirm(ConfirmedTasks(1, 0, 3, 0.0))
    ledger.hear([_producer(said, Phase.CRASHED)])
    assert ledger.close([], {}).balanced is agrees


def _producer(confirmed: int, phase: Phase) -> ProducerState:
    return ProducerState(1, ProducerSpec("publisher", "q", "q.{n}"), phase, host=1, confirmed=confirmed)


@given(
    st.integers(0, 30),
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from(Outcome), st.integers(1, 3))),
    st.lists(st.integers(0, 40)),
)
def test_the_sums_always_agree(confirmed: int, settled: list[tuple[int, Outcome, int]], stored: list[int]) -> None:
    deliveries = [_delivery(_number(task), outcome, worker) for task, outcome, worker in settled]
    assert _account(confirmed, deliveries, [_number(n) for n in stored]).balanced
