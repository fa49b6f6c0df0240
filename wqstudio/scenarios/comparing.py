"""The same tasks under several settings, one after the other: what is compared, how far it is, and what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from wqstudio.domain.connection import Product
from wqstudio.domain.scenario import Scenario, Setting
from wqstudio.engine.figures.rows import Measured
from wqstudio.engine.playing.judging import Verdict, judge
from wqstudio.engine.playing.performing import Progress, Run
from wqstudio.engine.playing.player import Player
from wqstudio.scenarios.adapting import adapted
from wqstudio.scenarios.sittings import PlayerOn, Result, Round
from wqstudio.scenarios.varying import varied

FEWEST, MOST = 2, 4
"""Settings that are compared."""


@dataclass(frozen=True, slots=True)
class Comparison:
    scenario: Scenario
    """As it is written; its seeds make the tasks the same in each run."""
    settings: tuple[Setting, ...]
    """From two to four, their names different."""
    product: Product
    """Where those are played that name no broker."""

    @property
    def rounds(self) -> tuple[Round, ...]:
        return tuple(self._round(setting) for setting in self.settings)

    @property
    def products(self) -> tuple[Product, ...]:
        return tuple(dict.fromkeys(each.product for each in self.rounds))

    @property
    def unchanged(self) -> bool:
        """The settings are the scenario's own, so that what it expects of them can be judged."""
        own = {replace(setting, title="") for setting in self.scenario.settings}
        return all(replace(setting, title="") in own for setting in self.settings)

    def title(self, name: str) -> str:
        """Of the setting of that name."""
        return next(each.title or each.name for each in self.settings if each.name == name)

    def _round(self, setting: Setting) -> Round:
        product = setting.product or self.product
        return Round(setting.name, product, adapted(varied(self.scenario, setting), product))


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What came of it, or has come of it so far."""

    comparison: Comparison
    runs: tuple[Run, ...]
    verdicts: tuple[Verdict, ...]
    at: float
    """Unix time in seconds."""
    stopped: bool = False
    """A person ended it before it was over."""

    def title(self, run: Run) -> str:
        return self.comparison.title(run.setting)

    @property
    def measured(self) -> list[tuple[str, Measured]]:
        """What is known of each run, with its title."""
        return [(self.title(run), Measured(run.evidence.dispatch, run.evidence.account)) for run in self.runs]


def compared(result: Result, at: float, *, stopped: bool) -> Compared:
    """A scenario that was played in several settings, seen as a comparison. ``at``: when it ended, unix time."""
    scenario, named = result.sitting.scenario, {run.setting for run in result.runs}
    settings = tuple(each for each in scenario.settings if each.name in named)
    return Compared(
        Comparison(scenario, settings, result.runs[0].product), result.runs, result.verdicts, at, stopped=stopped
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a comparison is."""

    number: int
    """Of the run that is played, from 1."""
    of: int
    round: Round
    progress: Progress | None
    """Of that run; None: its broker is being started, or its queues made."""
    left: float | None
    """Seconds that all of it will take yet, as far as that can be told."""

    @property
    def share(self) -> float:
        """0 to 1, of all runs."""
        return min(1.0, (self.number - 1 + _share_done(self.progress, self.round.scenario)) / self.of)


class Comparing:
    def __init__(
        self, comparison: Comparison, player_on: PlayerOn, on_run: Callable[[Compared], None] | None = None
    ) -> None:
        """``on_run`` is told of all runs that are over whenever one more is."""
        self.comparison = comparison
        self._rounds, self._player_on, self._on_run = comparison.rounds, player_on, on_run
        self._runs: list[Run] = []
        self._player: Player | None = None
        self._stopped = False

    @property
    def standing(self) -> Standing | None:
        """None: it is over."""
        number = len(self._runs)
        if number == len(self._rounds):
            return None
        round_, progress = self._rounds[number], None if self._player is None else self._player.progress
        left = seconds_left(progress, round_.scenario)
        if left is not None and progress is not None and progress.seconds is not None:
            this = progress.seconds + left
            left += sum(self._expected(each.scenario, this) for each in self._rounds[number + 1 :])
        return Standing(number + 1, len(self._rounds), round_, progress, left)

    async def play(self) -> Compared:
        """Raises what ``Player.play`` and ``player_on`` raise; what was played before has been told of."""
        for each in self._rounds:
            self._player = None
            self._player = await self._player_on(each.product)
            if self._stopped:
                break
            self._runs.append(await self._player.play(each.scenario, each.setting))
            if self._on_run is not None:
                self._on_run(self.so_far)
            if self._stopped:
                break
        return self.so_far

    @property
    def so_far(self) -> Compared:
        runs, comparison = tuple(self._runs), self.comparison
        verdicts = judge(comparison.scenario, runs) if comparison.unchanged else ()
        return Compared(comparison, runs, verdicts, time.time(), self._stopped)

    async def finish(self) -> None:
        """End it now, in good order; the runs left are not played."""
        self._stopped = True
        if self._player is not None:
            await self._player.finish()

    def _expected(self, scenario: Scenario, this: float) -> float:
        """As long as those before took on average, and ``this`` one will."""
        took = [this, *(run.evidence.ended - run.evidence.began for run in self._runs)]
        return min(scenario.seconds, sum(took) / len(took))


def told_apart(settings: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """With a name of its own for each, where two are called alike."""
    taken: set[str] = set()
    named: list[Setting] = []
    for number, setting in enumerate(settings, start=1):
        name = setting.name if setting.name not in taken else f"{setting.name}-{number}"
        taken.add(name)
        named.append(replace(setting, name=name))
    return tuple(named)


def seconds_left(progress: Progress | None, scenario: Scenario) -> float | None:
    """At the pace so far, and not before the last worker has done what it holds, at its own pace.

    Never more than the run may take. None: it cannot be told, as it has hardly begun, or as some worker holds tasks and
    has done none yet.
    """
    if progress is None or progress.seconds is None:
        return None
    at_most = max(0.0, scenario.seconds + progress.granted - progress.seconds)
    done = _tasks_done(progress, scenario)
    if not scenario.drained or done is None:
        return at_most
    if not done or progress.working_off is None:
        return None
    return min(at_most, max(progress.seconds * (1 - done) / done, progress.working_off))


def _share_done(progress: Progress | None, scenario: Scenario) -> float:
    if progress is None or progress.seconds is None:
        return 0.0
    by_time = min(1.0, progress.seconds / (scenario.seconds + progress.granted))
    return max(by_time, _tasks_done(progress, scenario) or 0.0) if scenario.drained else by_time


def _tasks_done(progress: Progress, scenario: Scenario) -> float | None:
    """Share, 0 to 1; None: it is not known how many there will be."""
    counts = [producer.count for producer in scenario.producers]
    known = sum(count or 0 for count in counts)
    return None if None in counts or not known else min(1.0, progress.acknowledged / known)
