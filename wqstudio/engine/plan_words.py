"""A plan, and what became of it, in words. Pure."""

from collections.abc import Callable, Iterator
from pathlib import PurePath

from wqstudio.domain.redrive import Action, Match, Plan, Progress, RunState

HOME = "where they came from"

_DONE = {
    Action.REQUEUE: "Requeued",
    Action.DISCARD: "Discarded",
    Action.UNDO: "Brought back",
    Action.IMPORT: "Published",
}

Shown = Callable[[str], str]
"""How the name of a queue is shown."""


def title(plan: Plan, shown: Shown = str) -> str:
    """What is done, from where, to where: "Requeue jobs_dlq → jobs"."""
    place = f"{shown(plan.queue)}, exhausted in place" if plan.exhausted else shown(plan.queue)
    if plan.action is Action.DISCARD:
        return f"Discard from {place}"
    if plan.action is Action.UNDO:
        return f"Undo: back to {place}"
    if plan.action is Action.IMPORT:
        return f"Import {PurePath(plan.queue).name} → {target(plan, shown)}"
    verb = "Requeue" if plan.edit is None else "Requeue, edited,"
    return f"{verb} {place} → {target(plan, shown)}"


def target(plan: Plan, shown: Shown = str) -> str:
    if plan.destination is None:
        return shown(plan.towards) if plan.towards else HOME
    queue, route = plan.destination.queue, plan.destination.route
    return shown(queue) if route in {"", queue} else f"{shown(queue)} ({route})"


def meant(plan: Plan) -> str:
    """Which letters: "12 chosen", "all whose reason is rejected"."""
    if plan.action is Action.UNDO:
        return f"what nobody has taken of run {plan.undo_of}"
    if plan.action is Action.IMPORT:
        return "all that it holds"
    if plan.ids is not None:
        which = f"{len(plan.ids):,} chosen"
    else:
        parts = list(_parts(plan.match))
        which = f"all {' and '.join(parts)}" if parts else "all"
    return which if plan.limit is None else f"{which}, {plan.limit:,} at most"


def _parts(match: Match) -> Iterator[str]:
    if match.text:
        yield f"with “{match.text}” in body or headers"
    if match.regex:
        yield f"whose body matches {match.regex}"
    if match.json_path:
        value = f" = {match.json_value}" if match.json_value else ""
        yield f"with {match.json_path}{value} in a JSON body"
    if match.header:
        value = f": {match.header_value}" if match.header_value is not None else ""
        yield f"with the header {match.header}{value}"
    if match.reason:
        yield f"whose reason is {match.reason}"
    if match.origin:
        yield f"that came from {match.origin}"
    if match.older_than is not None:
        yield f"that died more than {_span(match.older_than)} ago"
    if match.younger_than is not None:
        yield f"that died less than {_span(match.younger_than)} ago"


def _span(seconds: float) -> str:
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:,.0f} {unit}"
    return f"{seconds:g} s"


def result(plan: Plan, progress: Progress) -> str:
    """How it ended: "Requeued 1,240, 2 refused and still there"."""
    parts = [f"{_DONE[plan.action]} {progress.moved:,}", *counts(plan, progress)]
    how = {
        RunState.CANCELLED: "Cancelled: ",
        RunState.STOPPED: "Stopped at a refusal: ",
        RunState.INTERRUPTED: "Interrupted: ",
    }.get(progress.state, "")
    text = ", ".join(parts)
    return f"{how}{text[0].lower()}{text[1:]}" if how else text


def counts(plan: Plan, progress: Progress) -> Iterator[str]:
    """What is to be said of a run beside how many it moved."""
    if progress.refused:
        stay = "" if plan.action is Action.IMPORT else " and still there"
        yield f"{progress.refused:,} refused{stay}"
    if progress.gone:
        before = plan.action is Action.UNDO
        yield f"{progress.gone:,} {'not there any more' if before else 'taken by somebody else meanwhile'}"
    if progress.doubled:
        yield f"{progress.doubled:,} doubled at most"
