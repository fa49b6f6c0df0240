"""What goes between the window and the process that reckons the figures of a run."""

from typing import TypeAlias

import msgspec

from wqstudio.domain.delivery import BegunDelivery
from wqstudio.domain.dispatch_lane import Lane
from wqstudio.fleet.frames import FrameDecoder


class Settled(msgspec.Struct, frozen=True, tag=True):
    """Deliveries that have been settled since."""

    rows: bytes
    """Of ``domain.delivery.DELIVERY``."""
    anew: bool = False
    """Forget those that were told before."""


class Published(msgspec.Struct, frozen=True, tag=True):
    """Tasks that have been confirmed since, among which those before may come that were sent earlier."""

    times: bytes
    """``<f8``, unix seconds, rising."""
    tasks: bytes
    """``<i8``"""
    after: int
    """Of those told before, so many of the oldest stay."""


class Reckon(msgspec.Struct, frozen=True, tag=True):
    lanes: tuple[Lane, ...]
    being: tuple[BegunDelivery, ...]


class Reckoned(msgspec.Struct, frozen=True, tag=True):
    figures: bytes
    """A ``Reading[Figures]``, pickled: a reading may be one of several classes at several places."""
    took: float
    """Processor seconds."""


Command: TypeAlias = Settled | Published | Reckon


def command_decoder() -> FrameDecoder[Command]:
    return FrameDecoder(Command)


def report_decoder() -> FrameDecoder[Reckoned]:
    return FrameDecoder(Reckoned)
