"""nats-py's client as a studio needs it: it reconnects for ever, and says how the connection stands."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import nats.errors
from nats.aio.client import Client, Srv
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from wqstudio.background import uninterrupted
from wqstudio.brokers.nats.link import address, errors, login
from wqstudio.brokers.nats.link.parsing import Taker, TappingParser
from wqstudio.brokers.port import Link, LinkState, UnreachableError

OnLink = Callable[[Link], None]

# Without a handler of its own, logging would print nats-py's messages on stderr.
logging.getLogger("nats").addHandler(logging.NullHandler())
# nats-py puts asyncio's stream protocol over TLS by hand, of which asyncio complains at every end of a connection.
logging.getLogger("asyncio").addFilter(lambda record: "eof_received() has no effect" not in str(record.msg))


@dataclass(frozen=True, slots=True)
class Tap:
    """A subscription whose messages go past nats-py."""

    subscription: Subscription

    @property
    def number(self) -> bytes:
        """By which the parser knows it."""
        return b"%d" % self.subscription._id  # noqa: SLF001 - nats-py shows it nowhere else


class StudioClient(Client):
    """nats-py's client, with what a studio needs to be told, and some of its habits corrected.

    - It speaks in clear, password included, to a server that offers no TLS, whatever the URL says.
    - It closes itself for good after most ``-ERR`` lines, where a reconnect may help.
    - A subject that is not UTF-8 ends its read loop.
    - A reconnect that fails at the login leaves its socket open, and so does a close that is cancelled.
    - The answer to a flush that was given up ends its read loop, without a word.
    - A flush whose connection goes waits out its time for an answer that cannot come any more.
    - A request that the server denies runs into its timeout (see ``ask``).
    """

    def __init__(self, requirements: login.Requirements, on_link: OnLink | None) -> None:
        super().__init__()
        self.greeted = False
        """The server has said who it is."""
        self.on_greeting: Callable[[], None] | None = None
        """Told of that once."""
        self._requirements = requirements
        self._on_link = on_link
        self._first_error: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        self._reason = ""
        self._link: Link | None = None
        self._denials: list[tuple[str, asyncio.Future[str]]] = []
        self._inbox_denied = False
        self.on_denial: Callable[[str], None] | None = None
        """Told what the server denies, as it says it, in lower case: publish to "some.subject"."""
        self._takers: dict[bytes, Taker] = {}
        self._ps = TappingParser(self, self._takers)

    @property
    def server_version(self) -> str:
        """Of the server connected to now; nats-py's own property forgets it once the server pool is set."""
        return str(self._server_info.get("version", ""))

    @property
    def server_id(self) -> str:
        """Of that server, as it was started."""
        return str(self._server_info.get("server_id", ""))

    async def connect_once(self, url: str, options: Mapping[str, Any]) -> None:
        """Connect, or raise the first error, where nats-py would hide it and try again."""
        connecting = asyncio.ensure_future(
            self.connect(
                [url],
                error_cb=self._on_error,
                disconnected_cb=self._on_disconnected,
                reconnected_cb=self._on_reconnected,
                closed_cb=self._on_closed,
                **options,
            )
        )
        try:
            await self._first_outcome(connecting)
        except BaseException:
            while not connecting.done():  # nats-py swallows a cancellation that comes as a step of its ends
                connecting.cancel()
                await asyncio.wait([connecting], timeout=0.1)
            if not connecting.cancelled():
                connecting.exception()  # looked at, so that asyncio does not report it as lost
            with contextlib.suppress(OSError, nats.errors.Error):
                await self.close()
            raise
        self._tell(LinkState.CONNECTED, "")

    async def _first_outcome(self, connecting: asyncio.Future[None]) -> None:
        either: list[asyncio.Future[Any]] = [connecting, self._first_error]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self._first_error.done():
            raise self._first_error.result()
        connecting.result()

    async def ask(
        self,
        subject: str,
        payload: bytes = b"",
        *,
        wait: float = 5.0,
        doing: str,
        headers: dict[str, str] | None = None,
    ) -> Msg:
        """Request, with errors in the port's terms; a denial is raised as it arrives, not after ``wait`` seconds."""
        if not self.is_connected:
            raise UnreachableError(f"{doing} failed: there is no connection at the moment.")
        if self._inbox_denied:
            raise errors.denied(doing, errors.LISTENING)
        asking = asyncio.ensure_future(self.request(subject, payload, timeout=wait, headers=headers))
        try:
            with self.watching(subject) as denial:
                either: list[asyncio.Future[Any]] = [asking, denial]
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if denial.done():
                    raise errors.denied(doing, denial.result())
                return asking.result()
        except (nats.errors.Error, OSError) as error:
            raise errors.of_call(error, doing) from error
        finally:
            asking.cancel()

    async def close(self) -> None:
        """To its end, whoever is cancelled meanwhile."""
        await uninterrupted(super().close())

    async def tap(self, subject: str, take: Taker) -> Tap:
        """Subscribe past nats-py's messages, which keep one of several headers of a name and cost 15 µs each."""
        tap = Tap(await self.subscribe(subject))
        self._takers[tap.number] = take
        return tap

    async def untap(self, tap: Tap) -> None:
        """Return once all that came for it has been taken. nats-py's errors, after which nothing more is taken."""
        try:
            await tap.subscription.unsubscribe()
            await self.settle()
        finally:
            self._takers.pop(tap.number, None)

    async def write(self, data: bytes) -> None:
        """Send at once, before what is in nats-py's buffer, and past it: its waiters are forgotten when the connection
        goes. OSError: it has gone.
        """
        if self._transport is None or not self.is_connected:
            raise ConnectionResetError
        self._transport.write(data)
        await self._transport.drain()  # type: ignore[no-untyped-call]  # nats-py annotates it in part

    async def settle(self, within: int = 10) -> None:
        """Return once the server has read all that was sent to it before. nats-py's errors; ``within`` seconds, twice.

        nats-py's ping overtakes what it has buffered; only that of a second flush comes after it.
        """
        await self.flush(within)
        await self.flush(within)

    def end_flushes(self) -> None:
        """With an error: the connection that they wait for is gone."""
        for pong in self._pongs:
            if not pong.done():
                pong.set_exception(nats.errors.ConnectionReconnectingError())
                pong.exception()  # looked at, since nobody waits for those of nats-py's own pings

    @contextlib.contextmanager
    def watching(self, subject: str) -> Iterator[asyncio.Future[str]]:
        """A future that is done when the server denies the subject, with what it denied: publish to "the.subject"."""
        watch = (subject, asyncio.get_running_loop().create_future())
        self._denials.append(watch)
        try:
            yield watch[1]
        finally:
            self._denials.remove(watch)

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        if not self.greeted:
            self.greeted = True
            if self.on_greeting is not None:
                self.on_greeting()
        if initial_connection:
            offers_tls = bool(info.get("tls_required") or info.get("tls_available"))
            self._requirements.check(offers_tls=offers_tls, wants_certificate=bool(info.get("tls_verify")))
            info["tls_required"] = info.get("tls_required") or self._requirements.tls
        await super()._process_info(info, initial_connection)

    async def _process_pong(self) -> None:
        if self._pongs and self._pongs[0].done():
            self._pongs[0] = asyncio.get_running_loop().create_future()  # for nobody
        await super()._process_pong()

    async def _connect_to_server(self, s: Srv) -> None:
        if self._transport:
            self._transport.close()  # type: ignore[no-untyped-call]  # nats-py annotates it in part
        await super()._connect_to_server(s)

    async def _process_err(self, err_msg: str) -> None:
        if _VIOLATION in err_msg or self.is_connecting:
            await super()._process_err(err_msg)
            return
        error = nats.errors.Error(f"nats: {errors.plain(Exception(err_msg))}")
        await self._on_error(error)
        await self._process_op_err(error)

    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Msg:
        return Msg(
            _client=self,
            subject=subject.decode(errors="backslashreplace"),
            reply=reply.decode(errors="backslashreplace"),
            data=data,
            headers=headers,
            _sid=sid,
        )

    async def _on_error(self, error: Exception) -> None:
        if not self._first_error.done():
            self._first_error.set_result(error)
        text = errors.plain(error)
        if _VIOLATION in text.lower():
            self._note_denial(text.lower())
            return
        self._reason = text
        if self._link is not None and self._link.state is LinkState.RECONNECTING:
            self._tell(LinkState.RECONNECTING, text)

    async def _on_disconnected(self) -> None:
        self.end_flushes()
        if not self.is_closed:
            self._tell(LinkState.RECONNECTING, self._reason or "connection lost")

    async def _on_reconnected(self) -> None:
        self._reason = ""
        self._inbox_denied = False
        self._tell(LinkState.CONNECTED, "")

    async def _on_closed(self) -> None:
        self._tell(LinkState.CLOSED, self._reason)

    def _note_denial(self, violation: str) -> None:
        """``violation`` as the server says it: permissions violation for publish to "some.subject"."""
        what = violation.partition(" for ")[2]
        if self.on_denial is not None:
            self.on_denial(what)
        if "_inbox." in what and what.startswith("subscription"):
            self._inbox_denied = True
        for subject, denial in self._denials:
            if denial.done():
                continue
            if self._inbox_denied:
                denial.set_result(errors.LISTENING)
            elif f'"{subject.lower()}"' in what:
                denial.set_result(what.replace(subject.lower(), subject))

    def _tell(self, state: LinkState, reason: str) -> None:
        before = self._link
        if self._on_link is None or (before is None and state is not LinkState.CONNECTED):
            return
        since = before.since if before is not None and before.state is state else time.time()
        url = self.connected_url
        shown = address.parse(url.geturl()).url if url is not None else before.url if before is not None else ""
        self._link = Link(state, since, shown, reason)
        if self._link != before:
            self._on_link(self._link)


_VIOLATION = "permissions violation"
