"""What can be done to dead letters, one thing after another, and what can come over each: drawn at random."""

from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.contract.fuse import Blow

BODIES = [b"order %d" % number for number in range(11)]
_MANY_STEPS = 40
"""More than a run of so many letters has."""


@dataclass(frozen=True)
class Selection:
    """Of the letters in the queue; all of them, where nothing else is said."""

    regex: str = ""
    limit: int | None = None
    positions: tuple[int, ...] | None = None
    """Chosen in a look."""


@dataclass(frozen=True)
class Requeue:
    which: Selection = Selection()
    to_origin: bool = False
    """Each to where it came from."""
    blow: Blow = Blow.NOTHING
    step: int = 0


@dataclass(frozen=True)
class EditAndRequeue:
    """One of them; none, where there are not so many."""

    position: int
    blow: Blow = Blow.NOTHING
    step: int = 0


@dataclass(frozen=True)
class Discard:
    which: Selection = Selection()
    blow: Blow = Blow.NOTHING
    step: int = 0


@dataclass(frozen=True)
class Undo:
    """Of the latest run that can be undone."""

    blow: Blow = Blow.NOTHING
    step: int = 0


@dataclass(frozen=True)
class Finish:
    """What was interrupted, perhaps to be interrupted again."""

    blow: Blow = Blow.NOTHING
    step: int = 0


@dataclass(frozen=True)
class Take:
    """Workers take so many, as far as there are so many, and settle them."""

    count: int


@dataclass(frozen=True)
class KillBroker:
    """While no run is going on; and start it again."""


@dataclass(frozen=True)
class RestartBroker:
    """In good order, while no run is going on."""


@dataclass(frozen=True)
class LimitWork:
    """From now on the work queue takes so many messages and refuses more."""

    most: int


@dataclass(frozen=True)
class RemoveWork:
    """Somebody deletes the work queue, with all that is in it."""


@dataclass(frozen=True)
class RestoreWork:
    """It is there, and takes whatever comes."""


Run = Requeue | EditAndRequeue | Discard | Undo | Finish
Step = Run | Take | KillBroker | RestartBroker | LimitWork | RemoveWork | RestoreWork


def kills_broker(step: Step) -> bool:
    return isinstance(step, KillBroker) or (isinstance(step, Run) and step.blow.ends_broker)


_KILLS = tuple(blow for blow in Blow if blow.ends_broker)
_OTHERS = tuple(blow for blow in Blow if not blow.ends_broker)
Sequences = st.SearchStrategy[list[Step]]


def sequences() -> Sequences:
    return st.lists(_steps(Blow) | st.builds(KillBroker), min_size=2, max_size=5)


def sequences_without_kills() -> Sequences:
    """Of the broker."""
    return st.lists(_steps(_OTHERS), min_size=2, max_size=5)


def sequences_with_a_kill() -> Sequences:
    """Of the broker: one, for whom a restart takes long."""
    around = st.lists(_steps(_OTHERS), max_size=2)
    return st.tuples(around, _steps(_KILLS, takes=False), around).map(lambda each: [*each[0], each[1], *each[2]])


def _steps(blows: Iterable[Blow], *, takes: bool = True) -> st.SearchStrategy[Step]:
    struck = {"blow": st.sampled_from(tuple(blows)), "step": st.integers(1, _MANY_STEPS)}
    runs: list[st.SearchStrategy[Step]] = [
        st.builds(Requeue, to_origin=st.booleans(), **struck),
        st.builds(Requeue, which=_matching(), to_origin=st.just(True), **struck),
        st.builds(Requeue, which=_some() | _chosen(), **struck),
        st.builds(EditAndRequeue, position=st.integers(0, 5), **struck),
        st.builds(Discard, which=_matching() | _some() | _chosen(), **struck),
        st.builds(Undo, **struck),
        st.builds(Undo, **struck),
        st.builds(Finish, **struck),
    ]
    return st.one_of([*runs, st.builds(Take, count=st.integers(1, 4))] if takes else runs)


def troubled(each: Sequences) -> Sequences:
    """The same, and what becomes of the work queue in between."""
    troubles = st.one_of(
        st.builds(LimitWork, most=st.integers(1, 8)), st.builds(RemoveWork), st.builds(RestoreWork), st.none()
    )
    return each.flatmap(
        lambda steps: st.lists(troubles, min_size=len(steps), max_size=len(steps)).map(
            lambda between: [step for pair in zip(between, steps, strict=True) for step in pair if step is not None]
        )
    )


def _matching() -> st.SearchStrategy[Selection]:
    return st.builds(Selection, regex=st.sampled_from(["[02468]$", "order 1"]))


def _some() -> st.SearchStrategy[Selection]:
    return st.builds(Selection, limit=st.integers(1, 8))


def _chosen() -> st.SearchStrategy[Selection]:
    return st.builds(Selection, positions=st.lists(st.integers(0, 10), max_size=5, unique=True).map(tuple))
