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
    for_place = room - metrics.horizontalAdvance(f"{apart}{thing}")
    middle = Qt.TextElideMode.ElideMiddle
    if place and for_place >= metrics.horizontalAdvance("m…m"):
        return f"{metrics.elidedText(place, middle, for_place)}{apart}{thing}"
    return metrics.elidedText(thing if place else name, middle, room)
