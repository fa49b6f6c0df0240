"""What is in a queue of dead letters: as a look at it stands, and as counted while it is looked through."""

from dataclasses import dataclass, field

from wqstudio.domain.letter import LookCost


@dataclass(frozen=True, slots=True)
class Standing:
    """A look at a queue's dead letters, as it stands."""

    count: int
    """Letters there are."""
    reachable: int
    """Of these, as many from the oldest on as can be looked at together."""
    cost: LookCost = field(default_factory=LookCost)
    remark: str = ""
    """See ``Letters.remark``."""
    lasting_ids: bool = True
    """See ``Letters.lasting_ids``; False: looking is holding, and each look its own."""
    held: int = 0
    """Letters that the look keeps from everybody else until it is closed."""
    turn: int = 0
    """See ``Letters.turn``."""
    identity: bytes = b""
    """See ``Letters.identity``."""


@dataclass(frozen=True, slots=True)
class Group:
    """Letters that died for the same reason and came from the same queue."""

    reason: str
    origin: str
    count: int


@dataclass(frozen=True, slots=True)
class SoFar:
    """How far a look through letters is that counts nothing."""

    seen: int
    total: int
    """To be looked through, at most."""
    left: float | None = None
    """Seconds that it takes yet, at the pace so far; None: that is not known."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Counts of letters, of a look through all of them or as many as can be looked at together."""

    seen: int
    total: int
    """To be looked through."""
    matched: int
    """Of those seen, the ones that the filter means."""
    groups: tuple[Group, ...] = ()
    """Of those that matched; the largest first."""
    done: bool = False
    left: float | None = None
    """Seconds that it takes yet, at the pace so far; None: that is not known, or it is done."""
