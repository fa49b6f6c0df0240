"""What the window is looking at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """A consumer of a queue, a queue, or (both empty) the whole broker."""

    queue: str = ""
    consumer: str = ""

    @property
    def whole_broker(self) -> bool:
        return not self.queue
