"""Colours of a drawn timeline: the product's, one concept one colour, on a light and on a dark ground."""

from dataclasses import dataclass

from wqstudio.domain.worker import Outcome

CLASS = "wqs-timeline"
"""Of the picture: within a page its style sheet means nothing else."""
PATTERN = (
    '<pattern id="{ink.hatching}" patternUnits="userSpaceOnUse" width="6" height="6" patternTransform="rotate(45)">'
    '<rect class="hatch" width="2.4" height="6" fill="{ink.ground}" fill-opacity=".55"/></pattern>'
)
"""The hatching of a redelivery, to be formatted with an ``Ink``."""


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
    hatching: str = "wqs-again"
    """The name of the pattern, which is not to be twice in a document."""

    def bar(self, outcome: Outcome) -> str:
        match outcome:
            case Outcome.ACKED:
                return self.acked
            case Outcome.NAKED:
                return self.redelivered
            case Outcome.TERMINATED | Outcome.LOST:
                return self.dead
            case Outcome.EXPIRED:
                return self.expired
            case Outcome.CRASHED:
                return self.text

    def mark(self, outcome: Outcome, x: float, y: float, half: float) -> str:
        """The path of the sign that says the same as the colour, about a middle; empty for what went well."""
        left, right, top, bottom = (f"{value:.1f}" for value in (x - half, x + half, y - half, y + half))
        match outcome:
            case Outcome.ACKED:
                return ""
            case Outcome.NAKED:
                return f"M{right} {top}L{left} {y:.1f}L{right} {bottom}"
            case Outcome.TERMINATED:
                return f"M{left} {y:.1f}H{right}"
            case Outcome.EXPIRED:
                return f"M{left} {top}H{right}L{left} {bottom}H{right}z"
            case Outcome.CRASHED:
                return f"M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}"
            case Outcome.LOST:
                return f"M{x:.1f} {top}L{right} {y:.1f}L{x:.1f} {bottom}L{left} {y:.1f}z"


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
    strokes = {"line": DARK.line, "link": DARK.muted, "mark": DARK.ground, "incident": DARK.text}
    rules = [f".{CLASS} .{name}{{fill:{color}}}" for name, color in fills.items()]
    rules += [f".{CLASS} .{name}{{stroke:{color}}}" for name, color in strokes.items()]
    return f"@media (prefers-color-scheme: dark){{{''.join(rules)}}}"
