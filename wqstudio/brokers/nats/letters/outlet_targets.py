"""What the streams that copies go to would do with them, where a confirmation alone would not tell."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from wqstudio.brokers.letters import NOTHING_KEPT, Kept, Level
from wqstudio.brokers.nats.jetstream.api import JetStreamApi
from wqstudio.brokers.nats.jetstream.records import ApiFault, ConsumerInfo, StreamConfig, StreamDetail
from wqstudio.brokers.nats.letters.outlet_interest import Waiting, consumers_of, dropped, waiting
from wqstudio.brokers.nats.letters.outlet_room import evicts
from wqstudio.brokers.nats.letters.pointed import stream_key
from wqstudio.brokers.nats.letters.stored import moment
from wqstudio.brokers.port import BrokerError, DeniedError, UnreachableError
from wqstudio.domain.subjects import covers

_NANO = 1e9
"""Nanoseconds in a second."""
_ADVISORIES = "$JS.EVENT.ADVISORY."
_REMEDIES = {
    10023: "the server is out of storage or memory; free some, or raise the account's limits",
    10054: "it is larger than the stream's maximum message size; raise max_msg_size there, or make it smaller",
    10077: "the stream is full and refuses new messages; raise its limit, or let workers empty it, and try again",
    10109: "the stream is sealed and takes nothing any more; choose another destination",
    10167: "the server has too many messages of this stream to store at the moment; try again at a lower rate",
}
_PER_SUBJECT = "the stream holds as many messages of this subject as it may; let workers take them, and try again"


def fault_text(fault: ApiFault, stream: str) -> str:
    """Why a stream did not store a message, and what to do."""
    known = _REMEDIES.get(fault.err_code, "")
    if "per subject" in fault.description:
        known = _PER_SUBJECT
    said = f"{fault.description or 'no reason given'}, error {fault.err_code or fault.code}"
    return f"{stream or 'The stream'} did not store it: {known} ({said})." if known else f"Not stored: {said}."


def closed(config: StreamConfig) -> str:
    """Why nothing can be published into a stream; empty: something can."""
    if config.mirror is not None:
        return f"{config.name} mirrors {config.mirror.name} and takes nothing but what is put there."
    if config.sealed:
        return f"{config.name} is sealed and takes nothing any more."
    if config.allow_msg_counter:
        return f"{config.name} adds up counters (allow_msg_counter) and takes no other messages."
    if not config.subjects:
        return f"{config.name} has no subjects of its own: it takes only what it copies from other streams."
    return ""


def unfit(config: StreamConfig) -> str:
    """Why no message is ever wanted in a stream, though the server might store it; empty: some are."""
    if why := closed(config):
        return why
    if all(subject.startswith(_ADVISORIES) for subject in config.subjects or ()):
        return f"{config.name} takes the server's advisories, and no message of a work queue is one."
    return ""


@dataclass(slots=True)
class _Target:
    info: StreamDetail
    consumers: Sequence[ConsumerInfo] = ()
    """When it was last asked what is refused there; of a stream that keeps only what one of them waits for."""

    @property
    def by_interest(self) -> bool:
        return self.info.config.retention == "interest"


class Targets:
    """Streams by the subjects they take. An account that may not look them up is left to what the server says."""

    def __init__(self, api: JetStreamApi) -> None:
        self._api = api
        self._known: dict[str, _Target] = {}
        self._may_look = True

    async def refusals(self, routes: Collection[str]) -> dict[str, str]:
        """Why a copy published there would be lost or unconfirmed, by route."""
        found: dict[str, str] = {}
        fresh: set[str] = set()
        for route in routes:
            if not self._may_look:
                break
            try:
                if why := await self._refusal(route, fresh):
                    found[route] = why
            except DeniedError:
                self._may_look = False
            except UnreachableError:
                raise
            except BrokerError as error:  # as of a stream that was deleted just now
                found[route] = f"What would become of it cannot be told: {error}"
        return found

    def evicting(self, routes: Collection[str]) -> dict[str, str]:
        """Streams that would delete older messages for too many new ones, by route; of routes that were looked up."""
        found: dict[str, str] = {}
        for route in routes:
            target = self._looked_up(route)
            if target is not None and evicts(target.info.config):
                found[route] = target.info.config.name
        return found

    def lack(self, route: str) -> bool:
        """No stream has it, so far as was looked up; a mapping of the server may lead it to one all the same."""
        return self._may_look and self._looked_up(route) is None

    def waiting(self, routes: Collection[str]) -> dict[str, Waiting]:
        """Who a copy would be kept for, by route, as of when it was asked what is refused there; of those routes that
        lead to streams that keep nothing else.
        """
        targets = {route: self._looked_up(route) for route in routes} if self._may_look else {}
        return {
            route: waiting(target.info.config.name, target.consumers, route)
            for route, target in targets.items()
            if target is not None and target.by_interest
        }

    async def window(self, route: str) -> float:
        """Seconds for which the stream there knows an id; 0: that cannot be told, as in a cluster, where it is its
        leader that knows, whoever that is then. UnreachableError.
        """
        info = await self._info(route)
        if info is None or (info.cluster is not None and info.cluster.name):
            return 0.0
        return info.config.duplicate_window / _NANO

    async def level(self, route: str) -> Level | None:
        """Of the stream there when it was looked up first; None: that cannot be told, nor of one in memory, which a
        restarted server of a cluster has again, emptied and counting anew. UnreachableError.
        """
        info = await self._info(route)
        if info is None or info.config.storage == "memory":
            return None
        return Level(stream_key(info), info.state.last_seq)

    async def kept(self, route: str) -> Kept | None:
        """Of the stream there when it was looked up first; None: that cannot be told. UnreachableError."""
        if not self._may_look:
            return None
        try:
            target = await self._target(route)
            return NOTHING_KEPT if target is None else _kept(target.info)
        except UnreachableError:
            raise
        except BrokerError:
            return None

    async def _info(self, route: str) -> StreamDetail | None:
        if not self._may_look:
            return None
        try:
            target = await self._target(route)
        except UnreachableError:
            raise
        except BrokerError:
            return None
        return target.info if target is not None else None

    async def _refusal(self, route: str, fresh: set[str]) -> str:
        """``fresh``: streams whose consumers are known as of now."""
        target = await self._target(route)
        if target is None:
            return ""
        config = target.info.config
        if config.no_ack:
            return f"Stream {config.name} confirms nothing (no_ack), so that nobody could tell whether it was stored."
        if not target.by_interest:
            return ""
        if config.name not in fresh:
            target.consumers = await consumers_of(self._api, config.name)
            fresh.add(config.name)
        return "" if waiting(config.name, target.consumers, route).consumers else dropped(config.name, route)

    async def _target(self, route: str) -> _Target | None:
        """None: no stream takes it, which publishing will tell."""
        target = self._looked_up(route)
        if target is not None:
            return target
        name = await self._api.stream_of(route)
        if not name:
            return None
        self._known[name] = _Target(await self._api.stream(name))
        return self._known[name]

    def _looked_up(self, route: str) -> _Target | None:
        known = self._known.values()
        return next(
            (each for each in known if any(covers(one, route) for one in each.info.config.subjects or ())), None
        )


def _kept(info: StreamDetail) -> Kept:
    made = moment(info.created.encode())
    return Kept(made + time.time() - info.ts.timestamp() if info.ts is not None else made, info.state.last_seq)
