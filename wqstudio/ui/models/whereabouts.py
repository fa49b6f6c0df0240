"""Where we are connected, in words."""

from collections.abc import Sequence

from wqstudio.brokers.port import Link, LinkState
from wqstudio.domain.connection import Connection


def whereabouts(connection: Connection, link: Link, server: str) -> Sequence[str]:
    """The connection's name and what is there, which may be one; then what is to be kept in mind."""
    name = connection.name or link.url.partition("://")[2] or connection.urls[0]
    product, _, version = server.partition(" ")
    words = [f"{name} {version}".strip()] if product.casefold() in name.casefold() else [name, server]
    if connection.place:
        words.append(connection.place)
    if link.state is not LinkState.CONNECTED:
        words.append(link.state.value)
    if connection.read_only:
        words.append("read-only")
    return words
