"""The one gate for what the studio writes to a broker: a connection for looking only is let through nowhere.

Commands pass it in the executor. Dead letters, copies and outlets are opened here and nowhere else in the engine, so
that whoever has them, a run, a look or a command, can do no more with them than the connection allows.
"""

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence

from wqstudio.brokers import factory
from wqstudio.brokers.letters import (
    Copies,
    Copy,
    Held,
    Kept,
    Letters,
    Level,
    Lifts,
    Made,
    Movable,
    Outlet,
    Pointers,
    PutBack,
    Tries,
)
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import Connection
from wqstudio.domain.letter import (
    Destination,
    Fate,
    Letter,
    Load,
    LookCost,
    NoWay,
    Outcome,
    Rewriting,
    Shortage,
    Ways,
)
from wqstudio.domain.reading import Reading, Unknown


class ReadOnlyError(BrokerError):
    """The connection was opened for looking only."""


def check_writable(doing: str, *, read_only: bool) -> None:
    """Raises ReadOnlyError. ``doing`` is what the studio would do, for a sentence."""
    if read_only:
        raise ReadOnlyError(
            f"This connection is read-only, so the studio does not {doing}; connect again without that to allow it."
        )


async def open_letters(connection: Connection, queue: str, lifts: Lifts, *, exhausted: bool = False) -> Letters:
    """See ``factory.open_letters``. On a read-only connection they can be looked at, and neither removed nor put out
    of reach of a delivery limit.
    """
    letters = await factory.open_letters(connection, queue, lifts, exhausted=exhausted)
    return _LookOnlyLetters(letters, queue) if connection.read_only else letters


async def open_copies(
    connection: Connection,
    targets: Sequence[Destination],
    made: Mapping[str, Made],
    lifts: Lifts,
    *,
    again: bool = False,
) -> Sequence[Copies]:
    """See ``factory.open_copies``; as ``open_letters``."""
    opened = await factory.open_copies(connection, targets, made, lifts, again=again)
    return [_LookOnlyCopies(each) for each in opened] if connection.read_only else opened


async def open_pointers(connection: Connection, queue: str) -> Pointers:
    """See ``factory.open_pointers``. On a read-only connection it is told where they are, and none is removed."""
    pointers = await factory.open_pointers(connection, queue)
    return _TellOnly(pointers, queue) if connection.read_only else pointers


async def open_outlet(connection: Connection) -> Outlet:
    """See ``factory.open_outlet``. On a read-only connection it can be asked, and publishes nothing."""
    outlet = await factory.open_outlet(connection)
    return _AskOnly(outlet) if connection.read_only else outlet


async def put_back_limits(connection: Connection) -> PutBack:
    """See ``factory.put_back_limits``. Nothing on a read-only connection."""
    if connection.read_only:
        return PutBack(standing=Unknown("This connection is read-only."))
    return await factory.put_back_limits(connection)


class _LookOnlyMovable(Movable):
    """Stands before what was opened. Whatever there is has its place here, so that nothing new passes unlooked at."""

    def __init__(self, opened: Movable, queue: str) -> None:
        self._movable = opened
        self._queue = queue

    async def lift_limit(self) -> None:
        check_writable(f"lift the delivery limit of {self._queue}", read_only=True)

    async def remove(self, letters: Sequence[Held]) -> Collection[int]:
        del letters
        check_writable(f"remove anything from {self._queue}", read_only=True)
        return ()

    @property
    def cost(self) -> LookCost:
        return self._movable.cost

    @property
    def lasting_ids(self) -> bool:
        return self._movable.lasting_ids

    @property
    def count(self) -> int:
        return self._movable.count

    @property
    def newest(self) -> int | None:
        return self._movable.newest

    @property
    def remark(self) -> str:
        return self._movable.remark

    @property
    def identity(self) -> bytes:
        return self._movable.identity

    @property
    def sources(self) -> Mapping[str, bytes]:
        return self._movable.sources

    async def held_elsewhere(self, cut_for: float) -> Reading[int]:
        return await self._movable.held_elsewhere(cut_for)

    async def alive(self, fingerprints: Collection[bytes]) -> Collection[bytes]:
        return await self._movable.alive(fingerprints)

    async def check_removable(self) -> None:
        await self._movable.check_removable()

    async def refresh(self) -> None:
        await self._movable.refresh()

    def batches(self, size: int, ids: Collection[int] | None = None) -> AsyncGenerator[Sequence[Held], None]:
        return self._movable.batches(size, ids)

    def read(self, held: Held) -> Letter:
        return self._movable.read(held)

    def home(self, letter: Letter) -> Reading[Destination]:
        return self._movable.home(letter)

    def fingerprint(self, held: Held) -> bytes:
        return self._movable.fingerprint(held)

    def return_route(self, held: Held) -> str:
        return self._movable.return_route(held)

    async def close(self) -> None:
        await self._movable.close()


