"""A worker's session: pulls from one JetStream consumer, without nats-py's pull subscription.

That one starts three tasks for each ``fetch``; here a pull is one publish, and its messages come to one inbox.
A pull is made when everything of the pull before has been settled and the worker asks for more: with a batch
of one that is fair, with large batches it hoards, as real workers do.
"""

import asyncio
import contextlib
from collections.abc import Mapping

import nats.errors

from wqstudio.background import spawn
from wqstudio.brokers.nats.link import errors, wire_headers
from wqstudio.brokers.nats.link.client import StudioClient, Tap
from wqstudio.brokers.nats.link.outbound import Outbound
from wqstudio.brokers.nats.link.severing import sever
from wqstudio.brokers.nats.sessions import acks, passing_on
from wqstudio.brokers.nats.sessions.consumer import PullStatus, Terms, pull_status, read_terms
from wqstudio.brokers.nats.sessions.taken import Taken
from wqstudio.brokers.port import BrokerError, Link, LinkState, RefusedError, UnreachableError
from wqstudio.brokers.sessions import Delivery
from wqstudio.brokers.taking import TakingSession
from wqstudio.domain.queue import Source
from wqstudio.domain.task import DUE_HEADER, TASK_HEADER

EXPIRES = 30.0
"""Seconds a pull stands at the server before it has to be renewed."""
HEARTBEAT = 3.0
"""Seconds between signs of life of a standing pull; two missed ones count as a lost pull."""
RETRY = 0.25
"""Seconds before asking again when the server could not serve a pull for the moment."""


