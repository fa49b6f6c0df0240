"""How the journal names the place that a connection leads to, so that nobody goes on elsewhere with what began here.

An address alone does not do: one NATS server has many accounts with streams of equal names, and brokers take turns on
one port. So the name ends with what the server calls itself: the account (NATS), or the cluster (RabbitMQ). Earlier
releases wrote the address alone, and what they have begun is found by that.
"""

import re
from dataclasses import replace
from typing import Self

from wqstudio.brokers import factory
from wqstudio.domain.connection import Connection, RabbitConnection

_LOOPBACK = re.compile(r"(?<=://)(?:localhost|127\.0\.0\.1|\[::1\])(?=[:/]|$)", re.IGNORECASE)
_ALIKE = ("127.0.0.1", "localhost", "[::1]")
"""They lead to one server where that says so itself. The first stands for all."""


class Place(str):
    """Its name; ``names`` are all under which the journal may have it."""

    __slots__ = ("addresses", "names", "within")

    addresses: tuple[str, ...]
    """What names there begin with: those of all accounts there, where it was not asked which this is. Else empty."""
    names: tuple[str, ...]
    within: str
    """What names there say after the address, whatever that is. Empty: it is not known what the server calls itself, or
    that does not tell it from others (NATS).
    """

    def __new__(cls, name: str, former: tuple[str, ...] = (), *, whole: bool = True, within: str = "") -> Self:
        place = super().__new__(cls, name)
        place.within = within
        place.names = tuple(dict.fromkeys((name, *former)))
        place.addresses = () if whole else tuple(f"{each} (" for each in place.names)
        return place


def names_of(place: str) -> tuple[str, ...]:
    return place.names if isinstance(place, Place) else (place,)


def may_be(place: str, name: str) -> bool:
    """The journal's ``name`` is of that place, or of one at that address, where it was not asked which this is."""
    addresses = place.addresses if isinstance(place, Place) else ()
    return name in names_of(place) or name.startswith(addresses)


def leads_to(place: str, name: str) -> bool:
    """The journal's ``name`` is of that place, be it by another address, as of another node of its cluster."""
    within = place.within if isinstance(place, Place) else ""
    return name in names_of(place) or (bool(within) and _within(name) == within)


def place_of(connection: Connection) -> Place:
    """The same for the same place, and free of credentials."""
    url = connection.urls[0]
    former = tuple(dict.fromkeys(_address(connection, each) for each in (url, *_like(url))))
    if not connection.known_as:
        return Place(former[0], former[1:], whole=False)
    named = _LOOPBACK.sub(_ALIKE[0], url)
    name = f"{_address(connection, named)} ({connection.known_as})"
    return Place(name, former, within=_within(name) if isinstance(connection, RabbitConnection) else "")


async def placed(connection: Connection) -> Connection:
    """The same, with what the server there calls itself. UnreachableError, DeniedError."""
    return replace(connection, known_as=await factory.known_as(connection))


def _within(name: str) -> str:
    """What it says after the product and the address: these have no spaces in them, as a virtual host may."""
    return " ".join(name.split(" ", 2)[2:])


def _like(url: str) -> tuple[str, ...]:
    return tuple(_LOOPBACK.sub(each, url) for each in _ALIKE)


def _address(connection: Connection, url: str) -> str:
    where = f"{connection.product.title} {url}"
    return f"{where} {connection.vhost or '/'}" if isinstance(connection, RabbitConnection) else where
