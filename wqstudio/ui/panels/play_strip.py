"""What is going on while a scenario is played to its end: how far it is, and what is done to it next."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from wqstudio.domain.scenario import Fault, Scenario
from wqstudio.engine.playing.performing import Progress
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models import scenario_words as words
from wqstudio.ui.panels.run_strip import RunStrip
from wqstudio.ui.performance import Performance
from wqstudio.ui.theme import Theme


class PlayStrip(RunStrip):
    watch_wanted = Signal()
    """In the timeline."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "play", "Stop the scenario and see what came of it so far")
        self._performance: Performance | None = None
        watch = QPushButton("Watch")
        watch.setObjectName("playWatch")
        watch.setAccessibleName("Watch it in the timeline")
        watch.setToolTip("Watch it in the timeline")
        watch.setProperty("kind", "quiet")
        bind_icon(watch, "look", theme, "muted")
        watch.clicked.connect(self.watch_wanted)
        self.besides.addWidget(watch)

    def follow(self, performance: Performance) -> None:
        self._performance = performance
        self.begin()

    def look(self) -> None:
        assert self._performance is not None
        scenario, progress = self._performance.scenario, self._performance.progress
        title = [scenario.title, self._performance.setting]
        self.say(title, told(scenario, progress), 0.0 if progress is None else done(scenario, progress))


def done(scenario: Scenario, progress: Progress) -> float:
    """0 to 1: of the time that it may take, or of the work, where the end of that ends it sooner."""
    passed = (progress.seconds or 0.0) / (scenario.seconds + progress.granted)
    tasks = [producer.count for producer in scenario.producers]
    known = sum(count or 0 for count in tasks) if scenario.drained and None not in tasks else 0
    worked = progress.acknowledged / known if known else 0.0
    return min(1.0, max(passed, worked))


def told(scenario: Scenario, progress: Progress | None) -> list[str]:
    """In the order of what gives way first where there is little room, the last."""
    if progress is None:
        return ["getting ready"]
    if progress.seconds is None:
        return ["making queues and getting everyone to work"]
    said = [f"{progress.seconds:.0f} s of {_expected(scenario, progress.seconds, progress.granted)}"]
    if progress.coming is not None:
        said.append(f"{_when(progress.coming, progress.seconds, away=progress.away)}: {words.fault(progress.coming)}")
    return [*said, f"{progress.acknowledged:,} acknowledged"]


def _when(fault: Fault, passed: float, *, away: bool) -> str:
    wait = max(0.0, fault.at - passed)
    if away and fault.action.needs_broker_to and not wait:
        return "once the broker is back"
    return "next" if fault.when_full and not wait else f"in {wait:.0f} s"


def _expected(scenario: Scenario, passed: float, granted: float) -> str:
    """How long it will have taken, while that can be believed; else how long it may."""
    if scenario.takes is not None and not scenario.settings and passed <= scenario.takes:
        return f"about {words.moment(scenario.takes)}"
    return f"{words.moment(scenario.seconds + granted)}{' at most' if scenario.drained else ''}"
