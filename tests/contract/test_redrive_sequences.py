"""Whatever is done to dead letters, in whatever order, and whatever dies meanwhile: none is lost.

What is in the dead-letter queue, in the work queue and in workers' hands is at least what was there, and no more of it
than the runs have said.
"""

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from tests.contract.mortal import Blow, Mortals, Order
from tests.jetstream import JetStream
from tests.rabbit_letters import is_4
from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from tests.servers import NatsServer
from tests.waiting import until
from wqstudio.domain.connection import Connection
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Match, Plan, RunState
from wqstudio.engine.dead_letters import DeadLetterWork
from wqstudio.engine.journal import Journal
from wqstudio.engine.place import place_of
from wqstudio.engine.redrive import PlanError, new_run

BODIES = [b"order %d" % number for number in range(11)]
_MANY_STEPS = 40
"""More than a run of so many letters has."""


@dataclass(frozen=True)
class Requeue:
    regex: str = ""
    limit: int | None = None
    positions: tuple[int, ...] | None = None
    to_origin: bool = False
    """Each to where it came from."""
    blow: Blow = Blow.NOTHING
    step: int = 0


@dataclass(frozen=True)
class Undo:
    """Of the latest run that can be undone."""

    blow: Blow = Blow.NOTHING
    step: int = 0


@dataclass(frozen=True)
class Finish:
    """What was interrupted, perhaps to be interrupted again."""

    blow: Blow = Blow.NOTHING
    step: int = 0


@dataclass(frozen=True)
class Take:
    """Workers take so many, as far as there are so many, and settle them."""

    count: int


Step = Requeue | Undo | Finish | Take

_BLOWS = {"blow": st.sampled_from(Blow), "step": st.integers(1, _MANY_STEPS)}
_STEPS = st.one_of(
    st.builds(Requeue, to_origin=st.booleans(), **_BLOWS),
    st.builds(Requeue, to_origin=st.just(True), regex=st.sampled_from(["[02468]$", "order 1"]), **_BLOWS),
    st.builds(Requeue, limit=st.integers(1, 8), **_BLOWS),
    st.builds(Requeue, positions=st.lists(st.integers(0, 10), max_size=5, unique=True).map(tuple), **_BLOWS),
    st.builds(Undo, **_BLOWS),
    st.builds(Undo, **_BLOWS),
    st.builds(Finish, **_BLOWS),
    st.builds(Take, count=st.integers(1, 4)),
)
_SEQUENCES = st.lists(_STEPS, min_size=2, max_size=5)
_CANCELLED_HALF_DONE = [Requeue(blow=Blow.CUT_AND_CANCEL, step=16), Requeue()]
"""Chance comes across it too seldom: copies are confirmed, and their originals not removed."""


@dataclass
class NatsPlace:
    """A dead-letter queue with ``BODIES`` in it, and a work queue."""

    user: JetStream
    connection: Connection
    number: int
    home: Destination = field(init=False)
    dead: str = field(init=False)

    def __post_init__(self) -> None:
        self.dead, self._work = f"dead{self.number}", f"work{self.number}"
        self.home = Destination(f"{self._work}.a", f"{self._work}.a")

    async def make(self) -> None:
        await self.user.stream(self._work, retention="workqueue", storage="file")
        await self.user.consumer(self._work, "workers")
        await self.user.stream(self.dead, storage="file", allow_direct=True)
        for number, body in enumerate(BODIES):
            origin = {"Original-Subject": self.home.route}
            await self.user.publish(f"{self.dead}.{number % 3}", body, headers=origin)

    async def take(self, count: int) -> list[bytes]:
        pending = (await self.user.api(f"CONSUMER.INFO.{self._work}.workers"))["num_pending"]
        taken = await self.user.pull(self._work, "workers", min(count, pending)) if pending else []
        await self.user.settle(*taken)
        return [each.data for each in taken]

    async def rest(self, taken: Sequence[bytes]) -> list[bytes]:
        del taken
        return [body for queue in (self.dead, self._work) for _, _, body in (await self.user.stored(queue)).values()]


@dataclass
class RabbitPlace:
    user: RabbitUser
    connection: Connection
    number: int
    home: Destination = field(init=False)
    dead: str = field(init=False)

    def __post_init__(self) -> None:
        self.dead, self._work = f"dead{self.number}", f"work{self.number}"
        self.home = Destination(self._work, self._work)

    async def make(self) -> None:
        kind = {"x-queue-type": "classic" if self.number % 2 else "quorum"}
        self.user.declare(self.dead, kind)
        self.user.declare(self._work, kind)
        for body in BODIES:
            self.user.publish(self.dead, body, {"x-first-death-queue": self._work})

    async def take(self, count: int) -> list[bytes]:
        taken = self.user.take(self._work, min(count, self.user.ready(self._work)))
        for method, _, _ in taken:
            self.user.ack(method.delivery_tag)
        return [body for _, _, body in taken]

    async def rest(self, taken: Sequence[bytes]) -> list[bytes]:
        """What is in both queues; the broker gives back what a process held that was killed just now, bit by bit."""
        found: list[bytes] = []

        def has_all() -> bool:
            found.extend(body for queue in (self.dead, self._work) for body in self.user.empty(queue))
            return {*found, *taken} >= {*BODIES}

        await until(has_all)
        has_all()
        return found


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return itertools.count()


