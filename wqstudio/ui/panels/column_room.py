"""How the columns of a table share its width."""

from collections.abc import Sequence

_LEAST_TEXT = 90


def share_columns(room: int, wanted: Sequence[int], texts: Sequence[bool]) -> list[int]:
    """Widths in pixels. What is to spare goes to the texts; where room is short, the longest of them give way.

    No text gets less than 90 pixels that it needs: then the table is wider than its room.
    """
    widths = list(wanted)
    movable = [column for column, is_text in enumerate(texts) if is_text]
    spare = room - sum(widths)
    if not movable:
        return widths
    if spare >= 0:
        for position, column in enumerate(movable):
            widths[column] += spare // len(movable) + (position < spare % len(movable))
        return widths
    limit = _limit([widths[column] for column in movable], sum(widths[column] for column in movable) + spare)
    for column in movable:
        widths[column] = min(widths[column], max(limit, _LEAST_TEXT))
    return widths


def _limit(widths: Sequence[int], room: int) -> int:
    """The width to which all that are wider are cut, so that together they take ``room``."""
    left = max(room, 0)
    for position, width in enumerate(sorted(widths)):
        share = left // (len(widths) - position)
        if width > share:
            return share
        left -= width
    return max(widths)
