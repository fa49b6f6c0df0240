"""Dead letters without a window: the commands of ``wqstudio dlq``, on the engine that the window has, too."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from wqstudio.brokers.port import BrokerError
from wqstudio.dlq import text
from wqstudio.dlq.codes import DONE, FAILED, NOTHING, WRONG, complain, say
from wqstudio.dlq.consent import ConsentError
from wqstudio.dlq.import_commands import ImportCommand
from wqstudio.dlq.look_commands import LookCommands
from wqstudio.dlq.move_commands import MoveCommands
from wqstudio.dlq.telling import bear_any_text, give_up_rest, hush
from wqstudio.domain.connection import Connection
from wqstudio.engine.journal.claims import OverError, UnknownRunError
from wqstudio.engine.journal.journal import Journal, JournalError
from wqstudio.engine.journal.place import place_of, placed
from wqstudio.engine.letters.file import LetterFileError
from wqstudio.engine.letters.matching import MatchError
from wqstudio.engine.letters.patterns import PatternTimeoutError
from wqstudio.engine.looks.dead_letters import DeadLetterWork, journal_file
from wqstudio.engine.moves import lifted_limits
from wqstudio.engine.moves.plan_checks import PlanError
from wqstudio.engine.write_gate import ReadOnlyError
from wqstudio.options import DlqCommand, DlqOptions
from wqstudio.signalled import cancel_when_signalled


def run_dlq(options: DlqOptions) -> int:
    bear_any_text()
    try:
        journal = Journal(journal_file())
        try:
            code = asyncio.run(_until_signalled(options, journal))
        finally:
            journal.close()
        sys.stdout.flush()  # here, where a reader who has gone is noticed
    except BrokenPipeError:
        hush()
        return FAILED
    except PatternTimeoutError as error:
        return complain(str(error), FAILED)  # some may have been moved before
    except (PlanError, MatchError, ReadOnlyError, ConsentError, UnknownRunError, OverError) as error:
        return complain(str(error), NOTHING if isinstance(error, OverError) else WRONG)
    except (BrokerError, JournalError, LetterFileError, OSError) as error:
        return complain(str(error), FAILED)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return complain("interrupted; nothing is lost, and `wqstudio dlq finish` goes on with what was begun", FAILED)
    finally:
        give_up_rest()
    return code


async def _until_signalled(options: DlqOptions, journal: Journal) -> int:
    if options.command is DlqCommand.JOURNAL:
        await _remind(options, journal, None)
        return _journal(options, journal)
    task = asyncio.current_task()
    assert task is not None
    cancel_when_signalled(task)
    assert options.connection is not None, "only the journal is of no broker"
    connection = await _placed(options, options.connection)
    await _remind(options, journal, connection)
    return await _chosen(options, connection, journal)()


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
        say(sentence)


def _journal(options: DlqOptions, journal: Journal) -> int:
    """Of one broker where it is named; that is not connected to."""
    broker = place_of(options.connection) if options.connection is not None else ""
    entries = journal.page(0, -1 if options.limit is None else options.limit, broker)
    print(text.journal([journal.as_it_is(entry) for entry in entries], as_json=options.as_json))
    return DONE


def _chosen(options: DlqOptions, connection: Connection, journal: Journal) -> Callable[[], Awaitable[int]]:
    work = DeadLetterWork(connection, journal)
    looks, moves = LookCommands(options, connection, work), MoveCommands(options, connection, work, journal)
    return {
        DlqCommand.LIST: looks.list,
        DlqCommand.SHOW: looks.show,
        DlqCommand.EXPORT: looks.export,
        DlqCommand.MARK: looks.mark,
        DlqCommand.IMPORT: ImportCommand(options, connection, work, journal).bring,
        DlqCommand.FINISH: moves.finish,
        DlqCommand.UNDO: moves.undo,
    }.get(options.command, moves.move)
