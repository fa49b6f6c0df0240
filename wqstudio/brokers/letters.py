"""What dead-letter work asks of a broker: looking into a queue, copying on, removing what is safe elsewhere.

The port's second half. A copy and the removal of its original are two steps with two confirmations: whoever moves
letters journals each of them and calls them in that order (``engine/moves/redrive.py``).
"""

from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf
from typing import NamedTuple, Protocol

from wqstudio.brokers.port import RefusedError, UnreachableError
from wqstudio.domain.letter import Destination, Edit, Letter, Load, LookCost, NoWay, Outcome, Rewriting, Shortage, Ways
from wqstudio.domain.reading import Reading

PAGE_BYTES = 64 * 2**20
"""Of bodies, after which a page is cut short."""


class StaysError(RefusedError):
    """Some letters are not to be removed, and will not be; the others are gone."""

    def __init__(self, text: str, why: Mapping[bytes, str], gone: Collection[int] = ()) -> None:
        super().__init__(text)
        self.why = why
        """By fingerprint, for a person."""
        self.gone = gone
        """Of the others; see ``Movable.remove``."""


class NotAskedError(UnreachableError):
    """The connection was gone before the broker was asked to remove any of them."""


@contextmanager
def after_asking(asked: bool) -> Iterator[None]:
    """In it the rest are removed. Once some were asked for, it is not true of all that they were not."""
    try:
        yield
    except NotAskedError as error:
        if not asked:
            raise
        raise UnreachableError(str(error)) from error


class Held(NamedTuple):
    """A dead letter as it came, nothing of it decoded: what is moved is mostly not looked at."""

    id: int
    """See ``Letter.id``."""
    route: str
    """Subject or routing key under which it lies here."""
    envelope: bytes
    """Headers (and properties) in the broker's encoding, so that what nobody edits goes on unharmed."""
    body: bytes
    place: object
    """What else the adapter has to know of it, to read or to remove it; no one else looks inside."""
    problem: str = ""
    """See ``Letter.problem``, and ``hindrance``."""
    lost: bool = False
    """See ``Letter.lost``."""


def hindrance(held: Held, edit: Edit | None) -> str:
    """Why it may not be copied so; empty: it may. A body that somebody writes stands for a message that is gone, and
    never for one that may live: that would be worked on, too.
    """
    return "" if held.lost and edit is not None and edit.body is not None else held.problem


class Copy(NamedTuple):
    held: Held
    destination: Destination
    mark: str
    """Unique to this letter and this move; travels in a header."""
    edit: Edit | None = None
    restores: bool = False
    """It goes back to where it was requeued from, and carries no header of ours there."""
    identity: bytes = b""
    """See ``Movable.fingerprint``: the same in every run that copies this letter, so that where the broker knows ids
    two at the same time make one copy (NATS). Empty: ``mark`` stands for it.
    """

    @property
    def body(self) -> bytes:
        edited = self.edit.body if self.edit is not None else None
        return self.held.body if edited is None else edited


class Lifted(NamedTuple):
    """A delivery limit that is out of force for a look, and by which policy (RabbitMQ)."""

    policy: str
    vhost: str
    queue: str


class Lifts(Protocol):
    """Where it is kept which limits are lifted: whoever lifts one may be killed before it is put back (RabbitMQ)."""

    async def lifting(self, lifted: Lifted) -> None:
        """Before it is lifted; what this raises keeps it from being so."""
        ...

    async def over(self, policy: str, *, put_back: bool) -> None:
        """Nobody needs that any more. Not ``put_back``: it could not be, and is left to whoever connects next."""
        ...


class _NotKept(Lifts):
    async def lifting(self, lifted: Lifted) -> None:
        del lifted

    async def over(self, policy: str, *, put_back: bool) -> None:
        del policy, put_back


NOT_KEPT = _NotKept()
"""For those who lift none, or put it back for sure."""


