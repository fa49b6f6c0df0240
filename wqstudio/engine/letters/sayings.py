"""Sentences about several subjects that differ in nothing but the subject, as one. Pure."""

import re
from collections.abc import Iterable

_MARK = "\0"
_FIGURE = re.compile(r"(?<!\S)\d")
"""What is counted in a sentence is of one place alone."""


def merged(said: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Of pairs of a subject and a sentence about it: each sentence once, in their order, with all its subjects."""
    subjects: dict[str, dict[str, None]] = {}
    for subject, sentence in said:
        subjects.setdefault(_frame(subject, sentence), {})[subject] = None
    return tuple(dict.fromkeys(frame.replace(_MARK, _all(list(names))) for frame, names in subjects.items()))


def _frame(subject: str, sentence: str) -> str:
    """The sentence with a mark for its subject, which is no part of a longer name."""
    if not subject or _FIGURE.search(sentence.replace(subject, "")):
        return sentence
    return re.sub(rf"(?<![\w.\-]){re.escape(subject)}(?![\w\-]|\.\w)", _MARK, sentence)


def _all(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
