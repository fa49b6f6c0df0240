"""Finds the management API: the first of the places where it may be that answers."""

import ssl
from collections import defaultdict
from collections.abc import Mapping, Sequence

from wqstudio.brokers.rabbitmq.amqp import address
from wqstudio.brokers.rabbitmq.amqp.address import Account, Address
from wqstudio.brokers.rabbitmq.management import web_address
from wqstudio.brokers.rabbitmq.management.api import ManagementApi
from wqstudio.brokers.rabbitmq.management.records import Overview
from wqstudio.brokers.rabbitmq.management.refusals import ManagementDeniedError, ManagementError
from wqstudio.brokers.tls import tls_context
from wqstudio.domain.connection import RabbitConnection

_PLACE = "\0"
"""Stands for an address where texts are compared."""


class NoManagementError(ManagementError):
    """Nowhere does a management API answer."""


class Finder:
    def __init__(self, connection: RabbitConnection, addresses: Sequence[Address]) -> None:
        """UnreachableError when the management address is none, DeniedError when a TLS file is no good."""
        self._account: Account = address.account(connection, addresses[0])
        self._all_vhosts = connection.all_vhosts
        self._places = web_address.management(connection, addresses)
        self._tls: ssl.SSLContext | None = None
        if any(place.tls for place in self._places):
            self._tls = tls_context(connection)

    async def find(self) -> tuple[ManagementApi, Overview]:
        """NoManagementError with a line for each reason; ManagementDeniedError where one answers and refuses us."""
        failures: dict[str, str] = {}
        for place in self._places:
            api = ManagementApi(place, self._account, self._tls, all_vhosts=self._all_vhosts)
            try:
                return api, await api.overview()
            except ManagementDeniedError:
                api.close()
                raise
            except ManagementError as error:
                failures[place.url] = str(error)
                api.close()
            except BaseException:
                api.close()
                raise
        raise NoManagementError(_folded(failures))


async def virtual_hosts(connection: RabbitConnection) -> tuple[str, ...]:
    """Names, sorted, of those that this user may see. BrokerError with the remedy when they cannot be asked for."""
    api, _ = await Finder(connection, address.parse_all(connection)).find()
    try:
        listing = await api.vhosts()
    finally:
        api.close()
    return tuple(sorted(vhost.name for vhost in listing.items))


def _folded(failures: Mapping[str, str]) -> str:
    """What was said of each address; the same of several is said once."""
    urls: defaultdict[str, list[str]] = defaultdict(list)
    for url, text in failures.items():
        urls[text.replace(url, _PLACE)].append(url)
    return "\n".join(text.replace(_PLACE, " and ".join(those)) for text, those in urls.items())
