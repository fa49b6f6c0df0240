"""The management API, decoded. Raises the port's errors, whose text says what to do.

Measured on 3.10 with 5,000 queues: a listing with all columns that are read takes the node 1.1 s and is 2.0 MB in
clear, 24 kB packed at no cost in time; so packed it is. ``enable_queue_totals`` asks every queue and takes as long, but
its numbers are of now, where statistics are up to 8 s old.
"""

import base64
import functools
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType, UnionType
from typing import Any, Generic, TypeVar, get_args
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.port import BrokerError, DeniedError
from wqstudio.brokers.rabbitmq.address import Account
from wqstudio.brokers.rabbitmq.http import Answer, HttpClient, WebError
from wqstudio.brokers.rabbitmq.naming import Place
from wqstudio.brokers.rabbitmq.records import (
    BindingRecord,
    ChannelRecord,
    ConnectionRecord,
    ConsumerRecord,
    ExchangeRecord,
    Fault,
    NodeRecord,
    Overview,
    Page,
    PermissionRecord,
    PolicyRecord,
    QueueRecord,
    TotalsRecord,
    VhostRecord,
    WhoAmI,
)
from wqstudio.brokers.rabbitmq.web_address import WebAddress
from wqstudio.domain.reading import Unknown

PAGE = 500
"""The most RabbitMQ gives on one page."""
WAIT = 10.0
"""Seconds for one answer."""
_PAGES = 2_000
"""A listing longer than that many pages is not believed."""
_TOTALS_ONLY = {"disable_stats": "true", "enable_queue_totals": "true"}

T = TypeVar("T", bound=msgspec.Struct)


