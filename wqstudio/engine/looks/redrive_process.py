"""A redrive in a process of its own, where no look is open: of what was interrupted, or of a whole queue."""

from wqstudio.domain.redrive import Plan, Progress, RedriveId
from wqstudio.engine.looks.process import LettersProcess, MoveError, OnProgress, Run

__all__ = ["MoveError", "RedriveProcess"]


class RedriveProcess:
    """Begun by construction, in a process that is its own from then on.

    ``run`` is awaited once and sees it through, ``close`` ends it before that.
    """

    def __init__(self, process: LettersProcess, run: RedriveId, plan: Plan, on_progress: OnProgress) -> None:
        self._process = process
        self.steering: Run = process.begin(run, plan, on_progress)
        """To pause it, go on, cancel it, or change its rate."""

    @property
    def id(self) -> RedriveId:
        return self.steering.id

    @property
    def progress(self) -> Progress:
        return self.steering.progress

    async def run(self) -> Progress:
        """How it ended. MoveError when it did not: nothing is lost, the journal has what is needed to finish."""
        try:
            return await self.steering.ended()
        finally:
            await self.close()

    def kill(self) -> None:
        """``kill -9``: what the journal is for."""
        self._process.kill()

    async def close(self) -> None:
        """A limit that the run has lifted is put back; it can be finished later."""
        await self._process.halt()
        await self._process.close()
