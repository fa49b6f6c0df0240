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

    def begin(self, grave: Grave) -> None:
        self.arrivals.begin()
        self.runs.begin(grave)

    def take(self, now: Standing) -> bool:
        """Whether the letters in line are others than before, and not only more of them at its end."""
        before, self.standing = self.standing, now
        if now.count != before.count:
            self.arrivals.count()
        if now.count != before.count or now.turn != before.turn or not now.lasting_ids:
            self.runs.count()  # where ids do not last, a standing always tells of now
        grown = now.lasting_ids and now.turn == before.turn and now.count > before.count > 0
        return not (now is before or grown)

    @property
    def left(self) -> int:
        """Of those that were counted."""
        return max(0, self.standing.count - self.runs.gone())

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
