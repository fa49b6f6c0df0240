"""The journal for other programs: as JSON, as JSON Lines, or as a table (CSV)."""

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from enum import Enum
from io import StringIO
from pathlib import Path
from typing import Any

from wqstudio.domain.redrive import Action, Plan
from wqstudio.engine.journal.journal import Entry
from wqstudio.engine.moves import plan_words


class Form(Enum):
    """The value is how a file of it ends."""

    JSON = ".json"
    JSON_LINES = ".jsonl"
    CSV = ".csv"


def as_fields(entry: Entry) -> dict[str, Any]:
    """Times are unix times in seconds."""
    progress = asdict(entry.progress) | {"state": entry.progress.state.value}
    return {
        "run": entry.id,
        "started": entry.started,
        "ended": entry.ended,
        "broker": entry.broker,
        "action": entry.plan.action.value,
        "queue": entry.plan.queue,
        "to": entry.plan.file or _target(entry.plan),
        "route": _route(entry.plan),
        "which": plan_words.meant_then(entry.plan),
        "edited": entry.plan.edit is not None,
        "undo_of": entry.plan.undo_of,
        **progress,
    }


def _route(plan: Plan) -> str:
    """None of an undo's: each goes back under that under which it had come."""
    return "" if plan.destination is None or plan.action is Action.UNDO else plan.destination.route


def _target(plan: Plan) -> str:
    return plan.towards if plan.destination is None else plan.destination.queue


def text(entries: Iterable[Entry], form: Form) -> str:
    fields = [as_fields(entry) for entry in entries]
    match form:
        case Form.JSON:
            return json.dumps(fields, indent=2, ensure_ascii=False) + "\n"
        case Form.JSON_LINES:
            return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in fields)
        case Form.CSV:
            return _table(fields)


def write(entries: Iterable[Entry], file: Path) -> None:
    """In the form that its name ends with, else as JSON. OSError."""
    form = next((form for form in Form if form.value == file.suffix.lower()), Form.JSON)
    file.write_text(text(entries, form), encoding="utf-8", newline="")


_COLUMNS = (
    "run", "started", "ended", "broker", "action", "queue", "to", "route", "which", "edited", "undo_of",
    "state", "total", "moved", "refused", "skipped", "gone", "doubled", "kept", "foreign", "repeated", "prevented",
    "pointers", "overtaken", "unsure", "reasons", "left_to",
)  # fmt: skip


def _table(rows: Iterable[dict[str, Any]]) -> str:
    """Times as ISO 8601, reasons in one cell."""
    out = StringIO(newline="")
    writer = csv.DictWriter(out, _COLUMNS, extrasaction="ignore")
    writer.writeheader()
    for row in rows:
        reasons = "; ".join(f"{refusal['count']}: {refusal['reason']}" for refusal in row["refusals"])
        left_to = "; ".join(f"{owner['count']}: {owner['run']}" for owner in row["owners"])
        times = {name: _moment(row[name]) for name in ("started", "ended")}
        writer.writerow(row | times | {"reasons": reasons, "left_to": left_to})
    return out.getvalue()


def _moment(at: float | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
