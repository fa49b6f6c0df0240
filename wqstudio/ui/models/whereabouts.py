"""Where we are connected, in words."""

from collections.abc import Sequence

from wqstudio.brokers.port import Link, LinkState
from wqstudio.domain.connection import Connection


def whereabouts(connection: Connection, link: Link, server: str) -> Sequence[str]:
    """The connection's name first; then what is there, and what is to be kept in mind."""
    words = [connection.name or link.url.partition("://")[2] or connection.urls[0], server]
    if connection.place:
        words.append(connection.place)
    if link.state is not LinkState.CONNECTED:
        words.append(link.state.value)
    if connection.read_only:
        words.append("read-only")
    return words
