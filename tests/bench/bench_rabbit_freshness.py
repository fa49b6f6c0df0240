"""How old a queue's numbers are by each way of asking, and what they cost the node; and how old in the studio.

On a node with RabbitMQ's own intervals. Somebody publishes to a queue and takes half of it, acknowledging nothing, so
that ready, unacked and deliveries grow by one at each step: the age of a number is the time since the step after it.
Of each, the table has median / worst in seconds; a dash where the answer does not have it.
"""

import asyncio
import statistics
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias
from urllib.parse import quote, urlsplit

import msgspec
import psutil
from pika import spec

from tests.bench.ratio import Ratio
from tests.rabbit_servers import BY_DEFAULT, RabbitHost, RabbitNode
from tests.rabbit_user import RabbitUser
from wqstudio.brokers.rabbitmq.amqp.address import Account
from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.brokers.rabbitmq.amqp.declared import Declared, look
from wqstudio.brokers.rabbitmq.broker import connect
from wqstudio.brokers.rabbitmq.management.api import authorization
from wqstudio.brokers.rabbitmq.management.http import HttpClient
from wqstudio.brokers.rabbitmq.management.web_address import WebAddress
from wqstudio.domain.reading import Reading, known

KINDS = ("classic", "quorum")
OTHERS = 1_000
"""Queues beside these two in the large virtual host."""
SECONDS = 30.0
STEP = 0.03
"""Seconds from one step of the load to the next."""
BEAT = 0.5
"""Seconds from one question to the next; snapshots are polled as the window polls them."""
ASKED = 40
"""Questions over which the node's time is measured."""
LIMIT = 1.25
SNAPSHOT = "the studio's snapshot"


class Seen(NamedTuple):
    """None: the answer does not have it."""

    ready: int | None = None
    unacked: int | None = None
    delivered: int | None = None


Ask: TypeAlias = Callable[[str], Awaitable[tuple[Seen, int]]]
"""What is seen of a queue, and the bytes of the answer as they came."""


class Load:
    """The steps of one queue, in a thread of its own."""

    def __init__(self, host: RabbitHost, queue: str) -> None:
        self.steps: list[float] = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(host, queue))
        self._thread.start()

    def end(self) -> None:
        self._ending.set()
        self._thread.join()

    def age(self, value: int, asked: float) -> float:
        """Seconds since it was overtaken."""
        return max(0.0, asked - self.steps[value]) if value < len(self.steps) else 0.0

    def _run(self, host: RabbitHost, queue: str) -> None:
        user = RabbitUser(host)
        while not self._ending.wait(STEP):
            user.publish(queue, b"task")
            user.publish(queue, b"task")
            user.take(queue, 1)
            self.steps.append(time.monotonic())
        user.close()


@dataclass
class Ages:
    ready: list[float] = field(default_factory=list)
    unacked: list[float] = field(default_factory=list)
    delivered: list[float] = field(default_factory=list)

    def add(self, load: Load, seen: Seen, asked: float) -> None:
        for ages, value in zip((self.ready, self.unacked, self.delivered), seen, strict=True):
            if value is not None:
                ages.append(load.age(value, asked))


@dataclass
class Findings:
    """Of one virtual host."""

    ages: dict[tuple[str, str], Ages] = field(default_factory=dict)
    """By source and kind of queue."""
    cost: dict[str, tuple[float, int]] = field(default_factory=dict)
    """By source: milliseconds of the node's processors, and bytes."""


def run() -> list[Ratio]:
    node = RabbitNode(BY_DEFAULT)
    node.start()
    try:
        found = {others: asyncio.run(_look_into(node.make_host(), others, node.server.pid)) for others in (0, OTHERS)}
    finally:
        node.close()
    for others, findings in found.items():
        print(_table(findings, others + len(KINDS)))
    return [_ratio(findings, others + len(KINDS)) for others, findings in found.items()]


