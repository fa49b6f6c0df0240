"""One look at dead letters at a time: opened, paid for, lost, given back."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QObject, Signal

from wqstudio.background import spawn
from wqstudio.domain.letter import Letter, LetterLine
from wqstudio.domain.reading import Reading, Unknown
from wqstudio.domain.redrive import Match
from wqstudio.domain.survey import Standing, Survey
from wqstudio.engine.looks.desk import Desk
from wqstudio.engine.looks.look import Look
from wqstudio.engine.looks.process import LookError, LostLookError, Run
from wqstudio.ui.models.graves import Grave
from wqstudio.ui.one_at_a_time import OneAtATime
from wqstudio.ui.since_counted import SinceCounted


class Phase(Enum):
    NONE = "none"
    OPENING = "opening"
    PRICED = "priced"
    """It costs something, which nobody has agreed to yet; or it is refused."""
    LOOKING = "looking"
    ENDED = "ended"
    """Given back or lost, or it could not be opened; ``why`` says which."""


class LookSession(QObject):
    """Looks from one desk; the one that there was is left when another begins."""

    changed = Signal()
    """The phase, or what looking costs, is another."""
    counted = Signal()
    """There are more letters to be shown, or fewer."""
    exchanged = Signal()
    """The letters in line are others: looked at anew, or some were moved."""
    replaced = Signal()
    """The queue was deleted and made anew: its letters may have the ids of those that were in it before."""
    moved = Signal(object)
    """The ``Run`` that takes letters from here, or the undo of one, has begun, got on or ended."""

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._doing = OneAtATime(self.changed.emit)
        self._loop = asyncio.get_running_loop()
        self._checking: asyncio.Task[None] | None = None
        self._seen = 0
        self._lined_up = 0
        """Letters that there were when they were last said to be others."""
        self._behind = False
        """What was told while letters were counted may be missing from that count."""
        self.since = SinceCounted(desk, self._on_run)
        self.grave: Grave | None = None
        self.look: Look | None = None
        self.phase = Phase.NONE
        self.why = ""
        self.opened = False
        """It was possible to look into that queue, or to know what that costs."""
        self.held_since: float | None = None
        """Monotonic seconds; None: nothing is held."""

    # What there is

    @property
    def standing(self) -> Standing:
        return self.look.standing if self.look is not None else self.since.standing

    @property
    def busy(self) -> bool:
        """Something was asked for that has not come yet."""
        return self._doing.busy

    @property
    def survey(self) -> Survey | None:
        return self.look.survey if self.look is not None else None

    @property
    def count(self) -> int:
        """Letters in the queue, less those that a run has taken meanwhile."""
        return self.since.left

    @property
    def narrowed(self) -> bool:
        return self.look is not None and self.look.narrowed

    @property
    def shown(self) -> int:
        return self.look.shown if self.look is not None and self.phase is Phase.LOOKING else 0

    @property
    def holds(self) -> bool:
        """Looking means to hold letters, or to be about to."""
        return self.phase is Phase.LOOKING and not self.standing.lasting_ids and self.count > 0

    @property
    def held(self) -> int:
        """Letters that nobody else gets meanwhile. While all are looked through, as many as were seen."""
        standing, survey = self.standing, self.survey
        if not self.holds:
            return 0
        held = max(standing.held, survey.seen if survey is not None and not survey.done else 0)
        return min(held, self.count)  # what a run has taken since is not held any more

    @property
    def more(self) -> int:
        """Letters that have come since they were counted here, save by the doing of a run."""
        return self.since.more if self.phase is Phase.LOOKING else 0

    def there(self, seen: Reading[int], at: float) -> Reading[int]:
        """Letters in the queue, of which the monitor saw so many at ``at`` (unix seconds): what a run does is known
        here sooner, and until the broker's own figures tell of it.
        """
        return self.count if self.phase is Phase.LOOKING and self.since.knows_better(at) else seen

    @property
    def left(self) -> float | None:
        """Seconds until the broker takes back what is held; None: never, or nothing is held."""
        held_for = self.standing.cost.held_for
        if self.held_since is None or held_for is None:
            return None
        return max(0.0, self.held_since + held_for - time.monotonic())

    # What is asked of it

    def open(self, grave: Grave) -> None:
        """Where it costs something, that is said first, each time."""
        self._leave()
        self.grave, self.why, self.opened = grave, "", False
        self.since.begin(grave)
        look = self._desk.look(grave.queue, exhausted=grave.exhausted)
        self.look, look.on_change = look, self._on_change
        self._set(Phase.OPENING)
        self._doing.do(lambda: self._open(look), "open a look at dead letters")

    def agree(self) -> None:
        """Pay what looking costs."""
        if self.phase is Phase.PRICED and not self.standing.cost.refusal:
            self._set(Phase.LOOKING)

    def lift(self) -> None:
        """Lift the limit that a look would use up, and look."""
        if self.look is not None and self.phase is Phase.PRICED:
            look = self.look
            self._doing.do(lambda: self._lift(look), "lift a delivery limit")

    def refresh(self) -> None:
        """Count anew; a look that is over begins anew."""
        if self.phase is Phase.LOOKING and self.look is not None:
            look = self.look
            self._doing.do(lambda: self._refresh(look), "refresh a look")
        elif self.phase is Phase.ENDED and self.grave is not None:
            self.open(self.grave)

    def follow(self, there: Reading[int], at: float) -> None:
        """The monitor saw so many in the queue. They are counted anew by themselves where that costs nothing.

        ``at``: Unix time in seconds. What was seen before they were counted here is no news.
        """
        if isinstance(there, Unknown):
            return
        if self.since.runs.go_on:
            self.since.arrivals.count()
        if self.phase is not Phase.LOOKING or self.busy or self.since.knows_better(at):
            return
        before, news = self.more, self.since.see(there, at)
        if news and self._may_count_anew():
            self.refresh()
        elif self.more != before:
            self.counted.emit()

    def _may_count_anew(self) -> bool:
        """Nothing is held that would be given back, and nothing is filtered, moved or asked for."""
        look, goes_on = self.look, self.busy or self.held or self.since.runs.go_on
        return look is not None and not (goes_on or look.run is not None or look.survey is not None)

    def sift(self, match: Match | None) -> None:
        if self.look is not None and self.phase is Phase.LOOKING:
            before, self._seen = self.narrowed, 0
            self.look.sift(match)
            if before or self.narrowed:
                self._exchange()

    def leave(self, why: str = "") -> None:
        """Give back what is held."""
        self._leave()
        self._set(Phase.ENDED if self.grave is not None and why else Phase.NONE, why)

    def stop(self) -> None:
        """The desk itself closes the looks."""
        self.since.runs.stop()
        self._doing.stop()
        if self._checking is not None:
            self._checking.cancel()
        if self.look is not None:
            self.look.on_change = lambda: None
            self.look = None  # what was asked through it may still be answered

    def check(self) -> None:
        """Have a look that lost what it held found out; nothing tells it by itself."""
        if self.held and (self._checking is None or self._checking.done()):
            self._loop.call_soon(self._begin_check)

    async def catch_up(self) -> None:
        """Have those that runs have taken go from the line, and from what is filtered and counted by groups."""
        look = self.look
        if look is None or self.phase is not Phase.LOOKING:
            return
        if not self.standing.lasting_ids and look.survey is None:
            await self._check()
        elif (self._behind or self.since.runs.gone()) and not self.busy:
            self.since.ask()
            taken = self.since.runs.all_taken
            with contextlib.suppress(LookError):  # the next page says so
                await look.catch_up()
            self._behind = self.since.runs.all_taken != taken

    # What is read through it; all raise LookError

    async def page(self, first: int, count: int) -> Sequence[LetterLine]:
        look = self._held()
        began = time.monotonic()
        try:
            lines = await look.page(first, count)
        except LostLookError as error:
            self._lose(look, str(error))
            raise
        if look is self.look:
            self._stand(began)
        return lines

    async def letter(self, id_: int) -> Letter | None:
        look = self._held()
        try:
            return await look.letter(id_)
        except LostLookError as error:
            self._lose(look, str(error))
            raise

    # Inside

    async def _open(self, look: Look) -> None:
        try:
            standing = await look.open()
        except LookError as error:
            self._fail(look, str(error))
            return
        self.opened = True
        free = not standing.cost.sentences and not standing.cost.refusal
        self._set(Phase.LOOKING if free else Phase.PRICED)

    async def _lift(self, look: Look) -> None:
        try:
            standing = await look.lift_limit()
        except LookError as error:
            self.why = str(error)
            self.changed.emit()
            return
        if not standing.cost.refusal:
            self._set(Phase.LOOKING)

    def _begin_check(self) -> None:
        self._checking = spawn(self._check(), "check a look at dead letters")

    async def _check(self) -> None:
        with contextlib.suppress(LookError):  # a lost one is said by ``page``
            await self.page(0, 1)
        if self.standing.count < self._lined_up:
            self._exchange()

    async def _refresh(self, look: Look) -> None:
        try:
            await look.refresh()
        except LookError as error:
            self._fail(look, str(error))
        else:
            self.since.arrivals.count()

    def _held(self) -> Look:
        if self.look is None or self.phase is not Phase.LOOKING:
            raise LookError("This look is over.")
        return self.look

    def _leave(self) -> None:
        self._doing.cancel()
        look, self.look = self.look, None
        self.held_since, self._seen = None, 0
        self.since.arrivals.begin()
        if look is not None:
            look.on_change = lambda: None
            spawn(self._desk.leave(look), "leave a look at dead letters")

    def _lose(self, look: Look, why: str) -> None:
        if look is self.look:
            self._fail(look, why)

    def _fail(self, look: Look, why: str) -> None:
        if look is self.look:
            self._leave()
            self._set(Phase.ENDED, why)

    def _set(self, phase: Phase, why: str = "") -> None:
        self.phase, self.why = phase, why
        self._take()
        self._exchange()
        self.changed.emit()

    def _on_change(self) -> None:
        """After a refresh or a run the letters are others. A filter finds more and more of the same."""
        others = self._take()
        seen = self.survey.seen if self.survey is not None else 0
        others, self._seen = others or seen < self._seen, seen
        self._stand(time.monotonic())
        if others:
            self._exchange()

    def _take(self) -> bool:
        """See ``SinceCounted.take``."""
        look, before = self.look, self.since.standing.identity
        if look is None:
            return False
        others = self.since.take(look.standing, look.counts)
        if before and look.standing.identity not in (b"", before):
            self.replaced.emit()
        return others

    def _exchange(self) -> None:
        self._lined_up = self.standing.count
        self.exchanged.emit()

    def _on_run(self, run: Run) -> None:
        if self.phase is Phase.LOOKING:
            self.counted.emit()
            self.moved.emit(run)

    def _stand(self, since: float) -> None:
        self._take()
        self.held_since = (self.held_since or since) if self.held else None
        self.counted.emit()