class PullingSession(TakingSession):
    """``WorkerSession`` on JetStream. ``start`` comes first."""

    _client: StudioClient
    _outbound: Outbound
    _tap: Tap

    def __init__(self, source: Source, prefetch: int, *, patience: float | None = None) -> None:
        """``patience``: seconds after which ``take`` comes back empty-handed, 0: without waiting; None: never."""
        super().__init__()
        self._source = source
        self._patience = patience
        self._path = f"{source.queue}.{source.consumer}"
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{self._path}"
        self._prefetch = max(1, prefetch)
        self._terms = Terms()
        self._inbox = ""
        self._unsettled: set[str] = set()
        self._pulls = 0
        self._outstanding = 0
        """Messages that the standing pull may still bring."""
        self._pulled_for: asyncio.Future[None] | None = None
        """Who waited when it was made."""
        self._heard = 0.0
        self._withdrawing = asyncio.Lock()
        self._retry: asyncio.Task[None] | None = None
        self._watch: asyncio.TimerHandle | None = None

    async def start(self, client: StudioClient) -> None:
        """Takes the client over: ``close`` or ``abort`` ends it, also after this has failed."""
        self._client = client
        self._outbound = Outbound(client)
        await self._look_up()
        client.on_denial = self._on_denial
        await self._subscribe()
        await self._ask_to_settle()
        self._watch_pull()

    @property
    def ack_deadline(self) -> float | None:
        return self._terms.ack_wait or None

    async def pause(self) -> None:
        self._wake()
        await self._withdraw()

    def ack(self, delivery: Delivery) -> None:
        self._settle(delivery, acks.ACK)

    async def ack_confirmed(self, delivery: Delivery) -> None:
        if self._terms.acks:
            try:
                await self._client.ask(_reply(delivery), acks.ACK, doing="acknowledging a message")
            except errors.NobodyThereError as error:
                await self._look_up()  # the consumer may be gone
                raise UnreachableError(str(error)) from error
        self.release(delivery)

    def nak(self, delivery: Delivery, delay: float = 0.0, *, counted: bool = False, rejected: bool = False) -> None:
        del counted, rejected  # JetStream always counts, and delays by itself
        self._settle(delivery, acks.nak(delay))

    def terminate(self, delivery: Delivery, reason: str) -> None:
        self._settle(delivery, acks.term(reason))

    def discard(self, delivery: Delivery, reason: str) -> None:
        self.terminate(delivery, reason)

    async def forward(self, delivery: Delivery, route: str) -> None:
        await passing_on.publish(self._client, _message(delivery), route, {})

    async def bury(self, delivery: Delivery, route: str, why: Mapping[str, str]) -> None:
        message = _message(delivery)
        told = {**passing_on.origin(message, self._source.queue), **why}
        await passing_on.publish(self._client, message, route, told)

    def release(self, delivery: Delivery) -> None:
        """Forget a message that the broker has taken back: anything said about it now would be too late."""
        self._unsettled.discard(_reply(delivery))
        self._pull_if_due()

    def keep(self, delivery: Delivery) -> None:
        if self._link.state is LinkState.CONNECTED:  # when the link is back it may be too late to say so
            self._outbound.put(_reply(delivery), acks.IN_PROGRESS)

    def set_prefetch(self, prefetch: int) -> None:
        self._prefetch = max(1, prefetch)
        if self._outstanding:
            spawn(self._withdraw(), "renew pull")

    async def close(self) -> None:
        if self._closed:
            return
        await self.pause()
        for reply in self._unsettled:
            self._answer(reply, acks.nak(0))
        await self._outbound.flush()
        self._end()
        with contextlib.suppress(nats.errors.Error, OSError):
            await self._client.close()

    def abort(self) -> None:
        """Also ends a ``close`` that has not come through."""
        if not self._closed:
            self._end()
        sever(self._client)

    def _end(self) -> None:
        self._closed = True
        self._outbound.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if self._retry is not None:
            self._retry.cancel()
        self._wake()

    # --- the connection

    def on_link(self, link: Link) -> None:
        """A pull dies with the connection it was made on."""
        super().on_link(link)
        self._outstanding = 0
        self._pull_if_due()

    async def _subscribe(self) -> None:
        self._inbox = self._client.new_inbox()
        self._tap = await self._client.tap(f"{self._inbox}.*", self._take)

    async def _look_up(self) -> None:
        """RefusedError: there is no such consumer, or it cannot be pulled from."""
        answer = await self._client.ask(f"$JS.API.CONSUMER.INFO.{self._path}", doing=f"looking up {self._path}")
        self._terms = read_terms(answer.data, self._source)

    async def _ask_to_settle(self) -> None:
        """DeniedError: this account may not acknowledge. Else that would show only when tasks are done already."""
        self._answer(acks.of_nothing(self._source.queue, self._source.consumer), acks.IN_PROGRESS)
        await self._outbound.flush()
        if self._failure is not None:
            raise self._failure

    def _on_denial(self, what: str) -> None:
        if f'publish to "{acks.PREFIX}{self._path}.'.lower() in what:
            self._fail(errors.denied("Acknowledging", f'publish to "{acks.PREFIX}{self._path}.>"'))
        elif f'"{self._next}"'.lower() in what:
            self._fail(errors.denied("Asking for messages", f'publish to "{self._next}"'))
        elif f'"{self._inbox}'.lower() in what:
            self._fail(errors.denied("Asking for messages", errors.LISTENING))

    # --- pulls

    def _ask(self) -> None:
        self._pull_if_due()

    def _pull_if_due(self) -> None:
        if self._waiter is None or self._outstanding or self._unsettled:
            return
        if self._link.state is not LinkState.CONNECTED or self._withdrawing.locked() or self._retry is not None:
            return
        batch = min(self._prefetch, self._terms.max_batch or self._prefetch)
        self._pulls += 1
        self._outstanding = batch
        self._pulled_for = self._waiter
        self._heard = asyncio.get_running_loop().time()
        request = acks.pull(batch, *self._stand())
        self._outbound.put(self._next, request, f"{self._inbox}.{self._pulls}")

    def _stand(self) -> tuple[float, float]:
        """Seconds that a pull stands, and between signs of life of it."""
        longest = self._terms.max_expires or EXPIRES
        if self._patience is not None:
            return min(self._patience, longest), 0.0
        expires = min(EXPIRES, longest)
        return expires, min(HEARTBEAT, expires / 3)

    async def _withdraw(self) -> None:
        """Take back the standing pull, if there is one, and ask anew if somebody waits.

        The server drops a pull whose inbox has no subscriber; what it sent before that is received here. A message
        it was about to send at that very moment is lost here, and redelivered after the ack deadline.
        """
        async with self._withdrawing:
            if self._outstanding and not self._closed:
                await self._outbound.flush()
                standing = self._tap
                with contextlib.suppress(nats.errors.Error, OSError):  # without a connection there is no pull
                    await self._subscribe()  # first, so that the server knows the new inbox, too, when this is over
                    await self._client.untap(standing)
                self._outstanding = 0
        self._pull_if_due()

    def _watch_pull(self) -> None:
        """Renew a pull of which nothing was heard for too long."""
        loop = asyncio.get_running_loop()
        if self._outstanding and loop.time() - self._heard > 2 * HEARTBEAT:
            self._outstanding = 0
            self._pull_if_due()
        self._watch = loop.call_later(HEARTBEAT, self._watch_pull)

    # --- what comes

    def _take(self, subject: bytes, reply: bytes, headers: bytes, body: bytes) -> None:
        self._heard = asyncio.get_running_loop().time()
        message = Taken(subject, reply.decode(errors="backslashreplace"), headers, body)
        if not message.reply.startswith(acks.PREFIX):
            self._on_status(message)
            return
        task, due = wire_headers.value(headers, TASK_HEADER), wire_headers.value(headers, DUE_HEADER)
        self._unsettled.add(message.reply)
        self._outstanding -= self._outstanding > 0
        self._put(Delivery(body, task, acks.deliveries(message.reply), message, due))

    def _on_status(self, message: Taken) -> None:
        if message.subject != f"{self._inbox}.{self._pulls}".encode():
            return  # about a pull that is past
        code, description = wire_headers.status(message.block)
        status = pull_status(code, description)
        if status is PullStatus.ALIVE:
            return
        self._outstanding = 0
        match status:
            case PullStatus.OVER if self._patience is not None and self._pulled_for is self._waiter:
                self._wake()
            case PullStatus.OVER:
                self._pull_if_due()
            case PullStatus.ENDED:
                self._fail(RefusedError(f"{self._path} serves no pulls any more: {description or code}."))
            case PullStatus.LATER:
                self._retry = spawn(self._ask_later(), "pull again")

    async def _ask_later(self) -> None:
        """See whether the consumer is still there, and ask it again a little later."""
        try:
            await asyncio.sleep(RETRY)
            await self._look_up()
        except UnreachableError:
            pass
        except BrokerError as error:
            self._fail(error)
        finally:
            self._retry = None
        self._pull_if_due()

    def _settle(self, delivery: Delivery, answer: bytes) -> None:
        reply = _reply(delivery)
        if self._closed or reply not in self._unsettled:
            return
        self._unsettled.discard(reply)
        self._answer(reply, answer)
        self._pull_if_due()

    def _answer(self, reply: str, answer: bytes) -> None:
        if self._terms.acks:
            self._outbound.put(reply, answer)


def _message(delivery: Delivery) -> Taken:
    assert isinstance(delivery.tag, Taken), "a delivery of another session"
    return delivery.tag


def _reply(delivery: Delivery) -> str:
    return _message(delivery).reply
