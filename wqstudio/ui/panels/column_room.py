"""How the columns of a table share its width."""

from bisect import bisect_right
from collections.abc import Sequence


def share_columns(room: int, wanted: Sequence[int], least: Sequence[int], growing: Sequence[bool]) -> list[int]:
    """Widths in pixels. What is to spare goes to the growing ones; where room is short, the widest give way.

    None gets less than its least: then the table is wider than its room.
    """
    spare = room - sum(wanted)
    if spare < 0:
        return _cut(room, wanted, least)
    takers = [column for column, grows in enumerate(growing) if grows]
    widths = list(wanted)
    for position, column in enumerate(takers):
        widths[column] += spare // len(takers) + (position < spare % len(takers))
    return widths


def _cut(room: int, wanted: Sequence[int], least: Sequence[int]) -> list[int]:
    """All that are wider than some limit are cut to it, or to their least; the limit is the highest that fits.

    The first of them get what is left below the next limit, a pixel each.
    """

    def widths(limit: int) -> list[int]:
        return [min(want, max(limit, low)) for want, low in zip(wanted, least, strict=True)]

    fits = bisect_right(range(max(wanted) + 1), room, key=lambda limit: sum(widths(limit)))
    limit = fits - 1
    cut = widths(limit)
    at_limit = [column for column, want in enumerate(wanted) if cut[column] == limit < want]
    for column in at_limit[: max(0, room - sum(cut))]:
        cut[column] += 1
    return cut
