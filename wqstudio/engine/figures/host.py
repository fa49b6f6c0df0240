"""A process that reckons the figures of a run, so that the window's frames stay even. It ends with its parent."""

import os
import pickle
import time
from typing import assert_never

import numpy as np

from wqstudio.domain.delivery import Deliveries, deliveries
from wqstudio.domain.dispatch import figures
from wqstudio.domain.series import Floats, Integers
from wqstudio.engine.figures import wire
from wqstudio.fleet.childhood import be_child
from wqstudio.fleet.frames import FrameEncoder


class _Host:
    """Keeps what it was told."""

    def __init__(self, reports: int) -> None:
        self._reports = reports
        self._encoder = FrameEncoder()
        self._settled: list[Deliveries] = []
        self._times: Floats = np.empty(0)
        self._tasks: Integers = np.empty(0, np.int64)

    def take(self, command: wire.Command) -> None:
        match command:
            case wire.Settled(rows, anew):
                self._settled = [*([] if anew else self._settled), deliveries(rows)]
            case wire.Published(times, tasks, after):
                self._times = np.concatenate([self._times[:after], np.frombuffer(times)])
                self._tasks = np.concatenate([self._tasks[:after], np.frombuffer(tasks, np.int64)])
            case wire.Reckon():
                self._reckon(command)
            case _:
                assert_never(command)

    def _reckon(self, asked: wire.Reckon) -> None:
        begun = time.process_time()
        self._settled = [np.concatenate(self._settled)] if self._settled else [deliveries(b"")]
        found = figures(self._settled[0], (self._times, self._tasks), asked.lanes, asked.being)
        frame = self._encoder.encode(wire.Reckoned(pickle.dumps(found), time.process_time() - begun))
        while frame:
            frame = frame[os.write(self._reports, frame) :]


if __name__ == "__main__":
    be_child(wire.command_decoder(), lambda reports: _Host(reports).take)
