"""What differs between a dead letter and its edited copy, line by line."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import Enum
from typing import NamedTuple

from wqstudio.domain.letter import Header
from wqstudio.ui.models.header_rows import as_text

_AROUND = 3
"""Lines shown before and after a change."""
_MOST_COMPARED = 1500
"""Lines that are matched with each other; of more, all old ones stand before all new ones."""
_MOST_SHOWN = 2000


class Mark(Enum):
    SAME = " "
    OLD = "-"
    NEW = "+"
    GAP = "…"


class Line(NamedTuple):
    mark: Mark
    text: str


def text_diff(old: str, new: str) -> list[Line]:
    """Empty: nothing differs."""
    if old == new:
        return []
    before, after = old.split("\n"), new.split("\n")
    start = _alike(before, after)
    end = min(_alike(before[:start:-1], after[:start:-1]), len(before) - start, len(after) - start)
    middle = _changed(before[start : len(before) - end], after[start : len(after) - end])
    head = [Line(Mark.SAME, text) for text in before[max(0, start - _AROUND) : start]]
    tail = [Line(Mark.SAME, text) for text in before[len(before) - end :][:_AROUND]]
    lines = [*([_GAP] if start > _AROUND else []), *head, *middle, *tail, *([_GAP] if end > _AROUND else [])]
    return lines[:_MOST_SHOWN]


def header_diff(old: Sequence[Header], new: Sequence[Header]) -> list[Line]:
    """Those that differ alone, in the order in which they came."""
    before, after = [_said(each) for each in old], [_said(each) for each in new]
    lines = []
    for tag, first, last, begin, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "equal":
            lines += [Line(Mark.OLD, text) for text in before[first:last]]
            lines += [Line(Mark.NEW, text) for text in after[begin:end]]
    return lines


_GAP = Line(Mark.GAP, "")


def _changed(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    if max(len(before), len(after)) > _MOST_COMPARED:
        yield from (Line(Mark.OLD, text) for text in before[: _MOST_SHOWN // 2])
        yield from (Line(Mark.NEW, text) for text in after[: _MOST_SHOWN // 2])
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(_AROUND)):
        if number:
            yield _GAP
        for tag, first, last, begin, end in group:
            if tag == "equal":
                yield from (Line(Mark.SAME, text) for text in before[first:last])
            else:
                yield from (Line(Mark.OLD, text) for text in before[first:last])
                yield from (Line(Mark.NEW, text) for text in after[begin:end])


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (mine, theirs) in pairs if mine != theirs), min(len(one), len(other)))


def _said(header: Header) -> str:
    kind = f"  ({header.type})" if header.type else ""
    return f"{header.name}: {as_text(header.value, header.type)}{kind}"
