"""Reads stored messages as they are, without a consumer: looking changes nothing.

Three ways, the first that server and account allow: batches of direct get (server 2.11, ``allow_direct``), single
direct gets, and STREAM.MSG.GET, whose answers are a third larger. All are pipelined.
"""

import re
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

import msgspec
import numpy as np

from wqstudio.brokers.nats.jetstream.api import MESSAGE_NOT_FOUND, ApiError, MalformedError
from wqstudio.brokers.nats.jetstream.census import BATCH, BATCH_SIZE, FIRST_WITH_BATCHES
from wqstudio.brokers.nats.jetstream.exchange import Answer, Request, is_status
from wqstudio.brokers.nats.jetstream.moving import MovingLink
from wqstudio.brokers.nats.jetstream.records import ApiFault, StoredMessage, StoredMessageAnswer, StreamInfo
from wqstudio.brokers.nats.letters.sequences import Sequences
from wqstudio.brokers.nats.link import errors
from wqstudio.brokers.port import BrokerError, DeniedError, RefusedError

NO_HEADERS = b"NATS/1.0\r\n\r\n"
_TAIL = re.compile(
    rb"\r\nNats-Stream: [^\r]*\r\nNats-Subject: ([^\r]*)\r\nNats-Sequence: (\d+)\r\nNats-Time-Stamp: ([^\r]*)\r\n"
)
"""What direct get adds to a message's own headers, always last."""
_PENDING = re.compile(rb"\r\nNats-Num-Pending: (\d+)\r\n")
_WINDOW = 500
"""Single requests under way at once, at most."""
_UNREAD = 32_000_000
"""Bytes that may be on their way to us; a server drops a connection that has 64 MB to read."""
_AHEAD = 4
"""Round trips under way at once, at most; more are not faster."""
_RUN = 64
"""Consecutive messages from which on a batch is faster than single requests."""


class Stored(NamedTuple):
    seq: int
    subject: str
    """What is not UTF-8 in it is replaced by U+FFFD."""
    headers: bytes
    """The raw block; empty: none."""
    body: bytes
    stamp: bytes
    """When it was stored, as the server writes it: what is moved is not asked for that. See ``moment``."""


