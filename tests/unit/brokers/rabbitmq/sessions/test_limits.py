"""What is known of a queue before messages of it are put aside: by arguments and policies of a real node."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.rabbit_servers import RabbitHost
from tests.rabbit_user import RabbitUser
from wqstudio.brokers.rabbitmq.sessions.limits import LimitBook, Limits

BOUNDED = {"max-length": 5, "overflow": "reject-publish"}


async def _set(host: RabbitHost, name: str, definition: Mapping[str, object], **rest: object) -> None:
    policy = {"pattern": "^q", "definition": dict(definition), "apply-to": "all", **rest}
    await asyncio.to_thread(host.manage, "PUT", f"policies/{{vhost}}/{name}", policy)


async def _read(host: RabbitHost, queue: str = "q") -> Limits:
    return await LimitBook(host.connection).read(queue)


@pytest.mark.parametrize(
    ("arguments", "refuses"),
    [
        ({}, False),
        ({"x-overflow": "reject-publish"}, False),
        ({"x-max-length": 5}, False),
        ({"x-max-length": 5, "x-overflow": "drop-head"}, False),
        ({"x-max-length": 5, "x-overflow": "reject-publish"}, True),
        ({"x-max-length-bytes": 5, "x-overflow": "reject-publish-dlx"}, True),
        ({"x-max-length": 5, "x-overflow": "reject-publish", "x-queue-type": "quorum"}, False),
    ],
)
async def test_only_a_bounded_classic_queue_may_refuse(
    rabbit_host: RabbitHost, user: RabbitUser, arguments: dict[str, object], *, refuses: bool
) -> None:
    user.declare("q", arguments)
    assert bool((await _read(rabbit_host)).no_copies) is refuses


async def test_a_limit_by_policy_counts_at_once_and_together_with_arguments(
    rabbit_host: RabbitHost, user: RabbitUser
) -> None:
    await _set(rabbit_host, "limit", {"max-length": 5})
    user.declare("q", {"x-overflow": "reject-publish"})
    assert (await _read(rabbit_host)).no_copies


async def test_of_policies_the_one_with_the_highest_priority_governs(rabbit_host: RabbitHost, user: RabbitUser) -> None:
    user.declare("q")
    await _set(rabbit_host, "low", BOUNDED, priority=1)
    await _set(rabbit_host, "high", {"max-length": 5}, priority=2)
    await _set(rabbit_host, "exchanges", {"alternate-exchange": "x"}, priority=3, **{"apply-to": "exchanges"})
    await _set(rabbit_host, "another", BOUNDED, priority=3, pattern="^other")
    assert not (await _read(rabbit_host)).no_copies
    await _set(rabbit_host, "low", BOUNDED, priority=3)
    assert (await _read(rabbit_host)).no_copies


async def test_the_least_limit_on_deliveries_counts(rabbit_host: RabbitHost, user: RabbitUser) -> None:
    user.declare("q", {"x-queue-type": "quorum", "x-delivery-limit": 7})
    assert (await _read(rabbit_host)).most_deliveries == 8
    await _set(rabbit_host, "fewer", {"delivery-limit": 2})
    assert (await _read(rabbit_host)).most_deliveries == 3


async def test_what_nobody_tells_is_not_taken_for_safe(rabbit_host: RabbitHost, user: RabbitUser) -> None:
    user.declare("q")
    silent = replace(rabbit_host.connection, management_url="http://127.0.0.1:1")
    assert "without an answer" in (await LimitBook(silent).read("q")).no_copies
    assert "without an answer" in (await _read(rabbit_host, "nothing")).no_copies
