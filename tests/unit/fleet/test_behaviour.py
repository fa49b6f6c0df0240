"""Service times, failures and retry delays keep to their formulas."""

from dataclasses import replace
from random import Random
from statistics import fmean, stdev

import pytest
from hypothesis import given, strategies as st

from wqstudio.brokers.rabbitmq.sessions.retrying import step
from wqstudio.domain.queue import Source
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import Task, TaskId
from wqstudio.domain.worker import (
    FailureAction,
    OnFailure,
    Outcome,
    ProducerSpec,
    Spread,
    TaskKind,
    WorkerSpec,
)
from wqstudio.fleet.behaviour import (
    DONE,
    Settlement,
    backoff,
    delays,
    early,
    early_delays,
    service_time,
    settlement,
    spent,
)

SOURCE = Source("jobs", "workers")
seeds = st.integers(0, 2**32)
means = st.floats(1e-4, 1e4)
foreign = st.sampled_from([[], [FOREIGN] * 3_000])
"""Numbers of foreign tasks, or none of them: tasks of this run are taken then."""


def spec(
    service_time: float = 0.1,
    spread: Spread = Spread.FIXED,
    failure_rate: float = 0.0,
    on_failure: OnFailure = OnFailure(),  # noqa: B008 (frozen)
    forward: str = "",
) -> WorkerSpec:
    return WorkerSpec(
        "w", SOURCE, service_time, spread, failure_rate=failure_rate, on_failure=on_failure, forward=forward
    )


@pytest.mark.parametrize(("spread", "deviation"), [
    (Spread.FIXED, 0.0),
    (Spread.UNIFORM, 1 / 12**0.5),
    (Spread.EXPONENTIAL, 1.0),
    (Spread.LOG_NORMAL, 0.5),
])  # fmt: skip
@given(mean=means, difficulty=st.floats(0.1, 10), seed=seeds, numbers=foreign)
def test_draws_have_the_mean_and_deviation_of_their_law(
    spread: Spread, deviation: float, *, mean: float, difficulty: float, seed: int, numbers: list[int]
) -> None:
    own, task, by_law = Random(seed), Task("t", difficulty), replace(spec(mean, spread), seed=seed)
    draws = [service_time(by_law, task, number, own) / (mean * difficulty) for number in (numbers or range(3_000))]
    assert fmean(draws) == pytest.approx(1.0, abs=0.1)
    assert stdev(draws) == pytest.approx(deviation, abs=0.2)


@given(mean=means, seed=seeds)
def test_uniform_draws_stay_within_half_the_mean_of_it(mean: float, seed: int) -> None:
    drawn = service_time(spec(mean, Spread.UNIFORM), Task("t"), seed, Random(0))
    assert 0.5 * mean <= drawn <= 1.5 * mean


@given(spread=st.sampled_from(Spread), mean=st.floats(0, 1e6), difficulty=st.floats(0, 1e6), seed=seeds)
def test_no_draw_is_negative_or_infinite(spread: Spread, mean: float, difficulty: float, seed: int) -> None:
    assert 0.0 <= service_time(spec(mean, spread), Task("t", difficulty), FOREIGN, Random(seed)) < 1e16


@given(spread=st.sampled_from(Spread), seed=seeds, sequence=st.integers(0, 2**40 - 1), producer=st.integers(0, 2**20))
def test_a_task_is_the_same_work_whoever_published_it_and_whoever_gets_it(
    spread: Spread, seed: int, sequence: int, producer: int
) -> None:
    one = replace(spec(1, spread, failure_rate=0.5), seed=seed)
    other = replace(one, name="other", speed=3.0, prefetch=50)
    alike = [
        (service_time(each, Task("t"), number, Random(number)), settlement(each, Task("t"), number, 2, Random(number)))
        for each in (one, other)
        for number in (TaskId("a", 0, sequence).number, TaskId("b", producer, sequence).number)
    ]
    assert len(set(alike)) == 1


def test_another_title_another_sequence_and_another_seed_are_other_work() -> None:
    own, spread = Random(0), spec(1, Spread.UNIFORM)
    draws = {service_time(replace(spread, seed=s), Task(t), n, own) for s in (1, 2) for t in "ab" for n in (1, 2)}
    assert len(draws) == 8


def test_each_delivery_of_a_task_has_a_chance_of_its_own() -> None:
    failing = spec(failure_rate=0.5)
    ends = [settlement(failing, Task("t"), 7, deliveries, Random(0)) for deliveries in range(1, 200)]
    assert 60 < ends.count(DONE) < 140


def test_nothing_is_drawn_where_there_is_nothing_to_draw() -> None:
    own = Random(0)
    before = own.getstate()
    assert service_time(spec(0, Spread.UNIFORM), Task("t"), FOREIGN, own) == 0
    assert service_time(spec(2, Spread.FIXED), Task("t"), FOREIGN, own) == 2
    assert settlement(spec(), Task("t"), FOREIGN, 1, own) == DONE
    assert own.getstate() == before


@given(deliveries=st.integers(1, 10**12), delay=st.floats(0, 1e6), cap=st.floats(0, 1e9))
def test_backoff_grows_to_its_cap_and_never_falls(deliveries: int, delay: float, cap: float) -> None:
    policy = OnFailure(FailureAction.BACKOFF, delay, cap)
    assert 0 <= backoff(policy, deliveries) <= backoff(policy, deliveries + 1) <= cap


def test_backoff_doubles_from_its_delay() -> None:
    policy = OnFailure(FailureAction.BACKOFF, delay=1, cap=16)
    assert [backoff(policy, n) for n in range(1, 8)] == [1, 2, 4, 8, 16, 16, 16]


