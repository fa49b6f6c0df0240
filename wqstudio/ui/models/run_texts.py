"""What the strip of runs says of each, in a line or two. Pure."""

from datetime import datetime

from wqstudio.domain.redrive import Action, Plan, Progress, RunState
from wqstudio.engine.journal.journal import Entry
from wqstudio.engine.moves import plan_words
from wqstudio.ui import format as fmt
from wqstudio.ui.names import visible

CANCEL_TIP = "Cancel: stops between two messages; what is moved stays moved"


def title(plan: Plan) -> str:
    return plan_words.title(plan, visible)


def figures(plan: Plan, progress: Progress, *, cancelled: bool = False) -> str:
    """How far it is, and while it gets on, how fast, and how long it will take.

    ``cancelled``: what is half done is brought to its end.
    """
    far = done(plan, progress)
    if cancelled:
        return f"{far} · being cancelled"
    if progress.state is RunState.PAUSED:
        return f"{far} · paused"
    if progress.trouble:
        return far
    parts = [far]
    if progress.rate:
        parts.append(fmt.rate(progress.rate))
    if progress.left is not None:
        parts.append(f"{fmt.duration(progress.left)} left")
    return " · ".join(parts)


def done(plan: Plan, progress: Progress) -> str:
    """Where nobody knows how many are meant before the end, how far the search for them is."""
    if not progress.total:
        return "looking …"
    if of := plan_words.out_of(plan, progress):
        return f"{progress.moved:,}{of}"
    return f"{progress.moved:,} {_done(plan)} · {progress.seen:,} of {progress.total:,} searched"


def share(plan: Plan, progress: Progress) -> float:
    """Of the way, 0 to 1."""
    if not progress.total:
        return 0.0
    over = progress.moved + progress.refused + progress.foreign + progress.prevented + progress.gone
    of_limit = over / plan.limit if plan.limit else 0.0
    return min(1.0, max(of_limit, (over + progress.skipped) / progress.total))


def _done(plan: Plan) -> str:
    return {Action.DISCARD: "discarded", Action.IMPORT: "published"}.get(plan.action, "moved")


def refused(progress: Progress) -> str:
    """Empty: none was."""
    return f"{progress.refused:,} refused" if progress.refused else ""


def result(plan: Plan, progress: Progress, took: float | None) -> str:
    words = plan_words.whole_result(plan, progress).removesuffix(".")
    return words if took is None else f"{words} · in {fmt.duration(took)}"


def interrupted_title(entry: Entry) -> str:
    moment = datetime.fromtimestamp(entry.started).astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    return f"Interrupted: {title(entry.plan)}, begun {moment:%H:%M}" + ("" if today else f" on {moment:%d %B %Y}")


def interrupted_figures(entry: Entry) -> str:
    plan, progress = entry.plan, entry.progress
    doubled = f", {progress.doubled:,} doubled at most" if progress.doubled else ""
    return f"{progress.moved:,}{plan_words.out_of(plan, progress)} {_done(plan)}{doubled}, nothing lost"


def folded(interrupted: int, odd: int) -> str:
    """Of runs that are not shown one by one."""
    kinds = ((interrupted, "interrupted"), (odd, "not done as wanted"))
    return f"{interrupted + odd:,} more: {', '.join(f'{number:,} {kind}' for number, kind in kinds if number)}"
