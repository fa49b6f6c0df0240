"""Dead letters of which the dead-letter stream has no more than advisories: the messages lie where they died."""

from collections.abc import Sequence

from tests.contract.graveyards import DEAD, WORK, NatsGraveyard
from tests.contract.redrive_steps import BODIES
from tests.waiting import until_true


class PointedGraveyard(NatsGraveyard):
    async def make(self) -> None:
        user = await self._jetstream()
        await user.stream(WORK, retention="workqueue", allow_direct=True, storage="file")
        advisories = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>"
        mark = {"dead_letter_queue": "true"}
        await user.stream(DEAD, advisories, metadata=mark, allow_direct=True, storage="file")
        await user.consumer(WORK, "workers", max_deliver=1)

    async def lay(self, bodies: Sequence[bytes]) -> None:
        user = await self._jetstream()
        await user.publish(self.home.route, *bodies)
        await user.exhaust(WORK, "workers", len(bodies), 1)
        await until_true(self._are_announced)

    async def bodies(self, queue: str) -> list[bytes]:
        """Pointers have none of their own."""
        return [] if queue == DEAD else await super().bodies(queue)

    async def waiting(self) -> int:
        user = await self._jetstream()
        pending: int = (await user.api(f"CONSUMER.INFO.{WORK}.workers"))["num_pending"]
        return pending

    async def take(self, count: int, *, settle: bool) -> list[bytes]:
        user = await self._jetstream()
        taken = await user.pull(WORK, "workers", count)
        await user.settle(*taken, how=b"+ACK" if settle else b"-NAK")
        return [each.data for each in taken]

    async def _are_announced(self) -> bool:
        state = (await (await self._jetstream()).api(f"STREAM.INFO.{DEAD}"))["state"]
        return int(state["messages"]) >= len(BODIES)
