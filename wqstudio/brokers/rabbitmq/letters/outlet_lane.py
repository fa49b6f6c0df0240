"""A channel to one exchange, on which many copies are published in one write and each is confirmed.

An error ends a channel, and with it the confirms of everything under way on it. So the first message goes alone and
shows whether the exchange is there and may be written to; what the error says of one message is told from what it did
to the others.
"""

import asyncio
import re
from collections.abc import Sequence

from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp import envelope, marks
from wqstudio.brokers.rabbitmq.amqp.bulk import PENDING, STORED, Bulk, BulkChannel, Message
from wqstudio.brokers.rabbitmq.amqp.client import RabbitClient
from wqstudio.brokers.rabbitmq.amqp.framing import Returned
from wqstudio.brokers.rabbitmq.amqp.properties import headers_of
from wqstudio.domain.letter import Fate, Outcome

_TOO_LARGE = re.compile(r"larger than (?:the )?(?:configured )?max(?:imum)? size (\d+)")
_STORED = Outcome(Fate.STORED)


class Lane:
    """Opened anew after an error."""

    def __init__(self, client: RabbitClient, *, one_by_one: bool) -> None:
        self._client = client
        self._one_by_one = one_by_one
        self._channel: BulkChannel | None = None
        self._proven = False
        self._proving = asyncio.Lock()
        """What goes alone is the only thing on its channel: an error there is its own."""
        self._given_up: UnreachableError | None = None
        self.is_in_doubt = False
        """Of something that was sent nobody knows whether it arrived, or is still to arrive."""

    async def send(self, messages: Sequence[Message]) -> list[Outcome]:
        """One for each message; empty when none was sent, since there is no connection."""
        outcomes: list[Outcome] = []
        while len(outcomes) < len(messages):
            try:
                async with self._proving:
                    channel = await self._ready()
                    if self._one_by_one or not self._proven:
                        outcomes += await self._prove(channel, messages[len(outcomes) :])
                    rest = messages[len(outcomes) :]
                    if self._one_by_one or not self._proven or not rest:
                        continue
                # Who waits for the lock has his turn only once this has gone out.
                outcomes += self._told(await channel.publish(rest), len(rest), proven=True)
            except BrokerError as error:
                if not outcomes:
                    return []
                return outcomes + [unsure(str(error))] * (len(messages) - len(outcomes))
        return outcomes

    def give_up(self, error: UnreachableError) -> None:
        """Nothing goes this way any more."""
        self._given_up = error
        self.fail(error)

    def fail(self, error: UnreachableError) -> None:
        """The connection is gone."""
        if self._channel is not None:
            self._channel.fail(error)

    async def _ready(self) -> BulkChannel:
        if self._given_up is not None:
            raise self._given_up
        if self._channel is None or not self._channel.is_open:
            self._proven = False
            self._channel = await BulkChannel.open(self._client, _mark_of)
        return self._channel

    async def _prove(self, channel: BulkChannel, messages: Sequence[Message]) -> list[Outcome]:
        """By the first of them: its outcome, or that of all."""
        known, bulk = self._proven, await channel.publish(messages[:1])
        self._proven = bulk.ended is None
        return self._told(bulk, len(messages), proven=known)

    def _told(self, bulk: Bulk, left: int, *, proven: bool) -> list[Outcome]:
        self.is_in_doubt = self.is_in_doubt or isinstance(bulk.ended, UnreachableError)
        return _outcomes(bulk, left, proven=proven)


def _outcomes(bulk: Bulk, left: int, *, proven: bool) -> list[Outcome]:
    """Of those that were sent; of all ``left`` when what ended the channel would end it for each of them."""
    if bulk.ended is None and not bulk.refusals:
        return [_STORED] * len(bulk.messages)
    if bulk.ended is not None and not isinstance(bulk.ended, UnreachableError):
        around = _around_too_large(bulk, str(bulk.ended))
        if around:
            return around
        if not proven:
            return [Outcome(Fate.REFUSED, reason=str(bulk.ended))] * left
    return [_outcome(bulk, place) for place in range(len(bulk.messages))]


def _around_too_large(bulk: Bulk, error: str) -> list[Outcome]:
    """Up to the message whose size ended the channel, if it was that.

    The broker looked at none after it, so they can be sent again.
    """
    told = _TOO_LARGE.search(error)
    sizes = [len(message.body) for message in bulk.messages]
    guilty = next((place for place, size in enumerate(sizes) if told is not None and size > int(told[1])), None)
    if told is None or guilty is None:
        return []
    reason = (
        f"Its body of {sizes[guilty]:,} bytes is larger than the broker takes ({int(told[1]):,}); "
        "raise max_message_size in rabbitmq.conf."
    )
    return [*(_outcome(bulk, place) for place in range(guilty)), Outcome(Fate.REFUSED, reason=reason)]


def _outcome(bulk: Bulk, place: int) -> Outcome:
    match bulk.states[place]:
        case state if state == STORED:
            return _STORED
        case state if state == PENDING:
            return unsure(str(bulk.ended))
        case _:
            return Outcome(Fate.REFUSED, reason=bulk.refusals[place])


def unsure(why: str) -> Outcome:
    return Outcome(Fate.UNSURE, reason=f"It may be stored or not, since its confirm did not come: {why}")


def _mark_of(returned: Returned) -> str:
    """What carries no mark of ours is known by its looks."""
    mark = headers_of(returned.properties).get(marks.REQUEUED_HEADER, "")
    if isinstance(mark, str) and mark:
        return mark
    return looks(returned.routing_key, returned.properties, returned.body)


def looks(routing_key: str, properties: bytes, body: bytes) -> str:
    return envelope.fingerprint(routing_key, envelope.lasting(properties), body).hex()
