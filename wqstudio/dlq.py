"""Dead letters without a window: the commands of ``wqstudio dlq``, on the engine that the window has, too."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import replace

from wqstudio import dlq_consent as consent, dlq_previews as previews, dlq_text as text
from wqstudio.brokers.factory import open_broker
from wqstudio.brokers.letters import Letters
from wqstudio.brokers.port import BrokerError
from wqstudio.dlq_files import reading, writing
from wqstudio.dlq_looking import Counts, Seen, first, meant, one
from wqstudio.domain.connection import Connection
from wqstudio.domain.reading import Unknown
from wqstudio.domain.redrive import STAYED, Match, Progress, RedriveId, RunState
from wqstudio.domain.snapshot import Snapshot
from wqstudio.engine import exported, letter_file, lifted_limits, plan_words
from wqstudio.engine.claims import OverError, UnknownRunError
from wqstudio.engine.dead_letters import DeadLetterWork, journal_file
from wqstudio.engine.exported import Exported
from wqstudio.engine.import_previews import ImportPreview
from wqstudio.engine.importing import Import
from wqstudio.engine.journal import Journal, JournalError, Move
from wqstudio.engine.letter_file import Imported, LetterFileError
from wqstudio.engine.marked import Marked
from wqstudio.engine.matching import MatchError
from wqstudio.engine.patterns import PatternTimeoutError
from wqstudio.engine.place import place_of, placed
from wqstudio.engine.previews import Preview
from wqstudio.engine.redrive import PlanError, Redrive, check, new_run
from wqstudio.engine.undo_planning import UndoPreview
from wqstudio.engine.write_gate import ReadOnlyError
from wqstudio.options import DlqCommand, DlqOptions

DONE, FAILED, WRONG, PARTLY, NOTHING = 0, 1, 2, 3, 4
"""Exit codes; see ``cli_dlq.EXIT_CODES``."""
SHOWN = 50
"""Letters that ``list`` shows where no other number is asked for."""
_PAGE = 500


def run_dlq(options: DlqOptions) -> int:
    try:
        journal = Journal(journal_file())
        try:
            code = asyncio.run(_until_signalled(options, journal))
        finally:
            journal.close()
        sys.stdout.flush()  # here, where a reader who has gone is noticed
    except BrokenPipeError:
        return _unheard()
    except PatternTimeoutError as error:
        return _complain(str(error), FAILED)  # some may have been moved before
    except (PlanError, MatchError, ReadOnlyError, consent.ConsentError, UnknownRunError, OverError) as error:
        return _complain(str(error), NOTHING if isinstance(error, OverError) else WRONG)
    except (BrokerError, JournalError, LetterFileError, OSError) as error:
        return _complain(str(error), FAILED)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _complain("interrupted; nothing is lost, and `wqstudio dlq finish` goes on with what was begun", FAILED)
    return code


def _unheard() -> int:
    """Whoever reads has had enough (`| head`), which is no news to them; nor at the end, when Python flushes again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FAILED


async def _until_signalled(options: DlqOptions, journal: Journal) -> int:
    if options.command is DlqCommand.JOURNAL:
        await _remind(options, journal, None)
        return _journal(options, journal)
    task = asyncio.current_task()
    assert task is not None
    if sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    assert options.connection is not None, "only the journal is of no broker"
    connection = await _placed(options, options.connection)
    await _remind(options, journal, connection)
    return await _Commands(options, connection, journal).run()


async def _placed(options: DlqOptions, connection: Connection) -> Connection:
    """What is given up may be so since nobody answers there any more."""
    try:
        return await placed(connection)
    except BrokerError:
        if options.drops:
            return connection
        raise


async def _remind(options: DlqOptions, journal: Journal, connection: Connection | None) -> None:
    """Of delivery limits that killed looks have left lifted."""
    place, finishing = "" if connection is None else place_of(connection), options.command is DlqCommand.FINISH
    for sentence in await lifted_limits.at_start(journal, connection, place, settling=finishing):
        _complain(sentence, DONE)


