"""The management API, decoded. Raises the port's errors, whose text says what to do.

Measured on 3.10 with 5,000 queues: a listing with all columns that are read takes the node 1.1 s and is 2.0 MB in
clear, 24 kB packed at no cost in time; so packed it is. ``enable_queue_totals`` asks every queue and takes as long, but
its numbers are of now, where statistics are up to 8 s old.
"""

import base64
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from wqstudio.brokers.pacing import paced
from wqstudio.brokers.port import BrokerError, DeniedError
from wqstudio.brokers.rabbitmq.address import Account
from wqstudio.brokers.rabbitmq.http import Answer, HttpClient, WebError
from wqstudio.brokers.rabbitmq.records import (
    BindingRecord,
    ChannelName,
    ChannelRecord,
    ConnectionRecord,
    ConsumerRecord,
    ExchangeRecord,
    Fault,
    MessageStats,
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
_CONSUMER_COLUMNS = (
    *("consumer_tag", "queue.name", "ack_required", "active", "activity_status", "exclusive", "prefetch_count"),
    *(f"channel_details.{name}" for name in ChannelName.__struct_fields__),
)
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
    unread: Mapping[str, Unknown]


def authorization(account: Account) -> str:
    """The value of the HTTP header."""
    return f"Basic {base64.b64encode(f'{account.user}:{account.password}'.encode()).decode()}"


class ManagementApi:
    def __init__(self, place: WebAddress, account: Account, tls: ssl.SSLContext | None) -> None:
        self._place = place
        self._account = account
        self._http = HttpClient(place, authorization(account), tls)
        self._vhost = quote(account.vhost, safe="")

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
        return await self._all("vhosts", "Listing the virtual hosts", VhostRecord, {"columns": _columns(VhostRecord)})

    async def queue(self, name: str, *, measured: bool = False) -> QueueRecord | None:
        """None: there is none of that name. ``measured``: with its statistics."""
        query = {} if measured else {"disable_stats": "true"}
        try:
            path = f"queues/{self._vhost}/{quote(name, safe='')}"
            return await self._one(path, f"Looking up the queue {name}", QueueRecord, query)
        except ManagementError as error:
            if error.status == 404:
                return None
            raise

    async def queues(self) -> Listing[QueueRecord]:
        return await self._pages("queues", "Listing the queues", QueueRecord, {"columns": _columns(QueueRecord)})

    async def totals(self) -> Listing[TotalsRecord]:
        columns = {"columns": _columns(TotalsRecord)}
        return await self._pages("queues", "Measuring the queues", TotalsRecord, _TOTALS_ONLY | columns)

    async def consumers(self) -> Listing[ConsumerRecord]:
        columns = {"columns": ",".join(_CONSUMER_COLUMNS)}
        return await self._all(f"consumers/{self._vhost}", "Listing the consumers", ConsumerRecord, columns)

    async def channels(self) -> Listing[ChannelRecord]:
        columns = {"columns": _columns(ChannelRecord)}
        return await self._all(f"vhosts/{self._vhost}/channels", "Listing the channels", ChannelRecord, columns)

    async def connections(self) -> Listing[ConnectionRecord]:
        columns = {"columns": _columns(ConnectionRecord)}
        path = f"vhosts/{self._vhost}/connections"
        return await self._all(path, "Listing the connections", ConnectionRecord, columns)

    async def bindings(self) -> Listing[BindingRecord]:
        return await self._all(f"bindings/{self._vhost}", "Listing the bindings", BindingRecord)

    async def exchanges(self) -> Listing[ExchangeRecord]:
        columns = {"columns": _columns(ExchangeRecord)}
        return await self._all(f"exchanges/{self._vhost}", "Listing the exchanges", ExchangeRecord, columns)

    async def policies(self) -> Listing[PolicyRecord]:
        return await self._all(f"policies/{self._vhost}", "Listing the policies", PolicyRecord)

    async def set_policy(self, name: str, policy: Mapping[str, object]) -> None:
        """``policy`` as the API wants it: pattern, definition, priority, apply-to."""
        await self._tell("PUT", f"policies/{self._vhost}/{quote(name, safe='')}", "Setting a policy", policy)

    async def delete_policy(self, name: str) -> None:
        """One that is gone already is no error."""
        try:
            await self._tell("DELETE", f"policies/{self._vhost}/{quote(name, safe='')}", "Removing a policy")
        except ManagementError as error:
            if error.status != 404:
                raise

    async def nodes(self) -> Listing[NodeRecord]:
        return await self._all("nodes", "Listing the nodes", NodeRecord, {"columns": _columns(NodeRecord)})

    async def _pages(self, kind: str, doing: str, record: type[T], query: dict[str, str]) -> Listing[T]:
        """Every page, in steps short enough for the window's loop. An item that moved between pages is there once."""
        decoder, named = msgspec.json.Decoder(Page), _Items(record)
        for number in range(1, _PAGES):
            wanted = {"page": str(number), "page_size": str(PAGE), **query}
            try:
                answer = await self._get(f"{kind}/{self._vhost}?{urlencode(wanted)}", doing)
            except ManagementError as error:
                if number > 1 and error.status == 400:  # the listing got shorter while it was paged
                    break
                raise
            page = _decoded(decoder, answer.body, doing)
            await named.add(page.items)
            if number >= page.page_count:
                break
        return named.listing()

    async def _all(self, path: str, doing: str, record: type[T], query: dict[str, str] | None = None) -> Listing[T]:
        """A listing that RabbitMQ does not page."""
        answer = await self._get(f"{path}?{urlencode(query)}" if query else path, doing)
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

    async def _tell(self, method: str, path: str, doing: str, body: object = None) -> None:
        data = None if body is None else msgspec.json.encode(body)
        try:
            answer = await self._http.ask(method, f"{self._place.prefix}/api/{path}", WAIT, data)
        except WebError as error:
            raise ManagementError(f"{doing} failed: the management API at {self.url}: {error}") from error
        if not 200 <= answer.status < 300:
            raise self._refusal(answer, doing)

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
        self._unread: dict[str, Unknown] = {}
        self._by_name = "name" in record.__struct_fields__

    async def add(self, items: Iterable[msgspec.Raw]) -> None:
        async for item in paced(items):
            try:
                record = self._decoder.decode(item)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                self._unread[_name_of(item)] = Unknown(f"what the management API says of it makes no sense ({error})")
                continue
            self._read[getattr(record, "name", None) if self._by_name else len(self._read)] = record

    def listing(self) -> Listing[T]:
        return Listing(tuple(self._read.values()), self._unread)


class _OnlyName(msgspec.Struct):
    name: str = "?"


_raw_items = msgspec.json.Decoder(tuple[msgspec.Raw, ...])


def _name_of(item: msgspec.Raw) -> str:
    try:
        return msgspec.json.decode(item, type=_OnlyName).name
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "?"


_Decoded = TypeVar("_Decoded")


def _decoded(decoder: msgspec.json.Decoder[_Decoded], body: bytes, doing: str) -> _Decoded:
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ManagementError(f"{doing} failed: the management API's answer makes no sense ({error}).") from error


def _columns(record: type[msgspec.Struct]) -> str:
    fields = [name for name in record.__struct_fields__ if name != "message_stats"]
    if "message_stats" in record.__struct_fields__:
        fields += [f"message_stats.{name}" for name in MessageStats.__struct_fields__]
    return ",".join(fields)


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
