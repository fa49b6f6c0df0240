"""Where the words of incidents stand beside their dotted lines, so that none hides another, whoever draws them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf

BESIDE = 4.0
"""Pixels from a dotted line to its words…"""
BETWEEN = 10.0
"""… and from words to the next on their line."""


@dataclass(frozen=True, slots=True)
class Label:
    """Of one incident, or of neighbours for whose words there is no room; pixels."""

    members: tuple[int, ...]
    """Which incidents; the words stand beside the first."""
    words: str
    line: int
    """Counted from the top."""
    begin: float
    end: float
    backwards: bool
    """The words are left of the dotted line, since there is no room on the right."""


@dataclass(frozen=True, slots=True)
class Room:
    left: float
    right: float
    lines: int
    """Of words, one at least."""


def labels(at: Sequence[tuple[float, str]], room: Room, width_of: Callable[[str], float]) -> list[Label]:
    """``at``: where each incident is, from left to right, and its words, each of which is told by one label.

    A label takes the first line that has room. Where none has, it joins the one before it, which then says how many
    they are; the label of all of them may be longer than the room.
    """
    placed: list[tuple[Label, list[float]]] = []
    """With up to where each line had words before."""
    taken = [-inf] * room.lines
    for number in range(len(at)):
        members: tuple[int, ...] = (number,)
        while (label := _fitted(members, at, taken, room, width_of)) is None:
            before, taken = placed.pop()
            members = (*before.members, *members)
        placed.append((label, taken))
        taken = [*taken]
        taken[label.line] = label.end + BETWEEN
    return [label for label, _ in placed]


def _fitted(
    members: tuple[int, ...],
    at: Sequence[tuple[float, str]],
    taken: Sequence[float],
    room: Room,
    width_of: Callable[[str], float],
) -> Label | None:
    """None: there is no line for it, and another label to join."""
    x, words = at[members[0]][0], _words([at[member][1] for member in members])
    width = width_of(words)
    backwards = x + BESIDE + width > room.right and x - room.left > room.right - x
    begin, end = (x - BESIDE - width, x - BESIDE) if backwards else (x + BESIDE, x + BESIDE + width)
    line = next((line for line, until in enumerate(taken) if until <= begin), None)
    if line is None and max(taken) == -inf:
        line = 0
    return None if line is None else Label(members, words, line, begin, end, backwards)


def _words(each: Sequence[str]) -> str:
    """Of the first, and how many there are beside it."""
    if len(each) == 1:
        return each[0]
    return f"{each[0]} ×{len(each)}" if len(set(each)) == 1 else f"{each[0]} +{len(each) - 1}"
