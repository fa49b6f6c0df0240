"""nats-py's exceptions, in the port's terms and a person's words."""

import os
import socket
import ssl

import nats.errors

from wqstudio.brokers.port import BrokerError, DeniedError, RefusedError, UnreachableError

JETSTREAM_DISABLED = (
    "JetStream is not enabled for this account; start the server with -js, "
    "or enable it for the account in the server's configuration."
)


class NobodyThereError(RefusedError):
    """Nobody listens on the subject that was asked."""


class CertificateWantedError(nats.errors.Error):
    """The server checks client certificates, and we have none."""


LISTENING = 'subscription to "_INBOX.>"'
"""What an account may not do that cannot receive answers, as in ``no_permission``."""

_GONE = (
    OSError,
    nats.errors.ConnectionClosedError,
    nats.errors.ConnectionReconnectingError,
    nats.errors.ConnectionDrainingError,
    nats.errors.StaleConnectionError,
    nats.errors.NoServersError,
    nats.errors.OutboundBufferLimitError,
)


_CERTIFICATE_WANTED = (
    "the server wants a client certificate that it trusts; set certificate and key in the connection "
    "and check their authority and expiry."
)


def of_call(error: Exception, doing: str) -> BrokerError:  # noqa: PLR0911 - an arm for each kind of error
    """What a request or publish that failed means. ``doing`` completes "… failed": "listing the streams"."""
    match error:
        case BrokerError():
            return error
        case nats.errors.NoRespondersError():
            return NobodyThereError(f"{doing} failed: nobody answers there; check that JetStream is enabled.")
        case nats.errors.MaxPayloadError():
            return RefusedError(f"{doing} failed: the message is larger than the server's max_payload allows.")
        case TimeoutError():
            return UnreachableError(f"{doing} failed: the server did not answer in time.")
        case _ if isinstance(error, _GONE):
            return UnreachableError(f"{doing} failed: there is no connection at the moment.")
        case nats.errors.Error() if "permissions violation" in str(error).lower():
            return DeniedError(f"{doing} failed: {plain(error)}.")
        case _:
            return RefusedError(f"{doing} failed: {plain(error)}.")


def denied(doing: str, what: str) -> DeniedError:
    """``what`` as in ``no_permission``."""
    return DeniedError(f"{doing} failed: {no_permission(what)}.")


def no_permission(what: str) -> str:
    """``what`` says operation and subject: publish to "some.subject"."""
    return f"this account has no permission for {what}; ask the server's administrator for it"


def of_connect(error: Exception, where: str, login: str) -> BrokerError:  # noqa: PLR0911 - as above
    """Why ``where`` (host:port) could not be connected to, and what to do; ``login`` as in ``login.describe``."""
    match error:
        case BrokerError():
            return error
        case ssl.SSLError():
            return UnreachableError(f"{where}: {of_tls(error)}")
        case CertificateWantedError():
            return DeniedError(f"{where}: {_CERTIFICATE_WANTED}")
        case nats.errors.SecureConnWantedError():
            return UnreachableError(
                f"{where} does not offer TLS, so nothing was sent. "
                "Use nats:// and no certificates if a connection in clear is meant."
            )
        case socket.gaierror():
            host = where.rpartition(":")[0]
            return UnreachableError(
                f"{where}: the name {host} is not known; check the spelling, the network and the VPN."
            )
        case ConnectionRefusedError():
            return UnreachableError(
                f"{where} refused the connection; check that the server runs and the port is right."
            )
        case TimeoutError():
            return UnreachableError(
                f"{where} did not answer in time; check address, port and firewall, "
                "and whether the server wants tls:// from the first byte."
            )
        case ConnectionError() | nats.errors.UnexpectedEOF():
            return UnreachableError(
                f"{where} closed the connection; check that the port is a NATS server's and, "
                "if the server checks client certificates, that it trusts ours."
            )
        case OSError():
            return UnreachableError(f"{where} cannot be reached: {plain(error)}.")
        case _:
            return _of_answer(plain(error), where, login)


def of_tls(error: ssl.SSLError) -> str:
    """Why a TLS handshake failed, and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_certificate(error.verify_message)
    reason = (error.reason or str(error)).upper()
    if "CERTIFICATE_REQUIRED" in reason or "BAD_CERTIFICATE" in reason or "HANDSHAKE_FAILURE" in reason:
        return _CERTIFICATE_WANTED
    if "UNKNOWN_CA" in reason:
        return "the server does not trust the authority of our client certificate; use one that it knows."
    if "EXPIRED" in reason:
        return "our client certificate has expired; get a new one."
    if "WRONG_VERSION_NUMBER" in reason or "UNEXPECTED_EOF" in reason:
        return "no TLS is spoken there; check the port, or use nats:// instead of tls://."
    return f"the TLS handshake failed ({reason.replace('_', ' ').lower()})."


def plain(error: BaseException) -> str:
    """The text without the library's name and the protocol's quotation marks; a quoted subject keeps its own.

    A system error in the system's words, where asyncio has others.
    """
    if isinstance(error, OSError) and error.errno is not None and not isinstance(error, ssl.SSLError | socket.gaierror):
        return os.strerror(error.errno).lower()
    return str(error).removeprefix("nats: ").strip("' \r\n") or type(error).__name__


def _of_certificate(problem: str) -> str:
    lower = problem.lower()
    if "expired" in lower:
        return "the server's certificate has expired; it must be renewed on the server."
    if "not yet valid" in lower:
        return "the server's certificate is not valid yet; check this computer's clock and the server's certificate."
    if "mismatch" in lower or "not valid for" in lower:
        return f"the server's certificate is for another name ({problem}); use the name it was made for."
    return (
        f"the server's certificate is not trusted ({problem}); "
        "choose the certificate file of the authority that signed it in the connection."
    )


def _of_answer(text: str, where: str, login: str) -> BrokerError:
    lower = text.lower()
    if "authorization" in lower or "authentication" in lower or "revoked" in lower:
        return DeniedError(f"{where} denied the login {login} ({text}); check user, password, token or key file.")
    if "maximum" in lower and "connections" in lower:
        return UnreachableError(f"{where} takes no more connections ({text}); close some, or raise the server's limit.")
    if "expecting info" in lower or "json parse" in lower:
        return UnreachableError(f"{where} is not a NATS server, or not its client port (usually 4222); check the port.")
    if "tls" in lower or "secure connection" in lower:
        return UnreachableError(f"{where} requires TLS ({text}); use tls:// in the address.")
    return UnreachableError(f"{where}: {text}.")
