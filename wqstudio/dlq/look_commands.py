"""The commands of ``wqstudio dlq`` that look and move nothing: list, show, export, mark."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing

from wqstudio.brokers.factory import open_broker
from wqstudio.dlq import queues_text, text
from wqstudio.dlq.codes import DONE, FAILED, NOTHING, complain, say
from wqstudio.dlq.files import writing
from wqstudio.dlq.looking import Counts, Seen, first, meant, one
from wqstudio.dlq.opening import Opening
from wqstudio.dlq.search_line import SearchLine
from wqstudio.dlq.telling import tell_done
from wqstudio.domain.connection import Connection
from wqstudio.domain.reading import Unknown
from wqstudio.domain.redrive import STREAM, Match
from wqstudio.domain.snapshot import Snapshot
from wqstudio.engine.journal.journal import Entry
from wqstudio.engine.journal.marked import Marked
from wqstudio.engine.journal.place import place_of
from wqstudio.engine.looks.dead_letters import DeadLetterWork, journal_file
from wqstudio.options import DlqOptions

SHOWN = 50
"""Letters that ``list`` shows where no other number is asked for."""


class LookCommands:
    def __init__(self, options: DlqOptions, connection: Connection, work: DeadLetterWork) -> None:
        self._options, self._plan, self._connection = options, options.plan, connection
        self._work, self._opening = work, Opening(options, work)

    async def list(self) -> int:
        return await (self._list_letters() if self._plan.queue else self._list_queues())

    async def show(self) -> int:
        async with self._opening.letters() as letters:
            self._opening.remark()
            for held in await one(letters, self._options.letter):
                seen = Seen(letters.read(held), letters.fingerprint(held))
                print(text.whole(seen, as_json=self._options.as_json, live=self._opening.live))
                return DONE
            remark = letters.remark
        queue = self._plan.queue
        missing = f"{queue} has no dead letter {self._options.letter}; see `wqstudio dlq list {queue}`"
        return complain(f"{missing}. {remark}" if remark else missing, NOTHING)

    async def export(self) -> int:
        async with self._opening.letters() as letters:
            deaths = self._work.seen_deaths(self._plan.queue)
            with SearchLine(sys.stderr) as line:
                found = meant(letters, self._plan.match, self._plan.limit, line.show)
                if self._plan.match == Match():
                    found = deaths.seen(found)
                count = await self._work.export(self._plan, letters, found, writing(self._options.file))
            self._opening.remark(told=deaths.told)
            remark = letters.remark
        if self._options.as_json and self._plan.file != STREAM:
            tell_done(text.exported(self._plan, count))
        else:
            say(f"exported {count}")
        if remark:
            say(remark)
        return DONE if count else NOTHING

    async def mark(self) -> int:
        """What is forgotten need not be there any more. RefusedError: of a queue that is not, nothing is remembered."""
        queue, keeps = self._plan.queue, self._options.keeps
        found = await self._snapshot()
        if keeps is not None and not (isinstance(found.queues, Mapping) and queue in found.queues):
            await self._work.check_there(queue)
        with closing(self._marked()) as marked:
            await marked.mark(queue, keeps)
            snapshot = await marked.laid_over(found)
        listed = None if isinstance(snapshot.queues, Unknown) else snapshot.queues.get(queue)
        print(queues_text.marked(queue, keeps, listed, as_json=self._options.as_json))
        return DONE

    async def _list_letters(self) -> int:
        async with self._opening.letters() as letters:
            limit, as_json = self._plan.limit or SHOWN, self._options.as_json
            with SearchLine(sys.stderr) as line:
                found, matching = await first(letters, self._plan.match, limit, line.show)
            narrowed, deaths = self._plan.match != Match(), self._work.seen_deaths(self._plan.queue)
            if not narrowed:
                await deaths.saw([each.letter for each in found])
            self._opening.remark(told=deaths.told)
            self._remind_of(self._interrupted(self._plan.queue))
            live = self._opening.live
            counts = Counts(letters.count, matching, narrowed=narrowed, live=live, reach=letters.reachable)
            by_mark = not letters.lasting_ids
            print(text.letters(found, counts, letters.remark, by_mark=by_mark, as_json=as_json))
            if as_json:
                for said in filter(None, (counts.sentence(len(found)), letters.remark)):
                    say(said)
        return DONE if found else NOTHING

    async def _list_queues(self) -> int:
        with closing(self._marked()) as marked:
            snapshot = await marked.laid_over(await self._snapshot())
            if isinstance(snapshot.queues, Unknown):
                return complain(snapshot.queues.reason, FAILED)
            for name in marked.missing(snapshot):
                say(f"{name} is marked, and is not there now")
            for queue in marked.likely(snapshot):
                say(queues_text.likely(queue))
        found, unfinished = queues_text.dead(snapshot.queues.values()), self._work.interrupted()
        print(queues_text.queues(found, unfinished, as_json=self._options.as_json))
        listed = {queue.name for queue in found}
        self._remind_of(entry for entry in unfinished if not self._options.as_json or entry.plan.queue not in listed)
        return DONE if found else NOTHING

    def _interrupted(self, queue: str) -> Sequence[Entry]:
        return [entry for entry in self._work.interrupted() if entry.plan.queue == queue]

    def _remind_of(self, unfinished: Iterable[Entry]) -> None:
        for entry in unfinished:
            say(queues_text.unfinished(entry))

    async def _snapshot(self) -> Snapshot:
        broker = await open_broker(self._connection)
        try:
            return await broker.snapshot()
        finally:
            await broker.close()

    def _marked(self) -> Marked:
        return Marked(journal_file(), place_of(self._connection))
