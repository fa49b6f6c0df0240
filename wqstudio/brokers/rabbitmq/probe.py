"""The stepwise connection test: which step works, and what to do about the first that does not.

Nothing is changed on the broker, and nothing is published or consumed.
"""

import asyncio
import re
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import replace

from wqstudio.brokers.checks import Check, OnCheck, Report
from wqstudio.brokers.port import BrokerError
from wqstudio.brokers.rabbitmq.amqp import address, errors
from wqstudio.brokers.rabbitmq.amqp.address import Account, Address
from wqstudio.brokers.rabbitmq.amqp.client import connect_client
from wqstudio.brokers.rabbitmq.management import web_address
from wqstudio.brokers.rabbitmq.management.api import ManagementApi
from wqstudio.brokers.rabbitmq.management.finding import Finder, NoManagementError
from wqstudio.brokers.rabbitmq.management.http import HttpClient, WebError
from wqstudio.brokers.rabbitmq.management.records import PermissionRecord, WhoAmI
from wqstudio.brokers.rabbitmq.management.refusals import ManagementError
from wqstudio.brokers.rabbitmq.management.web_address import WebAddress
from wqstudio.brokers.tls import tls_context
from wqstudio.domain.connection import RabbitConnection

SETTINGS, NODES, LOGIN, VHOST = "Settings", "Nodes", "Login", "Virtual host"
MANAGEMENT, USER, RIGHTS, PROMETHEUS = "Management API", "User", "Permissions", "Prometheus"
AFTER_REACH = (LOGIN, VHOST)
AFTER_SETTINGS = (*AFTER_REACH, MANAGEMENT, USER, RIGHTS, PROMETHEUS)
WAIT = 5.0
"""Seconds for one step on the network."""
_EXPIRES_SOON = 14 * 86_400
_SEES_ALL = {"administrator", "monitoring"}


async def run(connection: RabbitConnection, on_check: OnCheck) -> tuple[Check, ...]:
    """Try each step, telling of it as it ends; after a failed one, those that depend on it are skipped."""
    report = Report(on_check)
    await _Probe(connection, report).run()
    return tuple(report.checks)


