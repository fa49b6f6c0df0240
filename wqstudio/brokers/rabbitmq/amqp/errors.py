"""pika's exceptions and AMQP's reply codes, in the port's terms and a person's words."""

import os
import re
import socket
import ssl
from typing import cast

import pika.exceptions
from pika.adapters.utils.connection_workflow import (
    AMQPConnectionWorkflowFailed,
    AMQPConnectorException,
)

from wqstudio.brokers.port import BrokerError, DeniedError, RefusedError, TakenBackError, UnreachableError
from wqstudio.brokers.rabbitmq.amqp.address import Account, Address

CONNECTION_FORCED = 320
_NO_ACCESS, _NOT_FOUND, _LOCKED, _MISMATCH = 403, 404, 405, 406
_NOT_ALLOWED = 530
_LIMIT = "connection limit"
_IN_USE = "in exclusive use"
"""RabbitMQ calls that a missing permission, too."""
_CONSUMER_TIMEOUT = re.compile(r"acknowledgement on channel .*?Timeout value used: (\d+)")
_ALARMS = {"low on memory": "memory alarm", "low on disk": "disk alarm"}
_NOT_NOW = re.compile(r"down or inaccessible|process is stopped|is not running|leader is not available")


class ChannelError(RefusedError):
    """The broker closed the channel, or refused the method. ``code`` is AMQP's."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code

    @property
    def not_found(self) -> bool:
        return self.code == _NOT_FOUND


class ConsumerTimeoutError(TakenBackError):
    """The broker closed the channel since a message was held for too long. A new one will do."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"consumer_timeout: the broker took back all that was held, since a message was not acknowledged within "
            f"{_duration(seconds)}. Use a smaller prefetch or faster workers, or raise consumer_timeout in "
            "rabbitmq.conf."
        )


def of_block(reason: str) -> str:
    """Why the broker reads nothing from those who publish, the cause first. ``reason`` is in its words."""
    return f"{_ALARMS.get(reason, reason)}, RabbitMQ blocks publishers"


def of_close(code: int, text: str, doing: str) -> BrokerError:  # noqa: PLR0911 - an arm for each kind
    """Why the broker closed a channel or a connection. ``doing`` completes "… failed": "declaring the queue jobs"."""
    plain, doing = _plain(text), f"{doing[:1].upper()}{doing[1:]}"
    if code == _NO_ACCESS:
        return DeniedError(f"{doing} failed: {_denied(plain)}.")
    if code == _MISMATCH and (found := _CONSUMER_TIMEOUT.search(text)):
        return ConsumerTimeoutError(int(found[1]) / 1_000)
    if _NOT_NOW.search(text):
        return UnreachableError(f"{doing} failed for now: {plain}.")
    if code == _LOCKED:
        return ChannelError(f"{doing} failed: the queue belongs to another connection alone ({plain}).", code)
    if code == CONNECTION_FORCED:
        return UnreachableError(f"The broker closed the connection ({plain}).")
    if 500 <= code < 600:
        return UnreachableError(f"{doing} failed, and the broker closed the connection: {plain} (code {code}).")
    remedy = "; check the name" if code == _NOT_FOUND else ""
    return ChannelError(f"{doing} failed: {plain} (code {code}){remedy}.", code)


def _denied(said: str) -> str:
    if _IN_USE in said:
        return f"another consumer has the queue to itself ({said}); stop it, and try again"
    return f"this user may not do that ({said}); have the permission granted"


def of_connect(error: BaseException, address: Address, account: Account) -> BrokerError:  # noqa: C901, PLR0911 - as above
    """Why this node could not be connected to, and what to do."""
    where = address.netloc
    match _cause(error):
        case BrokerError() as already:
            return already
        case pika.exceptions.ProbableAuthenticationError():
            return _login_refused(where, account)
        case pika.exceptions.AuthenticationError():
            return DeniedError(f"{where} offers no login with a password; enable PLAIN in its auth_mechanisms.")
        case pika.exceptions.ConnectionClosedByBroker() as closed:
            return _of_refusal(closed, where, account)
        case pika.exceptions.ProbableAccessDeniedError() as denied:
            return _of_denial(str(denied), where, account)
        case ssl.SSLError() as refused:
            return UnreachableError(f"{where}: {of_tls(refused)}")
        case socket.gaierror():
            return UnreachableError(
                f"{where}: the name {address.host} is not known; check the spelling, the network and the VPN."
            )
        case ConnectionRefusedError():
            return UnreachableError(f"{where} refused the connection; check that the node runs and the port is right.")
        case TimeoutError() | pika.exceptions.AMQPConnectionError() as slow if _is_timeout(slow):
            return UnreachableError(
                f"{where} did not answer in time; check address, port and firewall, and whether it is an AMQP port "
                "(usually 5672, with TLS 5671)."
            )
        case pika.exceptions.IncompatibleProtocolError() | ConnectionError():
            return _no_amqp(address)
        case OSError() as failure:
            return UnreachableError(f"{where} cannot be reached: {system(failure)}.")
        case other:
            return UnreachableError(f"{where}: {str(other) or type(other).__name__}.")


