"""What crosses the pipes between the window's process and one that moves dead letters."""

from pathlib import Path
from typing import TypeAlias

import msgspec

from wqstudio.domain.redrive import Plan, Progress, RedriveId
from wqstudio.fleet.frames import FrameDecoder
from wqstudio.fleet.wire import Hello


class Begin(msgspec.Struct, frozen=True, tag=True):
    """Comes after the ``Hello`` with the connection. A run that the journal knows is gone on with."""

    run: RedriveId
    plan: Plan
    journal: Path


class SetRate(msgspec.Struct, frozen=True, tag=True):
    rate: float


class Pause(msgspec.Struct, frozen=True, tag=True):
    pass


class Resume(msgspec.Struct, frozen=True, tag=True):
    pass


class Cancel(msgspec.Struct, frozen=True, tag=True):
    pass


Command: TypeAlias = Hello | Begin | SetRate | Pause | Resume | Cancel


class Told(msgspec.Struct, frozen=True, tag=True):
    progress: Progress


class Failed(msgspec.Struct, frozen=True, tag=True):
    """It could not be done, or not be finished; ``why`` is for a person."""

    why: str


Report: TypeAlias = Told | Failed


def command_decoder() -> FrameDecoder[Command]:
    return FrameDecoder(Command)


def report_decoder() -> FrameDecoder[Report]:
    return FrameDecoder(Report)
