"""What the command line asks of the window and of a run without one."""

from dataclasses import dataclass
from pathlib import Path

from wqstudio.domain.connection import Connection


@dataclass(frozen=True, slots=True)
class Size:
    """Logical pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class WindowOptions:
    demo: bool = False
    connection: Connection | None = None
    screenshot: Path | None = None
    """Save a picture there ``after`` seconds, then exit."""
    after: float = 10.0
    size: Size | None = None
    theme: str | None = None


@dataclass(frozen=True, slots=True)
class RunOptions:
    scenario: str
    seconds: float = 10.0
    as_json: bool = False
    keep: bool = False
    """Leave what the run made on the broker."""
    connection: Connection | None = None
    """None: a broker started for the run."""
