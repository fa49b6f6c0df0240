"""Finds what a person means by a few typed letters. Pure."""

from dataclasses import dataclass

_WORD_START, _ADJACENT, _PLAIN = 8, 5, 1
_LATE = 0.05
_WHOLE = 3
"""For each letter of a stretch as typed: more than letters that begin words may bring together."""


@dataclass(frozen=True, slots=True)
class Match:
    score: float
    """The higher, the better."""
    places: tuple[int, ...]
    """Indices of the matched letters."""


def match(typed: str, text: str) -> Match | None:
    """Every typed letter, in order, in ``text``, case aside; letters that begin words or follow each other count more.

    None where one is missing. A stretch that holds all of it, as typed, wins over scattered letters, here or in
    another text.
    """
    wanted, within = typed.casefold().replace(" ", ""), text.casefold()
    if not wanted:
        return Match(0.0, ())
    whole = within.find(typed.casefold())
    if whole >= 0:
        stretch = _scored(tuple(range(whole, whole + len(typed))), within)
        return Match(stretch.score + _WHOLE * len(wanted), stretch.places)
    tries = (_places(wanted, within, start) for start in _starts(wanted[0], within))
    found = [_scored(places, within) for places in tries if places is not None]
    return max(found, key=lambda candidate: candidate.score, default=None)


def _starts(letter: str, within: str) -> list[int]:
    return [index for index, other in enumerate(within) if other == letter]


def _places(wanted: str, within: str, start: int) -> tuple[int, ...] | None:
    """The first place for each letter from ``start`` on, at a word's beginning rather than inside one."""
    places: list[int] = []
    at = start
    for letter in wanted:
        candidates = [index for index in range(at, len(within)) if within[index] == letter]
        if not candidates:
            return None
        place = candidates[0]
        if place != at or not places:
            place = next((index for index in candidates if _begins_word(within, index)), place) if places else place
        places.append(place)
        at = place + 1
    return tuple(places)


def _begins_word(text: str, index: int) -> bool:
    return index == 0 or not text[index - 1].isalnum()


def _scored(places: tuple[int, ...], within: str) -> Match:
    score = 0.0
    for order, place in enumerate(places):
        score += _PLAIN
        if _begins_word(within, place):
            score += _WORD_START
        if order and places[order - 1] == place - 1:
            score += _ADJACENT
    return Match(score - _LATE * places[0] - _LATE * len(within) / 4, places)
