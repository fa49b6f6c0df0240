"""What a click on a worker or a producer does: spawned, and told where it could not be done."""

from collections.abc import Awaitable

from PySide6.QtCore import QObject, Signal

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.commands import StartProducer, StartWorker
from wqstudio.engine.executor import UnconfirmedError
from wqstudio.engine.studio import Studio
from wqstudio.fleet.supervisor import Fleet


class FleetActions(QObject):
    refused = Signal(str)
    """What could not be done, and why."""
    unconfirmed = Signal(object, str)
    """The command, which touches somebody else's queue, and what it would do there."""
    worker_started = Signal(int)
    """Its id."""
    done = Signal()

    def __init__(self, studio: Studio, parent: QObject) -> None:
        super().__init__(parent)
        self._studio = studio

    @property
    def fleet(self) -> Fleet:
        return self._studio.fleet

    def run(self, command: StartWorker | StartProducer) -> None:
        self.do(self._start(command), "fleet command")

    def do(self, action: Awaitable[object], name: str) -> None:
        spawn(self._guarded(action), name)

    async def _start(self, command: StartWorker | StartProducer) -> None:
        try:
            started = await self._studio.executor.run(command)
        except UnconfirmedError as question:
            self.unconfirmed.emit(command, str(question))
        else:
            if isinstance(command, StartWorker):
                self.worker_started.emit(started)

    async def _guarded(self, action: Awaitable[object]) -> None:
        try:
            await action
        except BrokerError as error:
            self.refused.emit(str(error))
        else:
            self.done.emit()
