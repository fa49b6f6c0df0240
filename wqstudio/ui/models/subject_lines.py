"""The subjects of a stream as lines of the explorer: those that it names, those that hold most, how many more. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from wqstudio.domain.queue import HeldRoutes, QueueState
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.subjects import covers, is_pattern, varying_part

MOST = 6
"""Lines of each kind."""


class SubjectKind(Enum):
    ONE = "subject"
    PATTERN = "subjects"
    """It has wildcards."""
    MORE = "more"
    """Those that are not listed."""


@dataclass(frozen=True, slots=True)
class SubjectLine:
    kind: SubjectKind
    text: str
    """The subject, or how many are not listed."""
    messages: Reading[int] | None = None
    """Stored under it; None: nobody has counted them."""
    short: str = ""
    """What tells it from its neighbours, where there is no room for all of it; empty: all of it does."""

    @property
    def subject(self) -> str:
        """Empty: it stands for several that are not named."""
        return "" if self.kind is SubjectKind.MORE else self.text


def subject_lines(queue: QueueState, held: Reading[HeldRoutes] | None) -> list[SubjectLine]:
    """``held`` None: it was not read yet."""
    patterns = [route for route in queue.routes if is_pattern(route)]
    named = [route for route in queue.routes if not is_pattern(route)]
    read = held if isinstance(held, HeldRoutes) else HeldRoutes()
    counts: dict[str, int | None] = {**read.counts, **{route: None for route in named if route not in read.counts}}
    shown = list(counts.items())[:MOST]
    lines = [SubjectLine(SubjectKind.PATTERN, pattern) for pattern in patterns[:MOST]]
    lines += [SubjectLine(SubjectKind.ONE, subject, number, _short(subject, patterns)) for subject, number in shown]
    return [*lines, *_rest(len(patterns[MOST:]) + len(counts) - len(shown) + read.more, held, bool(patterns))]


def _short(subject: str, patterns: Sequence[str]) -> str:
    matched = next((pattern for pattern in patterns if covers(pattern, subject)), "")
    return varying_part(matched, subject) if matched else ""


def _rest(more: int, held: Reading[HeldRoutes] | None, has_patterns: bool) -> Iterator[SubjectLine]:
    if isinstance(held, Unknown) and has_patterns:
        yield SubjectLine(SubjectKind.MORE, "… and others, which could not be read", held)
    elif more:
        yield SubjectLine(SubjectKind.MORE, f"… and {more:,} more")


def changed(before: QueueState, now: QueueState) -> bool:
    """Whether what its subjects hold may be another."""
    return (before.published, before.messages, before.routes) != (now.published, now.messages, now.routes)


def explained(line: SubjectLine, queue: str) -> Sequence[str]:
    """For a person who asks."""
    match line.kind:
        case SubjectKind.MORE if isinstance(line.messages, Unknown):
            return (f"Under which subjects {queue} holds messages could not be read: {line.messages.reason}",)
        case SubjectKind.MORE:
            return (f"More subjects of {queue}; those with the most messages are listed",)
        case SubjectKind.PATTERN:
            return (line.text, f"{queue} takes what is published to any subject that matches")
        case SubjectKind.ONE:
            return (line.text, f"A subject of {queue}")
