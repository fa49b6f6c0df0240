"""A worker's session: a connection and a channel of its own, and consumers on it while work is wanted."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from pika import spec

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError, Link, LinkState, TakenBackError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp.channel import Channel, Listener
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.errors import ChannelError
from wqstudio.brokers.rabbitmq.amqp.framing import Delivered
from wqstudio.brokers.rabbitmq.sessions.consumers import Consumers
from wqstudio.brokers.rabbitmq.sessions.giving_back import GivingBack
from wqstudio.brokers.rabbitmq.sessions.holding import Held, held_of
from wqstudio.brokers.rabbitmq.sessions.limits import LimitBook
from wqstudio.brokers.rabbitmq.sessions.retry_connection import RetryConnection
from wqstudio.brokers.sessions import Delivery
from wqstudio.brokers.taking import TakingSession
from wqstudio.domain.queue import Source

_AGAIN_AFTER = 0.5
"""Seconds between tries to open a channel where the last was closed."""
_ORIGIN = "Dead-Letter-Original-Queue"
_CANCELLED = (
    "RabbitMQ ended the consumer, as it does when the queue moves to another node or a message was held for longer "
    "than consumer_timeout; what was held is given out again, and the worker consumes again."
)


class ConsumingSession(TakingSession):
    """``WorkerSession`` on RabbitMQ. The client calls ``set_up`` when it is connected, again and again."""

    _client: RabbitClient
    _channel: Channel

    def __init__(
        self,
        source: Source,
        prefetch: int,
        limits: LimitBook,
        retries: RetryConnection,
        *,
        name: str = "",
        automatic_acks: bool = False,
    ) -> None:
        super().__init__()
        self._automatic = automatic_acks
        self._queue = source.queue
        self._consumers = Consumers(source.queue, prefetch, self._fail, name=name, automatic_acks=automatic_acks)
        self._giving_back = GivingBack(source.queue, limits, retries)
        self._started = False
        self._opening_again: asyncio.Task[None] | None = None
        self._trouble = ""

    async def set_up(self, client: RabbitClient) -> None:
        """What was delivered on an earlier connection is the broker's again."""
        self._client = client
        self._forget()
        self._channel = await client.open_channel(self._listener())
        looking_up = spec.Queue.Declare(queue=self._queue, passive=True)
        try:
            await self._channel.call(looking_up, f"looking up the queue {self._queue}")
        except UnreachableError as error:
            self._channel.abandon(error)
            raise
        except BrokerError as error:
            if not self._started:
                raise
            if self._failure is None:
                self._fail(error)
        if not self._started:
            self._started = True
            self._giving_back.enter()
        self._consumers.use(self._channel)

    @property
    def ack_deadline(self) -> float | None:
        """None: what is held too long ends the channel (``consumer_timeout``), and is lost from then on."""
        return None

    @property
    def trouble(self) -> str:
        return self._trouble or self._giving_back.trouble or super().trouble

    def lost(self, delivery: Delivery) -> bool:
        """A delivery is settled on the channel it came on, or never."""
        return not self._automatic and not held_of(delivery).channel.is_open

    async def take(self) -> Sequence[Delivery]:
        self._consumers.wanted = True
        return await super().take()

    async def pause(self) -> None:
        self._consumers.wanted = False
        self._wake()
        await self._consumers.adjust()

    def ack(self, delivery: Delivery) -> None:
        if (held := self._settle(delivery)) is not None:
            held.channel.ack(held.message.tag)

    async def ack_confirmed(self, delivery: Delivery) -> None:
        """AMQP confirms no acknowledgement; but what is asked after it on its channel is answered after it."""
        if self._link.state is not LinkState.CONNECTED:
            raise UnreachableError("The acknowledgement has to wait: there is no connection at the moment.")
        if (held := self._settle(delivery)) is not None:
            held.channel.ack(held.message.tag)
        elif not held_of(delivery).channel.is_open:
            raise TakenBackError("The broker has taken the message back with the connection it was delivered on.")
        try:  # also where an earlier try has sent it: that one was not answered
            await self._channel.call(spec.Channel.Flow(active=True), "acknowledging a message")
        except UnreachableError:
            raise
        except BrokerError as error:
            raise UnreachableError(str(error)) from error

    def nak(self, delivery: Delivery, delay: float = 0.0, *, counted: bool = False, rejected: bool = False) -> None:
        """A copy tells how often it was delivered, which of a message that is given back a classic queue does not."""
        held = self._settle(delivery)
        if held is None:
            return
        if rejected:
            held.channel.nack(held.message.tag, requeue=False)
            return
        if delay <= 0 and not counted:
            held.channel.give_back(held.message.tag)
            return
        self._giving_back.give(held, delivery.deliveries, delay, counted=counted)

    def terminate(self, delivery: Delivery, reason: str) -> None:
        """The message is dead-lettered where the queue says so, and dropped otherwise. AMQP has no place for why."""
        del reason
        if (held := self._settle(delivery)) is not None:
            held.channel.nack(held.message.tag, requeue=False)

    def discard(self, delivery: Delivery, reason: str) -> None:
        """Acknowledged: what is rejected might be dead-lettered."""
        del reason
        self.ack(delivery)

    async def forward(self, delivery: Delivery, route: str) -> None:
        await self._giving_back.pass_on(held_of(delivery).message, route, {})

    async def bury(self, delivery: Delivery, route: str, why: Mapping[str, str]) -> None:
        """With its history of deaths, if the broker has written one."""
        await self._giving_back.pass_on(held_of(delivery).message, route, {_ORIGIN: self._queue, **why})

    def release(self, delivery: Delivery) -> None:
        held = held_of(delivery)
        if held.channel is self._channel:
            self._consumers.release(held.message.tag)

    def keep(self, delivery: Delivery) -> None:
        """There is no deadline to be put off."""

    def set_prefetch(self, prefetch: int) -> None:
        self._consumers.set_prefetch(prefetch)

    async def close(self) -> None:
        if self._closed:
            return
        await self.pause()
        await self._giving_back.finish()
        self._end()
        self._channel.nack(0, requeue=True, multiple=True)
        self._wake()
        try:
            await self._client.close()
        finally:
            await self._giving_back.leave()

    def abort(self) -> None:
        """Also ends a ``close`` that has not come through."""
        self._giving_back.drop()
        self._end()
        if self._opening_again is not None:
            self._opening_again.cancel()
        self._wake()
        self._client.abort()

    def _end(self) -> None:
        self._closed = True
        self._consumers.end()

    # --- the connection

    def on_link(self, link: Link) -> None:
        super().on_link(link)
        if link.state is not LinkState.CONNECTED:
            self._forget()

    def _on_closed(self, error: BrokerError) -> None:
        """The broker closed the channel. What it held is given to others."""
        self._forget()
        if isinstance(error, ChannelError) and error.not_found and self._started:
            error = ChannelError(f"The queue is gone: {error}", error.code)
        if not isinstance(error, UnreachableError):
            self._fail(error)
            return
        self._trouble = str(error)
        self._begin_anew(self._open_again)

    def _on_cancelled(self) -> None:
        """The queue is gone, has moved to another node, or had its messages held for too long: a look will tell.

        Told of each consumer.
        """
        self._begin_anew(self._leave_channel)

    def _begin_anew(self, how: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if self._opening_again is None or self._opening_again.done():
            self._opening_again = spawn(how(), "open channel again")

    async def _leave_channel(self) -> None:
        self._forget()
        with contextlib.suppress(BrokerError):
            await self._channel.close()
        self._channel.abandon(UnreachableError("The broker did not answer in time that the channel is closed."))
        await self._open_again()
        if self._failure is None:
            self._trouble = _CANCELLED

    async def _open_again(self) -> None:
        """Until there is a channel; where the connection goes, too, the client sets up the next one."""
        while not self._closed and self._link.state is LinkState.CONNECTED and not self._channel.is_open:
            with contextlib.suppress(UnreachableError):
                await self.set_up(self._client)
                return
            await asyncio.sleep(_AGAIN_AFTER)

    def _listener(self) -> Listener:
        return Listener(delivered=self._on_delivered, closed=self._on_closed, cancelled=self._on_cancelled)

    def _forget(self) -> None:
        """All that was delivered is the broker's again."""
        self._arrived.clear()
        self._consumers.forget()

    def _ask(self) -> None:
        self._consumers.ask()

    # --- messages

    def _on_delivered(self, message: Delivered) -> None:
        self._consumers.given(message.tag)
        self._put(Held(self._channel, message).delivery(self._queue))

    def _settle(self, delivery: Delivery) -> Held | None:
        """None: it is settled already, or no longer ours to settle."""
        held = held_of(delivery)
        if self._closed or held.channel is not self._channel or not self._consumers.settle(held.message.tag):
            return None
        self._trouble = ""
        return held