class PutBack(NamedTuple):
    """What became of limits that killed looks had left lifted."""

    lifted: Sequence[Lifted] = ()
    """They were, and are in force again."""
    standing: Reading[Collection[str]] = ()
    """Policies of looks that there are now, which live."""


def page_of(letters: Iterable[Held]) -> list[Held]:
    """Up to the one at which a page is cut short."""
    page: list[Held] = []
    room = PAGE_BYTES
    for held in letters:
        page.append(held)
        room -= len(held.body)
        if room <= 0:
            break
    return page


class Movable(Protocol):
    """Messages that can be gone through, copied elsewhere and then removed. Going through them removes none."""

    @property
    def cost(self) -> LookCost:
        """Known once it is open, before anything was looked at; again after each look."""
        ...

    @property
    def lasting_ids(self) -> bool:
        """Ids mean the same letters at every look (NATS); False: for as long as this one is open (RabbitMQ)."""
        ...

    @property
    def count(self) -> int:
        """Dead letters there were when this was opened, or last refreshed, less those removed since (RabbitMQ)."""
        ...

    @property
    def newest(self) -> int | None:
        """The highest id among those of ``count``, 0 where there is none; None where ids do not last: later ones may
        then not be told from these.
        """
        ...

    @property
    def remark(self) -> str:
        """What else there may be that is not among them, and why it cannot be told, for a person; empty: nothing."""
        ...

    @property
    def identity(self) -> bytes:
        """What the fingerprint of each letter that lies here itself begins with, and none of another queue, be it one
        of the same name that was deleted before this one was made; empty where that cannot be told (RabbitMQ).
        """
        ...

    @property
    def sources(self) -> Mapping[str, bytes]:
        """The identities, by name, of the queues in which others see what was yielded so far, too: this one, and those
        that pointers led to (NATS). Empty where nobody else does (RabbitMQ).
        """
        ...

    async def check_removable(self) -> None:
        """Changes nothing. RefusedError or DeniedError, with the remedy, where ``remove`` could never succeed.

        To be asked before anything is copied that is to be removed from here.
        """
        ...

    async def held_elsewhere(self, cut_for: float) -> Reading[int]:
        """How many letters others hold now that nobody else may have meanwhile, and so no look comes across.

        ``cut_for``: seconds since a connection of our own was lost last, of which the broker may not know yet, nor its
        figures tell. Unknown: it cannot be told, or not so soon.
        """
        ...

    async def alive(self, fingerprints: Collection[bytes]) -> Collection[bytes]:
        """Of letters from an earlier look that this one does not come across: those that lie here all the same, and are
        given out again by now (NATS: exhausted in place, and their consumer was made anew).
        """
        ...

    async def refresh(self) -> None:
        """Count anew. What was looked at is given back (RabbitMQ)."""
        ...

    async def lift_limit(self) -> None:
        """Make ``cost.refusal`` go away for as long as this is open; put back by ``close``.

        DeniedError: this user may not. Does nothing where there is no such limit.
        """
        ...

    def batches(self, size: int, ids: Collection[int] | None = None) -> AsyncGenerator[Sequence[Held], None]:
        """Oldest first, up to ``size`` at once: those of ``ids``, or (None) all that were there at the start.

        What is yielded and neither removed nor still wanted is given back by ``close`` at the latest.
        """
        ...

    async def remove(self, letters: Sequence[Held]) -> Collection[int]:
        """Return once the broker has removed them. What is gone already counts as removed: the ids of such ones, as far
        as the broker tells (NATS), and whoever may have removed them.

        Once the others are removed: StaysError for those that live again, RefusedError for those that the broker would
        not delete. What raises another one than the first may be tried again. NotAskedError: see there.
        """
        ...

    def read(self, held: Held) -> Letter: ...

    def home(self, letter: Letter) -> Reading[Destination]:
        """Where it came from; Unknown with the reason when that cannot be told."""
        ...

    def fingerprint(self, held: Held) -> bytes:
        """16 bytes at most, the same at each look at the same letter, also after a restart of everything.

        Two letters that differ in nothing may share one (RabbitMQ). Of one message it is the same however that is come
        across: where it lies itself, or by a pointer in whatever queue (NATS).
        """
        ...

    def return_route(self, held: Held) -> str:
        """Subject or routing key under which a copy would come to lie here as it does. Empty: no copy would be the
        same (NATS: a pointer, or a message exhausted in place).
        """
        ...

    async def close(self) -> None:
        """Give back what is held, explicitly, and put back what ``lift_limit`` changed."""
        ...


