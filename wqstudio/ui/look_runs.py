"""The runs that take letters from the queue that is looked into: how many since they were counted, and which."""

from collections import deque
from collections.abc import Callable

from wqstudio.domain.letter import Letter
from wqstudio.domain.redrive import Action, Match, Plan, RedriveId
from wqstudio.engine.letters.matching import MatchError, compiled
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.process import Run
from wqstudio.ui.models.graves import Grave

_KEPT = 20
"""Runs; of a letter that went in an earlier one it is only said that it is gone."""
_TAKE = (Action.REQUEUE, Action.DISCARD)


class LookRuns:
    """Follows the desk from construction to ``stop``; ``begin`` with each look, ``count`` when its letters are counted.

    The look itself tells of what is gone only when a run is over.
    """

    def __init__(self, desk: Desk, on_run: Callable[[Run], None]) -> None:
        """``on_run``: one of them begins, gets on or ends, or the undo of one does."""
        self._desk, self._on_run = desk, on_run
        self._grave: Grave | None = None
        self._runs: deque[Run] = deque(maxlen=_KEPT)
        self._counted: dict[RedriveId, int] = {}
        """Letters that a run had taken when they were counted."""
        self._unsubscribe = desk.subscribe(self._hear)

    def begin(self, grave: Grave) -> None:
        """What goes on there already is followed, too, save where its ids are those of another look."""
        self._grave = grave
        self._runs.clear()
        self._runs += [run for run in self._desk.runs if self._takes(run.plan) and _ids_last(run.plan)]
        self.count()

    def count(self) -> None:
        self._counted = {run.id: taken(run) for run in self._runs}

    def stop(self) -> None:
        self._unsubscribe()

    @property
    def go_on(self) -> bool:
        return any(not run.is_over for run in self._runs)

    @property
    def all_taken(self) -> int:
        """Letters that they took, as far as that is told."""
        return sum(map(taken, self._runs))

    def gone(self, among: Match | None = None) -> int:
        """Letters taken since they were counted; ``among`` those that a filter means, as far as that is known."""
        runs = (run for run in self._runs if among is None or run.plan.ids is not None or run.plan.match == among)
        return sum(taken(run) - self._counted.get(run.id, 0) for run in runs)

    def that_took(self, letter: Letter) -> Run | None:
        """The newest one that meant a letter that is gone."""
        return next((run for run in reversed(self._runs) if run.progress.moved and _means(run.plan, letter)), None)

    def _hear(self, run: Run) -> None:
        if any(run.plan.undo_of == each.id for each in self._runs):
            self._on_run(run)
        if not self._takes(run.plan):
            return
        if run not in self._runs:
            self._runs.append(run)
            self._counted[run.id] = taken(run)  # one that is gone on with took some before
        self._on_run(run)

    def _takes(self, plan: Plan) -> bool:
        return plan.action in _TAKE and Grave(plan.queue, plan.exhausted) == self._grave


def taken(run: Run) -> int:
    """Letters that are not where they were any more."""
    return run.progress.moved + run.progress.gone


def _ids_last(plan: Plan) -> bool:
    return plan.ids is None or bool(plan.identity)


def _means(plan: Plan, letter: Letter) -> bool:
    if plan.ids is not None:
        return letter.id in plan.ids
    try:
        return compiled(plan.match, plan.as_of or None)(letter)
    except MatchError:
        return False
