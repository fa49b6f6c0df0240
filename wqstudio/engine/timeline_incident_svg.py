"""What was done to a drawn run, and what befell it: dotted lines through its lanes, with words above them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import inf

from wqstudio.engine.timeline import Incident
from wqstudio.engine.timeline_axis import Axis
from wqstudio.engine.timeline_ink import Ink
from wqstudio.engine.timeline_record import Recorded
from wqstudio.engine.timeline_svg_parts import Look, text

_LINE, _SIZE = 14, 11
"""Pixels from line to line of words, and of a letter's height."""
_LETTER = 6.2
"""Pixels that a letter is wide, about: whoever draws has no font to ask."""
_MOST_LINES = 4
_BESIDE, _BETWEEN = 4.0, 10.0
"""Pixels from a dotted line to its words, and from words to the next on their line."""
_UNSEEN = -1


@dataclass(frozen=True, slots=True)
class Saying:
    """Where one is drawn; pixels."""

    x: float
    words: str
    told: str
    """With its time, for those who point at it."""
    line: int
    """Of words, from the top; -1: there is no room, and the dotted line stands alone."""
    backwards: bool
    """The words are left of it, since there is no room on the right."""


def sayings(recorded: Recorded, axis: Axis, left: float, right: float) -> list[Saying]:
    """Of all that is known, each with its words on the first line that has room for them."""
    taken = [-inf] * _MOST_LINES
    said = []
    for incident in sorted(recorded.incidents, key=lambda each: each.at):
        x = min(max(left + (incident.at - recorded.start) * axis.scale, left), right)
        width = _BESIDE + len(incident.words) * _LETTER
        backwards = x + width > right
        begin, end = (x - width, x) if backwards else (x, x + width)
        line = next((line for line, until in enumerate(taken) if until <= begin), _UNSEEN)
        if line != _UNSEEN:
            taken[line] = end + _BETWEEN
        said.append(Saying(x, incident.words, _told(incident, recorded), line, backwards))
    return said


def _told(incident: Incident, recorded: Recorded) -> str:
    return f"{max(0.0, incident.at - recorded.start):.3f} s · {incident.words}"


def words_height(said: Sequence[Saying]) -> int:
    """Of all lines of words."""
    return _LINE * max((each.line + 1 for each in said), default=0)


def incidents_svg(said: Sequence[Saying], top: float, bottom: float, ink: Ink) -> Iterator[str]:
    """``top``: of the first line of words; ``bottom``: as far as the dotted lines go."""
    for each in said:
        begin = top + _LINE * max(each.line, 0) + 1
        yield (
            f'<path class="incident" fill="none" stroke="{ink.text}" stroke-dasharray="2 3" '
            f'd="M{each.x:.1f} {begin:.1f}V{bottom:.1f}"><title>{escape(each.told)}</title></path>'
        )
        if each.line != _UNSEEN:
            look = Look("text", ink.text, "end" if each.backwards else "start", _SIZE)
            x = each.x - _BESIDE if each.backwards else each.x + _BESIDE
            yield text(each.words, x, begin + _SIZE - 1, look)