class _LookOnlyLetters(_LookOnlyMovable, Letters):
    def __init__(self, letters: Letters, queue: str) -> None:
        super().__init__(letters, queue)
        self.letters = letters

    @property
    def reachable(self) -> int:
        return self.letters.reachable

    @property
    def turn(self) -> int:
        return self.letters.turn

    @property
    def held(self) -> int:
        return self.letters.held

    async def page(self, first: int, count: int) -> Sequence[Held]:
        return await self.letters.page(first, count)

    async def at_work(self) -> Sequence[str]:
        return await self.letters.at_work()

    def succeed(self, before: Letters) -> None:
        self.letters.succeed(before.letters if isinstance(before, _LookOnlyLetters) else before)

    def still_there(self, ids: Collection[int]) -> Collection[int]:
        return self.letters.still_there(ids)


class _LookOnlyCopies(_LookOnlyMovable, Copies):
    def __init__(self, copies: Copies) -> None:
        super().__init__(copies, "a queue")
        self._copies = copies

    def number(self, held: Held) -> int:
        return self._copies.number(held)

    @property
    def doubled(self) -> int:
        return self._copies.doubled


class _TellOnly(Pointers):
    """As ``_LookOnlyMovable``."""

    def __init__(self, pointers: Pointers, queue: str) -> None:
        self._pointers = pointers
        self._queue = queue

    @property
    def queues(self) -> Sequence[str]:
        return self._pointers.queues

    async def remove(self, fingerprints: Collection[bytes]) -> int:
        del fingerprints
        check_writable(f"remove pointers to messages of {self._queue}", read_only=True)
        return 0

    async def close(self) -> None:
        await self._pointers.close()


class AskedOutlet(Outlet):
    """Passes on what an outlet is asked, and leaves it to those that inherit how they publish."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    @property
    def memory(self) -> str:
        return self._outlet.memory

    @property
    def trouble(self) -> str:
        return self._outlet.trouble

    def heed(self, on_change: Callable[[], object]) -> None:
        self._outlet.heed(on_change)

    def give_up(self) -> None:
        self._outlet.give_up()

    async def stored(
        self, destinations: Collection[Destination], marks: Collection[str], since: float
    ) -> Mapping[str, int | None]:
        return await self._outlet.stored(destinations, marks, since)

    async def remembers(self, destination: Destination) -> float:
        return await self._outlet.remembers(destination)

    async def level(self, destination: Destination) -> Level | None:
        return await self._outlet.level(destination)

    async def kept(self, destinations: Collection[Destination]) -> Mapping[Destination, Kept]:
        return await self._outlet.kept(destinations)

    async def perhaps_there(self, destinations: Collection[Destination], tries: Tries) -> int:
        return await self._outlet.perhaps_there(destinations, tries)

    def rewriting(self, copy: Copy) -> Rewriting:
        return self._outlet.rewriting(copy)

    def size(self, copy: Copy) -> int:
        return self._outlet.size(copy)

    async def ways(self, queue: str, routes: Collection[str]) -> Ways:
        return await self._outlet.ways(queue, routes)

    async def reached(self, destination: Destination) -> Reading[Collection[str]]:
        return await self._outlet.reached(destination)

    async def audience(self, destination: Destination) -> Sequence[str]:
        return await self._outlet.audience(destination)

    async def refusals(self, destinations: Collection[Destination]) -> Mapping[Destination, NoWay]:
        return await self._outlet.refusals(destinations)

    async def shortage(self, loads: Mapping[Destination, Load]) -> Sequence[Shortage]:
        return await self._outlet.shortage(loads)

    async def doubling(self, destination: Destination) -> str:
        return await self._outlet.doubling(destination)

    async def close(self) -> None:
        await self._outlet.close()


class _AskOnly(AskedOutlet):
    """As ``_LookOnlyMovable``."""

    async def put(self, copies: Sequence[Copy]) -> Sequence[Outcome]:
        check_writable("publish anything", read_only=True)
        return [Outcome(Fate.REFUSED) for _ in copies]
