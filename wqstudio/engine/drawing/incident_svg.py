"""What was done to a drawn run, and what befell it: dotted lines through its lanes, with words above them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from wqstudio.engine.drawing.axis import Axis
from wqstudio.engine.drawing.incident_labels import BESIDE, Label, Room, labels
from wqstudio.engine.drawing.ink import Ink
from wqstudio.engine.drawing.recorded import Recorded
from wqstudio.engine.drawing.svg_parts import Look, text
from wqstudio.engine.timeline.timeline import Incident

_LINE, _SIZE = 14, 11
"""Pixels from line to line of words, and of a letter's height."""
_LETTER = 6.2
"""Pixels that a letter is wide, about: whoever draws has no font to ask."""
_MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class Saying:
    """Where one is drawn; pixels."""

    x: float
    told: str
    """With its time, for those who point at it."""
    label: Label
    """Its own, or that of its neighbours and itself."""
    leads: bool
    """The words stand beside it."""


def sayings(recorded: Recorded, axis: Axis, left: float, right: float) -> list[Saying]:
    """Of all that is known, each with its words on a line that has room for them."""
    incidents = sorted(recorded.incidents, key=lambda each: each.at)
    places = [min(max(left + (each.at - recorded.start) * axis.scale, left), right) for each in incidents]
    at = [(x, each.words) for x, each in zip(places, incidents, strict=True)]
    return [
        Saying(places[member], _told(incidents[member], recorded), label, leads=member == label.members[0])
        for label in labels(at, Room(left, right, _MOST_LINES), lambda words: len(words) * _LETTER)
        for member in label.members
    ]


def _told(incident: Incident, recorded: Recorded) -> str:
    return f"{max(0.0, incident.at - recorded.start):.3f} s · {incident.words}"


def words_height(said: Sequence[Saying]) -> int:
    """Of all lines of words."""
    return _LINE * max((each.label.line + 1 for each in said), default=0)


def incidents_svg(said: Sequence[Saying], top: float, bottom: float, ink: Ink) -> Iterator[str]:
    """``top``: of the first line of words; ``bottom``: as far as the dotted lines go."""
    for each in said:
        begin = top + _LINE * each.label.line + 1
        yield (
            f'<path class="incident" fill="none" stroke="{ink.text}" stroke-dasharray="2 3" '
            f'd="M{each.x:.1f} {begin:.1f}V{bottom:.1f}"><title>{escape(each.told)}</title></path>'
        )
        if each.leads:
            yield from _words(each, [other.told for other in said if other.label is each.label], begin, ink)


def _words(leading: Saying, told: Sequence[str], top: float, ink: Ink) -> Iterator[str]:
    """Who points at them is told of all that they stand for."""
    look = Look("text", ink.text, "end" if leading.label.backwards else "start", _SIZE)
    x = leading.x - BESIDE if leading.label.backwards else leading.x + BESIDE
    yield f"<g><title>{escape(chr(10).join(told))}</title>{text(leading.label.words, x, top + _SIZE - 1, look)}</g>"