@pytest.fixture
def make_rabbit_place(rabbit_host: RabbitHost, user: RabbitUser) -> Callable[[int], RabbitPlace]:
    if is_4(rabbit_host):  # whose quorum queues have a limit on deliveries, and are not looked into then
        unlimited = {"pattern": "^(dead|work)", "apply-to": "queues", "definition": {"delivery-limit": -1}}
        rabbit_host.manage("PUT", "policies/{vhost}/unlimited", unlimited)
    return lambda number: RabbitPlace(user, rabbit_host.connection, number)


@pytest.fixture
async def mortals() -> AsyncIterator[Mortals]:
    mortals = Mortals()
    yield mortals
    await mortals.close()


def _few(examples: int) -> settings:
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@_few(15)
@given(steps=_SEQUENCES)
async def test_no_sequence_loses_or_doubles_any_on_nats(
    nats_server: NatsServer, mortals: Mortals, tmp_path: Path, numbers: Iterator[int], steps: Sequence[Step]
) -> None:
    user = await JetStream.connect(nats_server)
    try:
        place = NatsPlace(user, nats_server.connection, next(numbers))
        await place.make()
        assert await _doubled(place, steps, mortals, tmp_path / f"{place.number}.sqlite") == 0
    finally:
        await user.close()


@_few(8)
@given(steps=_SEQUENCES)
@example(steps=_CANCELLED_HALF_DONE)
async def test_no_sequence_loses_any_on_rabbitmq(
    make_rabbit_place: Callable[[int], RabbitPlace],
    mortals: Mortals,
    tmp_path: Path,
    numbers: Iterator[int],
    steps: Sequence[Step],
) -> None:
    place = make_rabbit_place(next(numbers))
    await place.make()
    await _doubled(place, steps, mortals, tmp_path / f"{place.number}.sqlite")


async def _doubled(place: NatsPlace | RabbitPlace, steps: Sequence[Step], mortals: Mortals, file: Path) -> int:
    """How many there are too many, having checked that they were told of, and that none is missing."""
    with closing(Journal(file)) as journal:
        journal.mark(place_of(place.connection), place.dead, keeps=True)
        work = DeadLetterWork(place.connection, journal)
        doing = _Doing(place, mortals, work, journal, file)
        for step in steps:
            await doing.take(step)
        while work.interrupted():
            await doing.take(Finish())
        everything = Counter([*doing.taken, *await place.rest(doing.taken)])
        told = sum(entry.progress.doubled for entry in journal.entries())
    assert set(everything) == set(BODIES)
    doubled = everything.total() - len(BODIES)
    assert doubled <= told
    return doubled


@dataclass
class _Doing:
    place: NatsPlace | RabbitPlace
    mortals: Mortals
    work: DeadLetterWork
    journal: Journal
    file: Path
    taken: list[bytes] = field(default_factory=list)

    async def take(self, step: Step) -> None:
        match step:
            case Requeue():
                to = None if step.to_origin else self.place.home
                plan = Plan(self.place.dead, destination=to, match=Match(regex=step.regex), limit=step.limit)
                await self._run(Order(self.place.connection, self.file, new_run(), plan, step.positions), step)
            case Finish():
                for entry in self.work.interrupted():
                    await self._run(Order(self.place.connection, self.file, entry.id, entry.plan), step)
            case Undo():
                if (undo := self._undoable()) is not None:
                    await self._run(Order(self.place.connection, self.file, new_run(), undo), step)
            case Take(count):
                self.taken += await self.place.take(count)

    async def _run(self, order: Order, step: Requeue | Undo | Finish) -> None:
        progress = await self.mortals.run(replace(order, blow=step.blow, step=step.step))
        if step.blow is not Blow.KILL:
            assert progress is not None
            ends = {RunState.DONE, RunState.CANCELLED}
            assert progress.state in ends | ({RunState.INTERRUPTED} if step.blow is Blow.CUT_AND_CANCEL else set())

    def _undoable(self) -> Plan | None:
        for entry in self.journal.entries():
            try:
                return self.work.undo_plan(entry.id)
            except PlanError:
                continue
        return None
