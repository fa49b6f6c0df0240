"""A work queue and the queue of its dead letters, as somebody else made and filled them."""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Protocol, TypeVar

import pytest

from tests.contract.sites import NatsSite, RabbitSite
from tests.faults import Figures
from tests.rabbit_servers import RabbitHost
from tests.waiting import until
from wqstudio.domain.connection import Connection
from wqstudio.domain.letter import Destination
from wqstudio.domain.redrive import Progress

DEAD, WORK = "jobs_dead", "jobs"


class Graveyard(Protocol):
    @property
    def connection(self) -> Connection: ...

    @property
    def home(self) -> Destination:
        """Where its dead letters come from."""
        ...

    @property
    def deduplicates(self) -> bool:
        """A copy that is sent twice under the same mark is stored once."""
        ...

    async def make(self) -> None:
        """Its queues, those that are not there."""
        ...

    async def bury(self, bodies: Sequence[bytes], headers: Mapping[str, str] | None = None) -> None:
        """Have these die, in this order."""
        ...

    async def work_on(self, bodies: Sequence[bytes]) -> None:
        """Put work into the work queue that nobody has had yet."""
        ...

    async def limit_work(self, most: int) -> None:
        """From now on the work queue takes so many messages and refuses more."""
        ...

    async def free_work(self) -> None:
        """From now on the work queue takes whatever comes."""
        ...

    async def evict_from_work(self, most: int) -> None:
        """From now on the work queue keeps so many messages, and drops its oldest for more."""
        ...

    async def bodies(self, queue: str) -> list[bytes]:
        """What lies in a queue, in its order. It may be gone from there afterwards."""
        ...

    async def lay(self, bodies: Sequence[bytes]) -> None:
        """Put them there as if they had died, each confirmed: what the broker has let die itself it may lose in a kill,
        or let die again after it.
        """
        ...

    async def lay_for_good(self, bodies: Sequence[bytes]) -> str:
        """Put them where dead letters are kept and none can be removed. Its name."""
        ...

    def remember(self) -> None:
        """Have the queues there are outlive a kill."""
        ...

    async def waiting(self) -> int:
        """Messages of the work queue that a worker would be given."""
        ...

    async def take(self, count: int, *, settle: bool) -> list[bytes]:
        """Have a worker take so many from the work queue, and settle them or give them back."""
        ...

    async def take_dead(self, count: int) -> list[bytes]:
        """Somebody takes so many from the dead-letter queue for good, once nobody holds them any more."""
        ...

    async def remove(self, queue: str) -> None: ...

    async def empty(self, queue: str) -> None:
        """Of all that is there for everybody."""
        ...

    @property
    def pid(self) -> int:
        """Of the broker's process."""
        ...

    @property
    def is_dead(self) -> bool:
        """Somebody has killed the broker's process, which nobody starts again by itself (``leave``)."""
        ...

    async def leave(self) -> None:
        """Before somebody else kills the broker: have no connection there any more, and do not see to it."""
        ...

    def kill(self) -> None:
        """``kill -9``, where it is not dead already."""
        ...

    def start(self) -> None: ...

    def restart(self) -> None:
        """In good order, with no connection of ours there (``close``)."""
        ...

    async def close(self) -> None: ...


