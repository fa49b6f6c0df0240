"""JetStream's request-reply API, decoded. Raises the port's errors; ``ApiError`` and ``MalformedError`` add detail."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from nats.aio.msg import Msg

from wqstudio.brokers.nats.jetstream.records import (
    Answer,
    ApiFault,
    ConsumerDetail,
    ConsumerInfo,
    Named,
    Names,
    Page,
    Purged,
    StoredMessage,
    StoredMessageAnswer,
    StreamDetail,
    StreamInfo,
)
from wqstudio.brokers.nats.jetstream.requests import Requests
from wqstudio.brokers.nats.link import errors
from wqstudio.brokers.port import BrokerError, RefusedError
from wqstudio.domain.reading import Unknown

STREAM_NOT_FOUND = 10059
CONSUMER_NOT_FOUND = 10014
MESSAGE_NOT_FOUND = 10037
STREAM_NAME_IN_USE = 10058
CONSUMER_EXISTS = 10148
_JETSTREAM_DISABLED = {10039, 10076}
_HINTS = {
    STREAM_NOT_FOUND: "Check its name, and the account.",
    10023: "Free some, or raise the account's limits.",
    10027: "Remove streams, or raise the account's limit.",
    10028: "Choose a smaller size limit, or raise the account's memory limit.",
    10047: "Choose a smaller size limit, or raise the account's storage limit.",
    10065: "Choose other subjects, or remove the stream that has them.",
    10113: "This account wants a size limit for every stream.",
    10122: "Choose a smaller size limit, or raise the account's limit for one stream.",
}
_OVERLAP = 8
"""Items that a page repeats of the one before: when some go away in between, the rest move up and would be missed."""
_RELISTS = 2
"""How often a listing starts over because more than that went away while it was paged."""


T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)


class _User(msgspec.Struct):
    account: str


class _UserAnswer(msgspec.Struct):
    data: _User


_USER = msgspec.json.Decoder(_UserAnswer)


class ApiError(RefusedError):
    """JetStream answered with an error."""

    def __init__(self, doing: str, fault: ApiFault) -> None:
        self.code = fault.code
        self.err_code = fault.err_code
        self.description = fault.description
        super().__init__(self._text(doing))

    def _text(self, doing: str) -> str:
        if self.err_code in _JETSTREAM_DISABLED:
            return f"{doing} failed: {errors.JETSTREAM_DISABLED}"
        text = f"{doing} failed: {self.description or 'no reason given'} (error {self.err_code or self.code})."
        hint = _HINTS.get(self.err_code, "")
        return f"{text} {hint}".strip()


class MalformedError(BrokerError):
    """The answer is not what JetStream sends."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """What a paged listing gave, by name. ``unread`` are those listed of which nothing more could be read, and why."""

    items: dict[str, T]
    unread: dict[str, Unknown]


class JetStreamApi:
    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._page: msgspec.json.Decoder[Page] = msgspec.json.Decoder(Page)
        self._stream = msgspec.json.Decoder(StreamInfo)
        self._consumer = msgspec.json.Decoder(ConsumerInfo)

    async def streams(self, wait: float) -> Listing[StreamInfo]:
        pages = await self._pages("STREAM.LIST", "Listing the streams", wait)
        items: dict[str, StreamInfo] = {}
        unread: dict[str, Unknown] = {}
        for page in pages:
            _decode_items(self._stream, page.streams or (), lambda stream: stream.config.name, items, unread)
            unread |= {name: Unknown("its leader did not answer the listing") for name in page.missing or ()}
            unread |= {name: Unknown(f"it is offline: {reason}") for name, reason in (page.offline or {}).items()}
        return Listing(items, {name: why for name, why in unread.items() if name not in items})

    async def consumers(self, stream: str, wait: float) -> Listing[ConsumerInfo]:
        pages = await self._pages(f"CONSUMER.LIST.{stream}", f"Listing the consumers of {stream}", wait)
        items: dict[str, ConsumerInfo] = {}
        unread: dict[str, Unknown] = {}
        for page in pages:
            _decode_items(self._consumer, page.consumers or (), lambda consumer: consumer.name, items, unread)
            unread |= {name: Unknown("its leader did not answer the listing") for name in page.missing or ()}
        return Listing(items, {name: why for name, why in unread.items() if name not in items})

    async def account(self) -> str:
        """The name of the one that this connection is to."""
        doing = "Asking for the account"
        answer = await self._requests.ask("$SYS.REQ.USER.INFO", doing=doing)
        return _decode(_USER, answer.data, doing).data.account

    async def stream(self, name: str) -> StreamDetail:
        return await self._call(f"STREAM.INFO.{name}", f"Reading stream {name}", StreamDetail)

    async def gaps(self, name: str) -> StreamDetail:
        """As ``stream``, with the sequences of deleted messages."""
        return await self._call(
            f"STREAM.INFO.{name}", f"Reading stream {name}", StreamDetail, {"deleted_details": True}
        )

    async def stream_of(self, subject: str) -> str:
        """The stream that stores what is published there; empty: none."""
        return next(iter(await self.streams_of(subject)), "")

    async def streams_of(self, subject: str) -> Sequence[str]:
        """Those that store any of what is published there; the server's first 1,024."""
        doing = f"Looking for the stream of {subject}"
        return (await self._call("STREAM.NAMES", doing, Names, {"subject": subject})).streams or ()

    async def purge(self, stream: str, before: int) -> int:
        """Remove every message with a smaller sequence than ``before``; how many there were."""
        doing = f"Removing messages of {stream}"
        return (await self._call(f"STREAM.PURGE.{stream}", doing, Purged, {"seq": before})).purged

    async def subject_counts(self, stream: str, only: str = ">") -> Mapping[str, int]:
        """Stored messages by subject, all of one instant; at most the server's first 100,000 subjects."""
        doing = f"Counting the subjects of {stream}"
        detail = await self._call(f"STREAM.INFO.{stream}", doing, StreamDetail, {"subjects_filter": only})
        return detail.state.subjects or {}

    async def subject_pages(self, stream: str) -> AsyncIterator[Mapping[str, int]]:
        """As ``subject_counts``, of all subjects: so many at a time as the server gives, each of its own instant."""
        doing, offset = f"Counting the subjects of {stream}", 0
        while True:
            asked = {"subjects_filter": ">", "offset": offset}
            detail = await self._call(f"STREAM.INFO.{stream}", doing, StreamDetail, asked)
            counts = detail.state.subjects or {}
            yield counts
            offset += len(counts)
            if not counts or offset >= detail.total:
                return

    async def consumer(self, stream: str, name: str) -> ConsumerDetail:
        return await self._call(f"CONSUMER.INFO.{stream}.{name}", f"Reading consumer {name}", ConsumerDetail)

    async def create_stream(self, config: dict[str, Any]) -> None:
        await self._call(f"STREAM.CREATE.{config['name']}", f"Making stream {config['name']}", Answer, config)

    async def create_consumer(self, stream: str, config: dict[str, Any]) -> None:
        name, only = config["durable_name"], config.get("filter_subject", "")
        await self._call(
            f"CONSUMER.CREATE.{stream}.{name}" + (f".{only}" if only else ""),
            f"Making consumer {name} of {stream}",
            Answer,
            {"stream_name": stream, "config": config, "action": "create"},
        )

    async def delete_stream(self, name: str) -> None:
        await self._call(f"STREAM.DELETE.{name}", f"Removing stream {name}", Answer)

    async def next_message(self, stream: str, seq: int, subject: str = ">") -> StoredMessage | None:
        """The first message at or after ``seq`` whose subject fits. None: there is none."""
        doing = f"Reading message {seq} of {stream}"
        payload = {"seq": seq, "next_by_subj": subject}
        try:
            answer = await self._call(f"STREAM.MSG.GET.{stream}", doing, StoredMessageAnswer, payload)
        except ApiError as error:
            if error.err_code == MESSAGE_NOT_FOUND:
                return None
            raise
        return answer.message

    def batch(self, stream: str, seq: int, messages: int, size: int) -> AsyncIterator[Msg]:
        """Messages from ``seq`` on, at most so many and about so many bytes, then one with a ``Status`` header."""
        payload = msgspec.json.encode({"seq": seq, "batch": messages, "max_bytes": size})
        return self._requests.ask_many(f"$JS.API.DIRECT.GET.{stream}", payload, doing=f"Reading messages of {stream}")

    async def _pages(self, operation: str, doing: str, wait: float) -> list[Page]:
        """All pages of a listing, overlapping."""
        for _ in range(_RELISTS):
            pages = await self._pages_once(operation, doing, wait)
            if pages[0].total - pages[-1].total <= _OVERLAP:
                break
        return pages

    async def _pages_once(self, operation: str, doing: str, wait: float) -> list[Page]:
        pages: list[Page] = []
        offset = 0
        while True:
            payload = msgspec.json.encode({"offset": offset}) if offset else b""
            answer = await self._requests.ask(f"$JS.API.{operation}", payload, doing=doing, wait=wait)
            page = _decode(self._page, answer.data, doing)
            _raise_fault(page.error, doing)
            if pages and page.offset != offset:
                return pages  # what answers does not page, and would answer the same for ever
            pages.append(page)
            entries = len(page.streams or page.consumers or ()) + len({*(page.missing or ()), *(page.offline or ())})
            offset += entries
            if not entries or offset >= page.total:
                return pages
            offset -= min(_OVERLAP, entries - 1)

    async def _call(self, operation: str, doing: str, kind: type[S], payload: object = None) -> S:
        body = b"" if payload is None else msgspec.json.encode(payload)
        answer = await self._requests.ask(f"$JS.API.{operation}", body, doing=doing)
        decoder: msgspec.json.Decoder[S] = msgspec.json.Decoder(kind)
        record = _decode(decoder, answer.data, doing)
        _raise_fault(getattr(record, "error", None), doing)
        return record


def _decode(decoder: "msgspec.json.Decoder[T]", data: bytes | msgspec.Raw, doing: str) -> T:
    try:
        return decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(f"{doing} failed: the server's answer makes no sense ({error}).") from error


def _decode_items(
    decoder: "msgspec.json.Decoder[T]",
    raws: Sequence[msgspec.Raw],
    name_of: Callable[[T], str],
    items: dict[str, T],
    unread: dict[str, Unknown],
) -> None:
    for raw in raws:
        try:
            item = _decode(decoder, raw, "reading it")
        except MalformedError as error:
            if name := _salvaged_name(raw):
                unread[name] = Unknown(str(error))
            continue
        items[name_of(item)] = item


def _salvaged_name(raw: msgspec.Raw) -> str:
    try:
        named = msgspec.json.decode(raw, type=Named)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ""
    return named.name or named.config.name


def _raise_fault(fault: ApiFault | None, doing: str) -> None:
    if fault is not None:
        raise ApiError(doing, fault)