class Letters(Movable, Protocol):
    """One queue's dead letters, opened to be looked at, too."""

    @property
    def reachable(self) -> int:
        """Of these, as many from the oldest on as ``page`` can show."""
        ...

    @property
    def turn(self) -> int:
        """Another one whenever a refresh may have put other letters into the same places. That more have come behind
        them changes nothing.
        """
        ...

    @property
    def held(self) -> int:
        """Messages that this look keeps from everybody else at the moment; 0 where looking is not holding."""
        ...

    async def page(self, first: int, count: int) -> Sequence[Held]:
        """Those at positions ``first`` and after, oldest first. RefusedError if it could lose one.

        Fewer than ``count`` at the end, and where they are large: the letter at which the bodies reach ``PAGE_BYTES``
        is the last. So there is at least one unless there are no more, and who wants the rest asks from the position
        after those on.
        """
        ...

    async def at_work(self) -> Sequence[str]:
        """Who has messages of this queue in hand that a look comes across all the same (NATS), each a sentence.

        Says so where that cannot be told. UnreachableError alone.
        """
        ...

    def succeed(self, before: "Letters") -> None:
        """Give none of the ids that ``before`` has given, a look into the same queue whose connection was lost: to who
        chose by them they mean what they did (RabbitMQ). Before anything is looked at.
        """
        ...

    def still_there(self, ids: Collection[int]) -> Collection[int]:
        """Of letters that were looked at, those that had not gone when they were counted last (NATS), or that are held
        still (RabbitMQ). UnreachableError: none is, as the connection that held them is gone.
        """
        ...


class Pointers(Protocol):
    """What stands, as dead letters of their own, for the messages that died in place in one work queue (NATS)."""

    @property
    def queues(self) -> Sequence[str]:
        """Where they are."""
        ...

    async def remove(self, fingerprints: Collection[bytes]) -> int:
        """Those that point to these messages, which are removed by now; how many. RefusedError, DeniedError: some
        stay.
        """
        ...

    async def close(self) -> None: ...


class Made(NamedTuple):
    """A copy that a requeue made."""

    number: int
    """Of its letter, in that run."""
    place: int | None
    """See ``Outcome.where``."""


class Copies(Movable, Protocol):
    """Those copies of one requeue that are in one of its targets still, to be taken back from there.

    One that somebody has been given, or had before, has that for its ``problem``. ``count`` is how many there can be.
    """

    def number(self, held: Held) -> int:
        """See ``Made.number``."""
        ...

    @property
    def doubled(self) -> int:
        """At most so many of those removed were given to somebody while they were being copied."""
        ...


class Level(NamedTuple):
    """Where a queue stood at some time."""

    identity: bytes
    """Of the queue: another one for one of its name that was made anew."""
    place: int
    """``Outcome.where`` of the newest message there, or of an earlier one."""


class Kept(NamedTuple):
    """What a queue can have of that it has confirmed."""

    since: float
    """When it was made, in unix seconds by our clock."""
    place: int
    """``Outcome.where`` of the newest message it has had."""

    def has(self, at: float, place: int | None) -> bool:
        """Of a copy that it confirmed before ``at``; True also for one that was taken from it since."""
        return self.since <= at and (place or 0) <= self.place


NOTHING_KEPT = Kept(inf, 0)
"""There is no such queue."""


