"""The stepwise connection test: which step works, and what to do about the first that does not."""

import ssl
import time
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import nats.errors

from wqstudio.brokers.checks import Check, OnCheck, Report
from wqstudio.brokers.nats.jetstream import permissions
from wqstudio.brokers.nats.link import address, errors, login
from wqstudio.brokers.nats.link.address import Address
from wqstudio.brokers.nats.link.client import StudioClient
from wqstudio.brokers.nats.link.connecting import connect_client
from wqstudio.brokers.nats.link.greeting import Secured, conversation, resolve
from wqstudio.brokers.port import BrokerError, DeniedError, UnreachableError
from wqstudio.brokers.tls import tls_context
from wqstudio.domain.connection import NatsConnection

SETTINGS, SERVERS, LOGIN = "Settings", "Servers", "Login"
JETSTREAM, PUBLISH, ADVISORIES = "JetStream", "Publish", "Receive advisories"
ABILITIES = tuple(ability.name for ability in permissions.abilities(""))
AFTER_LOGIN = (JETSTREAM, *ABILITIES, PUBLISH, ADVISORIES)

_EXPIRES_SOON = 14 * 86_400


async def run(connection: NatsConnection, on_check: OnCheck) -> tuple[Check, ...]:
    """Try each step, telling of it as it ends; after a failed one, those that depend on it are skipped.

    Nothing is changed on the broker. With several servers each is reached, and the first of those logged in to.
    """
    report = Report(on_check)
    await _Probe(connection, report).run()
    return tuple(report.checks)


class _Probe:
    def __init__(self, connection: NatsConnection, report: Report) -> None:
        self._connection = connection
        self._report = report

    async def run(self) -> None:
        try:
            addresses, context = self._settings()
        except BrokerError as error:
            self._report.failed(SETTINGS, str(error))
            self._report.skip((LOGIN, *AFTER_LOGIN), "the settings do not work")
            return
        self._report.passed(SETTINGS, f"Logging in {login.describe(self._connection, addresses)}.")
        needs = login.requirements(self._connection, addresses)
        reached = [each for each in addresses if await self._reach(each, context, needs)]
        if reached:
            await self._log_in(reached)
        else:
            if len(addresses) > 1:
                self._report.failed(SERVERS, f"None of the {len(addresses)} could be reached.")
            self._report.skip((LOGIN, *AFTER_LOGIN), "no server was reached")

    def _settings(self) -> tuple[list[Address], ssl.SSLContext]:
        """Everything that can be wrong before the network comes into it."""
        addresses = [address.parse(url) for url in self._connection.urls]
        if not addresses:
            raise UnreachableError("The connection has no server address; write one as nats://host:4222.")
        login.options(self._connection, addresses)
        return addresses, tls_context(self._connection)

    async def _reach(self, server: Address, context: ssl.SSLContext, needs: login.Requirements) -> bool:
        """Name, TCP, NATS and TLS of one server."""
        steps = [f"{step} {server.netloc}" for step in ("Name", "Reach", "NATS", "TLS")]
        ahead = iter(steps)
        step = next(ahead)
        try:
            self._report.passed(step, ", ".join(await resolve(server)))
            step = next(ahead)
            async with conversation(server) as talk:
                self._report.passed(step, f"Connected in {talk.round_trip * 1000:.1f} ms.")
                step = next(ahead)
                info, secured = await talk.greet(context, require_tls=needs.tls)
                self._report.passed(step, f"NATS {info.version}, server {info.server_name}.")
                step = next(ahead)
                needs.check(offers_tls=info.offers_tls, wants_certificate=info.tls_verify)
                if secured is None and (info.tls_required or needs.tls):
                    secured = await talk.secure(context)
                self._tell_tls(step, server, secured)
        except (OSError, nats.errors.Error, msgspec.DecodeError, BrokerError) as error:
            why = str(errors.of_connect(error, server.netloc, ""))
            self._report.missed(step, why, of=len(self._connection.urls))
            self._report.skip(list(ahead), "the step before failed")
            return False
        return True

    def _tell_tls(self, step: str, server: Address, secured: Secured | None) -> None:
        if secured is None:
            tell = self._report.passed if server.is_loopback else self._report.warn
            tell(step, "Not used: what is sent, passwords too, can be read on the way.")
            return
        until = time.strftime("%Y-%m-%d", time.gmtime(secured.expires))
        detail = f"{secured.protocol}, certificate of {secured.subject} by {secured.issuer}, valid until {until}."
        if secured.expires - time.time() < _EXPIRES_SOON:
            self._report.warn(step, f"{detail} It must be renewed on the server soon.")
        else:
            self._report.passed(step, detail)

    async def _log_in(self, reached: Sequence[Address]) -> None:
        connection = replace(self._connection, urls=tuple(each.given for each in reached))
        try:
            client = await connect_client(connection, name="wqstudio connection test", reconnect=False)
        except BrokerError as error:
            self._report.failed(LOGIN, str(error))
            self._report.skip(AFTER_LOGIN, "the login failed")
            return
        try:
            user = await permissions.user(client)
            who = _who(user) if user else login.describe(connection, reached)
            self._report.passed(LOGIN, f"Logged in {who}.")
            if await self._jetstream(client):
                await self._abilities(client, user)
        except BrokerError as error:
            done = {check.step for check in self._report.checks}
            step, *rest = [each for each in AFTER_LOGIN if each not in done]
            self._report.failed(step, str(error))
            self._report.skip(rest, "the connection was lost")
        finally:
            await client.close()

    async def _jetstream(self, client: StudioClient) -> bool:
        try:
            account = await permissions.account(client)
        except DeniedError as error:
            self._report.warn(JETSTREAM, str(error))
            return True
        except BrokerError as error:
            self._report.failed(JETSTREAM, str(error))
            self._report.skip(AFTER_LOGIN[1:], "JetStream is not available")
            return False
        self._report.passed(JETSTREAM, account.describe())
        return True

    async def _abilities(self, client: StudioClient, user: permissions.User | None) -> None:
        for ability in permissions.abilities(await permissions.some_stream(client)):
            if await permissions.may(client, ability):
                self._report.passed(ability.name, "Allowed.")
            else:
                self._report.warn(ability.name, f"Denied: {ability.without}. It takes publishing to {ability.subject}.")
        self._tell_publishing(user)
        await self._advisories(client)

    def _tell_publishing(self, user: permissions.User | None) -> None:
        if user is None:
            self._report.warn(PUBLISH, "Unknown: this account may not ask for its permissions ($SYS.REQ.USER.INFO).")
        elif user.permissions is None:
            self._report.passed(PUBLISH, "Allowed to any subject.")
        else:
            self._report.warn(PUBLISH, user.permissions.publish.describe())

    async def _advisories(self, client: StudioClient) -> None:
        if await permissions.may_subscribe(client, permissions.ADVISORIES):
            self._report.passed(ADVISORIES, "Allowed.")
        else:
            self._report.warn(
                ADVISORIES,
                f"Denied: no events of the broker can be shown. It takes subscribing to {permissions.ADVISORIES}.",
            )


def _who(user: permissions.User) -> str:
    """A server without users has an account all the same."""
    return f"as {user.user} in account {user.account}" if user.user else f"without a user, in account {user.account}"
