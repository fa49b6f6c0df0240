"""What is in a queue of dead letters, counted while it is looked through."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Letters that died for the same reason and came from the same queue."""

    reason: str
    origin: str
    count: int


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
