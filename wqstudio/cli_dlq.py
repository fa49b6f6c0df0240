"""``wqstudio dlq …``: dead letters from the command line. Reads what was typed, and nothing more."""

import argparse
import sys
from pathlib import Path
from string import hexdigits

from wqstudio.cli_connection import OptionError, add_connection, read_connection
from wqstudio.domain.connection import Connection, Product
from wqstudio.domain.letter import Destination
from wqstudio.domain.places import NAMING, place_named, why_no_place
from wqstudio.domain.redrive import STREAM, Action, Match, OnRefusal, Plan
from wqstudio.engine.conditions import CONDITIONS, ConditionError, check_kinds, read_terms
from wqstudio.options import SHORTEST_MARK, DlqCommand, DlqOptions

EXIT_CODES = """\
exit codes:
  0  all that was asked for is done
  1  none of it could be done, or it was interrupted; nothing is lost, and `dlq finish` goes on with what was begun
  2  the command was wrong, or named a run that the journal does not know; nothing was touched
  3  done in part: some messages were refused, or belong to a run that is not finished, or were copied and may live
     again, and stay where they were, or were gone by then (the output says how many and why; --json says which, by the
     fingerprints that `dlq list --json` and `show` give); or all is done, and some of it perhaps twice, after a lost
     connection or a crash ("perhaps there twice", in --json "doubled"), or because an original was gone before it was
     removed, as if somebody else had taken it, too (in --json "overtaken"), or perhaps had instead of a discard that
     was cut off (in --json "unsure"): do not do it again
  4  there was no such message, or none any more, or nothing left to finish
A move ends so also where nobody hears of it: a result that could not be written is in `dlq journal`.
"""
_MATCH_HELP = "\n".join(
    [
        "--match takes one condition, and may be given several times; all have to match:",
        *(f"  {'   '.join(condition.forms):<35} {condition.meaning}" for condition in CONDITIONS),
        "",
    ]
)