def of_loss(error: BaseException) -> str:
    """Why a connection that stood is gone, for ``Link.reason``."""
    match _cause(error):
        case pika.exceptions.ConnectionClosedByBroker() as closed:
            return f"the broker closed it: {_plain(closed.reply_text)}"
        case pika.exceptions.AMQPHeartbeatTimeout():
            return "nothing was heard of the broker for too long"
        case pika.exceptions.StreamLostError() | pika.exceptions.ConnectionClosed():
            return "the connection was lost"
        case OSError() as failure:
            return system(failure)
        case other:
            return str(other) or type(other).__name__


def _cause(error: BaseException) -> BaseException:
    """The innermost: what happened comes wrapped several times."""
    while (inner := _wrapped(error)) is not None:
        error = inner
    return error


def _wrapped(error: BaseException) -> BaseException | None:
    if isinstance(error, AMQPConnectionWorkflowFailed):
        return cast("BaseException", error.exceptions[-1])
    if isinstance(found := getattr(error, "exception", None), BaseException):
        return found
    wrapping = isinstance(error, AMQPConnectorException | pika.exceptions.AMQPConnectionError)
    return error.args[0] if wrapping and error.args and isinstance(error.args[0], BaseException) else None


def _is_timeout(error: BaseException) -> bool:
    return isinstance(error, TimeoutError) or "imeout" in type(error).__name__ or "timed out" in str(error)


def _login_refused(where: str, account: Account) -> DeniedError:
    local = " The user guest may log in from the broker's own computer only." if account.user == "guest" else ""
    return DeniedError(f"{where} refused the login as user {account.user}; check user and password.{local}")


def _of_denial(text: str, where: str, account: Account) -> BrokerError:
    """Where there are too many that is called a denial, too. pika quotes the broker among words of its own."""
    if _LIMIT in text:
        _, _, quoted = text.rpartition('"NOT_ALLOWED - ')
        said = quoted.partition('"')[0] or text
        return UnreachableError(f"{where} takes no more connections ({said}); close some, or raise the limit.")
    return DeniedError(
        f"{where}: user {account.user} has no access to virtual host {account.vhost}, or there is none of that name; "
        "check the name, or have an administrator grant access."
    )


def _of_refusal(closed: pika.exceptions.ConnectionClosedByBroker, where: str, account: Account) -> BrokerError:
    text = _plain(closed.reply_text)
    if closed.reply_code == _NO_ACCESS:
        return _login_refused(where, account)
    if "vhost" in closed.reply_text and "not found" in closed.reply_text:
        return DeniedError(f"{where} has no virtual host {account.vhost}; check the name.")
    if closed.reply_code == _NOT_ALLOWED:
        return _of_denial(text, where, account)
    return UnreachableError(f"{where} closed the connection: {text} (code {closed.reply_code}).")


def _no_amqp(address: Address) -> UnreachableError:
    """With TLS 1.3 a client certificate is refused only after the handshake, by just such a close."""
    if address.tls:
        other = "that the server trusts our client certificate if it wants one, and that it speaks TLS there"
    else:
        other = "and use amqps:// if it wants TLS"
    return UnreachableError(
        f"{address.netloc} closed the connection without speaking AMQP; check that the port is RabbitMQ's "
        f"(usually 5672, with TLS 5671), {other}."
    )


def of_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_certificate(error.verify_message)
    reason = (error.reason or str(error)).upper()
    if "CERTIFICATE_REQUIRED" in reason or "BAD_CERTIFICATE" in reason or "HANDSHAKE_FAILURE" in reason:
        return (
            "the server wants a client certificate that it trusts; set certificate and key in the connection "
            "and check their authority and expiry."
        )
    if "UNKNOWN_CA" in reason:
        return "the server does not trust the authority of our client certificate; use one that it knows."
    if "WRONG_VERSION_NUMBER" in reason or "UNEXPECTED_EOF" in reason or "RECORD_LAYER" in reason:
        return "no TLS is spoken there; check the port, or use amqp:// instead of amqps://."
    return f"the TLS handshake failed ({reason.replace('_', ' ').lower()})."


def _of_certificate(problem: str) -> str:
    if "expired" in problem:
        return "the server's certificate has expired; it must be renewed on the server."
    if "mismatch" in problem or "not valid for" in problem:
        return f"the server's certificate is for another name ({problem}); use the name it was made for."
    return (
        f"the server's certificate is not trusted ({problem}); "
        "choose the certificate file of the authority that signed it in the connection."
    )


def _plain(text: str) -> str:
    """Without the code's name in capitals: "NOT_FOUND - no queue 'x' in vhost '/'"."""
    return re.sub(r"^[A-Z_]+ - ", "", text)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 120 else f"{seconds:g} s"


def system(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno is not None else str(error)
