"""A run of messages that died in place. What stood for them elsewhere as dead letters goes with them (NATS).

Those pointers are removed once the run has come to an end, and again when it is finished after a crash: by then the
journal knows all the messages that are gone. A pointer that stays is shown as what it is, a letter without a message.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from wqstudio.brokers.letters import Pointers
from wqstudio.brokers.port import BrokerError, UnreachableError
from wqstudio.domain.redrive import RunState
from wqstudio.engine.letters.matching import MatchError
from wqstudio.engine.moves import redrive
from wqstudio.engine.moves.redrive import Redrive

OpenPointers = Callable[[], Awaitable[Pointers]]


class RedriveOfExhausted(Redrive):
    """As ``Redrive``; ``Progress.pointers`` counts what else was removed."""

    def __init__(self, *arguments: Any, open_pointers: OpenPointers, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._open_pointers = open_pointers

    async def _passes(self) -> RunState:
        try:
            state = await super()._passes()
        except MatchError as error:
            if await self._remove_pointers():
                raise
            self._books.add_trouble(str(error))
            return RunState.INTERRUPTED  # it is said once more when it is finished
        if state is RunState.INTERRUPTED or await self._remove_pointers():
            return state
        return RunState.INTERRUPTED

    async def _remove_pointers(self) -> bool:
        """False: the broker was out of reach for as long as anybody waits."""
        if not self.progress.moved:
            return True
        for _ in range(redrive.TRIES):
            try:
                await self._remove_once()
            except UnreachableError as error:
                await self._books.tell(trouble=str(error))
                await self.controls.rest(redrive.AGAIN_AFTER)
            except BrokerError as error:
                self._books.note(trouble=f"They are moved, and their pointers stay: {error}")
                return True
            else:
                return True
        return False

    async def _remove_once(self) -> None:
        gone = await self._books.removed()
        pointers = await self._open_pointers()
        try:
            removed = await pointers.remove(gone)
        finally:
            await pointers.close()
        await self._books.tell(trouble="", pointers=self.progress.pointers + removed)
