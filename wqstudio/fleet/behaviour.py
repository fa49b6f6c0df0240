"""How a simulated worker behaves: how long it takes, when it fails, and what it does then. Pure.

Chance is in the task, not in the worker: what is drawn for a task of this run depends on the worker's seed and the
task's sequence and title alone. So the same seeded tasks are the same work whichever worker of that seed gets them, in
whatever order, under any setting and on either broker. Messages of others are drawn for one after the other.
"""

import math
from dataclasses import dataclass
from random import Random
from typing import assert_never

from wqstudio.domain.routes import KIND
from wqstudio.domain.settled import FOREIGN
from wqstudio.domain.task import Task, sequence_of
from wqstudio.domain.worker import FailureAction, OnFailure, Outcome, ProducerSpec, Spread, WorkerSpec
from wqstudio.fleet.mix import word

_LOG_VARIANCE = math.log(1 + 0.5**2)
"""sigma² of the log-normal law whose standard deviation is half its mean: sd² / mean² = exp(sigma²) - 1."""

_SHORTEST, _DENSELY = 0.01, 0.06
"""Seconds of the shortest delay worth telling apart; natural logarithm of the ratio between two that are told."""
_MOST_DOUBLINGS = 64
"""Beyond this any delay has long met its cap; without a bound 2**deliveries overflows a float."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a delivery is to be settled. ``delay`` in seconds and ``counted`` are for ``Outcome.NAKED`` only."""

    outcome: Outcome
    delay: float = 0.0
    counted: bool = False
    """Somebody goes by the number of deliveries, so the next has to tell it, whatever that takes."""
    rejected: bool = False
    """The queue's own dead-lettering brings it back after a delay of its own."""
    copy_to: str = ""
    """Route along which it is published before it is let go; empty: nowhere."""


DONE = Settlement(Outcome.ACKED)


def service_time(spec: WorkerSpec, task: Task, number: int, own: Random) -> float:
    """Seconds of work at speed 1, drawn about the mean ``spec.service_time * task.difficulty``.

    ``number`` is the task's, or ``FOREIGN``, which draws from the worker's ``own``.
    """
    mean = spec.service_time * task.difficulty
    if mean <= 0:
        return 0.0
    if spec.spread is Spread.FIXED:
        return mean
    return mean * _factor(spec.spread, own if number == FOREIGN else _chance(spec, task, number, "work"))


def _chance(spec: WorkerSpec, task: Task, number: int, of_what: object) -> Random:
    """The producer's number is left out: it counts who was started before."""
    return Random(f"{spec.seed}.{sequence_of(number)}.{of_what}.{task.title}")  # noqa: S311 - simulation, not secrets


def _factor(spread: Spread, rng: Random) -> float:
    """A draw with mean 1.

    Fixed: 1. Uniform: U(0.5, 1.5). Exponential: -ln(1 - U), U in [0, 1).
    Log-normal: exp(mu + sigma Z) with sigma² = ln(1 + 0.5²) and mu = -sigma² / 2, which gives mean 1 and
    standard deviation 0.5.
    """
    match spread:
        case Spread.FIXED:
            return 1.0
        case Spread.UNIFORM:
            return rng.uniform(0.5, 1.5)
        case Spread.EXPONENTIAL:
            return rng.expovariate(1.0)
        case Spread.LOG_NORMAL:
            return rng.lognormvariate(-_LOG_VARIANCE / 2, math.sqrt(_LOG_VARIANCE))
        case _:
            assert_never(spread)


def settlement(spec: WorkerSpec, task: Task, number: int, deliveries: int, own: Random) -> Settlement:
    """How a delivery ends once its work is done; poison fails everywhere.

    ``number`` and ``own`` as for ``service_time``. Each delivery has a chance of its own.
    """
    if task.permanent or spent(spec.on_failure, deliveries):
        return _given_up(spec.on_failure, task)
    if task.poison or (spec.failure_rate > 0 and _fails(spec, task, number, deliveries, own)):
        return _failed(spec.on_failure, task, deliveries)
    return DONE if not spec.forward else Settlement(Outcome.FORWARDED, copy_to=_along(spec.forward, task))


def spent(policy: OnFailure, deliveries: int) -> bool:
    """It has had its tries: this delivery is for giving it up, without another one."""
    return policy.on_sight and 0 < policy.tries < deliveries


def _fails(spec: WorkerSpec, task: Task, number: int, deliveries: int, own: Random) -> bool:
    chance = own if number == FOREIGN else _chance(spec, task, number, deliveries)
    return chance.random() < spec.failure_rate


def early(task: Task, now: float) -> Settlement:
    """A task that is not due yet goes back until it is."""
    return Settlement(Outcome.NAKED, task.due - now)


def _given_up(policy: OnFailure, task: Task) -> Settlement:
    return Settlement(Outcome.TERMINATED, copy_to=_along(policy.dead_letter, task))


def _along(route: str, task: Task) -> str:
    return route.replace(KIND, word(task.title)) if KIND in route else route


def _failed(policy: OnFailure, task: Task, deliveries: int) -> Settlement:
    if 0 < policy.tries <= deliveries and not policy.on_sight:
        return _given_up(policy, task)
    counted = policy.tries > 0
    match policy.action:
        case FailureAction.NAK:
            return Settlement(Outcome.NAKED, 0.0, counted)
        case FailureAction.NAK_DELAYED:
            return Settlement(Outcome.NAKED, policy.delay, counted, policy.by_rejection)
        case FailureAction.BACKOFF:
            return Settlement(Outcome.NAKED, backoff(policy, deliveries), counted)
        case FailureAction.TERMINATE:
            return _given_up(policy, task)
        case _:
            assert_never(policy.action)


def delays(policy: OnFailure) -> frozenset[float]:
    """Seconds after which a task that was failed at may come back as a copy, other than at once."""
    match policy.action:
        case FailureAction.NAK | FailureAction.TERMINATE:
            waits: set[float] = set()
        case FailureAction.NAK_DELAYED if policy.by_rejection:
            waits = set()
        case FailureAction.NAK_DELAYED:
            waits = {policy.delay}
        case FailureAction.BACKOFF:
            waits = {backoff(policy, deliveries) for deliveries in range(1, _MOST_DOUBLINGS + 2)}
        case _:
            assert_never(policy.action)
    return frozenset(wait for wait in waits if wait > 0)


def early_delays(spec: ProducerSpec) -> frozenset[float]:
    """Seconds for which tasks of a producer may be given back as not due: any up to the longest.

    They are told so densely that each step by which a broker delays is met (RabbitMQ's are 6.6 % apart, or more).
    """
    longest = max((kind.due for kind in spec.mix), default=0.0)
    steps = math.ceil(math.log(longest / _SHORTEST) / _DENSELY) + 1 if longest > _SHORTEST else 1
    return frozenset(longest * math.exp(-_DENSELY * step) for step in range(steps)) if longest > 0 else frozenset()


def backoff(policy: OnFailure, deliveries: int) -> float:
    """Seconds until the next try after ``deliveries`` failed ones: min(cap, delay * 2**(deliveries - 1))."""
    doublings = min(max(deliveries - 1, 0), _MOST_DOUBLINGS)
    return min(policy.cap, policy.delay * 2.0**doublings)