def _journal(options: DlqOptions, journal: Journal) -> int:
    """Of one broker where it is named; that is not connected to."""
    broker = place_of(options.connection) if options.connection is not None else ""
    entries = journal.page(0, -1 if options.limit is None else options.limit, broker)
    print(text.journal([journal.as_it_is(entry) for entry in entries], as_json=options.as_json))
    return DONE


class _Commands:
    def __init__(self, options: DlqOptions, connection: Connection, journal: Journal) -> None:
        self._options, self._plan, self._connection = options, options.plan, connection
        self._work, self._journal = DeadLetterWork(connection, journal), journal
        self._live = False
        """The queue is not known to keep dead letters."""

    async def run(self) -> int:
        return await self._chosen()()

    def _chosen(self) -> Callable[[], Awaitable[int]]:
        forecast_or_run = self._preview if self._options.dry_run else self._redrive
        return {
            DlqCommand.LIST: self._list if self._plan.queue else self._list_queues,
            DlqCommand.SHOW: self._show,
            DlqCommand.EXPORT: self._export,
            DlqCommand.IMPORT: self._import,
            DlqCommand.FINISH: self._finish,
            DlqCommand.UNDO: self._undo,
            DlqCommand.MARK: self._mark,
        }.get(self._options.command, forecast_or_run)

    # --- looking

    async def _list_queues(self) -> int:
        with closing(self._marked()) as marked:
            snapshot = await marked.laid_over(await self._snapshot())
            if isinstance(snapshot.queues, Unknown):
                return _complain(snapshot.queues.reason, FAILED)
            for name in marked.missing(snapshot):
                _complain(f"{name} is marked, and is not there now", NOTHING)
        found = text.dead(snapshot.queues.values())
        print(text.queues(found, as_json=self._options.as_json))
        return DONE if found else NOTHING

    async def _snapshot(self) -> Snapshot:
        broker = await open_broker(self._connection)
        try:
            return await broker.snapshot()
        finally:
            await broker.close()

    async def _mark(self) -> int:
        """The mark is kept whether the queue is there or not: it may come. Of a broker that is there."""
        queue, keeps = self._plan.queue, self._options.keeps
        found = await self._snapshot()
        with closing(self._marked()) as marked:
            await marked.mark(queue, keeps)
            snapshot = await marked.laid_over(found)
        there = None if isinstance(snapshot.queues, Unknown) else snapshot.queues.get(queue)
        print(text.marked(queue, keeps, there, as_json=self._options.as_json))
        if there is None:
            _complain(f"{queue} is not there now; the mark is kept for when it comes", DONE)
        return DONE

    def _marked(self) -> Marked:
        return Marked(journal_file(), place_of(self._connection))

    async def _list(self) -> int:
        async with self._looking() as letters:
            limit, counting = self._plan.limit or SHOWN, not self._options.as_json
            found, matching = await first(letters, self._plan.match, limit, counting=counting)
            counts = Counts(letters.count, matching, narrowed=self._plan.match != Match(), live=self._live)
            print(text.letters(found, counts, letters.remark, as_json=self._options.as_json))
        return DONE if found else NOTHING

    async def _show(self) -> int:
        wanted = self._options.id or 0
        async with self._looking() as letters:
            for held in await one(letters, wanted):
                seen = Seen(letters.read(held), letters.fingerprint(held))
                print(text.whole(seen, as_json=self._options.as_json, live=self._live))
                return DONE
        return _complain(f"{self._plan.queue} has no dead letter {self._options.id}; list it", NOTHING)

    async def _export(self) -> int:
        async with self._looking() as letters:
            found = meant(letters, self._plan.match, self._plan.limit)
            count = await self._work.export(self._plan, letters, found, writing(self._options.file))
        print(f"wqstudio: exported {count}", file=sys.stderr)
        return DONE if count else NOTHING

    @asynccontextmanager
    async def _looking(self) -> AsyncIterator[Letters]:
        await self._check_queue()
        async with self._work.looking(self._plan.queue, exhausted=self._plan.exhausted) as letters:
            accepted, lifting = self._options.accept_cost, self._plan.lift_limit
            consent.check_cost(letters.cost, accepted=accepted, lifting=lifting)
            if lifting:
                await letters.lift_limit()
            yield letters

    async def _check_queue(self) -> None:
        """ConsentError: its messages would be moved, and they may be live work. Looks at no message."""
        queue = self._plan.queue
        if self._plan.exhausted or self._options.any_queue:
            return
        keeps = await self._work.keeps_dead_letters(queue)
        moves = self._options.command in {DlqCommand.REQUEUE, DlqCommand.DISCARD}
        if isinstance(keeps, Unknown):
            _complain(consent.unknown_remark(queue, keeps), DONE)
        elif moves and not keeps:
            raise consent.ConsentError(consent.live_refusal(self._plan))
        elif not keeps:
            self._live = True
            _complain(consent.mark_remark(queue), DONE)

    # --- moving

    async def _preview(self) -> int:
        check(self._plan)
        async with self._looking() as letters:
            batches = letters.batches(_PAGE, self._plan.ids)
            meant = exported.only(batches, letters, self._exported().fingerprints) if self._plan.exported else batches
            preview = await self._work.foresee(self._plan, meant, letters)
        print(previews.preview(preview, self._plan, as_json=self._options.as_json))
        return _foreseen(preview)

    async def _redrive(self) -> int:
        chosen = self._exported()
        plan = replace(self._plan, identity=chosen.identity)
        redrive = self._work.redrive(plan, self._on_progress(), warn=_warn, chosen=chosen.fingerprints)
        await self._check_queue()
        if consent.sees_more_than_it_moves(self._plan):
            async with self._work.looking(self._plan.queue, exhausted=self._plan.exhausted) as letters:
                consent.check_cost(letters.cost, accepted=self._options.accept_cost, lifting=self._plan.lift_limit)
        return await self._run(redrive)

    def _exported(self) -> Exported:
        """The letters that are meant; none where no file says so. PlanError, LetterFileError."""
        if not self._plan.exported:
            return Exported()
        with reading(self._options.file) as file:
            return exported.read(file, self._plan, self._connection.product)

    async def _finish(self) -> int:
        if self._options.drops:
            return self._drop()
        runs = [self._options.run] if self._options.run else [entry.id for entry in self._work.interrupted()]
        if not runs:
            return _complain("nothing was interrupted here", NOTHING)
        codes = [await self._finish_one(run) for run in runs]
        return next(code for code in (FAILED, PARTLY, DONE, NOTHING) if code in codes)

    async def _finish_one(self, run: RedriveId) -> int:
        """Whatever becomes of it, others may be finished."""
        try:
            any_queue = self._options.any_queue
            return await self._run(self._work.finish(run, self._on_progress(), any_queue=any_queue, warn=_warn))
        except (ReadOnlyError, UnknownRunError):
            raise
        except OverError as error:  # somebody else has finished it
            return _complain(str(error), NOTHING)
        except (BrokerError, JournalError, LetterFileError, MatchError, OSError) as error:
            drop = f"If it can never be finished, `wqstudio dlq finish --drop {run}` gives it up."
            return _complain(f"run {run}: {error} {drop}", FAILED)

    def _drop(self) -> int:
        run = self._options.run
        plan = self._work.check_unfinished(run).plan
        print(text.dropped(run, plan, self._work.drop(run), as_json=self._options.as_json))
        return DONE

    async def _undo(self) -> int:
        preview = replace(await self._work.undo_preview(self._options.run), rate=self._plan.rate)
        if self._options.dry_run:
            print(previews.undo_preview(preview, self._options.run, as_json=self._options.as_json))
            return _foreseen_undo(preview)
        accepted, lifting = self._options.accept_cost, self._plan.lift_limit
        consent.check_cost(preview.cost, accepted=accepted, lifting=lifting, to="take them back")
        undo = self._work.undo(self._options.run, self._on_progress(), lift_limit=self._plan.lift_limit)
        undo.controls.rate = self._plan.rate
        return await self._run(undo)

    async def _run(self, redrive: Redrive | Import) -> int:
        progress = await redrive.run()
        remark = redrive.remark if isinstance(redrive, Redrive) else ""
        stayed = self._stayed(redrive.id)
        print(text.result(redrive.id, redrive.plan, progress, remark, stayed, as_json=self._options.as_json))
        return _exit_code(progress)

    def _stayed(self, run: RedriveId) -> Sequence[Move]:
        """What has become of those that were not moved, message by message."""
        return self._journal.moves(run, STAYED)

    def _on_progress(self) -> Callable[[Progress], None]:
        return text.progress_line(sys.stderr) if sys.stderr.isatty() else lambda _: None

    async def _import(self) -> int:
        with reading(self._options.file) as file:
            letters = list(letter_file.read(file, self._connection.product))
        if self._options.dry_run:
            return await self._preview_import(letters)
        bringing = self._work.bring(
            new_run(),
            self._plan,
            read=lambda: letters,
            on_refusal=lambda line, why: _complain(f"line {line}: {why}", PARTLY),
        )
        found = await self._work.foresee_import(self._plan, lambda: letters)
        consent.check_again(found, accepted=self._options.accept_again)
        for sentence in (*plan_words.published_before(found), *found.shortage):
            _warn(sentence)
        progress = await bringing.run()
        if self._options.as_json:
            print(text.result(bringing.id, self._plan, progress, "", self._stayed(bringing.id), as_json=True))
        print(f"wqstudio: {text.imported(progress)}", file=sys.stderr)
        if progress.state is RunState.FAILED:
            return _complain(f"{progress.trouble} Nothing was published.", FAILED)
        if progress.state is RunState.INTERRUPTED:
            return _complain(f"{progress.trouble} `wqstudio dlq finish` goes on with run {bringing.id}", FAILED)
        there = progress.moved + progress.prevented
        if progress.refused:
            return PARTLY if there else FAILED
        return DONE if there else NOTHING

    async def _preview_import(self, letters: Sequence[Imported]) -> int:
        found = await self._work.foresee_import(self._plan, lambda: letters)
        print(previews.import_preview(found, as_json=self._options.as_json))
        return _foreseen(found)


