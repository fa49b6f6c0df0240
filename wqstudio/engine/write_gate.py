"""The one gate for what the studio writes to a broker: a connection for looking only is let through nowhere.

Commands pass it in the executor. Dead letters, copies and outlets are opened here and nowhere else in the engine, so
that whoever has them, a run, a look or a command, can do no more with them than the connection allows.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from wqstudio.brokers import factory
from wqstudio.brokers.letters import Copies, Copy, Held, Letters, Made, Outlet, Pointers
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import Connection
from wqstudio.domain.letter import Destination


class ReadOnlyError(BrokerError):
    """The connection was opened for looking only."""


def check_writable(doing: str, *, read_only: bool) -> None:
    """Raises ReadOnlyError. ``doing`` is what the studio would do, for a sentence."""
    if read_only:
        raise ReadOnlyError(
            f"This connection is read-only, so the studio does not {doing}; connect again without that to allow it."
        )


async def open_letters(connection: Connection, queue: str, *, exhausted: bool = False) -> Letters:
    """See ``factory.open_letters``. On a read-only connection they can be looked at, and neither removed nor put out
    of reach of a delivery limit.
    """
    letters = await factory.open_letters(connection, queue, exhausted=exhausted)
    return cast(Letters, _LookOnly(letters, queue)) if connection.read_only else letters


async def open_copies(
    connection: Connection, targets: Sequence[Destination], made: Mapping[str, Made], *, again: bool = False
) -> Sequence[Copies]:
    """See ``factory.open_copies``; as ``open_letters``."""
    opened = await factory.open_copies(connection, targets, made, again=again)
    return [cast(Copies, _LookOnly(each, "a queue")) for each in opened] if connection.read_only else opened


async def open_pointers(connection: Connection, queue: str) -> Pointers:
    """See ``factory.open_pointers``. On a read-only connection it is told where they are, and none is removed."""
    pointers = await factory.open_pointers(connection, queue)
    return cast(Pointers, _TellOnly(pointers, queue)) if connection.read_only else pointers


async def open_outlet(connection: Connection) -> Outlet:
    """See ``factory.open_outlet``. On a read-only connection it can be asked, and publishes nothing."""
    outlet = await factory.open_outlet(connection)
    return cast(Outlet, _AskOnly(outlet)) if connection.read_only else outlet


async def put_back_limits(connection: Connection) -> Sequence[str]:
    """Of what a killed look has left lifted; a sentence for each queue. Nothing on a read-only connection."""
    queues = () if connection.read_only else await factory.put_back_limits(connection)
    return [f"The delivery limit of {queue} is back: a look that was killed had left it lifted" for queue in queues]


class _Shut:
    """Stands before what was opened: whatever it does not refuse is that one's."""

    def __init__(self, opened: object) -> None:
        self._opened = opened

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opened, name)


class _LookOnly(_Shut):
    def __init__(self, letters: Letters | Copies, queue: str) -> None:
        super().__init__(letters)
        self._queue = queue

    async def lift_limit(self) -> None:
        check_writable(f"lift the delivery limit of {self._queue}", read_only=True)

    async def remove(self, letters: Sequence[Held]) -> None:
        del letters
        check_writable(f"remove anything from {self._queue}", read_only=True)


class _TellOnly(_Shut):
    def __init__(self, pointers: Pointers, queue: str) -> None:
        super().__init__(pointers)
        self._queue = queue

    async def remove(self, fingerprints: Collection[bytes]) -> None:
        del fingerprints
        check_writable(f"remove pointers to messages of {self._queue}", read_only=True)


class _AskOnly(_Shut):
    async def put(self, copies: Sequence[Copy]) -> None:
        del copies
        check_writable("publish anything", read_only=True)
