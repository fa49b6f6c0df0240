"""Asks under which subjects the streams that are open in the explorer hold messages, and of no other stream."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.queue import HeldRoutes, QueueState
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.engine.studio import Studio
from wqstudio.ui.models.explorer import ExplorerModel
from wqstudio.ui.models.subject_lines import MOST, changed

_EVERY = 2.0
"""Seconds after which a stream that is open, and has changed, is asked for again."""
_SHARE = 20
"""What takes long is done less often, so that it takes at most this part of the time."""
_AFTER_FAILURE = 30.0
"""Seconds: what is denied is a line in the server's log, each time."""


@dataclass(frozen=True, slots=True)
class _Read:
    queue: QueueState
    """As it was known then."""
    again_at: float
    """Monotonic seconds."""


class SubjectReader:
    """One after the other, on the running loop, until ``stop``."""

    def __init__(self, studio: Studio, model: ExplorerModel) -> None:
        self._studio, self._model = studio, model
        self._open: tuple[str, ...] = ()
        self._read: dict[str, _Read] = {}
        self._reading = False
        self._stopped = False

    def show(self, queues: Iterable[str], *, held_still: bool) -> None:
        """These are open and in sight. ``held_still``: their lines are not to move, so none is asked for again."""
        self._open = tuple(name for name in queues if self._is_due(name, again=not held_still))
        if self._open and not self._reading and not self._stopped:
            self._reading = True
            spawn(self._read_all(), "read the subjects of streams")

    def stop(self) -> None:
        self._stopped = True

    def _is_due(self, name: str, *, again: bool) -> bool:
        queue, read, held = self._model.queue(name), self._read.get(name), self._model.held(name)
        if queue is None or not queue.routes:
            return False
        if read is None or held is None:
            return True
        stale = isinstance(held, Unknown) or changed(read.queue, queue)
        return again and stale and time.monotonic() >= read.again_at

    async def _read_all(self) -> None:
        try:
            while self._open and not self._stopped:
                name, *others = self._open
                self._open = tuple(others)
                if (queue := self._model.queue(name)) is not None:
                    await self._read_one(queue)
        finally:
            self._reading = False

    async def _read_one(self, queue: QueueState) -> None:
        began = time.monotonic()
        held = await self._asked(queue.name)
        if self._stopped:
            return
        failed = isinstance(held, Unknown)
        wait = _AFTER_FAILURE if failed else max(_EVERY, _SHARE * (time.monotonic() - began))
        self._read[queue.name] = _Read(queue, time.monotonic() + wait)
        self._model.set_held(queue.name, held)

    async def _asked(self, name: str) -> Reading[HeldRoutes]:
        try:
            return await self._studio.broker.held_routes(name, MOST)
        except BrokerError as error:
            return Unknown(str(error))
