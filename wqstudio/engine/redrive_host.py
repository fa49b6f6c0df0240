"""A process that moves dead letters, so that the window's frames stay even. It ends with its run, or its parent.

Whatever ends it, the journal has what is needed to finish.
"""

import gc
import os
from typing import assert_never

import msgspec

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.engine import redrive_wire as wire
from wqstudio.engine.dead_letters import DeadLetterWork
from wqstudio.engine.journal import Journal, JournalError
from wqstudio.engine.matching import MatchError
from wqstudio.engine.redrive import Redrive
from wqstudio.fleet.childhood import be_child, die
from wqstudio.fleet.frames import FrameEncoder
from wqstudio.fleet.wire import Hello

_GARBAGE = 50_000
"""Objects between two looks for cycles. Letters under way are thousands of tuples, which at Python's 700 are walked
over and over: a tenth of the time."""
_FORESEEN = (BrokerError, JournalError, MatchError)


class _Host:
    def __init__(self, reports: int) -> None:
        self._reports = reports
        self._encoder = FrameEncoder()
        self._hello: Hello | None = None
        self._redrive: Redrive | None = None

    def take(self, command: wire.Command) -> None:
        match command:
            case Hello():
                self._hello = command
            case wire.Begin():
                self._begin(command)
            case _:
                assert self._redrive is not None, "a run is begun before it is steered"
                _steer(self._redrive, command)

    def _begin(self, begin: wire.Begin) -> None:
        assert self._hello is not None, "the connection comes first"
        try:
            work = DeadLetterWork(self._hello.connection, Journal(begin.journal))
            self._redrive = work.run(begin.run, begin.plan, lambda progress: self._tell(wire.Told(progress)))
        except _FORESEEN as error:
            self._tell(wire.Failed(str(error)))
            die()
        spawn(self._run(self._redrive), "redrive")

    async def _run(self, redrive: Redrive) -> None:
        try:
            await redrive.run()
        except _FORESEEN as error:
            self._tell(wire.Failed(str(error)))
        except Exception as error:  # noqa: BLE001 - whoever waits for the end has to be told why it came
            self._tell(wire.Failed(f"Moving the messages failed in a way that was not foreseen: {error!r}"))
        die()

    def _tell(self, report: msgspec.Struct) -> None:
        """The pipe holds a hundred thousand of them; who does not read for that long is gone or stopped."""
        frame = self._encoder.encode(report)
        while frame:
            try:
                frame = frame[os.write(self._reports, frame) :]
            except BrokenPipeError:
                die()


def _steer(redrive: Redrive, command: wire.SetRate | wire.Pause | wire.Resume | wire.Cancel) -> None:
    match command:
        case wire.SetRate(rate):
            redrive.controls.rate = rate
        case wire.Pause():
            redrive.controls.pause()
        case wire.Resume():
            redrive.controls.resume()
        case wire.Cancel():
            redrive.controls.cancel()
        case _:
            assert_never(command)


if __name__ == "__main__":
    gc.set_threshold(_GARBAGE)
    be_child(wire.command_decoder(), lambda reports: _Host(reports).take)