def _foreseen(preview: Preview | ImportPreview) -> int:
    """The exit code of the run itself, as things are now."""
    if not preview.count:
        return NOTHING
    if not preview.going:
        return FAILED
    return DONE if preview.going == preview.count else PARTLY


def _foreseen_undo(preview: UndoPreview) -> int:
    """As ``_foreseen``; where looking costs, as far as it shows without that."""
    if not preview.count:
        return FAILED if preview.staying else NOTHING
    return PARTLY if preview.taken else DONE


def _exit_code(progress: Progress) -> int:
    if progress.state is not RunState.DONE and progress.state is not RunState.STOPPED:
        return FAILED
    if not progress.moved and not progress.kept and (progress.refused or progress.foreign):
        return FAILED
    if progress.state is RunState.DONE and not progress.moved and progress.gone:
        return NOTHING  # somebody else had taken them all
    if (
        progress.refused
        or progress.foreign
        or progress.gone
        or (progress.state is RunState.STOPPED and progress.trouble)
    ):
        return PARTLY
    return DONE if progress.moved else NOTHING


def _warn(sentence: str) -> None:
    _complain(f"warning: {sentence}", DONE)


def _complain(what: str, code: int) -> int:
    print(f"wqstudio: {what}", file=sys.stderr)
    return code
