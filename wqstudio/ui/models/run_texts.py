"""What the strip of runs says of each, in a line or two. Pure."""

from datetime import datetime

from wqstudio.domain.redrive import Action, Plan, Progress, RunState
from wqstudio.engine import plan_words
from wqstudio.engine.journal import Entry
from wqstudio.ui import format as fmt
from wqstudio.ui.names import visible

CANCEL_TIP = "Cancel: stops between two messages; what is moved stays moved"


def title(plan: Plan) -> str:
    return plan_words.title(plan, visible)


def figures(progress: Progress) -> str:
    """How far it is, how fast, and how long it will take."""
    if progress.state is RunState.PAUSED:
        return f"{done(progress)} · paused"
    parts = [done(progress)]
    if progress.rate:
        parts.append(fmt.rate(progress.rate))
    if progress.left is not None:
        parts.append(f"{fmt.duration(progress.left)} left")
    return " · ".join(parts)


def done(progress: Progress) -> str:
    return f"{progress.moved:,} of {progress.total:,}" if progress.total else "looking …"


def share(progress: Progress) -> float:
    """Of the way, 0 to 1."""
    stayed = progress.refused + progress.foreign + progress.prevented
    over = progress.moved + stayed + progress.gone + progress.skipped
    return min(1.0, over / progress.total) if progress.total else 0.0


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
    verb = {Action.DISCARD: "discarded", Action.IMPORT: "published"}.get(entry.plan.action, "moved")
    progress = entry.progress
    of = f" of {progress.total:,}" if progress.total else ""
    return f"{progress.moved:,}{of} {verb}, nothing lost"


def folded(interrupted: int, odd: int) -> str:
    """Of runs that are not shown one by one."""
    kinds = ((interrupted, "interrupted"), (odd, "not done as wanted"))
    return f"{interrupted + odd:,} more: {', '.join(f'{number:,} {kind}' for number, kind in kinds if number)}"