async def _look_into(host: RabbitHost, others: int, pid: int) -> Findings:
    await _make_queues(host, others)
    findings = Findings()
    async with AsyncExitStack() as stack:
        sources = await _sources(host, stack)
        loads = {kind: Load(host, kind) for kind in KINDS}
        try:
            async with asyncio.timeout(SECONDS + 10), asyncio.TaskGroup() as group:
                group.create_task(_watch_snapshots(host, loads, findings))
                for name, ask in sources.items():
                    group.create_task(_watch(name, ask, loads, findings))
        finally:
            for load in loads.values():
                await asyncio.to_thread(load.end)
        for name, ask in sources.items():
            findings.cost[name] = await _cost(ask, pid)
    return findings


async def _make_queues(host: RabbitHost, others: int) -> None:
    client = await connect_client(host.connection, name="bench")
    async with client.channel() as channel:
        names = {**{kind: kind for kind in KINDS}, **{f"other-{number}": "classic" for number in range(others)}}
        for name, kind in names.items():
            arguments = {"x-queue-type": kind}
            await channel.call(spec.Queue.Declare(queue=name, durable=True, arguments=arguments), "making queues")
    await client.close()


async def _watch(name: str, ask: Ask, loads: Mapping[str, Load], findings: Findings) -> None:
    end = time.monotonic() + SECONDS
    while (asked := time.monotonic()) < end:
        for kind, load in loads.items():
            seen, _ = await ask(kind)
            findings.ages.setdefault((name, kind), Ages()).add(load, seen, asked)
        await asyncio.sleep(BEAT)


async def _watch_snapshots(host: RabbitHost, loads: Mapping[str, Load], findings: Findings) -> None:
    broker = await connect(host.connection)
    broker.watch(KINDS)
    end = time.monotonic() + SECONDS
    while (asked := time.monotonic()) < end:
        queues = known((await broker.snapshot()).queues, {})
        for kind, load in loads.items():
            queue = queues[kind]
            seen = Seen(_number(queue.waiting), _number(queue.in_flight), _number(queue.delivered))
            findings.ages.setdefault((SNAPSHOT, kind), Ages()).add(load, seen, asked)
        await asyncio.sleep(max(0.0, asked + 2 * BEAT - time.monotonic()))
    await broker.close()


def _number(reading: Reading[int]) -> int | None:
    return known(reading, -1) if known(reading, -1) >= 0 else None


async def _cost(ask: Ask, pid: int) -> tuple[float, int]:
    """Beyond what the node does at rest."""
    node = psutil.Process(pid)

    def busy() -> float:
        times = node.cpu_times()
        return float(times.user + times.system)

    before, began = busy(), time.monotonic()
    await asyncio.sleep(2)
    idle = (busy() - before) / (time.monotonic() - began)
    before, began = busy(), time.monotonic()
    wire = [(await ask(KINDS[0]))[1] for _ in range(ASKED)]
    spent = busy() - before - idle * (time.monotonic() - began)
    return max(0.0, spent) / ASKED * 1_000, round(statistics.mean(wire))


# --- the ways of asking


