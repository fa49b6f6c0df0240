"""What ``wqstudio dlq`` prints: tables for people, JSON for scripts."""

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import Any, TextIO

from wqstudio.brokers.figures import size
from wqstudio.dlq.looking import Counts, Seen
from wqstudio.dlq.previews import owned
from wqstudio.domain.letter import Death, Letter
from wqstudio.domain.redrive import Action, Plan, Progress, RedriveId
from wqstudio.engine.journal.journal import Entry, Move
from wqstudio.engine.letters import bodies, body_text
from wqstudio.engine.letters.bodies import Form
from wqstudio.engine.letters.file import as_fields
from wqstudio.engine.moves import journal_file, plan_words
from wqstudio.options import SHORTEST_MARK
from wqstudio.terminal import tame

_PREVIEW = 48
"""Characters of a body in a table."""
_MOST_BODY = 65_536
"""Bytes of a body that ``show`` prints."""
_MOST_PIECES = 16
"""Of its text, which may be laid out far wider than it came: half a million characters."""
_MOST_NAMED = 3
"""Messages that a result names."""


def letters(seen: Sequence[Seen], counts: Counts, remark: str, *, as_json: bool, by_mark: bool = False) -> str:
    """``by_mark``: another look may find another letter under an id, and this one by its fingerprint."""
    if as_json:
        return json.dumps([_fields(each) for each in seen], indent=2, ensure_ascii=False)
    letters = [each.letter for each in seen]
    rows = [
        (
            str(letter.id),
            *((fingerprint.hex()[:SHORTEST_MARK],) if by_mark else ()),
            f"{_moment(letter.died_at)}{_first_of(letter)}",
            letter.came_from,
            letter.reason,
            "" if letter.deliveries is None else str(letter.deliveries),
            size(letter.size),
            _preview(letter.body),
        )
        for letter, fingerprint in seen
    ]
    died = "stored" if counts.live and not any(map(_is_told, letters)) else "died"
    titles = ("id", *(("fingerprint",) if by_mark else ()), died, "origin", "reason", "deliveries", "size", "body")
    parts = [table(titles, rows, "There is no such letter.")]
    return "\n\n".join(filter(None, (*parts, counts.sentence(len(letters)), remark)))


def _fields(seen: Seen) -> dict[str, Any]:
    return as_fields(seen.letter) | {"fingerprint": seen.fingerprint.hex()}


def _is_told(letter: Letter) -> bool:
    """It says itself, or the broker does, that it died."""
    return bool(letter.reason or letter.error or letter.deaths)


def whole(seen: Seen, *, as_json: bool, live: bool = False) -> str:
    """``live``: see ``Counts``."""
    if as_json:
        return json.dumps(_fields(seen), indent=2, ensure_ascii=False)
    letter = seen.letter
    fields = as_fields(letter) | {"fingerprint": seen.fingerprint.hex()}
    words = {"died_at": "stored at"} if live and not _is_told(letter) else {}
    words |= {"died_at": "first died at"} if letter.death_count > 1 else {}
    told = {
        words.get(name, name.replace("_", " ")): value
        for name, value in (fields | fields["properties"]).items()
        if name not in {"headers", "properties", "text"} and value not in {"", None}
    }
    width = max(map(len, told)) + 2
    lines = [f"{name:<{width}}{value}" for name, value in told.items()]
    for header in fields["headers"]:
        kind = f" ({header['type']})" if header["type"] else ""
        lines.append(f"  {header['name']}: {header['value']}{kind}")
    lines += [
        f"  {_died(death)}{death.reason or 'for a reason that is not said'}, {_times(death.count)}"
        for death in letter.deaths
    ]
    return "\n".join(["\n".join(map(tame, lines)), "", _body(letter.body)])


def _died(death: Death) -> str:
    """Of several times the first one's time is told."""
    at = "" if death.at is None else f" {_moment(death.at)}"
    where = f" in {death.queue}" if death.queue else ""
    first = "first " if at and death.count > 1 else ""
    return f"{first}died{at}{where}: "


def _first_of(letter: Letter) -> str:
    return f" (first of {letter.death_count:,})" if letter.death_count > 1 else ""


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _body(body: bytes) -> str:
    """Unwrapped and laid out as the window does, and no more of it than a terminal bears."""
    content = bodies.opened(body, limit=_MOST_BODY)
    as_read = body_text.shown(content, content.form)
    text = "".join(islice(as_read.pieces, _MOST_PIECES))
    whole = as_read.whole and next(as_read.pieces, None) is None
    wraps = f"unpacked: {', then '.join(wrap.value for wrap in content.wraps)}" if content.wraps else ""
    kind = as_read.form.value if content.wraps or as_read.form is Form.MSGPACK else ""
    cut = "" if whole else "this is the beginning; --json or `dlq export` has all of it"
    notes = "; ".join(filter(None, (kind, wraps, content.problem, as_read.remark, cut)))
    return "\n".join(filter(None, (f"[{notes}]" if notes else "", tame(text, keep="\n\t"))))


