"""Which account a connection leads to: one server has many, each with streams of its own."""

import base64
import contextlib
from typing import Any

import msgspec

from wqstudio.brokers.nats.jetstream.moving import open_link
from wqstudio.brokers.nats.jetstream.requests import TimedOutError
from wqstudio.brokers.nats.link.login import JwtCallback
from wqstudio.brokers.port import BrokerError, DeniedError, UnreachableError
from wqstudio.domain.connection import NatsConnection


async def account_of(connection: NatsConnection) -> str:
    """As the server names it; where it does not tell this user, as the credentials do, else the user's name.

    UnreachableError alone: who may not log in, or not listen to answers, is told by whoever needs that.
    """
    with contextlib.suppress(DeniedError):
        link = await open_link(connection, "wqstudio place")
        try:
            return await link.api.account()
        except BrokerError as error:
            if isinstance(error, UnreachableError) and not isinstance(error, TimedOutError):
                raise
        finally:
            await link.close()
    return _signed(connection) or connection.user


def _signed(connection: NatsConnection) -> str:
    """The account whose key has signed the user's credentials; empty: there are none, or they do not say."""
    if connection.credentials_file is None:
        return ""
    try:
        claims: dict[str, Any] = msgspec.json.decode(_claims(JwtCallback(connection.credentials_file)()))
        return str(claims.get("nats", {}).get("issuer_account") or claims.get("iss", ""))
    except (BrokerError, ValueError, IndexError, AttributeError):
        return ""


def _claims(jwt: bytes) -> bytes:
    claims = jwt.split(b".")[1]
    return base64.urlsafe_b64decode(claims + b"=" * (-len(claims) % 4))
