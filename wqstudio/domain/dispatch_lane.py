"""One worker of a run, as charts and figures see it."""

from dataclasses import dataclass

from wqstudio.domain.queue import Source


@dataclass(frozen=True, slots=True)
class Lane:
    """One worker. Unix times in seconds."""

    worker: int
    name: str
    speed: float
    """At present, or at its end."""
    began: float
    """Since when it could take messages; while it starts, when it was asked for."""
    ended: float | None
    """None while it lives."""
    speeds: tuple[tuple[float, float], ...]
    """Since when it had which speed, the first from ``began``."""
    sources: tuple[Source, ...] = ()
    """Where it takes messages from, as far as is known."""
    place: int = 0
    """As ``WorkerState`` has it: its colour goes by it."""