class _Probe:
    def __init__(self, connection: RabbitConnection, report: Report) -> None:
        self._connection = connection
        self._report = report

    async def run(self) -> None:
        try:
            addresses = address.parse_all(self._connection)
            account = address.account(self._connection, addresses[0])
            context = tls_context(self._connection)
            finder = Finder(self._connection, addresses)
        except BrokerError as error:
            self._report.failed(SETTINGS, str(error))
            self._report.skip(AFTER_SETTINGS, "the settings do not work")
            return
        self._report.passed(SETTINGS, f"Logging in as user {account.user} to virtual host {account.vhost}.")
        reached = [
            url
            for url, node in zip(self._connection.urls, addresses, strict=True)
            if await self._reach(node, account, context)
        ]
        if reached:
            await self._log_in(reached, account)
        else:
            if len(addresses) > 1:
                self._report.failed(NODES, f"None of the {len(addresses)} could be reached.")
            self._report.skip(AFTER_REACH, "no node was reached")
        await self._look_into_management(finder, addresses, account)

    async def _reach(self, node: Address, account: Account, context: ssl.SSLContext) -> bool:
        """Name, TCP and TLS of one node."""
        steps = [f"{step} {node.netloc}" for step in ("Name", "Reach", "TLS")]
        ahead = iter(steps)
        step = next(ahead)
        try:
            async with asyncio.timeout(WAIT):
                found = await asyncio.get_running_loop().getaddrinfo(node.host, node.port, type=socket.SOCK_STREAM)
                self._report.passed(step, ", ".join(dict.fromkeys(str(each[4][0]) for each in found)))
                step = next(ahead)
                began = time.perf_counter()
                _, writer = await asyncio.open_connection(node.host, node.port)
                self._report.passed(step, f"Connected in {(time.perf_counter() - began) * 1000:.1f} ms.")
                step = next(ahead)
                try:
                    if node.tls:
                        await writer.start_tls(context, server_hostname=node.host)
                    self._tell_tls(step, node, writer.get_extra_info("ssl_object"))
                finally:
                    writer.close()
        except (OSError, BrokerError) as error:
            self._report.missed(step, str(errors.of_connect(error, node, account)), of=len(self._connection.urls))
            self._report.skip(list(ahead), "the step before failed")
            return False
        return True

    def _tell_tls(self, step: str, node: Address, secured: ssl.SSLObject | None) -> None:
        if secured is None:
            tell = self._report.passed if node.is_loopback else self._report.warn
            tell(step, "Not used: what is sent, passwords too, can be read on the way.")
            return
        certificate = secured.getpeercert() or {}
        expires = ssl.cert_time_to_seconds(str(certificate["notAfter"])) if "notAfter" in certificate else 0
        until = time.strftime("%Y-%m-%d", time.gmtime(expires))
        detail = f"{secured.version()}, certificate valid until {until}."
        if expires - time.time() < _EXPIRES_SOON:
            self._report.warn(step, f"{detail} It must be renewed on the server soon.")
        else:
            self._report.passed(step, detail)

    async def _log_in(self, reached: Sequence[str], account: Account) -> None:
        """Password and virtual host are refused in one breath; the text tells which it was."""
        connection = replace(self._connection, urls=tuple(reached))
        try:
            client = await connect_client(connection, name="wqstudio connection test", reconnect=False)
        except BrokerError as error:
            if "virtual host" in str(error):
                self._report.passed(LOGIN, f"User {account.user} is known.")
                self._report.failed(VHOST, str(error))
            else:
                self._report.failed(LOGIN, str(error))
                self._report.skip((VHOST,), "the login failed")
            return
        try:
            server = client.server
            self._report.passed(
                LOGIN, f"{server.get('product', 'A broker')} {server.get('version', '')}, user {account.user}."
            )
            self._report.passed(VHOST, f"{account.vhost} is there, and this user may enter it.")
        finally:
            await client.close()

    async def _look_into_management(self, finder: Finder, addresses: Sequence[Address], account: Account) -> None:
        places = web_address.management(self._connection, addresses)
        try:
            api, overview = await finder.find()
        except ManagementError as error:
            advice = (
                " The studio works without it, but sees only the queues that it makes or that are named to it, "
                "and of these only how many messages are ready."
                if isinstance(error, NoManagementError)
                else ""
            )
            self._report.warn(MANAGEMENT, f"{error}{advice}")
            self._report.skip((USER, RIGHTS), "the management API does not answer")
            await self._look_for_prometheus(web_address.prometheus(places[0]))
            return
        try:
            statistics = " It gathers no statistics, so there are no rates." if overview.disable_stats else ""
            tell = self._report.warn if statistics else self._report.passed
            tell(MANAGEMENT, f"{api.url}, version {overview.management_version}.{statistics}")
            await self._look_at_user(api, account)
        finally:
            api.close()
        found = next(place for place in places if place.url == api.url)
        await self._look_for_prometheus(web_address.prometheus(found, overview.listeners))

    async def _look_at_user(self, api: ManagementApi, account: Account) -> None:
        try:
            user = await api.who_am_i()
        except ManagementError as error:
            self._report.warn(USER, str(error))
            self._report.skip((RIGHTS,), "the step before failed")
            return
        self._tell_user(user)
        try:
            rights = await api.permissions()
        except ManagementError:
            self._report.leave_open(RIGHTS, "Only an administrator may list them. They show when something is refused.")
            return
        self._tell_rights(next((each for each in rights if each.vhost == account.vhost), None), account)

    def _tell_user(self, user: WhoAmI) -> None:
        tags = user.tag_names
        detail = f"{user.name}, tags: {', '.join(tags) or 'none'}."
        if _SEES_ALL & set(tags):
            self._report.passed(USER, detail)
        else:
            self._report.warn(
                USER, f"{detail} Other users' connections and channels cannot be seen; the tag monitoring shows them."
            )

    def _tell_rights(self, rights: PermissionRecord | None, account: Account) -> None:
        if rights is None:
            self._report.failed(RIGHTS, f"User {account.user} has none in virtual host {account.vhost}.")
            return
        allowed = {"configure": rights.configure, "write": rights.write, "read": rights.read}
        detail = "; ".join(f"{verb} {_pattern(pattern)}" for verb, pattern in allowed.items())
        missing = [verb for verb, pattern in allowed.items() if not _allows_anything(pattern)]
        if missing:
            self._report.warn(RIGHTS, f"{detail}. Without {', '.join(missing)} the demo and scenarios cannot run here.")
        else:
            self._report.passed(RIGHTS, f"{detail}.")

    async def _look_for_prometheus(self, place: WebAddress) -> None:
        """Of use to others; the studio reads the management API, which knows more and is no older."""
        context = tls_context(self._connection) if place.tls else None
        client = HttpClient(place, "", context, accept="text/plain")
        try:
            answer = await client.get("/metrics", WAIT)
        except WebError as error:
            self._report.warn(PROMETHEUS, f"Not found at {place.url} ({error}) The studio does not need it.")
            return
        finally:
            client.close()
        if answer.status == 200 and b"rabbitmq_" in answer.body:
            self._report.passed(PROMETHEUS, f"Answers at {place.url}.")
        else:
            self._report.warn(
                PROMETHEUS, f"{place.url} answers with status {answer.status}. The studio does not need it."
            )


def _pattern(pattern: str) -> str:
    return {".*": "everything", "": "nothing", "^$": "nothing"}.get(pattern, f"what matches {pattern}")


def _allows_anything(pattern: str) -> bool:
    try:
        return pattern not in {"", "^$"} and re.compile(pattern) is not None
    except re.error:  # Erlang's expressions are not quite Python's
        return True
