"""What the strip of runs says of each, in a line or two. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from wqstudio.domain.redrive import Action, Plan, Progress, RunState
from wqstudio.engine.journal.journal import Entry
from wqstudio.engine.moves import plan_words
from wqstudio.ui import format as fmt
from wqstudio.ui.names import visible

_JOINT = " · "
CANCEL_TIP = "Cancel: stops between two messages; what is moved stays moved"


def title(plan: Plan) -> str:
    return plan_words.title(plan, visible)


def figures(plan: Plan, progress: Progress, *, cancelled: bool = False) -> Sequence[str]:
    """How far it is, and while it gets on, how fast, and how long it will take; then the same in fewer words.

    ``cancelled``: what is half done is brought to its end.
    """
    far = done(plan, progress)
    if cancelled or progress.state is RunState.PAUSED:
        now = "being cancelled" if cancelled else "paused"
        return _JOINT.join([*far, now]), _JOINT.join([far[0], now]), now
    parts = [*far, *(() if progress.trouble else _pace(progress))]
    return [_JOINT.join(parts[:count]) for count in range(len(parts), 0, -1)]


def done(plan: Plan, progress: Progress) -> Sequence[str]:
    """Where nobody knows how many are meant before the end, also how far the search for them is."""
    if not progress.total:
        return ["looking …"]
    if of := plan_words.out_of(plan, progress):
        return [f"{progress.moved:,}{of}"]
    return [f"{progress.moved:,} {_done(plan)}", f"{progress.seen:,} of {progress.total:,} searched"]


def _pace(progress: Progress) -> Iterator[str]:
    if progress.rate:
        yield fmt.rate(progress.rate)
    if progress.left is not None:
        yield f"{fmt.duration(progress.left)} left"


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


def interrupted_title(entry: Entry) -> Sequence[str]:
    """Then the same in fewer words."""
    return f"Interrupted: {title(entry.plan)}", title(entry.plan)


def interrupted_figures(entry: Entry) -> str:
    plan, progress = entry.plan, entry.progress
    doubled = f", {progress.doubled:,} doubled at most" if progress.doubled else ""
    moment = datetime.fromtimestamp(entry.started).astimezone()
    today = moment.date() == datetime.now().astimezone().date()
    begun = f"begun {moment:%H:%M}" + ("" if today else f" on {moment:%d %B %Y}")
    done = f"{progress.moved:,}{plan_words.out_of(plan, progress)} {_done(plan)}"
    return f"{done}{doubled}, nothing lost{_JOINT}{begun}"


def folded(interrupted: int, odd: int) -> str:
    """Of runs that are not shown one by one."""
    kinds = ((interrupted, "interrupted"), (odd, "not done as wanted"))
    return f"{interrupted + odd:,} more: {', '.join(f'{number:,} {kind}' for number, kind in kinds if number)}"
