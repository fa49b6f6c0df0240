"""The commands of ``wqstudio dlq`` that move letters, finish runs and undo them, or say what that would do."""

import sys
from collections.abc import Callable
from dataclasses import replace

from wqstudio.brokers.port import BrokerError
from wqstudio.dlq import codes, consent, previews, results, text
from wqstudio.dlq.codes import DONE, FAILED, NOTHING, PARTLY, complain
from wqstudio.dlq.files import reading
from wqstudio.dlq.opening import Opening
from wqstudio.dlq.telling import tell_done
from wqstudio.domain.connection import Connection
from wqstudio.domain.redrive import Progress, RedriveId, RunState
from wqstudio.engine.journal.claims import OverError, UnknownRunError
from wqstudio.engine.journal.journal import Journal, JournalError
from wqstudio.engine.letters.file import LetterFileError
from wqstudio.engine.letters.matching import MatchError
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves import exported
from wqstudio.engine.moves.exported import Exported
from wqstudio.engine.moves.importing import Import
from wqstudio.engine.moves.plan_checks import LimitStandsError, check
from wqstudio.engine.moves.redrive import Redrive
from wqstudio.engine.write_gate import ReadOnlyError
from wqstudio.options import DlqOptions

_PAGE = 500


class MoveCommands:
    def __init__(self, options: DlqOptions, connection: Connection, work: DeadLetterWork, journal: Journal) -> None:
        self._options, self._plan, self._connection = options, options.plan, connection
        self._work, self._journal, self._opening = work, journal, Opening(options, work)

    async def move(self) -> int:
        return await (self._preview() if self._options.dry_run else self._redrive())

    async def finish(self) -> int:
        if self._options.drops:
            return self._drop()
        runs = [self._options.run] if self._options.run else [entry.id for entry in self._work.interrupted()]
        if not runs:
            return complain("nothing was interrupted here", NOTHING)
        ends = [await self._finish_one(run) for run in runs]
        return next(code for code in (FAILED, PARTLY, DONE, NOTHING) if code in ends)

    async def undo(self) -> int:
        preview = replace(await self._work.undo_preview(self._options.run), rate=self._plan.rate)
        if self._options.dry_run:
            print(previews.undo_preview(preview, self._options.run, as_json=self._options.as_json))
        accepted, lifting = self._options.accept_cost, self._plan.lift_limit
        consent.check_cost(preview.cost, accepted=accepted, lifting=lifting, to="take them back")
        if self._options.dry_run:
            return codes.of_undo_preview(preview)
        undo = self._work.undo(self._options.run, self._on_progress(), lift_limit=self._plan.lift_limit)
        undo.controls.rate = self._plan.rate
        return await self._run(undo)

    async def _preview(self) -> int:
        check(self._plan)
        chosen = self._exported()
        async with self._opening.letters() as letters:
            exported.check_queue(chosen, letters, self._plan.queue)
            batches = letters.batches(_PAGE, self._plan.ids)
            meant = exported.only(batches, letters, chosen.fingerprints) if self._plan.exported else batches
            preview = await self._work.foresee(self._plan, meant, letters)
        if self._plan.exported:
            preview = replace(preview, gone=len(chosen.fingerprints) - preview.count)
        print(previews.preview(preview, self._plan, as_json=self._options.as_json))
        return codes.of_preview(preview)

    async def _redrive(self) -> int:
        chosen = self._exported()
        plan = replace(self._plan, identity=chosen.identity)
        redrive = self._work.redrive(plan, self._on_progress(), warn=codes.warn, chosen=lambda: chosen.fingerprints)
        await self._opening.check_move()
        try:
            return await self._run(redrive)
        except LimitStandsError as error:
            raise consent.ConsentError(consent.lifting_said(str(error))) from error

    def _exported(self) -> Exported:
        """The letters that are meant; none where no file says so. PlanError, LetterFileError."""
        if not self._plan.exported:
            return Exported()
        with reading(self._options.file) as file:
            return exported.read(file, self._plan, self._connection.product)

    async def _finish_one(self, run: RedriveId) -> int:
        """Whatever becomes of it, others may be finished."""
        try:
            any_queue = self._options.any_queue
            return await self._run(self._work.finish(run, self._on_progress(), any_queue=any_queue, warn=codes.warn))
        except (ReadOnlyError, UnknownRunError):
            raise
        except OverError as error:  # somebody else has finished it
            return complain(str(error), NOTHING)
        except (BrokerError, JournalError, LetterFileError, MatchError, OSError) as error:
            drop = f"If it can never be finished, `wqstudio dlq finish --drop {run}` gives it up."
            return complain(f"run {run}: {error} {drop}", FAILED)

    def _drop(self) -> int:
        run = self._options.run
        plan = self._work.check_unfinished(run).plan
        tell_done(text.dropped(run, plan, self._work.drop(run), as_json=self._options.as_json))
        return DONE

    async def _run(self, redrive: Redrive | Import) -> int:
        progress = await results.carried_out(redrive, self._journal, as_json=self._options.as_json)
        results.tell(redrive, self._journal, as_json=self._options.as_json)
        ended = isinstance(redrive, Import) and progress.state is RunState.DONE
        return codes.of_import(progress) if ended else codes.of_run(progress)

    def _on_progress(self) -> Callable[[Progress], None]:
        return text.progress_line(sys.stderr) if sys.stderr.isatty() else lambda _: None
