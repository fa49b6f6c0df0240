"""Lifts a queue's delivery limit for the time of a look, by a policy for this queue alone.

Only one policy is in force for a queue, so the studio's is a copy of that one, with more priority and without the
limit; taking it away puts back what was. While it is there, a change to the policy it was copied from does not reach
the queue.

A look that is killed leaves its policy behind. Its name holds who made it and a token that the name of the look's
connection holds as well; so where there is no such connection any more, the next look of the same user takes it away.
"""

import contextlib
import re
import secrets
from hashlib import blake2b

from wqstudio.brokers.port import BrokerError, DeniedError, RefusedError
from wqstudio.brokers.rabbitmq.delivery_limit import CHECKOUT_POLICY, in_force, lifted
from wqstudio.brokers.rabbitmq.management import ManagementApi
from wqstudio.brokers.rabbitmq.records import PolicyRecord
from wqstudio.brokers.rabbitmq.refusals import ManagementDeniedError


def new_token() -> str:
    return secrets.token_hex(6)


class LimitLifting:
    """For one look at one queue. ``token`` is in the name of the look's connection, which stands already."""

    def __init__(self, api: ManagementApi, user: str, token: str, version: tuple[int, ...]) -> None:
        self._api = api
        self._owner = f"{CHECKOUT_POLICY}{blake2b(user.encode(), digest_size=4).hexdigest()}-"
        self._policy = f"{self._owner}{token}"
        self._version = version
        self.is_lifted = False

    async def lift(self, queue: str) -> None:
        """DeniedError: this user may set no policy. RefusedError: the limit stays in force all the same."""
        try:
            base = await self._in_force(queue)
            self.is_lifted = True  # whatever comes of it, there may be something to put back
            await self._api.set_policy(self._policy, _suspension(queue, base, self._version))
        except ManagementDeniedError as error:
            raise DeniedError(
                f"The delivery limit of {queue} cannot be lifted: this user may set no policies ({error}). "
                "Give the user the tag policymaker, or have an administrator set a policy without a limit on it."
            ) from error
        await self._check(queue)

    async def put_back(self) -> None:
        """Once everything that was taken is given back. BrokerError when the broker does not do it."""
        if self.is_lifted:
            await self._api.delete_policy(self._policy)
            self.is_lifted = False

    async def remove_leftovers(self) -> None:
        """Policies of looks of this user that are no more. Does nothing where they cannot be told."""
        with contextlib.suppress(BrokerError):
            left = [name for name in await self._policies() if name.startswith(self._owner) and name != self._policy]
            if left:
                alive = " ".join(each.user_provided_name for each in (await self._api.connections()).items)
                for name in left:
                    if name.removeprefix(self._owner) not in alive:
                        await self._api.delete_policy(name)

    async def _policies(self) -> dict[str, PolicyRecord]:
        return {policy.name: policy for policy in (await self._api.policies()).items}

    async def _in_force(self, queue: str) -> PolicyRecord | None:
        record = await self._api.queue(queue)
        if record is None:
            raise RefusedError(f"There is no queue {queue} any more.")
        return (await self._policies()).get(record.policy) if record.policy else None

    async def _check(self, queue: str) -> None:
        record = await self._api.queue(queue)
        if record is None or record.policy != self._policy or in_force(record, self._version) is not None:
            await self.put_back()
            raise RefusedError(
                f"The delivery limit of {queue} cannot be lifted by a policy: an argument of the queue, or an operator "
                "policy, keeps it in force. Have the operator policy changed, or the queue made without the argument."
            )


def _suspension(queue: str, base: PolicyRecord | None, version: tuple[int, ...]) -> dict[str, object]:
    return {
        "pattern": f"^{re.escape(queue)}$",
        "definition": lifted(base.definition if base is not None else {}, version),
        "priority": (base.priority if base is not None else 0) + 1,
        "apply-to": "queues",
    }
