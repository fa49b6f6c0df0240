"""JetStream by hand, for what tests do to a broker from outside the studio."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from tests.servers import NatsServer
from wqstudio.brokers.port import Broker
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import Unknown
from wqstudio.domain.snapshot import Snapshot

T = TypeVar("T")


class JetStream:
    def __init__(self, client: Client) -> None:
        self.client = client

    @classmethod
    async def connect(cls, server: NatsServer, **options: Any) -> "JetStream":
        return cls(await nats.connect(server.url, **options))

    async def close(self) -> None:
        await self.client.close()

    async def api(self, operation: str, body: object = None) -> dict[str, Any]:
        payload = b"" if body is None else json.dumps(body).encode()
        answer: dict[str, Any] = json.loads(
            (await self.client.request(f"$JS.API.{operation}", payload, timeout=5)).data
        )
        assert "error" not in answer, answer
        return answer

    async def stream(self, name: str, *subjects: str, **config: Any) -> None:
        whole = {"name": name, "subjects": subjects or [f"{name}.>"], "storage": "memory", **config}
        await self.api(f"STREAM.CREATE.{name}", whole)

    async def consumer(self, stream: str, name: str, **config: Any) -> None:
        """Make it, or change the one there is."""
        whole = {"durable_name": name, "ack_policy": "explicit", **config}
        operation = f"CONSUMER.DURABLE.CREATE.{stream}.{name}"
        await self.api(operation, {"stream_name": stream, "config": whole})

    async def publish(self, subject: str, *bodies: bytes, headers: dict[str, str] | None = None) -> None:
        for body in bodies:
            answer = json.loads((await self.client.request(subject, body, headers=headers, timeout=5)).data)
            assert "error" not in answer, answer

    async def publish_raw(self, subject: str, headers: bytes, body: bytes) -> None:
        """Header lines past nats-py, which encodes them as UTF-8 and sends each name once."""
        inbox = self.client.new_inbox()
        confirm = await self.client.subscribe(inbox, max_msgs=1)
        block = b"NATS/1.0\r\n" + headers + b"\r\n"
        sizes = b"%d %d" % (len(block), len(block) + len(body))
        await self.client._send_command(
            b"HPUB %b %b %b\r\n%b%b\r\n" % (subject.encode(), inbox.encode(), sizes, block, body)
        )
        await self.client.flush()
        assert b"error" not in (await confirm.next_msg(5)).data

    async def publish_many(self, subject: str, count: int, body: bytes = b"body") -> None:
        """Numbered by a header, ``Number``, from 0."""
        context = self.client.jetstream()
        confirms = [
            await context.publish_async(subject, body, headers={"Number": str(number)}) for number in range(count)
        ]
        await asyncio.gather(*confirms)

    async def stored(self, stream: str) -> dict[int, tuple[str, bytes, bytes]]:
        """Subject, raw header block and body by sequence."""
        state = (await self.api(f"STREAM.INFO.{stream}", {"deleted_details": True}))["state"]
        gone = set(state.get("deleted") or ())
        found: dict[int, tuple[str, bytes, bytes]] = {}
        for seq in range(state["first_seq"], state["last_seq"] + 1):
            if seq not in gone:
                message = (await self.api(f"STREAM.MSG.GET.{stream}", {"seq": seq}))["message"]
                found[seq] = (
                    message["subject"], b64decode(message.get("hdrs", "")), b64decode(message.get("data", ""))
                )  # fmt: skip
        return found

    async def everything(self, stream: str) -> object:
        """Configuration, state and consumers, to be compared: whether anything was touched."""
        info = await self.api(f"STREAM.INFO.{stream}", {"deleted_details": True, "subjects_filter": ">"})
        consumers = (await self.api(f"CONSUMER.LIST.{stream}"))["consumers"]
        return [{key: value for key, value in each.items() if key != "ts"} for each in (info, *consumers)]

    async def pull(self, stream: str, consumer: str, count: int, *, expires: float = 2.0) -> list[Msg]:
        """Up to ``count`` messages, none of them acknowledged; fewer when no more come before the pull expires."""
        inbox = self.client.new_inbox()
        subscription = await self.client.subscribe(inbox)
        request = {"batch": count, "expires": int(expires * 1e9)}
        await self.client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}", json.dumps(request).encode(), inbox)
        taken: list[Msg] = []
        while len(taken) < count:
            msg = await subscription.next_msg(expires + 5)
            if not msg.reply:  # the status that ends the pull
                break
            taken.append(msg)
        await subscription.unsubscribe()
        return taken

    async def settle(self, *messages: Msg, how: bytes = b"+ACK") -> None:
        """Return when the server has taken the acknowledgements."""
        for msg in messages:
            await self.client.request(msg.reply, how, timeout=5)

    async def exhaust(self, stream: str, consumer: str, count: int, deliveries: int) -> None:
        """Have ``count`` messages given back until none of them is delivered any more."""
        for _ in range(deliveries):
            await self.settle(*await self.pull(stream, consumer, count), how=b"-NAK")
        assert await self.pull(stream, consumer, count, expires=0.3) == []


async def queues(broker: Broker) -> Mapping[str, QueueState]:
    snapshot = await broker.snapshot()
    assert not isinstance(snapshot.queues, Unknown), snapshot.queues
    return snapshot.queues


async def snapshot_when(broker: Broker, condition: Callable[[Snapshot], bool], within: float = 30.0) -> Snapshot:
    """Poll until it holds; fail with the last snapshot."""
    return await _poll_until(broker.snapshot, condition, within)


async def queue_when(
    broker: Broker, name: str, condition: Callable[[QueueState], bool], within: float = 30.0
) -> QueueState:
    async def read() -> QueueState:
        return (await queues(broker))[name]

    return await _poll_until(read, condition, within)


async def _poll_until(read: Callable[[], Awaitable[T]], condition: Callable[[T], bool], within: float) -> T:
    end = asyncio.get_running_loop().time() + within
    while not condition(latest := await read()):
        assert asyncio.get_running_loop().time() < end, f"did not come true: {latest}"
        await asyncio.sleep(0.02)
    return latest