def add_dlq(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = f"{_MATCH_HELP}\n{EXIT_CODES}"
    commands = parser.add_subparsers(dest="dlq_command", required=True)
    listing = commands.add_parser("list", help="the queues with dead letters, or the letters of one")
    listing.add_argument("queue", nargs="?", type=_name, help="whose letters (default: which queues have some)")
    show = commands.add_parser("show", help="one letter, whole")
    show.add_argument("queue", type=_name)
    show.add_argument("letter", type=_letter, help=_LETTER_HELP)
    export = commands.add_parser("export", help="write letters to a file, as JSON Lines")
    export.add_argument("queue", type=_name)
    export.add_argument("file", type=Path, help="- for the standard output")
    importing = commands.add_parser("import", help="publish the letters of such a file")
    importing.add_argument("file", type=Path, help="- for the standard input")
    requeue = commands.add_parser("requeue", help="move letters back to work, each to its origin or all to one place")
    requeue.add_argument("queue", type=_name)
    discard = commands.add_parser("discard", help="remove letters for good")
    discard.add_argument("queue", type=_name)
    discard.add_argument("--exported", type=Path, metavar="FILE", help=_EXPORTED_HELP)
    finish = commands.add_parser("finish", help="finish what was interrupted")
    finish.add_argument("run", nargs="?", type=_name, help="as `dlq journal` names it (default: all, on this broker)")
    finish.add_argument("--drop", action="store_true", help="give that run up: it can never be finished")
    undo = commands.add_parser("undo", help="bring back requeued messages that nobody has taken yet")
    undo.add_argument("run", type=_name, help="as `dlq journal` names it")
    mark = commands.add_parser("mark", help="remember that a queue keeps dead letters, whatever the broker tells of it")
    mark.add_argument("queue", type=_name)
    _add_marks(mark)
    journal = commands.add_parser("journal", help="what was done, when, to how many, with what result")
    for command in (requeue, importing):
        command.add_argument("--to", metavar="PLACE", help=_TO_HELP)
    for command in (listing, export, requeue, discard):
        _add_selection(command)
        command.formatter_class, command.epilog = argparse.RawDescriptionHelpFormatter, _MATCH_HELP
    for command in (requeue, discard):
        _add_pace(command)
    for command in (requeue, discard, finish):
        command.add_argument("--any-queue", action="store_true", help=_ANY_HELP)
    undo.add_argument("--rate", type=_rate, default=0.0, metavar="R", help=_RATE_HELP)
    for command in (requeue, discard, importing, undo):
        command.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    discard.add_argument("--yes", action="store_true", help="really discard them")
    importing.add_argument("--yes", action="store_true", help="publish again what an earlier import has published")
    for command in (listing, show, export, requeue, discard):
        command.add_argument("--exhausted", action="store_true", help=_EXHAUSTED_HELP)
    for command in (listing, show, export, requeue, discard, undo):
        command.add_argument("--accept-cost", action="store_true", help="pay what looking costs (RabbitMQ)")
        command.add_argument("--lift-limit", action="store_true", help=_LIFT_HELP)
    for command in (listing, show, export, importing, requeue, discard, finish, undo, mark, journal):
        command.add_argument("--json", action="store_true", help="print JSON")
        add_connection(command, default=argparse.SUPPRESS)
    journal.add_argument("--limit", type=_count, metavar="N", help="the newest N")


_LETTER_HELP = (
    "its id, or its fingerprint, as `list` prints them; on RabbitMQ an id is its place in line, where others may stand "
    "by now, and the fingerprint finds the same letter"
)
_TO_HELP = f"{NAMING[Product.NATS]} (NATS); {NAMING[Product.RABBITMQ]} (RabbitMQ). Default: each to where it came from"
_EXPORTED_HELP = "exactly the letters that `dlq export` has written there, and none that came since"
_EXHAUSTED_HELP = "the messages exhausted in place in a work stream, instead of a dead-letter queue's (NATS)"
_ANY_HELP = "from a queue that is not known to keep dead letters, too: its waiting messages may be live work"
_LIFT_HELP = "suspend a delivery limit that looking would use up, for as long as it takes (RabbitMQ)"

_RATE_HELP = "messages a second (default: no limit)"
_BATCH_HELP = "so many at a time, each batch settled before the next is begun (default: whatever is fastest)"
_STOP_HELP = "begin no more once one is refused; up to 20 are tried at once"


def _add_marks(parser: argparse.ArgumentParser) -> None:
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--not", dest="keeps_none", action="store_true", help="that it keeps none")
    other.add_argument("--forget", action="store_true", help="go by what the broker tells again")


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--match", action="append", default=[], metavar="COND", help="only these; see below")
    parser.add_argument("--limit", type=_count, metavar="N", help="at most so many")


def _add_pace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rate", type=_rate, default=0.0, metavar="R", help=_RATE_HELP)
    parser.add_argument("--batch", type=_count, metavar="N", help=_BATCH_HELP)
    parser.add_argument("--stop-on-refusal", action="store_true", help=_STOP_HELP)


def read_dlq(options: argparse.Namespace) -> DlqOptions:
    """Raises OptionError."""
    command = DlqCommand(options.dlq_command)
    connection = read_connection(options) if command is DlqCommand.JOURNAL else _connection(options)
    plan = _plan(options, command, connection)
    if command is DlqCommand.DISCARD and not (options.yes or options.dry_run):
        raise OptionError(
            "discard removes messages for good: say --yes, and perhaps `dlq export` first; --dry-run tells how many"
        )
    if plan.exported and (plan.match != Match() or plan.limit is not None):
        raise OptionError(
            "--exported means the letters of that file: --match and --limit choose others, leave them out"
        )
    if command is DlqCommand.LIST and not plan.queue and (plan.match != Match() or plan.limit or plan.exhausted):
        raise OptionError("--match, --limit and --exhausted are about the letters of one queue: name it")
    if plan.exhausted and connection is not None and connection.product is Product.RABBITMQ:
        raise OptionError(
            "--exhausted is for NATS: RabbitMQ leaves nothing that is exhausted in its place, but drops it, or "
            "moves it to where the queue's dead letters go"
        )
    if getattr(options, "drop", False) and not options.run:
        raise OptionError("--drop gives up one run: name it, as `dlq journal` does")
    return DlqOptions(
        command=command,
        connection=connection,
        plan=plan,
        letter=getattr(options, "letter", ""),
        file=getattr(options, "file", None) or getattr(options, "exported", None),
        run=getattr(options, "run", None) or "",
        as_json=options.json,
        dry_run=getattr(options, "dry_run", False),
        accept_cost=getattr(options, "accept_cost", False),
        any_queue=getattr(options, "any_queue", False),
        drops=getattr(options, "drop", False),
        limit=options.limit if command is DlqCommand.JOURNAL else None,
        accept_again=getattr(options, "yes", False),
        keeps=None if getattr(options, "forget", False) else not getattr(options, "keeps_none", False),
    )


def _connection(options: argparse.Namespace) -> Connection:
    connection = read_connection(options)
    if connection is None:
        raise OptionError("which broker? Name it: --connect nats://host:4222, or amqp://host")
    return connection


_ACTIONS = {
    DlqCommand.DISCARD: Action.DISCARD,
    DlqCommand.IMPORT: Action.IMPORT,
    DlqCommand.EXPORT: Action.EXPORT,
}


def _plan(options: argparse.Namespace, command: DlqCommand, connection: Connection | None) -> Plan:
    to = getattr(options, "to", None)
    file, exported = getattr(options, "file", None), getattr(options, "exported", None)
    return Plan(
        queue=_whole(file) if command is DlqCommand.IMPORT else getattr(options, "queue", None) or "",
        action=_ACTIONS.get(command, Action.REQUEUE),
        destination=None if to is None or connection is None else _place(to, connection.product),
        exhausted=getattr(options, "exhausted", False),
        match=_match(getattr(options, "match", [])),
        rate=getattr(options, "rate", 0.0),
        limit=None if command is DlqCommand.JOURNAL else getattr(options, "limit", None),
        batch=getattr(options, "batch", None),
        on_refusal=OnRefusal.STOP if getattr(options, "stop_on_refusal", False) else OnRefusal.GO_ON,
        lift_limit=getattr(options, "lift_limit", False),
        file=_whole(file) if command is DlqCommand.EXPORT else "",
        exported=_whole(exported) if exported is not None else "",
    )


def _place(named: str, product: Product) -> Destination:
    if why := why_no_place(named, product):
        raise OptionError(f"--to: {why}")
    return place_named(named, product)


def _whole(file: Path | None) -> str:
    """As another command, started elsewhere, finds it."""
    return STREAM if file is None or str(file) == STREAM else str(file.resolve())


def _match(terms: list[str]) -> Match:
    try:
        check_kinds(terms)
        return read_terms(terms)
    except ConditionError as error:
        raise OptionError(f"--match: {error}") from error


def _name(text: str) -> str:
    """As where a script's variable is empty: that is not to mean all of them."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty")
    return text


def _letter(text: str) -> str:
    mark = text.lower()
    if not text.isdecimal() and (len(mark) < SHORTEST_MARK or not set(mark) <= set(hexdigits)):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither an id nor a fingerprint of {SHORTEST_MARK} digits or more"
        )
    return mark


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return min(int(text), sys.maxsize)  # more than there can be, and than the journal can keep


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 < rate < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of messages a second above 0")
    return rate
