"""Names of queues and consumers as text that can be seen and told apart, whatever somebody called them."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

APART = " › "
"""Stands between the name of a place and the name of what is in it."""


def visible(name: str) -> str:
    """A name of nothing but white space in quotes, with letters for what is more than a space."""
    return f"“{name.encode('unicode_escape').decode()}”" if name.isspace() else name


def elided(name: str, metrics: QFontMetrics, room: int) -> str:
    """In its middle; of a place and what is in it, the place gives way first, down to a few letters."""
    place, apart, thing = name.rpartition(APART)
    middle = Qt.TextElideMode.ElideMiddle
    if not place:
        return metrics.elidedText(name, middle, room)
    least = metrics.horizontalAdvance("m…m")
    for_place = room - metrics.horizontalAdvance(f"{apart}{thing}")
    if for_place >= least:
        return f"{metrics.elidedText(place, middle, for_place)}{apart}{thing}"
    for_thing = room - least - metrics.horizontalAdvance(apart)
    if for_thing < 2 * least:  # too narrow for both
        return metrics.elidedText(thing, middle, room)
    return f"{metrics.elidedText(place, middle, least)}{apart}{metrics.elidedText(thing, middle, for_thing)}"
