"""What has become of a letter that is not where it was any more, in a sentence. Pure."""

import time

from wqstudio.domain.letter import Letter
from wqstudio.domain.redrive import Action, Plan, Progress
from wqstudio.engine.moves import plan_words
from wqstudio.ui.names import visible


def is_told(plan: Plan, progress: Progress) -> bool:
    """A run that meant a letter has moved it: none of those it meant had to stay, or each is known by its id."""
    return plan.ids is not None or not (progress.refused or progress.foreign)


def fate(letter: Letter, plan: Plan, progress: Progress, at: float) -> str:
    """By a run that meant it, as seen at ``at`` (unix seconds)."""
    said = f"{_done(letter, plan)} at {_clock(at)}."
    if progress.gone:
        said += f" Of that run, {progress.gone:,} had gone by then; it may be one of them."
    return said


def brought_back(letter: Letter, plan: Plan, at: float, *, all_of_it: bool) -> str:
    """As ``fate``, by a run that was undone then; ``all_of_it``: nothing of that run stayed where it went."""
    if all_of_it:
        back = f"brought back to {visible(letter.queue)} at {_clock(at)}"
        return f"{_done(letter, plan)}, and {back}, as another message."
    return f"{_done(letter, plan)}. A part of that run was brought back at {_clock(at)}; it may be among it."


def lost(letter: Letter, at: float) -> str:
    """By nobody that is known here."""
    return (
        f"It is not in {visible(letter.queue)} any more, as seen at {_clock(at)}: it has expired, or somebody else "
        "took or removed it."
    )


def _done(letter: Letter, plan: Plan) -> str:
    if plan.action is Action.DISCARD:
        return "Discarded"
    edited = "" if plan.edit is None else " as it was edited,"
    own = plan.destination is None and not plan.towards
    where = visible(letter.came_from or letter.route) if own else plan_words.target(plan, visible)
    return f"Requeued{edited} to {where}"


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))
