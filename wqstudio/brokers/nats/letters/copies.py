"""Copies that a requeue made, in the streams they went to: found by their sequences, known by their marks.

A copy counts as taken once a consumer has delivered that far, whatever became of it there: what a consumer gave back,
or skipped, is not told from what a worker is busy with.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from wqstudio.brokers.letters import Copies, Held, Made
from wqstudio.brokers.nats.jetstream.moving import MovingLink, open_link
from wqstudio.brokers.nats.jetstream.poll import WAIT
from wqstudio.brokers.nats.jetstream.records import ConsumerInfo, StreamDetail
from wqstudio.brokers.nats.letters import told as letters_told
from wqstudio.brokers.nats.letters.header_block import MARK
from wqstudio.brokers.nats.letters.letters import NatsLetters
from wqstudio.brokers.nats.letters.outlet_search import streams_of
from wqstudio.brokers.nats.letters.pointed import Released
from wqstudio.brokers.nats.letters.removal import Remover
from wqstudio.brokers.nats.letters.sequences import Line, WholeStream, chosen
from wqstudio.brokers.nats.letters.standing import serves
from wqstudio.brokers.nats.letters.stored import Stored
from wqstudio.brokers.nats.link import wire_headers
from wqstudio.brokers.port import RefusedError
from wqstudio.domain.connection import NatsConnection
from wqstudio.domain.letter import Destination, Letter


async def open_copies(
    connection: NatsConnection, targets: Iterable[Destination], made: Mapping[str, Made]
) -> Sequence[Copies]:
    """One for each stream that takes what is published to ``targets``. UnreachableError, DeniedError."""
    link = await open_link(connection, "wqstudio undo")
    try:
        streams = [info.config.name for info in await streams_of(link.api, [to.route for to in targets])]
    finally:
        await link.close()
    opened: list[Copies] = []
    try:
        for stream in streams:
            opened.append(await _open(connection, stream, made))  # noqa: PERF401 - what is open is closed if one fails
    except BaseException:
        for copies in opened:
            await copies.close()
        raise
    return opened


async def _open(connection: NatsConnection, stream: str, made: Mapping[str, Made]) -> "NatsCopies":
    link = await open_link(connection, "wqstudio undo")
    try:
        copies = NatsCopies(link, await link.api.stream(stream), _Requeued(link, stream, made))
        await copies.refresh()
    except BaseException:
        await link.close()
        raise
    return copies


class _Requeued:
    """The kind of letters that copies are."""

    remark = ""
    in_the_way = 0
    streams: Mapping[str, bytes] = MappingProxyType({})

    def __init__(self, link: MovingLink, stream: str, made: Mapping[str, Made]) -> None:
        self._link = link
        self._stream = stream
        self._made = made
        self.numbers: dict[int, int] = {}
        """By sequence, of those that were seen."""

    async def line(self) -> tuple[StreamDetail, Line]:
        stream = await self._link.api.gaps(self._stream)
        places = [each.place for each in self._made.values() if each.place is not None]
        return stream, chosen(WholeStream(stream.state), places)

    async def hold(self, messages: Sequence[Stored]) -> list[Held]:
        """The stream may have been made anew since, or be another one's: sequences alone say nothing."""
        consumers = await self.consumers()
        held = []
        for message in messages:
            made = self._made.get(wire_headers.value(message.headers, MARK))
            if made is not None and made.place == message.seq:
                self.numbers[message.seq] = made.number
                held.append(Held(*message, taken(consumers, message.subject, message.seq)))
        return held

    def portion(self, limit: int) -> int:
        return limit

    def read(self, held: Held) -> Letter:
        return letters_told.copied(self._stream, held)

    def return_route(self, held: Held) -> str:
        return held.route

    async def at_work(self) -> Sequence[str]:
        """What somebody has stays."""
        return ()

    async def release(self, letters: Sequence[Held]) -> Released:
        del letters
        return Released()

    async def consumers(self) -> Sequence[ConsumerInfo]:
        return tuple((await self._link.api.consumers(self._stream, WAIT)).items.values())


class NatsCopies(NatsLetters):
    """See ``Copies``; ``open_copies`` makes them."""

    def __init__(self, link: MovingLink, info: StreamDetail, kind: _Requeued) -> None:
        super().__init__(link, info, kind, purges=False)
        self._requeued = kind
        self._from = Remover(link, info)
        self._doubled = 0

    @property
    def doubled(self) -> int:
        return self._doubled

    def number(self, held: Held) -> int:
        return self._requeued.numbers[held.id]

    async def remove(self, letters: Sequence[Held]) -> Collection[int]:
        """Those that somebody has been given meanwhile stay his, and are told as ``doubled``."""
        consumers = await self._requeued.consumers()
        going = [held for held in letters if not taken(consumers, held.route, held.id)]
        staying = (await self._from.remove(np.unique(np.array([held.id for held in going], np.int64)))).refused
        going = [held for held in going if held.id not in staying]
        consumers = await self._requeued.consumers()
        late = [held for held in going if taken(consumers, held.route, held.id)]
        self._doubled += len(letters) - len(going) - len(staying) + len(late)
        if staying:
            raise RefusedError(f"{len(staying):,} copies are left where they were. {next(iter(staying.values()))}")
        return ()


def taken(consumers: Iterable[ConsumerInfo], subject: str, seq: int) -> str:
    """Why a message is not nobody's any more; empty: no consumer has come that far."""
    for consumer in consumers:
        if serves(consumer, subject) and consumer.delivered.stream_seq >= seq:
            return f"Consumer {consumer.name} has given it out already, or has passed it, so it stays where it is."
    return ""
