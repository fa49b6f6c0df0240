"""Moves as the journal's table takes them: a thousand in one step.

Python's lock is free while SQLite is at a step, which statements one by one would hand to and fro.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from wqstudio.domain.redrive import MoveState

_CHANGE = (
    "UPDATE move SET state = :state, at = :at, place = :place + number - :first, reason = :reason "
    "WHERE run = :run AND number BETWEEN :first AND :last"
)
"""Moves that follow each other, and so do their copies, if they have a place at all."""
_RECORD = (
    "INSERT INTO move SELECT :run, :first + key, coalesce(substr(:marks, 1 + key * :width, :width), x''), :state, :at, "
    "value, :reason FROM json_each(:places) WHERE true ON CONFLICT (run, number) DO UPDATE "
    "SET state = excluded.state, at = excluded.at, place = excluded.place, reason = excluded.reason"
)
"""Moves that follow each other, new ones among them, with fingerprints of one width; takes three times as long."""


class Move(NamedTuple):
    """One letter of a run. ``number`` counts from 0 in the order of moving."""

    number: int
    fingerprint: bytes
    state: MoveState = MoveState.INTENDED
    at: float = 0.0
    """Unix time in seconds at which it came to that state."""
    place: int | None = None
    """Where the copy is, if the broker says so."""
    reason: str = ""
    """For a person; of a letter that is left to another run, that run."""


def write(db: sqlite3.Connection, run: str, moves: Sequence[Move], state: MoveState | None = None) -> None:
    """New moves, or the new state of old ones, which is ``state`` for all of them where it is given.

    sqlite3.Error, or OverflowError for a place that takes more than 64 bits. Within a transaction of the caller's.
    """
    for alike in _alike(moves):
        first = alike[0]
        step = {
            "run": run,
            "first": first.number,
            "last": alike[-1].number,
            "state": (state or first.state).value,
            "at": time.time(),
            "place": first.place,
            "reason": first.reason,
        }
        if not (_in_line(alike) and db.execute(_CHANGE, step).rowcount == len(alike)):
            db.execute(_RECORD, step | _new(alike))


def _in_line(alike: Sequence[Move]) -> bool:
    """Their copies follow each other as they do, or have no places."""
    places = [move.place for move in alike]
    first = places[0]
    return places.count(None) == len(places) if first is None else places == [*range(first, first + len(places))]


def _new(alike: Sequence[Move]) -> dict[str, Any]:
    return {
        "marks": b"".join([move.fingerprint for move in alike]),
        "width": len(alike[0].fingerprint),
        "places": msgspec.json.encode([move.place for move in alike]).decode(),
    }


def _alike(moves: Sequence[Move]) -> Iterator[Sequence[Move]]:
    """Those that one step can write: mostly all of them, which is found out without a look at each in Python."""
    if _are_alike(moves):
        yield moves
        return
    for _, alike in groupby(enumerate(moves), _kind):
        yield [move for _, move in alike]


def _are_alike(moves: Sequence[Move]) -> bool:
    numbers, marks, states, _, _, reasons = zip(*moves, strict=True)
    count, first = len(moves), numbers[0]
    return (
        numbers == tuple(range(first, first + count))
        and states.count(states[0]) == reasons.count(reasons[0]) == count
        and len(set(map(len, marks))) == 1
    )


def _kind(placed: tuple[int, Move]) -> tuple[int, int, str, str]:
    """Consecutive numbers have the same distance from their place among the moves."""
    at, move = placed
    return move.number - at, len(move.fingerprint), move.state.value, move.reason