class Tries(NamedTuple):
    """Copies of which nobody knows whether they were stored."""

    marks: Collection[str]
    since: float
    """Unix seconds, before which none of them was sent."""
    level: Level | None
    """Of the queue, before the first of them, or of any that is ``known``, was sent there; see ``Outlet.level``."""
    known: Collection[int] = ()
    """``Outcome.where`` of the same run's other copies there."""


class Outlet(Protocol):
    """Publishes copies, each confirmed as stored before it is reported so."""

    @property
    def memory(self) -> str:
        """Another one wherever the broker may have forgotten ids that it knew, as after a restart; empty: it knows no
        copy by its id (RabbitMQ).
        """
        ...

    @property
    def trouble(self) -> str:
        """Why the broker takes nothing at the moment, though it is there; empty: it does. ``put`` waits for its end."""
        ...

    def heed(self, on_change: Callable[[], object]) -> None:
        """Called each time that ``trouble`` may be another one."""
        ...

    def give_up(self) -> None:
        """Wait no longer: what is under way is UNSURE now, and nothing more is sent. To be closed then."""
        ...

    async def put(self, copies: Sequence[Copy]) -> Sequence[Outcome]:
        """One outcome for each copy, in their order; sent all at once, so that none waits for another.

        Raises nothing but for a defect: a lost connection is UNSURE for those under way, and UnreachableError only
        when nothing was sent.
        """
        ...

    async def stored(
        self, destinations: Collection[Destination], marks: Collection[str], since: float
    ) -> Mapping[str, int | None]:
        """Which of these copies lie in one of these already, by mark, published after ``since`` (unix seconds).

        Without those of which that cannot be told; there a second try may make a duplicate. UnreachableError alone.
        """
        ...

    async def remembers(self, destination: Destination) -> float:
        """Seconds for which one that is sent again is told to be DUPLICATE, whatever became of the first; 0: never, or
        that cannot be told. UnreachableError alone.
        """
        ...

    async def level(self, destination: Destination) -> Level | None:
        """Of the queue that copies come to lie in; None: that cannot be told.

        To be asked before a run's first copy goes there, for ``perhaps_there``. UnreachableError alone.
        """
        ...

    async def kept(self, destinations: Collection[Destination]) -> Mapping[Destination, Kept]:
        """Without those of which that cannot be told (RabbitMQ). UnreachableError alone."""
        ...

    async def perhaps_there(self, destinations: Collection[Destination], tries: Tries) -> int:
        """How many of these may have come to lie there, at most: those that do, and what has left since of which nobody
        knows what it was. All of them, where that cannot be told, or where not all of ``destinations`` lead to the
        queue that the level is of. UnreachableError alone.
        """
        ...

    def rewriting(self, copy: Copy) -> Rewriting:
        """What ``put`` would change about the message, for the preview."""
        ...

    def size(self, copy: Copy) -> int:
        """Bytes of it that a limit counts where it is put."""
        ...

    async def ways(self, queue: str, routes: Collection[str]) -> Ways:
        """How copies come into a queue, and which of these routes lead there. UnreachableError alone."""
        ...

    async def reached(self, destination: Destination) -> Reading[Collection[str]]:
        """The queues in which a copy that is put there comes to lie, as far as is known. UnreachableError alone."""
        ...

    async def audience(self, destination: Destination) -> Sequence[str]:
        """Who else will receive what is put there, and what the place would do with it, each a sentence.

        Says so where that cannot be told. UnreachableError alone.
        """
        ...

    async def refusals(self, destinations: Collection[Destination]) -> Mapping[Destination, NoWay]:
        """Why nothing would be stored there, by destination; without those that are known to store it.

        What cannot be told is left out. UnreachableError alone.
        """
        ...

    async def shortage(self, loads: Mapping[Destination, Load]) -> Sequence[Shortage]:
        """What of all this would be refused, or push other messages out, for want of room.

        Says so where that cannot be told. UnreachableError alone.
        """
        ...

    async def doubling(self, destination: Destination) -> str:
        """What a crash between a copy and the removal of its original could come to, in a sentence."""
        ...

    async def close(self) -> None: ...