async def _sources(host: RabbitHost, stack: AsyncExitStack) -> dict[str, Ask]:
    given = host.connection
    amqp = await connect_client(given, name="bench")
    stack.push_async_callback(amqp.close)
    place = urlsplit(given.management_url)
    login = authorization(Account(given.user, given.password, given.vhost))
    management = HttpClient(WebAddress(str(place.hostname), int(place.port or 0), tls=False), login, None)
    prometheus_port = host.node.server.ports.prometheus
    prometheus = HttpClient(WebAddress(str(place.hostname), prometheus_port, tls=False), "", None, accept="text/plain")
    stack.callback(management.close)
    stack.callback(prometheus.close)

    async def declare(queue: str) -> tuple[Seen, int]:
        found = (await look(amqp, [queue]))[queue]
        return Seen(found.ready) if isinstance(found, Declared) else Seen(), 0

    async def one(queue: str, query: str = "") -> tuple[Seen, int]:
        answer = await management.get(f"/api/queues/{host.path}/{queue}{query}", 10)
        return _of_record(msgspec.json.decode(answer.body)), answer.wire

    async def listed(queue: str) -> tuple[Seen, int]:
        totals = "page=1&page_size=500&disable_stats=true&enable_queue_totals=true"
        only = f"columns=name,messages_ready,messages_unacknowledged&use_regex=true&name=^{queue}$"
        answer = await management.get(f"/api/queues/{host.path}?{totals}&{only}", 10)
        (item,) = msgspec.json.decode(answer.body)["items"]
        return _of_record(item), answer.wire

    async def detailed(queue: str) -> tuple[Seen, int]:
        families = "family=queue_coarse_metrics&family=queue_consumer_count"
        answer = await prometheus.get(f"/metrics/detailed?vhost={quote(given.vhost)}&{families}", 10)
        values = _of_metrics(answer.body.decode(), f'queue="{queue}"')
        return Seen(values.get("queue_messages_ready"), values.get("queue_messages_unacked")), answer.wire

    return {
        "passive declare": declare,
        "queues/<v>/<q>": one,
        "queues/<v>/<q>, no stats, totals": lambda queue: one(queue, "?disable_stats=true&enable_queue_totals=true"),
        "queues/<v> by name, no stats, totals": listed,
        "metrics/detailed, coarse + consumers": detailed,
    }


def _of_record(record: Mapping[str, int | Mapping[str, int]]) -> Seen:
    stats = record.get("message_stats")
    delivered = stats.get("deliver_get") if isinstance(stats, Mapping) else None
    ready, unacked = record.get("messages_ready"), record.get("messages_unacknowledged")
    return Seen(ready if isinstance(ready, int) else None, unacked if isinstance(unacked, int) else None, delivered)


def _of_metrics(text: str, label: str) -> dict[str, int]:
    """By the metric's name without the prefix."""
    lines = [line for line in text.splitlines() if label in line]
    return {line.partition("{")[0].removeprefix("rabbitmq_detailed_"): int(line.rpartition(" ")[2]) for line in lines}


# --- the table


def _table(findings: Findings, queues: int) -> str:
    sources = dict.fromkeys(name for name, _ in findings.ages)
    width = max(map(len, sources))
    head = f"{f'in a virtual host of {queues:,} queues':<{width}}  {'node':>8} {'answer':>9}"
    head += "".join(f"  {f'{kind} {what}':>17}" for kind in KINDS for what in ("ready", "unacked", "delivered"))
    rows = [head]
    for name in sources:
        busy, wire = findings.cost.get(name, (None, None))
        cells = (
            f"{name:<{width}}  {'' if busy is None else f'{busy:.2f} ms':>8} {'' if wire is None else f'{wire:,} B':>9}"
        )
        for kind in KINDS:
            ages = findings.ages[name, kind]
            cells += "".join(f"  {_spread(each):>17}" for each in (ages.ready, ages.unacked, ages.delivered))
        rows.append(cells)
    return "\n".join(rows)


def _spread(ages: Sequence[float]) -> str:
    return f"{statistics.median(ages):.2f} / {max(ages):.2f}" if ages else "–"


def _ratio(findings: Findings, queues: int) -> Ratio:
    """One beat is forgiven: a poll's requests are sent one after the other."""
    ours = statistics.median(findings.ages[SNAPSHOT, "quorum"].unacked)
    ages = {name: each.unacked for (name, kind), each in findings.ages.items() if kind == "quorum" and name != SNAPSHOT}
    name, best = min(((name, statistics.median(each)) for name, each in ages.items() if each), key=lambda pair: pair[1])
    return Ratio(
        f"age of unacked on screen, of {queues:,} queues / best way of asking",
        ours / best,
        LIMIT,
        at_least=False,
        detail=f"quorum queue, medians: {ours:.2f} s in snapshots, {best:.2f} s by {name}",
    )