class Shelf:
    """The messages of one stream."""

    def __init__(self, link: MovingLink, info: StreamInfo) -> None:
        self._link = link
        self._name = info.config.name
        self._doing = f"Reading messages of {self._name}"
        self._get = f"$JS.API.STREAM.MSG.GET.{self._name}".encode()
        self._direct_get = f"$JS.API.DIRECT.GET.{self._name}".encode()
        self._direct = info.config.allow_direct
        in_file = info.config.storage == "file"  # for a batch, a stream in memory is counted through to its end
        self._batches = self._direct and in_file and link.server >= FIRST_WITH_BATCHES
        largest = min(size for size in (link.client.max_payload, info.config.max_msg_size) if size > 0)
        safe = info.state.bytes <= _UNREAD
        self._safe, self._largest = safe, largest
        self._window = _WINDOW if safe else max(1, min(_WINDOW, _UNREAD // largest))
        self._may_lag = info.config.num_replicas > 1 or info.config.mirror is not None
        self._mean = max(1, info.state.bytes // max(1, info.state.messages))
        """Bytes of a message."""

    def portion(self, limit: int) -> int:
        """How many messages take about ``limit`` bytes; 1 at least."""
        return max(1, limit // self._mean)

    @property
    def most_at_once(self) -> int:
        """Messages that come in one answer, or in answers to requests that go out together."""
        return BATCH if self._batches else max(1, min(self._window, self.portion(BATCH_SIZE)))

    @property
    def under_way(self) -> int:
        """How many times as many may be asked for at once, however large they are."""
        if not self._batches:
            return _AHEAD if self._safe else 1
        return max(1, min(_AHEAD, _UNREAD // (BATCH_SIZE + self._largest)))

    async def read(self, wanted: Sequences, *, dense: bool = False) -> list[Stored]:
        """Those of ``wanted`` that are stored still, however large. ``dense``: nothing else is stored between them."""
        found: list[Stored] = []
        while len(wanted):
            got, upto = await self._step(wanted, dense=dense)
            found += got
            wanted = wanted[np.searchsorted(wanted, upto, "right") :]
        return found

    async def read_some(self, wanted: Sequences, *, dense: bool = False) -> tuple[list[Stored], Sequences]:
        """Those at the beginning of ``wanted``, about ``BATCH_SIZE`` bytes of them, and what is left of it to read."""
        got, upto = await self._step(wanted, dense=dense)
        return got, wanted[np.searchsorted(wanted, upto, "right") :]

    async def _step(self, wanted: Sequences, *, dense: bool) -> "_Got":
        """One round trip."""
        count = min(BATCH, len(wanted)) if dense else _run_length(wanted[:BATCH])
        if self._batches and (dense or count >= _RUN):
            try:
                return await self._read_run(wanted[:count])
            except DeniedError:  # an account may be allowed the one and not the other
                self._direct = self._batches = False
        return await self._read_each(wanted[: min(self._window, self.portion(BATCH_SIZE))])

    async def _read_run(self, wanted: Sequences) -> "_Got":
        got, upto = await self._read_batch(wanted)
        if self._may_lag:
            got = await self._with_missing(got, wanted[: np.searchsorted(wanted, upto, "right")])
        return _Got(got, upto)

    async def _with_missing(self, got: list[Stored], wanted: Sequences) -> list[Stored]:
        """Direct get answers from any replica, which may not have heard yet of what its leader has."""
        missing = np.setdiff1d(wanted, [message.seq for message in got], assume_unique=True)
        found = [message for message in await self._ask_leader(missing) if message is not None]
        return sorted([*got, *found]) if found else got

    async def _read_batch(self, wanted: Sequences) -> "_Got":
        first, last = int(wanted[0]), int(wanted[-1])
        ask = msgspec.json.encode({"seq": first, "batch": len(wanted), "max_bytes": BATCH_SIZE})
        answers = await self._link.exchange.ask_many(Request(self._direct_get, ask), is_status, self._doing)
        stored = [message for answer in answers[:-1] if (message := direct(answer)) is not None]
        self._check_end(answers[-1])
        only = set(wanted.tolist())
        got = [message for message in stored if message.seq in only]
        is_whole = not stored or len(stored) == len(wanted) or pending(answers[-1]) == 0
        return _Got(got, last if is_whole else min(last, stored[-1].seq))

    def _check_end(self, answer: Answer) -> None:
        if answer.status not in {b"204", b"404"}:
            raise RefusedError(f"{self._doing} failed: {answer.headers[9:].decode(errors='replace').strip()}.")

    async def _read_each(self, wanted: Sequences) -> "_Got":
        got: list[Stored | None] = []
        if self._direct:
            try:
                got = await self._ask_direct(wanted)
            except DeniedError:
                self._direct = False
        if not self._direct or self._may_lag:
            lacking = np.array([seq for seq, message in zip_longest(wanted, got) if message is None], np.int64)
            got += await self._ask_leader(lacking)
        return _Got(sorted(message for message in got if message is not None), int(wanted[-1]))

    async def _ask_direct(self, wanted: Sequences) -> list[Stored | None]:
        return [direct(answer) for answer in await self._ask(self._direct_get, wanted)]

    async def _ask_leader(self, wanted: Sequences) -> list[Stored | None]:
        return [self._from_leader(answer) for answer in await self._ask(self._get, wanted)]

    async def _ask(self, subject: bytes, wanted: Sequences) -> list[Answer]:
        requests = [Request(subject, b'{"seq":%d}' % seq) for seq in wanted.tolist()]
        answers = await self._link.exchange.ask_all(requests, self._doing)
        return [_answered(answer) for answer in answers]

    def _from_leader(self, answer: Answer) -> Stored | None:
        if answer.status == b"503":
            raise RefusedError(f"{self._doing} failed: nothing answers there; {errors.JETSTREAM_DISABLED}")
        record = _decoder.decode(answer.body)
        if record.error is not None and record.error.err_code == MESSAGE_NOT_FOUND:
            return None
        if record.error is not None or record.message is None:
            raise ApiError(self._doing, record.error or ApiFault())
        return from_record(record.message)


class _Got(NamedTuple):
    messages: list[Stored]
    upto: int
    """Sequence up to which there are no others."""


_decoder = msgspec.json.Decoder(StoredMessageAnswer)


def direct(answer: Answer) -> Stored | None:
    """A message as direct get sends it. None: there is none."""
    headers = answer.headers
    at = headers.rfind(b"\r\nNats-Stream: ")
    tail = _TAIL.match(headers, at) if at >= 0 else None
    if answer.status:
        return None
    if tail is None:
        raise MalformedError("A message came without its sequence.")
    own = headers[: at + 2] + b"\r\n"
    subject, seq, stamp = tail.groups()
    return Stored(int(seq), subject.decode(errors="replace"), b"" if own == NO_HEADERS else own, answer.body, stamp)


def moment(stamp: bytes) -> float:
    """Unix time in seconds of a time such as 2026-01-31T12:00:00.123456789Z; 0: nobody says."""
    return datetime.fromisoformat(stamp.decode()).timestamp() if stamp else 0.0


def pending(answer: Answer) -> int | None:
    """Messages that come after a batch, as the answer that ends it says. None: it does not say."""
    found = _PENDING.search(answer.headers)
    return int(found[1]) if found else None


def from_record(message: StoredMessage) -> Stored:
    """As STREAM.MSG.GET sends it."""
    own = b"" if message.hdrs == NO_HEADERS else message.hdrs
    return Stored(message.seq, message.subject, own, message.data, message.time.encode())


def _answered(answer: Answer | BrokerError) -> Answer:
    if isinstance(answer, BrokerError):
        raise answer
    return answer


def _run_length(wanted: Sequences) -> int:
    """How many at the beginning follow each other without a gap."""
    breaks = np.flatnonzero(np.diff(wanted) != 1)
    return int(breaks[0]) + 1 if len(breaks) else len(wanted)
