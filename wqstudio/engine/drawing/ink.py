"""Colours of a drawn timeline: the product's, one concept one colour, on a light and on a dark ground."""

from collections.abc import Sequence
from dataclasses import dataclass

from wqstudio.domain.worker import Outcome

CLASS = "wqs-timeline"
"""Of the picture: within a page its style sheet means nothing else."""
PATTERN = (
    '<pattern id="{ink.hatching}" patternUnits="userSpaceOnUse" width="6" height="6" patternTransform="rotate(45)">'
    '<rect class="hatch" width="2.4" height="6" fill="{ink.ground}" fill-opacity=".55"/></pattern>'
)
"""The hatching of a redelivery, to be formatted with an ``Ink``."""

SIGNS: dict[Outcome, tuple[tuple[tuple[int, int], ...], ...]] = {
    Outcome.ACKED: (),
    Outcome.FORWARDED: (((-1, -1), (1, 0), (-1, 1)),),
    Outcome.NAKED: (((1, -1), (-1, 0), (1, 1)),),
    Outcome.TERMINATED: (((-1, 0), (1, 0)),),
    Outcome.EXPIRED: (((-1, -1), (1, -1), (-1, 1), (1, 1), (-1, -1)),),
    Outcome.CRASHED: (((-1, -1), (1, 1)), ((-1, 1), (1, -1))),
    Outcome.LOST: (((0, -1), (1, 0), (0, 1), (-1, 0), (0, -1)),),
}
"""Lines through corners about a middle, right and down in units of half a sign: a chevron onwards where a worker passed
on and back where it gave back, a bar where it rejected, an hourglass where the time was up, a cross where it crashed, a
diamond where it was lost. The colour is never all that tells.
"""


@dataclass(frozen=True, slots=True)
class Ink:
    """``#RRGGBB``. Concepts have the same colour on both grounds; a crash is in the colour of text."""

    ground: str
    raised: str
    line: str
    text: str
    muted: str
    expired: str
    acked: str = "#009E73"
    redelivered: str = "#D55E00"
    dead: str = "#CC79A7"
    in_flight: str = "#E69F00"
    waiting: str = "#56B4E9"
    published: str = "#0072B2"
    hatching: str = "wqs-again"
    """The name of the pattern, which is not to be twice in a document."""

    def bar(self, outcome: Outcome) -> str:
        match outcome:
            case Outcome.ACKED:
                return self.acked
            case Outcome.FORWARDED:
                return self.published
            case Outcome.NAKED:
                return self.redelivered
            case Outcome.TERMINATED | Outcome.LOST:
                return self.dead
            case Outcome.EXPIRED:
                return self.expired
            case Outcome.CRASHED:
                return self.text

    def mark(self, outcome: Outcome, x: float, y: float, half: float) -> str:
        """The path of the sign that says the same as the colour, about a middle; empty for what was acknowledged."""
        return "".join(_path([(x + half * dx, y + half * dy) for dx, dy in line]) for line in SIGNS[outcome])


def _path(corners: Sequence[tuple[float, float]]) -> str:
    """Through the corners, closed where the last is the first."""
    closed = corners[-1] == corners[0]
    (x, y), *others = corners[:-1] if closed else corners
    return f"M{x:.1f} {y:.1f}" + "".join(f"L{x:.1f} {y:.1f}" for x, y in others) + ("z" if closed else "")


LIGHT = Ink("#FFFFFF", "#EDEFF3", "#D5D9E0", "#1C2128", "#5C6675", "#BFAE00")
DARK = Ink("#1B1F26", "#252A33", "#323845", "#E6E9EF", "#98A1B0", "#F0E442")


def dark_style() -> str:
    """What differs on a dark ground, by class, for readers who prefer it."""
    fills = {
        "ground": DARK.ground,
        "present": DARK.raised,
        "text": DARK.text,
        "muted": DARK.muted,
        "expired": DARK.expired,
        "crashed": DARK.text,
        "hatch": DARK.ground,
    }
    strokes = {"line": DARK.line, "mark": DARK.ground, "incident": DARK.text}
    rules = [f".{CLASS} .{name}{{fill:{color}}}" for name, color in fills.items()]
    rules += [f".{CLASS} .{name}{{stroke:{color}}}" for name, color in strokes.items()]
    return f"@media (prefers-color-scheme: dark){{{''.join(rules)}}}"