class ManagementError(BrokerError):
    """The management API gave no usable answer. ``status`` is HTTP's, 0 where there was none."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class ManagementDeniedError(ManagementError, DeniedError):
    """The login is refused, or this user may not look at that."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """``unread`` are those of which nothing but the name could be read, and why."""

    items: tuple[T, ...]
    unread: Mapping[Place, Unknown]


def authorization(account: Account) -> str:
    """The value of the HTTP header."""
    return f"Basic {base64.b64encode(f'{account.user}:{account.password}'.encode()).decode()}"


class ManagementApi:
    """Lists what is in the account's virtual host, or with ``all_vhosts`` in all that the user may see."""

    def __init__(
        self, place: WebAddress, account: Account, tls: ssl.SSLContext | None, *, all_vhosts: bool = False
    ) -> None:
        self._place = place
        self._account = account
        self._http = HttpClient(place, authorization(account), tls)
        self._vhost = quote(account.vhost, safe="")
        self._within = "" if all_vhosts else f"/{self._vhost}"
        self._below = "" if all_vhosts else f"vhosts/{self._vhost}/"

    @property
    def url(self) -> str:
        return self._place.url

    @property
    def received(self) -> int:
        """Bytes of answers as they came over the network."""
        return self._http.received

    def close(self) -> None:
        self._http.close()

    async def overview(self) -> Overview:
        return await self._one("overview", "Reading the overview", Overview, {"columns": _columns(Overview)})

    async def who_am_i(self) -> WhoAmI:
        return await self._one("whoami", "Asking who we are", WhoAmI)

    async def permissions(self) -> tuple[PermissionRecord, ...]:
        """Of our own user; only administrators may ask."""
        user = quote(self._account.user, safe="")
        return (await self._all(f"users/{user}/permissions", "Listing our permissions", PermissionRecord)).items

    async def vhosts(self) -> Listing[VhostRecord]:
        """Those that this user may see."""
        return await self._whole("vhosts", "Listing the virtual hosts", VhostRecord)

    async def queue(self, name: str) -> QueueRecord | None:
        """None: there is none of that name."""
        try:
            path = f"queues/{self._vhost}/{quote(name, safe='')}"
            return await self._one(path, f"Looking up the queue {name}", QueueRecord, {"disable_stats": "true"})
        except ManagementError as error:
            if error.status == 404:
                return None
            raise

    async def queues(self) -> Listing[QueueRecord]:
        return await self._pages(f"queues{self._within}", "Listing the queues", QueueRecord)

    async def own_queues(self) -> Listing[QueueRecord]:
        """Those of the account's virtual host, whatever else is listed."""
        return await self._pages(f"queues/{self._vhost}", "Listing the queues", QueueRecord)

    async def totals(self) -> Listing[TotalsRecord]:
        return await self._pages(f"queues{self._within}", "Measuring the queues", TotalsRecord, _TOTALS_ONLY)

    async def consumers(self) -> Listing[ConsumerRecord]:
        return await self._whole(f"consumers{self._within}", "Listing the consumers", ConsumerRecord)

    async def channels(self) -> Listing[ChannelRecord]:
        return await self._whole(f"{self._below}channels", "Listing the channels", ChannelRecord)

    async def connections(self) -> Listing[ConnectionRecord]:
        return await self._whole(f"{self._below}connections", "Listing the connections", ConnectionRecord)

    async def bindings(self) -> Listing[BindingRecord]:
        return await self._whole(f"bindings{self._within}", "Listing the bindings", BindingRecord)

    async def exchanges(self) -> Listing[ExchangeRecord]:
        return await self._whole(f"exchanges{self._within}", "Listing the exchanges", ExchangeRecord)

    async def policies(self) -> Listing[PolicyRecord]:
        return await self._whole(f"policies{self._within}", "Listing the policies", PolicyRecord)

    async def operator_policies(self) -> Listing[PolicyRecord]:
        return await self._whole(f"operator-policies{self._within}", "Listing the operator policies", PolicyRecord)

    async def nodes(self) -> Listing[NodeRecord]:
        return await self._whole("nodes", "Listing the nodes", NodeRecord)

    async def _pages(
        self, path: str, doing: str, record: type[T], query: Mapping[str, str] = MappingProxyType({})
    ) -> Listing[T]:
        """Every page, in steps short enough for the window's loop. An item that moved between pages is there once."""
        decoder, named = msgspec.json.Decoder(Page), _Items(record)
        for number in range(1, _PAGES):
            wanted = {"page": str(number), "page_size": str(PAGE), **query, "columns": _columns(record)}
            try:
                answer = await self._get(f"{path}?{urlencode(wanted)}", doing)
            except ManagementError as error:
                if number > 1 and error.status == 400:  # the listing got shorter while it was paged
                    break
                raise
            page = _decoded(decoder, answer.body, doing)
            await named.add(page.items)
            if number >= page.page_count:
                break
        return named.listing()

    async def _whole(self, path: str, doing: str, record: type[T]) -> Listing[T]:
        """As ``_all``, of no more than is read."""
        return await self._all(f"{path}?{urlencode({'columns': _columns(record)})}", doing, record)

    async def _all(self, path: str, doing: str, record: type[T]) -> Listing[T]:
        """A listing that RabbitMQ does not page."""
        answer = await self._get(path, doing)
        items = _Items(record)
        raw: tuple[msgspec.Raw, ...] = _decoded(_raw_items, answer.body, doing)
        await items.add(raw)
        return items.listing()

    async def _one(self, path: str, doing: str, record: type[T], query: dict[str, str] | None = None) -> T:
        answer = await self._get(f"{path}?{urlencode(query)}" if query else path, doing)
        return _decoded(msgspec.json.Decoder(record), answer.body, doing)

    async def _get(self, path: str, doing: str) -> Answer:
        try:
            answer = await self._http.get(f"{self._place.prefix}/api/{path}", WAIT)
        except WebError as error:
            raise ManagementError(f"{doing} failed: the management API at {self.url}: {error}") from error
        if answer.status != 200 or not _is_json(answer):
            raise self._refusal(answer, doing)
        return answer

    def _refusal(self, answer: Answer, doing: str) -> ManagementError:  # noqa: PLR0911 - an arm for each kind of refusal
        status, failed = answer.status, f"{doing} failed"
        match status:
            case 401:
                return ManagementDeniedError(f"{failed}: {self._login_refused(answer)}", status)
            case _ if 300 <= status < 400:
                return ManagementError(
                    f"{failed}: {self.url} leads elsewhere{_whereto(answer)}; name that one.", status
                )
            case _ if not _is_json(answer):
                return ManagementError(
                    f"{failed}: {self.url} answered with a web page (status {status}), not as a management API; "
                    "a proxy may stand in between. Check the management address.",
                    status,
                )
            case 403:
                return ManagementDeniedError(
                    f"{failed}: user {self._account.user} may not see that ({_fault(answer)}); "
                    "give the user the tag monitoring.",
                    status,
                )
            case 404:
                return ManagementError(
                    f"{failed}: {self.url} knows no such thing ({_fault(answer)}); "
                    f"check that virtual host {self._account.vhost} exists and the address is right.",
                    status,
                )
            case _ if status >= 500:
                return ManagementError(
                    f"{failed}: the management API at {self.url} has trouble of its own "
                    f"(status {status}, {_fault(answer)}); see the node's log.",
                    status,
                )
            case _:
                return ManagementError(f"{failed}: {self.url} answered {_fault(answer)} (status {status}).", status)

    def _login_refused(self, answer: Answer) -> str:
        user, fault = self._account.user, _fault(answer) if _is_json(answer) else ""
        if "management" in fault.lower():
            return f"user {user} has no access to the management API; give the user the tag management or monitoring."
        local = " guest may log in from the broker's own computer only." if user == "guest" else ""
        return f"{self.url} refused the login as user {user}; check user and password.{local}"


