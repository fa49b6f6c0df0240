"""Lifts a queue's delivery limit for the time of a look, by a policy for this queue alone.

Only one policy is in force for a queue, so the studio's is a copy of that one, with more priority and without the
limit; taking it away puts back what was. While it is there, a change to the policy it was copied from does not reach
the queue.

A look that is killed leaves its policy behind. Beside the policy there is an exclusive queue of the same name, which
ends with the look's connection; so where there is no such queue any more, whoever connects next, or looks, takes the
policy away.
"""

import asyncio
import contextlib
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import replace

from pika import spec

from wqstudio.brokers.letters import Lifted, Lifts, PutBack
from wqstudio.brokers.port import BrokerError, DeniedError, RefusedError
from wqstudio.brokers.rabbitmq.amqp import address, marks
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient, connect_client
from wqstudio.brokers.rabbitmq.amqp.declared import look
from wqstudio.brokers.rabbitmq.management.api import ManagementApi
from wqstudio.brokers.rabbitmq.management.delivery_limit import CHECKOUT_POLICY, in_force, lifted
from wqstudio.brokers.rabbitmq.management.finding import Finder
from wqstudio.brokers.rabbitmq.management.governing import look_up
from wqstudio.brokers.rabbitmq.management.records import PolicyRecord, QueueRecord
from wqstudio.brokers.rabbitmq.management.refusals import ManagementDeniedError
from wqstudio.domain.connection import RabbitConnection
from wqstudio.domain.reading import Unknown

_TOLD_WITHIN = 15.0
"""Seconds; a node gathers what it tells of a queue every 5 s."""


class LimitLifting:
    """For one look at one queue."""

    def __init__(self, api: ManagementApi, client: RabbitClient, version: tuple[int, ...], lifts: Lifts) -> None:
        """``client`` has the look's connection."""
        self._api = api
        self._client = client
        self._lifts = lifts
        self._policy = f"{CHECKOUT_POLICY}{secrets.token_hex(6)}"
        self._version = version
        self.is_lifted = False
        self._placed = False
        """There may be a policy to take away."""

    async def lift(self, queue: str) -> None:
        """DeniedError: this user may set no policy. RefusedError: the limit stays in force all the same."""
        try:
            base = await self._in_force(queue)
            await self._show_life()
            await self._lifts.lifting(Lifted(self._policy, self._client.vhost, queue))
            self._placed = True
            await self._set(_suspension(queue, base, self._version))
            self.is_lifted = await self._works(queue)
        except BaseException as error:
            with contextlib.suppress(BrokerError):
                await self.put_back()
            if isinstance(error, ManagementDeniedError):
                raise _denied(queue) from error
            raise
        if not self.is_lifted:
            await self.put_back()
            raise RefusedError(
                f"The delivery limit of {queue} cannot be lifted by a policy: an operator policy keeps it in force. "
                "Have that one changed."
            )

    async def _set(self, policy: Mapping[str, object]) -> None:
        try:
            await self._api.set_policy(self._policy, policy)
        except ManagementDeniedError:  # so it never was out of force
            self._placed = False
            await self._lifts.over(self._policy, put_back=True)
            raise

    async def put_back(self) -> None:
        """Once everything that was taken is given back. BrokerError when the broker does not do it."""
        self.is_lifted = False
        if self._placed:
            try:
                await self._api.delete_policy(self._policy)
            except BrokerError:
                await self._lifts.over(self._policy, put_back=False)
                raise
            self._placed = False
            await self._lifts.over(self._policy, put_back=True)

    def saw(self, queue: QueueRecord) -> None:
        """The queue again, as it is later: somebody may have taken the policy away."""
        self.is_lifted = self.is_lifted and queue.policy == self._policy

    async def _show_life(self) -> None:
        async with self._client.channel() as channel:
            arguments = {marks.MARK: marks.LOOK, "x-queue-type": "classic"}
            living = spec.Queue.Declare(queue=self._policy, exclusive=True, arguments=arguments)
            await channel.call(living, "making the queue that shows that a look goes on")

    async def _in_force(self, queue: str) -> PolicyRecord | None:
        record = await look_up(self._api, queue)
        if record is None:
            raise RefusedError(f"There is no queue {queue} any more.")
        return (await _policies(self._api)).get(record.policy) if record.policy else None

    async def _works(self, queue: str) -> bool:
        """At once, by the policies. With an operator policy the queue itself has to say so, which takes seconds."""
        end = time.monotonic() + _TOLD_WITHIN
        while time.monotonic() < end:
            record = await look_up(self._api, queue)
            if record is not None and record.policy == self._policy:
                return in_force(record, self._version) is None
            await asyncio.sleep(0.5)
        return False


async def put_back_leftovers(connection: RabbitConnection) -> PutBack:
    """As ``remove_leftovers``, for whoever has no connection yet; makes one only where there is something to remove."""
    here = replace(connection, all_vhosts=False)
    try:
        api, _ = await Finder(here, address.parse_all(here)).find()
        try:
            if not _checkouts(await _policies(api)):
                return PutBack()
            client = await connect_client(here, name="wqstudio limits", reconnect=False)
            try:
                return await remove_leftovers(api, client)
            finally:
                await client.close()
        finally:
            api.close()
    except BrokerError as error:
        return PutBack(standing=Unknown(str(error)))


async def remove_leftovers(api: ManagementApi, client: RabbitClient) -> PutBack:
    """Policies of looks that are no more. None is where they cannot be told."""
    removed: list[Lifted] = []
    try:
        left = _checkouts(await _policies(api))
        alive = await look(client, left)
        for name, policy in left.items():
            if name not in alive:
                await api.delete_policy(name)
                removed.append(Lifted(name, client.vhost, _queue_of(policy)))
    except BrokerError as error:
        return PutBack(removed, Unknown(str(error)))
    return PutBack(removed, alive.keys())


async def _policies(api: ManagementApi) -> dict[str, PolicyRecord]:
    return {policy.name: policy for policy in (await api.policies()).items}


def _checkouts(policies: Mapping[str, PolicyRecord]) -> dict[str, PolicyRecord]:
    return {name: policy for name, policy in policies.items() if name.startswith(CHECKOUT_POLICY)}


def _queue_of(policy: PolicyRecord) -> str:
    """For which ``_suspension`` was made."""
    return re.sub(r"\\(.)", r"\1", policy.pattern[1:-1], flags=re.DOTALL)


def _denied(queue: str) -> DeniedError:
    """What the management API says itself sounds like a refused login, and the login was good for the look."""
    return DeniedError(
        f"The delivery limit of {queue} cannot be lifted: this user may set no policies. "
        "Give the user the tag policymaker, or have an administrator set a policy with delivery-limit -1."
    )


def _suspension(queue: str, base: PolicyRecord | None, version: tuple[int, ...]) -> dict[str, object]:
    return {
        "pattern": f"^{re.escape(queue)}$",
        "definition": lifted(base.definition if base is not None else {}, version),
        "priority": (base.priority if base is not None else 0) + 1,
        "apply-to": "queues",
    }
