"""What copies differ in from the letters they are made of, told of many letters at once."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from wqstudio.domain.letter import Rewriting

MOST = 1_000
"""Letters of which it is looked at, the first ones: reading the headers of each takes its time."""
_REMARKS = 10


class Rewritings:
    """The union of those of several letters: each name once, with the number of letters that have it."""

    def __init__(self) -> None:
        self._count = 0
        self._kept: dict[str, int] = {}
        self._stripped: dict[str, tuple[str, int]] = {}
        self._added: dict[tuple[str, str], int] = {}
        self._remarks: dict[str, None] = {}

    @property
    def is_full(self) -> bool:
        return self._count >= MOST

    def add(self, one: Rewriting) -> None:
        self._count += 1
        for name in dict.fromkeys(one.kept):
            self._kept[name] = self._kept.get(name, 0) + 1
        for name, why in dict(one.stripped).items():
            first, count = self._stripped.get(name, (why, 0))
            self._stripped[name] = (first, count + 1)
        for each in dict.fromkeys(one.added):
            self._added[each] = self._added.get(each, 0) + 1
        for remark in one.remarks:
            if len(self._remarks) < _REMARKS:
                self._remarks[remark] = None

    def total(self) -> Rewriting | None:
        """None: there was no letter."""
        if not self._count:
            return None
        return Rewriting(
            tuple(self._kept),
            tuple((name, why) for name, (why, _) in self._stripped.items()),
            tuple(self._added),
            tuple(self._remarks),
            letters=self._count,
            kept_in=tuple(self._kept.values()),
            stripped_in=tuple(count for _, count in self._stripped.values()),
            added_in=tuple(self._added.values()),
        )


class Replaced(NamedTuple):
    """A header that goes along with another value."""

    name: str
    """With the number of letters, as ``in_some`` tells it."""
    value: str
    why: str


def parted(one: Rewriting) -> tuple[Rewriting, Sequence[Replaced]]:
    """What is left out and put in anew is told by itself; and the rest, as it was."""
    stripped = _counted(one.stripped, one.stripped_in, one.letters)
    added = _counted(one.added, one.added_in, one.letters)
    before = {name: count for (name, _), count in stripped.items()}
    values = dict(one.added)
    both = before.keys() & values.keys()
    replaced = [
        Replaced(in_some([name], (count,), one.letters)[0], values[name], why)
        for (name, why), count in stripped.items()
        if name in both
    ]
    left_out = {each: count for each, count in stripped.items() if each[0] not in both}
    new = {each: count - before.get(each[0], 0) for each, count in added.items()}
    new = {each: count for each, count in new.items() if count > 0}
    rest = replace(
        one,
        stripped=tuple(left_out),
        stripped_in=tuple(left_out.values()),
        added=tuple(new),
        added_in=tuple(new.values()),
    )
    return rest, replaced


def _counted(pairs: Sequence[tuple[str, str]], counts: tuple[int, ...], letters: int) -> dict[tuple[str, str], int]:
    return dict(zip(pairs, counts or (letters,) * len(pairs), strict=True))


def in_some(names: Iterable[str], counts: tuple[int, ...], letters: int) -> list[str]:
    """Each name, with the number of letters where not all have it: "Customer (in 36 of 55)"."""
    given = list(names)
    having = counts or (letters,) * len(given)
    return [
        name if count == letters else f"{name} (in {count:,} of {letters:,})"
        for name, count in zip(given, having, strict=True)
    ]
