"""What an account may do, found out without changing anything.

The server is asked rather than its permissions interpreted: a request is denied, or answered. Requests that would
change or read something are incomplete, so that the server answers them with an error once it has let them pass.
"""

from dataclasses import dataclass
from secrets import token_hex

import msgspec
import nats.errors

from wqstudio.brokers.nats.jetstream.api import ApiError
from wqstudio.brokers.nats.jetstream.records import ApiFault
from wqstudio.brokers.nats.link import errors
from wqstudio.brokers.nats.link.client import StudioClient
from wqstudio.brokers.port import BrokerError, DeniedError, RefusedError
from wqstudio.domain.subjects import covers

ADVISORIES = "$JS.EVENT.ADVISORY.>"


class _Limits(msgspec.Struct):
    max_storage: int = -1
    max_memory: int = -1
    max_streams: int = -1


class _Account(msgspec.Struct):
    """JetStream's use and limits; bytes, and -1 for no limit."""

    storage: int = 0
    memory: int = 0
    streams: int = 0
    consumers: int = 0
    limits: _Limits = msgspec.field(default_factory=_Limits)
    error: ApiFault | None = None

    def describe(self) -> str:
        return (
            f"Enabled: {_count(self.streams, self.limits.max_streams)} streams, "
            f"{_size(self.storage, self.limits.max_storage)} on disk, "
            f"{_size(self.memory, self.limits.max_memory)} in memory."
        )


class _Rules(msgspec.Struct):
    allow: list[str] = []
    deny: list[str] = []

    def permit(self, subject: str) -> bool:
        allowed = not self.allow or any(covers(each, subject) for each in self.allow)
        return allowed and not any(covers(each, subject) for each in self.deny)

    def describe(self) -> str:
        allowed = f"Allowed to {', '.join(self.allow)} only" if self.allow else "Allowed to any subject"
        return f"{allowed}, but not to {', '.join(self.deny)}." if self.deny else f"{allowed}."


class _Permissions(msgspec.Struct):
    publish: _Rules = msgspec.field(default_factory=_Rules)
    subscribe: _Rules = msgspec.field(default_factory=_Rules)


class User(msgspec.Struct):
    """Who we are to the server."""

    user: str = ""
    account: str = ""
    permissions: _Permissions | None = None

    def may_publish(self, subject: str) -> bool:
        return self.permissions is None or self.permissions.publish.permit(subject)


class _UserAnswer(msgspec.Struct):
    data: User


class _Names(msgspec.Struct):
    streams: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Ability:
    """One thing the studio does, and the subject its user must be allowed for it."""

    name: str
    subject: str
    without: str
    """What the studio cannot do without it."""


async def user(client: StudioClient) -> User | None:
    """None when the user may not ask, or the server is too old to answer."""
    try:
        answer = await client.ask("$SYS.REQ.USER.INFO", wait=2, doing="asking who we are")
        return msgspec.json.decode(answer.data, type=_UserAnswer).data
    except (BrokerError, msgspec.DecodeError):
        return None


async def account(client: StudioClient) -> _Account:
    """RefusedError when JetStream is not enabled, DeniedError when the user may not ask."""
    try:
        answer = await client.ask("$JS.API.INFO", doing="asking for the JetStream account")
    except RefusedError as error:  # nobody listens there
        raise RefusedError(errors.JETSTREAM_DISABLED) from error
    info = msgspec.json.decode(answer.data, type=_Account)
    if info.error is not None:
        raise ApiError("asking for the JetStream account", info.error)
    return info


async def some_stream(client: StudioClient) -> str:
    """The name of a stream that is there, or one that surely is not, for the requests below."""
    try:
        answer = await client.ask("$JS.API.STREAM.NAMES", wait=3, doing="listing stream names")
        names = msgspec.json.decode(answer.data, type=_Names).streams
    except (BrokerError, msgspec.DecodeError):
        names = None
    return names[0] if names else unused_name()


def unused_name() -> str:
    return f"wqstudio-probe-{token_hex(6)}"


def _count(used: int, limit: int) -> str:
    return f"{used}" if limit < 0 else f"{used} of {limit}"


def _size(used: int, limit: int) -> str:
    megabytes = f"{used / 1e6:,.1f} MB"
    return megabytes if limit < 0 else f"{megabytes} of {limit / 1e6:,.1f} MB"


def abilities(stream: str) -> tuple[Ability, ...]:
    fresh = unused_name()
    return (
        Ability("List streams", "$JS.API.STREAM.LIST", "no streams can be shown"),
        Ability("Read consumers", f"$JS.API.CONSUMER.LIST.{stream}", "no consumers can be shown"),
        Ability("Read messages", f"$JS.API.STREAM.MSG.GET.{stream}", "no message can be looked at"),
        Ability("Take messages", f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{fresh}", "workers cannot pull"),
        Ability("Create streams", f"$JS.API.STREAM.CREATE.{fresh}", "the demo and scenarios cannot run here"),
    )


async def may(client: StudioClient, ability: Ability) -> bool:
    """UnreachableError when there is no answer. That the request itself is refused means it was allowed."""
    try:
        await client.ask(ability.subject, b"", wait=3, doing=ability.name.lower())
    except DeniedError:
        return False
    except RefusedError:
        return True
    return True


async def may_subscribe(client: StudioClient, subject: str) -> bool:
    """Subscribe, have the server confirm that it got there, and leave again."""
    try:
        with client.watching(subject) as denied:
            subscription = await client.subscribe(subject)
            await client.settle(within=3)
            await subscription.unsubscribe()
            return not denied.done()
    except (nats.errors.Error, OSError) as error:
        raise errors.of_call(error, "subscribing to advisories") from error