def result(
    run: RedriveId, plan: Plan, progress: Progress, remark: str, stayed: Sequence[Move], *, as_json: bool
) -> str:
    """``remark``: what else there was that could not be seen. ``stayed``: see ``STAYED``. JSON is on one line, since
    one command may finish several runs.
    """
    if as_json:
        named = {"run": run, "action": plan.action.value, "queue": plan.queue}
        each = [
            {"fingerprint": move.fingerprint.hex(), "state": move.state.value, "reason": move.reason} for move in stayed
        ]
        return json.dumps({**named, **_plain(progress), "remark": remark, "stayed": each})
    done = plan_words.done(plan.action)
    twice = "sent again, or taken by others, after a crash or a lost connection"
    if plan.action is Action.UNDO:
        twice += ", or given to a consumer just while it was brought back"
    counts = (
        (
            progress.refused - progress.kept,
            "refused" if plan.action is Action.IMPORT else "refused, and left where they were",
        ),
        (progress.kept, "copied, and left where they were, too"),
        (progress.skipped, "not meant"),
        (progress.gone, "not there any more"),
        (progress.doubled, f"perhaps there twice: {twice}"),
        (progress.overtaken, f"of those {done}: {plan_words.OVERTAKEN}"),
        (progress.unsure, f"of those {done}: {plan_words.UNSURE}"),
        (progress.pointers, "pointers to them, removed as well"),
    )
    return "\n".join(
        [
            f"{plan.queue}: {_result(progress, done)} (run {run})",
            *(f"  {count:>7,}  {what}" for count, what in counts if count),
            *(f"  {refusal.count:>7,}  {refusal.reason}" for refusal in progress.refusals),
            *(f"  {owner.count:>7,}  left to {owned(owner)}" for owner in progress.owners),
            *(f"  {said}" for said in (progress.trouble, remark, _which(stayed)) if said),
        ]
    )


def _result(progress: Progress, done: str) -> str:
    """As the journal puts it: what is done to none is not said to be done."""
    ended = plan_words.ended(progress)
    return f"nothing was {done}" if ended == plan_words.NOTHING_MOVED else f"{ended}, {done} {progress.moved:,}"


def _which(stayed: Sequence[Move]) -> str:
    """A few of them, by what tells them from others."""
    if not stayed:
        return ""
    some = ", ".join(move.fingerprint.hex() for move in stayed[:_MOST_NAMED])
    more = " …" if len(stayed) > _MOST_NAMED else ""
    return f"not moved: {some}{more} (fingerprints, as in `dlq list --json`; --json names each, and why)"


def imported(progress: Progress) -> str:
    return ", ".join(
        (f"published {progress.moved:,}", f"refused {progress.refused:,}", *plan_words.there_before(progress))
    )


def exported(plan: Plan, count: int) -> str:
    """For scripts."""
    return json.dumps({"action": plan.action.value, "queue": plan.queue, "file": plan.file, "exported": count})


def dropped(run: RedriveId, plan: Plan, half_done: int, *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"run": run, "dropped": True, "half_done": half_done})
    doubt = plan_words.in_doubt(plan, half_done)
    return f"run {run} is given up; {doubt}" if doubt else f"run {run} is given up"


def journal(entries: Sequence[Entry], *, as_json: bool) -> str:
    if as_json:
        return json.dumps([journal_file.as_fields(entry) for entry in entries], indent=2, ensure_ascii=False)
    rows = [
        (
            entry.id,
            _moment(entry.started),
            entry.broker,
            _what(entry.plan),
            f"{entry.progress.moved:,}",
            f"{entry.progress.refused:,}",
            f"{entry.progress.doubled:,}",
            _ended(entry.progress),
        )
        for entry in entries
    ]
    titles = ("run", "started", "where", "what", "messages", "refused", "perhaps twice", "result")
    return table(titles, rows, "Nothing has been done yet.")


def _ended(progress: Progress) -> str:
    left = f", {progress.foreign:,} left to other runs" if progress.foreign else ""
    return f"{plan_words.ended(progress)}{left}"


def progress_line(file: TextIO) -> Callable[[Progress], None]:
    """One line that is written over again and again."""

    def show(progress: Progress) -> None:
        left = "" if progress.left is None else f", {progress.left:.0f} s left"
        text = f"{progress.seen:,} of {progress.total:,}, moved {progress.moved:,}, {progress.rate:,.0f}/s{left}"
        end = "\r" if progress.left is not None else "\n"
        with contextlib.suppress(OSError):  # the terminal may be gone, and the run goes on
            file.write(f"\x1b[2K{progress.trouble or text}{end}")
            file.flush()

    return show


def _what(plan: Plan) -> str:
    of = f" (run {plan.undo_of})" if plan.undo_of else ""
    return f"{plan_words.title(plan)}{of}"


def _plain(progress: Progress) -> dict[str, Any]:
    return asdict(progress) | {"state": progress.state.value}


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], nothing: str) -> str:
    if not rows:
        return nothing
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (titles, *rows))
    return "\n".join(line.rstrip() for line in lines)


def _moment(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _preview(body: bytes) -> str:
    """On one line, and without what would move a terminal's cursor."""
    shown = bodies.preview(body)
    return shown if len(shown) <= _PREVIEW else f"{shown[: _PREVIEW - 1]}…"
