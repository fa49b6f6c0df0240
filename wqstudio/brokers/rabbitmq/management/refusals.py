"""What the management API's answers mean that are none, and what to do about them."""

from shlex import quote
from urllib.parse import urlsplit

import msgspec

from wqstudio.brokers.port import BrokerError, DeniedError
from wqstudio.brokers.rabbitmq.amqp.address import Account
from wqstudio.brokers.rabbitmq.management.decoding import MALFORMED
from wqstudio.brokers.rabbitmq.management.http import Answer
from wqstudio.brokers.rabbitmq.management.records import Fault


class ManagementError(BrokerError):
    """The management API gave no usable answer. ``status`` is HTTP's, 0 where there was none."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class ManagementDeniedError(ManagementError, DeniedError):
    """The login is refused, or this user may not look at that."""


class Refusals:
    """Of one API, asked by one account."""

    def __init__(self, url: str, account: Account) -> None:
        self._url = url
        self._account = account

    def of(self, answer: Answer, doing: str) -> ManagementError:  # noqa: PLR0911 - an arm for each kind of refusal
        status, failed = answer.status, f"{doing} failed"
        match status:
            case 401:
                return ManagementDeniedError(f"{failed}: {self._login_refused(answer)}", status)
            case _ if 300 <= status < 400:
                return ManagementError(
                    f"{failed}: {self._url} leads elsewhere{_whereto(answer)}; name that one.", status
                )
            case _ if not is_json(answer):
                return ManagementError(
                    f"{failed}: {self._url} answered with a web page (status {status}), not as a management API; "
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
                    f"{failed}: {self._url} knows no such thing ({_fault(answer)}); "
                    f"check that virtual host {self._account.vhost} exists and the address is right.",
                    status,
                )
            case _ if status >= 500:
                return ManagementError(
                    f"{failed}: the management API at {self._url} has trouble of its own "
                    f"(status {status}, {_fault(answer)}); see the node's log.",
                    status,
                )
            case _:
                return ManagementError(f"{failed}: {self._url} answered {_fault(answer)} (status {status}).", status)

    def _login_refused(self, answer: Answer) -> str:
        user, fault = self._account.user, _fault(answer) if is_json(answer) else ""
        if "management" in fault.lower():
            return (
                f"user {user} has no access to the management API; give the user the tag management or monitoring "
                f"(rabbitmqctl set_user_tags {quote(user)} management)."
            )
        local = " guest may log in from the broker's own computer only." if user == "guest" else ""
        return f"{self._url} refused the login as user {user}; check user and password.{local}"


def is_json(answer: Answer) -> bool:
    return "json" in answer.content_type.lower()


def _whereto(answer: Answer) -> str:
    """Without the credentials and the query that a redirect may repeat."""
    parts = urlsplit(answer.location)
    host = parts.netloc.rpartition("@")[2]
    return f", to {parts.scheme or 'http'}://{host}{parts.path}" if host else ""


def _fault(answer: Answer) -> str:
    try:
        fault = msgspec.json.decode(answer.body, type=Fault)
    except MALFORMED:
        return "no reason given"
    return str(fault.reason or fault.error)[:200] or "no reason given"