@given(seed=seeds)
def test_poison_fails_at_every_worker(seed: int) -> None:
    assert settlement(spec(), Task("t", poison=True), seed, 1, Random(0)).outcome is Outcome.NAKED


@given(seed=seeds)
def test_a_worker_without_failures_acknowledges(seed: int) -> None:
    assert settlement(spec(), Task("t"), seed, 1, Random(0)) == DONE


@given(rate=st.floats(0, 1), seed=seeds, numbers=foreign)
def test_failures_come_at_their_rate(rate: float, seed: int, numbers: list[int]) -> None:
    own, failing = Random(seed), replace(spec(failure_rate=rate), seed=seed)
    failed = [settlement(failing, Task("t"), number, 1, own) != DONE for number in (numbers or range(2_000))]
    assert fmean(failed) == pytest.approx(rate, abs=0.08)


@pytest.mark.parametrize(("action", "outcome", "delay"), [
    (FailureAction.NAK, Outcome.NAKED, 0),
    (FailureAction.NAK_DELAYED, Outcome.NAKED, 3),
    (FailureAction.BACKOFF, Outcome.NAKED, 12),
    (FailureAction.TERMINATE, Outcome.TERMINATED, 0),
])  # fmt: skip
def test_a_failure_ends_as_the_policy_says(action: FailureAction, outcome: Outcome, delay: float) -> None:
    failing = spec(failure_rate=1.0, on_failure=OnFailure(action, delay=3, cap=60))
    ended = settlement(failing, Task("t"), FOREIGN, 3, Random(0))
    assert (ended.outcome, ended.delay) == (outcome, delay)


@given(action=st.sampled_from(FailureAction), tries=st.integers(1, 20), deliveries=st.integers(1, 30))
def test_after_so_many_tries_it_is_given_up(action: FailureAction, tries: int, deliveries: int) -> None:
    failing = spec(failure_rate=1.0, on_failure=OnFailure(action, tries=tries))
    ended = settlement(failing, Task("t"), 1, deliveries, Random(0))
    given_up = deliveries >= tries or action is FailureAction.TERMINATE
    assert ended.outcome is (Outcome.TERMINATED if given_up else Outcome.NAKED)
    assert ended.counted is not given_up


def test_what_fails_for_good_is_given_up_at_once() -> None:
    patient = spec(on_failure=OnFailure(FailureAction.BACKOFF, tries=5))
    assert settlement(patient, Task("t", permanent=True), 1, 1, Random(0)) == Settlement(Outcome.TERMINATED)


def test_what_has_had_its_tries_is_given_up_when_it_comes_once_more() -> None:
    failing = spec(on_failure=OnFailure(FailureAction.NAK, tries=3, on_sight=True))
    ends = [settlement(failing, Task("t", poison=True), 1, n, Random(0)).outcome for n in range(1, 6)]
    assert ends == [Outcome.NAKED] * 3 + [Outcome.TERMINATED] * 2
    assert [spent(failing.on_failure, n) for n in range(1, 6)] == [False] * 3 + [True] * 2
    assert settlement(failing, Task("t"), 1, 4, Random(0)).outcome is Outcome.TERMINATED  # though it would succeed
    assert not spent(OnFailure(on_sight=True), 100)


def test_what_is_published_elsewhere_goes_by_its_kind() -> None:
    scheduling = spec(forward="tasks.{kind}")
    assert settlement(scheduling, Task("send e-mail"), 1, 1, Random(0)) == Settlement(
        Outcome.FORWARDED, copy_to="tasks.send-e-mail"
    )
    burying = spec(on_failure=OnFailure(tries=1, dead_letter="dead.{kind}"))
    assert settlement(burying, Task("a b", poison=True), 1, 1, Random(0)) == Settlement(
        Outcome.TERMINATED, copy_to="dead.a-b"
    )


def test_a_retry_queue_has_its_own_delay() -> None:
    policy = OnFailure(FailureAction.NAK_DELAYED, delay=3, by_rejection=True)
    assert settlement(spec(on_failure=policy), Task("t", poison=True), 1, 1, Random(0)).rejected
    assert not delays(policy)


@pytest.mark.parametrize(("policy", "expected"), [
    (OnFailure(FailureAction.NAK), set()),
    (OnFailure(FailureAction.TERMINATE), set()),
    (OnFailure(FailureAction.NAK_DELAYED, delay=3.0), {3.0}),
    (OnFailure(FailureAction.BACKOFF, delay=1.0, cap=5.0), {1.0, 2.0, 4.0, 5.0}),
    (OnFailure(FailureAction.BACKOFF, delay=0.0), set()),
])  # fmt: skip
def test_the_delays_there_may_be_are_those_of_the_policy(policy: OnFailure, expected: set[float]) -> None:
    assert delays(policy) == expected


def test_what_is_not_due_goes_back_until_it_is() -> None:
    assert early(Task("t", due=107.5), 100.0) == Settlement(Outcome.NAKED, 7.5)


@given(due=st.floats(0.01, 80_000), share=st.floats(0, 1))
def test_no_delay_until_due_is_left_out(due: float, share: float) -> None:
    mix = (TaskKind("now"), TaskKind("later", due=due))
    told = early_delays(ProducerSpec("p", "jobs", "jobs", mix=mix))
    assert step(due * share) in {step(delay) for delay in told}
    assert len(told) < 300


def test_tasks_that_are_due_at_once_are_given_back_for_no_time() -> None:
    assert not early_delays(ProducerSpec("p", "jobs", "jobs"))


@given(st.floats(1e-3, 1e4), st.floats(1e-3, 1e5), st.integers(1, 10_000))
def test_no_backoff_is_left_out(delay: float, cap: float, deliveries: int) -> None:
    policy = OnFailure(FailureAction.BACKOFF, delay=delay, cap=cap)
    assert backoff(policy, deliveries) in delays(policy)
