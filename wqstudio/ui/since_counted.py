"""What has happened to the letters of a look since they were counted: what came, and what runs took."""

from collections.abc import Callable

from wqstudio.domain.survey import Standing
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.process import Run
from wqstudio.ui.arrivals import Arrivals
from wqstudio.ui.look_runs import LookRuns
from wqstudio.ui.models.graves import Grave


class SinceCounted:
    """Of one look after another; ``begin`` with each, ``take`` how it stands whenever that may be another."""

    def __init__(self, desk: Desk, on_run: Callable[[Run], None]) -> None:
        self.standing = Standing(0, 0)
        """As it was last."""
        self.arrivals = Arrivals()
        self.runs = LookRuns(desk, on_run)
        self._counts = 0
        self._whole = self._taken = 0
        """Letters there were, with all that the runs had taken by then."""

    def begin(self, grave: Grave) -> None:
        self.arrivals.begin()
        self.runs.begin(grave)
        self._counts = 0
        self._note_whole()

    def take(self, now: Standing, counts: int) -> bool:
        """Whether the letters in line are others than before, and not only more of them at its end.

        ``counts``: see ``Look.counts``.
        """
        before, self.standing = self.standing, now
        anew, self._counts = counts != self._counts, counts
        if now.count != before.count:
            self.arrivals.count()
        if self._is_counted_anew(before, anew=anew):
            self.runs.count()
            self._note_whole_where_told()
        grown = now.lasting_ids and now.turn == before.turn and now.count > before.count > 0
        return not (now is before or grown)

    def _is_counted_anew(self, before: Standing, *, anew: bool) -> bool:
        """Also where as many were found as before: what a run has taken may be missing before it is told. Where ids do
        not last, a standing always tells of now, and so also of that, which would be taken away twice.
        """
        now = self.standing
        if now.turn != before.turn or (now.lasting_ids and (anew or now.count != before.count)):
            return True
        return not (now.lasting_ids or now is before or self.runs.go_on)

    def ask(self) -> None:
        """They are about to be counted: what is told to be taken by now will be missing."""
        self._taken = self.runs.all_taken

    def _note_whole_where_told(self) -> None:
        """A run that goes on may have taken more by then than it has told; so there were as many at least."""
        if self.runs.go_on:
            self._whole = max(self._whole, self.standing.count + self._taken)
        else:
            self._note_whole()

    def _note_whole(self) -> None:
        self.ask()
        self._whole = self.standing.count + self._taken

    @property
    def left(self) -> int:
        """Of those that were counted. Look and run tell of what is taken at different times: the later one is right."""
        return max(0, min(self.standing.count, self._whole - self.runs.all_taken))

    @property
    def more(self) -> int:
        """That have come. While a run goes on, the monitor's figures are its doing."""
        return 0 if self.runs.go_on else self.arrivals.more(self.standing)

    def knows_better(self, at: float) -> bool:
        """Than what the monitor saw at ``at`` (unix seconds)."""
        return self.runs.go_on or not self.arrivals.tells(at, self.standing)

    def see(self, there: int, at: float) -> bool:
        """The monitor saw so many. Whether letters have come, or gone, that were not counted here."""
        return not self.knows_better(at) and self.arrivals.see(there, self.standing)
