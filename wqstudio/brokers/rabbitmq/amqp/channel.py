"""A channel, awaited: its methods, and what comes on it by itself."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pika import spec
from pika.exceptions import ShortStringTooLong

from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp import framing
from wqstudio.brokers.rabbitmq.amqp.errors import ChannelError, of_close
from wqstudio.brokers.rabbitmq.amqp.framing import Confirmed, Delivered, Item, Method, Returned

ANSWER_WITHIN = 15.0
"""Seconds the broker may take for a method."""
_CLOSE = spec.Channel.Close(200, "", 0, 0)


@dataclass
class Listener:
    """Told what comes on a channel by itself; all of it on the event loop."""

    delivered: Callable[[Delivered], None] = lambda _: None
    returned: Callable[[Returned], None] = lambda _: None
    confirmed: Callable[[Confirmed], None] = lambda _: None
    closed: Callable[[BrokerError], None] = lambda _: None
    """The channel is gone, other than by our own ``close``; with the connection, it comes from there."""
    gone: Callable[[BrokerError], None] = lambda _: None
    """The same, however it went."""
    meanwhile: str = "using the channel"
    """What is done on it while no answer is waited for; it completes "… failed"."""
    cancelled: Callable[[], None] | None = None
    """The broker has ended a consumer, for which it gives no reason. None: the channel counts as closed, then."""


class Channel:
    """Made by ``RabbitClient.open_channel``. It does not outlive its connection."""

    def __init__(self, number: int, send: Callable[[bytes], None], frame_max: int, listener: Listener) -> None:
        self.number = number
        self._send = send
        self.frame_max = frame_max
        self._listener = listener
        self._waiting: deque[tuple[asyncio.Future[Any], str]] = deque()
        self._gone: BrokerError | None = None
        self._closing = False
        """We have asked for its end, and the broker has not answered."""
        self._last_way: tuple[str, str] | None = None
        self._publishing = b""
        """The frame that goes before a message that way."""

    @property
    def is_open(self) -> bool:
        return self._gone is None

    @property
    def is_over(self) -> bool:
        """For both sides: another one may have the number."""
        return self._gone is not None and not self._closing

    async def call(self, method: spec.amqp_object.Method, doing: str) -> Any:
        """Send a method and return the answer. ``doing`` completes "… failed": "declaring the queue jobs".

        Raises ChannelError, DeniedError (either ends the channel) or UnreachableError.
        """
        if self._gone is not None:
            raise self._gone
        data = self._encoded(method, doing)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((answer, doing))
        self.send(data)
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await answer
        except TimeoutError as error:
            raise UnreachableError(f"{doing} failed: the broker did not answer in time.") from error

    def send(self, data: bytes) -> None:
        if self._gone is None:
            self._send(data)

    def publish(self, exchange: str, routing_key: str, properties: bytes, body: bytes) -> None:
        """Mandatory. ChannelError for a name that AMQP has no place for."""
        way = (exchange, routing_key)
        if way != self._last_way:
            address = (exchange.encode(errors="surrogateescape"), routing_key.encode(errors="surrogateescape"))
            if max(map(len, address)) > 255:
                raise ChannelError(f"{routing_key[:40]}… is longer than the 255 bytes of a name.", 0)
            self._last_way, self._publishing = way, framing.publishing(self.number, address)
        self.send(self._publishing)
        self.send(framing.content(self.number, properties, body, self.frame_max))

    def ack(self, tag: int, *, multiple: bool = False) -> None:
        self.send(framing.ack(self.number, tag, multiple=multiple))

    def nack(self, tag: int, *, requeue: bool, multiple: bool = False) -> None:
        self.send(framing.nack(self.number, tag, requeue=requeue, multiple=multiple))

    def give_back(self, tag: int) -> None:
        """As a failure: from RabbitMQ 4.3 on, a quorum queue counts a reject towards its limit, and a nack no more."""
        self.send(framing.reject(self.number, tag, requeue=True))

    async def close(self) -> None:
        """What was settled before has reached the broker when this returns. Nothing if it is gone already."""
        if self._gone is None:
            self._closing = True
            await self.call(_CLOSE, "closing a channel")

    def abandon(self, error: BrokerError, *, told: bool = False) -> None:
        """Close it without waiting for the answer, which a blocked connection may not give for long."""
        if self._gone is None and not self._closing:
            self._closing = True
            self.send(framing.method(self.number, _CLOSE))
        self.end(error, told=told)

    # --- what comes

    def handle(self, item: Item) -> None:
        if self._gone is not None:
            self._handle_late(item)
            return
        match item:
            case Delivered():
                self._listener.delivered(item)
            case Confirmed():
                self._listener.confirmed(item)
            case Returned():
                self._listener.returned(item)
            case Method(method=spec.Channel.Close() as closed):
                self.send(framing.method(self.number, spec.Channel.CloseOk()))
                self.end(of_close(closed.reply_code, closed.reply_text, self._doing()))
            case Method(method=spec.Channel.CloseOk() as ok):
                self._closing = False
                self._answer(ok)
                self.end(UnreachableError("The channel was closed."), told=False)
            case Method(method=spec.Basic.Cancel()):
                self._lose_consumer()
            case Method(method=spec.Channel.Flow() as flow):
                self.send(framing.method(self.number, spec.Channel.FlowOk(flow.active)))
            case Method(method=method):
                self._answer(method)

    def end(self, error: BrokerError, *, told: bool = True) -> None:
        """The channel is gone, and with it whatever waits for an answer."""
        if self._gone is not None:
            return
        self._gone = error
        while self._waiting:
            answer, _ = self._waiting.popleft()
            if not answer.done():
                answer.set_exception(error)
        if told:
            self._listener.closed(error)
        self._listener.gone(error)

    def _handle_late(self, item: Item) -> None:
        """What the broker had sent before it heard of the end is nobody's."""
        match item:
            case Method(method=spec.Channel.Close()):
                self._send(framing.method(self.number, spec.Channel.CloseOk()))
            case Method(method=spec.Channel.CloseOk()):
                self._closing = False
            case _:
                pass

    def _lose_consumer(self) -> None:
        if self._listener.cancelled is not None:
            self._listener.cancelled()
        else:
            self.abandon(ChannelError("The queue is gone: it was deleted, or its node is down.", 404), told=True)

    def _answer(self, method: spec.amqp_object.Method) -> None:
        if self._waiting:
            answer, _ = self._waiting.popleft()
            if not answer.done():
                answer.set_result(method)

    def _encoded(self, method: spec.amqp_object.Method, doing: str) -> bytes:
        try:
            return framing.method(self.number, method)
        except ShortStringTooLong as error:
            raise ChannelError(f"{doing} failed: a name is longer than AMQP's 255 bytes.", 0) from error

    def _doing(self) -> str:
        return self._waiting[0][1] if self._waiting else self._listener.meanwhile
