"""What ``wqstudio dlq`` prints of queues, and of what was interrupted there."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from wqstudio.dlq.text import table
from wqstudio.domain.queue import QueueState
from wqstudio.domain.reading import Reading, Unknown, known
from wqstudio.engine.journal.journal import Entry
from wqstudio.engine.moves import plan_words

_TWICE = "A message that is exhausted in place, and has a pointer in a queue of dead letters, is counted in both."


def dead(queues: Iterable[QueueState]) -> list[QueueState]:
    """Those that keep dead letters, or have messages exhausted in place."""
    return [queue for queue in queues if queue.dead_letters or known(queue.stuck, 0)]


def queues(queues: Sequence[QueueState], unfinished: Sequence[Entry] = (), *, as_json: bool) -> str:
    """``unfinished``: interrupted runs, which JSON tells with their queues."""
    if as_json:
        return json.dumps([_queue(each, unfinished) for each in queues], indent=2)
    rows = [
        (queue.name, queue.kind, _figure(queue.messages) or "0" if queue.dead_letters else "", _figure(queue.stuck))
        for queue in queues
    ]
    titles = ("queue", "kind", "dead letters", "exhausted in place")
    if not any(exhausted for *_, exhausted in rows):  # RabbitMQ has none
        listed = table(titles[:-1], [row[:-1] for row in rows], "No queue has dead letters.")
        return _with(listed, list(_told(queues)))
    twice = any(known(each.stuck, 0) for each in queues) and any(each.dead_letters for each in queues)
    return _with(table(titles, rows, "No queue has dead letters."), [*_told(queues), *([_TWICE] if twice else ())])


def _queue(queue: QueueState, unfinished: Sequence[Entry]) -> dict[str, Any]:
    letters = _json(queue.messages) if queue.dead_letters else 0
    fields = {"queue": queue.name, "dead_letters": letters, "exhausted": _json(queue.stuck)}
    fields |= {"told_by": queue.told_by} if queue.told_by else {}
    runs = [_run(entry) for entry in unfinished if entry.plan.queue == queue.name]
    return fields | ({"unfinished": runs} if runs else {})


def _run(entry: Entry) -> dict[str, Any]:
    progress = entry.progress
    counts = {"total": progress.total, "moved": progress.moved}
    return {"run": entry.id, "action": entry.plan.action.value, **counts, "finish": _finishing(entry)}


def _finishing(entry: Entry) -> str:
    return f"wqstudio dlq finish {entry.id}"


def unfinished(entry: Entry) -> str:
    """Of a run that was interrupted."""
    progress = entry.progress
    plan = entry.plan
    how_far = f"{plan_words.done(plan.action)} {progress.moved:,}{plan_words.out_of(plan, progress)}"
    what = plan_words.title(plan)
    return f"run {entry.id} ({what}) was interrupted, {how_far}; `{_finishing(entry)}` goes on with it"


def _told(queues: Iterable[QueueState]) -> Iterator[str]:
    return (f"{queue.name}: {queue.told_by}, as a look has seen." for queue in queues if queue.told_by)


def _with(table: str, remarks: Sequence[str]) -> str:
    return "\n\n".join(filter(None, (table, "\n".join(remarks))))


def likely(queue: QueueState) -> str:
    """Of one that is not known to keep dead letters, and called as if it did."""
    return (
        f"{queue.name} may keep dead letters, by its name ({_figure(queue.messages)} there): look with "
        f"`wqstudio dlq list {queue.name}`, or say so: `wqstudio dlq mark {queue.name}` (--not: it does not)"
    )


def marked(queue: str, keeps: bool | None, listed: QueueState | None, *, as_json: bool) -> str:
    """``listed``: None also of one that is there where nobody lists queues; nothing else than that is marked."""
    if as_json:
        there, kept = (keeps is not None, keeps) if listed is None else (True, listed.dead_letters)
        return json.dumps({"queue": queue, "marked": keeps, "there": there, "keeps_dead_letters": kept})
    if keeps is not None:
        return f"{queue} is marked as {'a dead-letter queue' if keeps else 'no dead-letter queue'}"
    told = "" if listed is None else f": {'it keeps dead letters' if listed.dead_letters else 'it keeps none'}"
    return f"{queue} is not marked; what the broker tells of it counts{told}"


def _figure(reading: Reading[int]) -> str:
    return f"unknown: {reading.reason}" if isinstance(reading, Unknown) else f"{reading:,}" if reading else ""


def _json(reading: Reading[int]) -> int | None:
    return None if isinstance(reading, Unknown) else reading
