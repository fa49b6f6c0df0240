"""Removes messages: at the head of a stream with one purge, elsewhere one by one, pipelined.

A purge takes everything before a sequence. It is used only where each message stored before it is among those to be
removed, by the gaps of the stream as it was opened: what is published later has a higher sequence, and nothing deleted
comes back. A stream that was made anew counts its sequences anew, so its time of creation is compared before.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec
import numpy as np

from wqstudio.brokers.letters import NotAskedError
from wqstudio.brokers.nats.jetstream.api import JetStreamApi
from wqstudio.brokers.nats.jetstream.exchange import Answer, Request
from wqstudio.brokers.nats.jetstream.moving import MovingLink
from wqstudio.brokers.nats.jetstream.records import Answer as Record, StreamInfo, StreamState
from wqstudio.brokers.nats.letters.sequences import Line, Sequences
from wqstudio.brokers.port import BrokerError, DeniedError, RefusedError, UnreachableError

PURGE_FROM = 8
"""Messages at the head for which a purge is worth it."""
_AT_ONCE = 1_000
"""Deletes under way; a server drops what waits beyond 10,000 API requests."""
_GAPS_TOLD = 10_000
"""Gaps of a stream that are listed before a purge, at most: where there are more, nobody asks which are new."""
_NOT_FOUND = 10043
_GONE = "gone"
_decoder = msgspec.json.Decoder(Record)


class Removed(NamedTuple):
    refused: Mapping[int, str]
    """Why some have to stay, by sequence; the others are not there any more."""
    gone: Collection[int]
    """Sequences that were not there when it was their turn, as far as that shows."""


class Remover:
    """Removes from one stream, as long as it is the one that was opened."""

    def __init__(self, link: MovingLink, stream: StreamInfo) -> None:
        self._link = link
        self._name = stream.config.name
        self._created = stream.created
        self._may_purge = not stream.config.deny_purge
        self._doing = f"Removing messages of {self._name}"

    async def check_permission(self) -> None:
        """DeniedError. The request is incomplete, so that the server answers it with an error once it let it pass."""
        (answer,) = await self._link.exchange.ask_all([self._delete(b"")], self._doing)
        if isinstance(answer, BrokerError):
            raise answer

    async def remove(self, sequences: Sequences, line: Line | None = None) -> Removed:
        """``sequences`` ascend. With ``line``, all that was stored when the stream was opened, a purge may be used.
        RefusedError: it is not that stream any more, and nothing was removed. NotAskedError.
        """
        try:
            info = await self._link.api.stream(self._name)
        except UnreachableError as error:
            raise NotAskedError(str(error)) from error
        if info.created != self._created:
            raise RefusedError(f"Stream {self._name} was made anew meanwhile: nothing of it was removed.")
        before = int(np.searchsorted(sequences, info.state.first_seq))
        left, gone = sequences[before:], set[int](sequences[:before].tolist())
        if line is not None and self._may_purge:
            left = await self._purge_head(left, line, info.state, gone)
        refused: dict[int, str] = {}
        for at in range(0, len(left), _AT_ONCE):
            refused |= await self._delete_each(left[at : at + _AT_ONCE].tolist(), gone)
        return Removed(refused, gone)

    async def _purge_head(self, sequences: Sequences, line: Line, state: StreamState, gone: set[int]) -> Sequences:
        """What is left to remove."""
        head = purgeable(sequences, line, state.first_seq)
        if head < PURGE_FROM:
            return sequences
        missing = await self._missing(sequences[:head], state)
        try:
            purged = await self._link.api.purge(self._name, int(sequences[head - 1]) + 1)
        except DeniedError:  # an account may be allowed the one and not the other
            self._may_purge = False
            return sequences
        gone |= missing | _some(sequences[:head], missing, head - len(missing) - purged)
        return sequences[head:]

    async def _missing(self, sequences: Sequences, state: StreamState) -> set[int]:
        """A purge tells how many it took, and not which."""
        if not 0 < state.num_deleted <= _GAPS_TOLD:
            return set()
        gaps = (await self._link.api.gaps(self._name)).state.deleted or ()
        return set(sequences.tolist()).intersection(gaps)

    async def _delete_each(self, sequences: Sequence[int], gone: set[int]) -> dict[int, str]:
        requests = [self._delete(b'{"seq":%d,"no_erase":true}' % seq) for seq in sequences]
        answers = await self._link.exchange.ask_all(requests, self._doing)
        refused: dict[int, str] = {}
        for seq, answer in zip(sequences, answers, strict=True):
            if not (why := _refusal(answer)):
                continue
            if why != _GONE and await _is_there(self._link.api, self._name, seq):
                refused[seq] = f"The server would not delete it: {why}."
            else:
                gone.add(seq)
        return refused

    def _delete(self, body: bytes) -> Request:
        return Request(f"$JS.API.STREAM.MSG.DELETE.{self._name}".encode(), body)


def purgeable(sequences: Sequences, line: Line, first: int) -> int:
    """How many at the beginning of ``sequences`` are all that is stored, from ``first`` up to the last of them."""
    if not len(sequences):
        return 0
    stored = line.between(first, int(sequences[-1]))
    foreign = stored[~np.isin(stored, sequences, assume_unique=True)]
    return int(np.searchsorted(sequences, foreign[0])) if len(foreign) else len(sequences)


def _some(sequences: Sequences, missing: Collection[int], count: int) -> set[int]:
    """So many, which went between the look for what is missing and the purge. Which ones, nobody tells: the oldest, as
    whoever else moves from there takes these first.
    """
    return set(islice((seq for seq in sequences.tolist() if seq not in missing), max(0, count)))


async def _is_there(api: JetStreamApi, stream: str, seq: int) -> bool:
    message = await api.next_message(stream, seq)
    return message is not None and message.seq == seq


def _refusal(answer: Answer | BrokerError) -> str:
    """Empty: it is removed; ``_GONE``: it was before."""
    if isinstance(answer, BrokerError):
        raise answer
    if b'"success":true' in answer.body:
        return ""
    fault = _decoder.decode(answer.body or b"{}").error
    if fault is not None and fault.err_code == _NOT_FOUND:
        return _GONE
    return fault.description if fault is not None else "no reason given"