class _Items(Generic[T]):
    def __init__(self, record: type[T]) -> None:
        self._decoder = msgspec.json.Decoder(record)
        self._read: dict[object, T] = {}
        self._unread: dict[Place, Unknown] = {}
        self._by_name = "name" in record.__struct_fields__

    async def add(self, items: Iterable[msgspec.Raw]) -> None:
        async for item in paced(items):
            try:
                record = self._decoder.decode(item)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                why = f"what the management API says of it makes no sense ({error})"
                self._unread[_place_of(item)] = Unknown(why)
                continue
            self._read[self._key(record)] = record

    def _key(self, record: T) -> object:
        if not self._by_name:
            return len(self._read)
        return getattr(record, "vhost", ""), getattr(record, "name", "")

    def listing(self) -> Listing[T]:
        return Listing(tuple(self._read.values()), self._unread)


class _OnlyPlace(msgspec.Struct):
    name: str = "?"
    vhost: str = ""


_raw_items = msgspec.json.Decoder(tuple[msgspec.Raw, ...])


def _place_of(item: msgspec.Raw) -> Place:
    try:
        known = msgspec.json.decode(item, type=_OnlyPlace)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Place("", "?")
    return Place(known.vhost, known.name)


_Decoded = TypeVar("_Decoded")


def _decoded(decoder: msgspec.json.Decoder[_Decoded], body: bytes, doing: str) -> _Decoded:
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ManagementError(f"{doing} failed: the management API's answer makes no sense ({error}).") from error


@functools.cache
def _columns(record: type[msgspec.Struct]) -> str:
    """What RabbitMQ is to send of a thing: the fields of the record, and of records in it."""
    return ",".join(_column_names(record))


def _column_names(record: type[msgspec.Struct]) -> Iterator[str]:
    for field in msgspec.structs.fields(record):
        inner = _record_in(field.type)
        if inner is None:
            yield field.encode_name
        else:
            yield from (f"{field.encode_name}.{name}" for name in _column_names(inner))


def _record_in(kind: Any) -> type[msgspec.Struct] | None:
    """Of ``Record``, or ``Record`` or something else."""
    kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
    return next((each for each in kinds if isinstance(each, type) and issubclass(each, msgspec.Struct)), None)


def _is_json(answer: Answer) -> bool:
    return "json" in answer.content_type.lower()


def _whereto(answer: Answer) -> str:
    """Without the credentials and the query that a redirect may repeat."""
    parts = urlsplit(answer.location)
    host = parts.netloc.rpartition("@")[2]
    return f", to {parts.scheme or 'http'}://{host}{parts.path}" if host else ""


def _fault(answer: Answer) -> str:
    try:
        fault = msgspec.json.decode(answer.body, type=Fault)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "no reason given"
    return str(fault.reason or fault.error)[:200] or "no reason given"