class NatsGraveyard(NatsSite):
    """Copies in a stream of dead letters, of which a header tells where they come from."""

    deduplicates = True
    home = Destination("jobs.any", "jobs.any")

    async def make(self) -> None:
        user = await self._jetstream()
        await user.stream(WORK, retention="workqueue", storage="file")
        mark = {"dead_letter_queue": "true"}
        await user.stream(DEAD, "dead.>", metadata=mark, allow_direct=True, storage="file")

    async def bury(self, bodies: Sequence[bytes], headers: Mapping[str, str] | None = None) -> None:
        user = await self._jetstream()
        named = {"Original-Subject": self.home.route, **(headers or {})}
        for body in bodies:
            await user.publish(f"dead.{self.home.route}", body, headers=named)

    async def work_on(self, bodies: Sequence[bytes]) -> None:
        user = await self._jetstream()
        for body in bodies:
            await user.publish(self.home.route, body)

    async def limit_work(self, most: int) -> None:
        await self.change_work(max_msgs=most, discard="new")

    async def free_work(self) -> None:
        await self.change_work(max_msgs=-1)

    async def evict_from_work(self, most: int) -> None:
        await self.change_work(max_msgs=most, discard="old")

    async def change_work(self, **changes: object) -> None:
        user = await self._jetstream()
        config = (await user.api(f"STREAM.INFO.{WORK}"))["config"]
        await user.api(f"STREAM.UPDATE.{WORK}", {**config, **changes})

    async def work_size(self) -> int:
        """Bytes that the stream counts."""
        size: int = (await (await self._jetstream()).api(f"STREAM.INFO.{WORK}"))["state"]["bytes"]
        return size

    async def bodies(self, queue: str) -> list[bytes]:
        user = await self._jetstream()
        state = (await user.api(f"STREAM.INFO.{queue}"))["state"]
        found: list[bytes] = []
        after = 0
        for _ in range(state["messages"]):
            message = (await user.api(f"STREAM.MSG.GET.{queue}", {"seq": after + 1, "next_by_subj": ">"}))["message"]
            after = message["seq"]
            found.append(base64.b64decode(message.get("data", "")))
        return found

    async def subjects(self, queue: str) -> list[str]:
        """Under which something lies there."""
        asked = {"subjects_filter": ">"}
        state = (await (await self._jetstream()).api(f"STREAM.INFO.{queue}", asked))["state"]
        return sorted(state.get("subjects") or ())

    async def lay(self, bodies: Sequence[bytes]) -> None:
        """Under several subjects."""
        user = await self._jetstream()
        for number, body in enumerate(bodies):
            origin = {"Original-Subject": self.home.route}
            await user.publish(f"dead.{self.home.route}.{number % 3}", body, headers=origin)

    async def lay_for_good(self, bodies: Sequence[bytes]) -> str:
        user = await self._jetstream()
        mark = {"dead_letter_queue": "true"}
        await user.stream("archive", metadata=mark, allow_direct=True, deny_delete=True)
        for body in bodies:
            await user.publish("archive.any", body, headers={"Original-Subject": self.home.route})
        return "archive"

    async def waiting(self) -> int:
        user = await self._jetstream()
        await user.consumer(WORK, "workers")
        pending: int = (await user.api(f"CONSUMER.INFO.{WORK}.workers"))["num_pending"]
        return pending

    async def take(self, count: int, *, settle: bool) -> list[bytes]:
        user = await self._jetstream()
        await user.consumer(WORK, "workers")
        taken = await user.pull(WORK, "workers", count)
        assert len(taken) == count
        await user.settle(*taken, how=b"+ACK" if settle else b"-NAK")
        return [each.data for each in taken]

    async def take_dead(self, count: int) -> list[bytes]:
        user = await self._jetstream()
        stored = list((await user.stored(DEAD)).items())[:count]
        for seq, _ in stored:
            await user.api(f"STREAM.MSG.DELETE.{DEAD}", {"seq": seq})
        return [body for _, (_, _, body) in stored]

    async def remove(self, queue: str) -> None:
        await (await self._jetstream()).api(f"STREAM.DELETE.{queue}")

    async def empty(self, queue: str) -> None:
        await (await self._jetstream()).api(f"STREAM.PURGE.{queue}")


