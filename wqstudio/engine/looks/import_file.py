"""A file of exported messages, asked from the window what importing it would do, through a process of its own."""

from collections.abc import Collection
from pathlib import Path

from wqstudio.domain.letter import Ways
from wqstudio.domain.redrive import Action, Plan
from wqstudio.engine.looks import wire
from wqstudio.engine.looks.process import LettersProcess
from wqstudio.engine.moves.import_previews import ImportPreview


class ImportFile:
    """The process is its own, to be closed. What is asked raises LookError, also for a file that is none."""

    def __init__(self, process: LettersProcess, file: Path) -> None:
        self._process, self.path = process, file
        self.plan = Plan(str(file.resolve()), Action.IMPORT)
        """Each to where it came from."""

    async def foresee(self, plan: Plan) -> ImportPreview:
        answer = await self._process.ask(wire.ForeseeImport(plan))
        assert isinstance(answer, wire.ForeseenImport), answer
        return answer.preview

    async def ways(self, queue: str, routes: Collection[str]) -> Ways:
        """See ``Outlet.ways``."""
        answer = await self._process.ask(wire.Lead(queue, tuple(routes)))
        assert isinstance(answer, wire.Led), answer
        return answer.ways

    async def close(self) -> None:
        await self._process.close()
