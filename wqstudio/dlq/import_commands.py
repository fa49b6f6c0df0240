"""``wqstudio dlq import``: publishes exported letters again, or says what that would do."""

from wqstudio.dlq import codes, consent, previews, results, text
from wqstudio.dlq.codes import FAILED, complain, say
from wqstudio.dlq.files import reading
from wqstudio.domain.connection import Connection
from wqstudio.domain.redrive import STREAM, Progress, RunState
from wqstudio.engine.journal.journal import Journal
from wqstudio.engine.letters import file as letter_file
from wqstudio.engine.looks.dead_letters import DeadLetterWork
from wqstudio.engine.moves import plan_words
from wqstudio.engine.moves.imported_before import Read
from wqstudio.engine.moves.importing import Import
from wqstudio.engine.moves.redrive import new_run
from wqstudio.options import DlqOptions


class ImportCommand:
    def __init__(self, options: DlqOptions, connection: Connection, work: DeadLetterWork, journal: Journal) -> None:
        self._options, self._plan, self._connection = options, options.plan, connection
        self._work, self._journal = work, journal

    async def bring(self) -> int:
        read = self._read()
        if self._options.dry_run:
            return await self._preview(read)
        bringing = self._work.bring(new_run(), self._plan, read=read, on_refusal=_on_refusal)
        found = await self._work.foresee_import(self._plan, read)
        consent.check_again(found, accepted=self._options.accept_again)
        for sentence in (*plan_words.published_before(found), *found.shortage):
            codes.warn(sentence)
        return self._ended(bringing, await results.carried_out(bringing, self._journal, as_json=self._options.as_json))

    def _read(self) -> Read | None:
        """None: from its file, which is gone through anew each time. The standard input, or a pipe, cannot be."""
        file = self._options.file
        if file is not None and file.is_file() and self._plan.queue != STREAM:
            return None
        with reading(file) as lines:
            letters = list(letter_file.read(lines, self._connection.product))
        return lambda: letters

    async def _preview(self, read: Read | None) -> int:
        found = await self._work.foresee_import(self._plan, read)
        print(previews.import_preview(found, as_json=self._options.as_json))
        consent.check_again(found, accepted=self._options.accept_again)
        return codes.of_preview(found)

    def _ended(self, bringing: Import, progress: Progress) -> int:
        if self._options.as_json:
            results.tell(bringing, self._journal, as_json=True)
        say(text.imported(progress))
        if progress.state is RunState.FAILED:
            return complain(f"{progress.trouble} Nothing was published.", FAILED)
        if progress.state is RunState.INTERRUPTED:
            return complain(f"{progress.trouble} `wqstudio dlq finish` goes on with run {bringing.id}", FAILED)
        return codes.of_import(progress)


def _on_refusal(line: int, why: str) -> None:
    say(f"line {line}: {why}")
