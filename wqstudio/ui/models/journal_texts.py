"""What the journal's table and its detail say of a run. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from wqstudio.domain.redrive import Action, MoveState, Plan, Progress, RunState
from wqstudio.engine.journal.journal import Entry
from wqstudio.engine.moves import plan_words
from wqstudio.ui import format as fmt
from wqstudio.ui.models import run_texts
from wqstudio.ui.models.move_facts import Fact, Section
from wqstudio.ui.names import visible

_STATES = {
    MoveState.REFUSED: "refused: stayed where they were",
    MoveState.KEPT: "copied, and still where they were",
    MoveState.FOREIGN: "left to other runs: stayed where they were",
    MoveState.REPEATED: "published, as an earlier import had done before",
    MoveState.PREVENTED: "not stored a second time: the broker knows them by their ids",
    MoveState.GONE: "not there any more",
    MoveState.COPIED: "copied, the originals not removed yet",
    MoveState.INTENDED: "begun, not confirmed yet",
    MoveState.CHOSEN: "chosen, not begun",
}


def when(entry: Entry) -> str:
    moment = datetime.fromtimestamp(entry.started).astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    return f"{moment:%H:%M:%S}" if today else f"{moment:%d %b %Y %H:%M}"


def what(entry: Entry) -> str:
    return plan_words.title(entry.plan, visible)


def how_many(progress: Progress) -> str:
    return f"{progress.moved:,}"


def result(plan: Plan, progress: Progress) -> str:
    if progress.state is RunState.RUNNING:
        return f"running, {run_texts.share(plan, progress):.0%}"
    parts = [plan_words.ended(progress)]
    if refused := progress.refused - progress.kept:
        parts.append(f"{refused:,} refused")
    if progress.kept:
        parts.append(f"{progress.kept:,} twice")
    if progress.foreign:
        parts.append(f"{progress.foreign:,} left")
    if progress.repeated:
        parts.append(f"{progress.repeated:,} again")
    if progress.prevented:
        parts.append(f"{progress.prevented:,} known")
    if progress.doubled:
        parts.append(f"{progress.doubled:,} doubled at most")
    if progress.overtaken:
        parts.append(f"{progress.overtaken:,} overtaken")
    if progress.unsure:
        parts.append(f"{progress.unsure:,} unsure")
    return ", ".join(parts)


def took(entry: Entry) -> str:
    return "" if entry.ended is None else fmt.duration(entry.ended - entry.started)


def sections(entry: Entry, states: Mapping[MoveState, int], undo_refusal: str) -> list[Section]:
    """``undo_refusal``: why it cannot be undone; empty: it can, or nobody knows yet."""
    plan, progress = entry.plan, entry.progress
    found = [
        Section("What", (Fact(f"{what(entry)}: {plan_words.meant_then(plan)}"), *_how(entry))),
        Section("Result", (Fact(plan_words.result(plan, progress)), *_trouble(progress))),
        Section("Why refused", tuple(Fact(f"{each.count:,}: {each.reason}", "warning") for each in progress.refusals)),
        Section("Each message", tuple(_each(plan.action, states))),
        Section("File", (Fact(plan.file),) if plan.file else ()),
        Section("Where", (Fact(entry.broker),)),
        Section("When", (Fact(_times(entry)),)),
        Section("Undo", (Fact(undo_refusal, "muted"),) if undo_refusal else ()),
        Section("Run", (Fact(entry.id, "muted"),)),
    ]
    return [section for section in found if section.facts]


def _each(action: Action, states: Mapping[MoveState, int]) -> Iterator[Fact]:
    for state, count in states.items():
        yield Fact(f"{count:,} {plan_words.done(action) if state is MoveState.REMOVED else _STATES[state]}")


def _how(entry: Entry) -> list[Fact]:
    plan = entry.plan
    told = []
    if plan.edit is not None:
        told.append(Fact("As it was edited"))
    if plan.rate:
        told.append(Fact(f"At {fmt.rate(plan.rate)} at most"))
    if plan.batch:
        told.append(Fact(f"{plan.batch:,} at a time"))
    if plan.lift_limit:
        told.append(Fact("With the delivery limit lifted meanwhile"))
    return told


def _trouble(progress: Progress) -> list[Fact]:
    return [Fact(progress.trouble, "warning")] if progress.trouble else []


def _times(entry: Entry) -> str:
    begun = datetime.fromtimestamp(entry.started).astimezone()
    words = f"Begun {begun:%d %B %Y, %H:%M:%S}"
    return words if entry.ended is None else f"{words}, took {took(entry)}"


def finishable(entry: Entry) -> bool:
    return entry.progress.state is RunState.INTERRUPTED


def undoable(entry: Entry) -> bool:
    """Worth asking whether it can be undone."""
    return entry.plan.action is Action.REQUEUE and not entry.unfinished
