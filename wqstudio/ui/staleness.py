"""When numbers are old, and why: for whatever shows them."""

import time
from typing import TYPE_CHECKING

from wqstudio.domain.reading import Unknown

if TYPE_CHECKING:  # the window's first picture does without the engine
    from wqstudio.engine.monitor import Beat

_PATIENCE = 3.0
"""Beats that may stay away before the numbers count as old."""


def why_stale(beat: "Beat", now: float) -> str:
    """Empty while the numbers of ``beat`` are fresh. A poll that failed and one that never ends both age them."""
    if beat.snapshot is None:
        return f"no numbers yet: {beat.failure.reason}" if beat.failure else ""
    since = time.strftime("%H:%M:%S", time.localtime(beat.snapshot.at))
    if beat.failure is not None:
        return f"stale since {since}: {beat.failure.reason}"
    if beat.snapshot.age(now) > _PATIENCE * (beat.interval + beat.snapshot.took):
        return f"stale since {since}: the broker has not answered yet"
    if isinstance(beat.snapshot.queues, Unknown):
        return f"unknown at {since}, for the reason above"
    return ""
