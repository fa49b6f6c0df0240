"""Advisories of messages that died in place, once these were moved: they would be dead letters of nothing.

Only those in a stream that keeps dead letters are touched. A stream that gathers all kinds of advisories is a log.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import numpy as np

from wqstudio.brokers.nats.jetstream import marks
from wqstudio.brokers.nats.jetstream.advisories import Advisory
from wqstudio.brokers.nats.jetstream.moving import MovingLink, open_link
from wqstudio.brokers.nats.jetstream.records import StreamDetail
from wqstudio.brokers.nats.letters.by_subject import matching
from wqstudio.brokers.nats.letters.pointed import advisory, keeps_all, stream_key
from wqstudio.brokers.nats.letters.removal import Remover
from wqstudio.brokers.nats.letters.sequences import Sequences
from wqstudio.brokers.nats.letters.standing import made_after
from wqstudio.brokers.port import RefusedError
from wqstudio.domain.connection import NatsConnection


async def open_pointers(connection: NatsConnection, stream: str) -> "NatsPointers":
    """UnreachableError, DeniedError; RefusedError when there is no such stream."""
    link = await open_link(connection, "wqstudio pointers")
    try:
        info = await link.api.stream(stream)
        names = await link.api.streams_of(_subject(stream))
        keeping = [await link.api.stream(name) for name in names]
    except BaseException:
        await link.close()
        raise
    return NatsPointers(link, info, [each for each in keeping if marks.keeps_dead_letters(each.config)])


class NatsPointers:
    """See ``Pointers``; ``open_pointers`` makes one."""

    def __init__(self, link: MovingLink, stream: StreamDetail, keeping: Sequence[StreamDetail]) -> None:
        self._link = link
        self._stream = stream
        self._keeping = keeping

    @property
    def queues(self) -> Sequence[str]:
        return [each.config.name for each in self._keeping]

    async def remove(self, fingerprints: Collection[bytes]) -> int:
        gone = _sequences(stream_key(self._stream), fingerprints)
        return sum([await self._remove_from(each, gone) for each in self._keeping]) if len(gone) else 0

    async def close(self) -> None:
        await self._link.close()

    async def _remove_from(self, keeping: StreamDetail, gone: Sequences) -> int:
        found = await self._find(keeping, gone)
        if not len(found):
            return 0
        if refusal := keeps_all(keeping):
            raise RefusedError(refusal)
        if refused := (await Remover(self._link, keeping).remove(found)).refused:
            raise RefusedError(next(iter(refused.values())))
        return len(found)

    async def _find(self, keeping: StreamDetail, gone: Sequences) -> Sequences:
        found = matching(self._link, keeping, _subject(self._stream.config.name), keeping.state.last_seq)
        told = [(each.seq, said) async for each in found if (said := advisory(each)) is not None]
        pointing = [(seq, said.stream_seq) for seq, said in told if self._is_of_this_stream(said)]
        here, there = np.array(pointing, np.int64).reshape(-1, 2).T
        return here[np.isin(there, gone)]

    def _is_of_this_stream(self, told: Advisory) -> bool:
        """Not of one that had its name before, and messages with the same sequences."""
        try:
            at = datetime.fromisoformat(told.timestamp)
        except ValueError:
            return False
        return at.tzinfo is not None and not made_after(self._stream.created, at)


def _subject(stream: str) -> str:
    return f"{marks.MAX_DELIVERIES}{stream}.*"


def _sequences(key: bytes, fingerprints: Collection[bytes]) -> Sequences:
    """Of those among them that are of the stream of that key; see ``named``."""
    found = [int.from_bytes(each[len(key) :], "big") for each in fingerprints if each.startswith(key)]
    return np.unique(np.array(found, np.int64))