class RabbitGraveyard(RabbitSite):
    """A queue that dead-letters what is rejected, and the queue that this goes to."""

    deduplicates = False
    home = Destination(WORK, WORK)

    def __init__(self, host: RabbitHost, kind: str) -> None:
        super().__init__(host)
        self._kind = kind

    async def make(self) -> None:
        self._outsider.declare(DEAD, {"x-queue-type": self._kind})
        if self._unlimited:
            unlimited = {"pattern": f"^({DEAD}|{WORK})$", "apply-to": "queues", "definition": self._unlimited}
            self._host.manage("PUT", f"policies/{self._host.path}/unlimited", unlimited)
        letters = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": DEAD}
        self._outsider.declare(WORK, {"x-queue-type": self._kind, **letters})

    async def bury(self, bodies: Sequence[bytes], headers: Mapping[str, str] | None = None) -> None:
        before = self._outsider.ready(DEAD)
        for body in bodies:
            self._outsider.publish(WORK, body, headers)
        for method, _, _ in self._outsider.take(WORK, len(bodies)):
            self._outsider.nack(method.delivery_tag, requeue=False)
        await until(lambda: self._outsider.ready(DEAD) == before + len(bodies))

    async def work_on(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            self._outsider.publish(WORK, body)

    async def limit_work(self, most: int) -> None:
        self.change_work({"max-length": most, "overflow": "reject-publish"})

    async def free_work(self) -> None:
        """Of a policy that asks for nothing: there may be none to delete."""
        self.change_work({"max-length": 1_000_000})

    async def evict_from_work(self, most: int) -> None:
        self.change_work({"max-length": most})

    def change_work(self, definition: Mapping[str, object]) -> None:
        of_both = {**self._unlimited, **definition}  # of two policies one counts
        policy = {"pattern": f"^{WORK}$", "apply-to": "queues", "definition": of_both, "priority": 1}
        self._host.manage("PUT", f"policies/{self._host.path}/limit", policy)

    def share(self, exchange: str, *queues: str) -> None:
        """Make an exchange that gives each of these queues a copy, and the queues that are not there."""
        for queue in queues:
            if queue != WORK:
                self._outsider.declare(queue)
            self._outsider.bind(exchange, queue)

    async def bodies(self, queue: str) -> list[bytes]:
        return self._outsider.empty(queue)

    async def lay(self, bodies: Sequence[bytes]) -> None:
        for body in bodies:
            self._outsider.publish(DEAD, body, {"x-first-death-queue": WORK})

    async def lay_for_good(self, bodies: Sequence[bytes]) -> str:
        self._outsider.declare("archive", {"x-queue-type": "stream"})
        letters = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "archive"}
        self._outsider.declare("other_jobs", letters)
        for body in bodies:
            self._outsider.publish("archive", body, {"x-first-death-queue": WORK})
        return "archive"

    async def waiting(self) -> int:
        return self._outsider.ready(WORK)

    async def take(self, count: int, *, settle: bool) -> list[bytes]:
        taken = self._outsider.take(WORK, count)
        for method, _, _ in taken:
            if settle:
                self._outsider.ack(method.delivery_tag)
            else:
                self._outsider.nack(method.delivery_tag)
        return [body for _, _, body in taken]

    async def take_dead(self, count: int) -> list[bytes]:
        await until(lambda: self._outsider.ready(DEAD) >= count)
        taken = self._outsider.take(DEAD, count)
        for method, _, _ in taken:
            self._outsider.ack(method.delivery_tag)
        return [body for _, _, body in taken]

    async def remove(self, queue: str) -> None:
        self._outsider.delete(queue)

    async def empty(self, queue: str) -> None:
        self._outsider.empty(queue)

    @cached_property
    def _unlimited(self) -> Mapping[str, object]:
        """For quorum queues that would drop a message at the 20th look: those of RabbitMQ 4."""
        version: str = self._host.manage("GET", "overview")["rabbitmq_version"]
        return {"delivery-limit": -1} if self._kind == "quorum" and int(version.partition(".")[0]) >= 4 else {}


G = TypeVar("G", bound=Graveyard)


def graveyard_of(request: pytest.FixtureRequest) -> Graveyard:
    """On the broker that the fixture's parameter names, and a kind of RabbitMQ's queues if it does; not made yet."""
    product, _, kind = request.param.partition(" ")
    if product == "nats":
        return NatsGraveyard(request.getfixturevalue("start_nats_server")())
    return RabbitGraveyard(request.getfixturevalue("rabbit_host"), kind or "classic")


@asynccontextmanager
async def buried(graveyard: G, bodies: Sequence[bytes]) -> AsyncIterator[G]:
    """Made, with these dead in it; a header says that they come from the work queue."""
    await graveyard.make()
    await graveyard.bury(bodies, {"Original-Stream": WORK})
    try:
        yield graveyard
    finally:
        await graveyard.close()


async def everything(graveyard: Graveyard) -> list[bytes]:
    """What lies in both queues. It may be gone from there afterwards."""
    return [body for queue in (WORK, DEAD) for body in await graveyard.bodies(queue)]


def check_accounted_for(figures: Figures, progress: Progress, graveyard: Graveyard) -> None:
    """None is lost, and no more are doubled than the run has said."""
    assert figures.lost == 0
    assert figures.doubled <= progress.doubled
    assert figures.doubled == 0 or not graveyard.deduplicates
