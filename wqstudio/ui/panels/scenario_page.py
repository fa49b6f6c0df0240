"""One scenario, opened: what to watch for, its picture with all names, what is expected, and the way to play it."""

import time
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.scenario import Expectation, Scenario
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models import expectation_words as wanted, scenario_words as words
from wqstudio.ui.models.outcome import headline
from wqstudio.ui.models.playable import Obstacle, Stage, obstacle
from wqstudio.ui.models.scenario_shelf import Book
from wqstudio.ui.models.setting_words import suits
from wqstudio.ui.models.topology import topology
from wqstudio.ui.panels.elided import ElidedLabel
from wqstudio.ui.panels.fault_line import FaultLine
from wqstudio.ui.panels.painting import legible
from wqstudio.ui.panels.scrolling import let_scroll
from wqstudio.ui.panels.text_cards import card, marked_line, muted
from wqstudio.ui.panels.topology_view import TopologyView
from wqstudio.ui.performance import Played
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, Concept, Theme


class ScenarioPage(QScrollArea):
    back_wanted = Signal()
    reload_wanted = Signal()
    run_wanted = Signal(object)
    """The Scenario."""
    compare_wanted = Signal(object)
    """The Scenario."""
    result_wanted = Signal(object)
    """To be seen again: the Played."""
    local_wanted = Signal(object, object)
    """The Product of the local broker that is to be started, and the Scenario to open there."""

    def __init__(self, theme: Theme, stage: Stage, rabbit_missing: str) -> None:
        """``rabbit_missing``: why no local RabbitMQ can be started; empty: it can."""
        super().__init__()
        self.setObjectName("scenarioPage")
        let_scroll(self)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._theme, self._stage, self._rabbit_missing = theme, stage, rabbit_missing
        self._book: Book | None = None
        self._results: dict[str, Played] = {}
        """What came of each scenario when it was last played, by its name."""
        self._why_not, self._comparing = "", False
        self._run, self._compare, self._said = QPushButton(), QPushButton(), ElidedLabel()
        self._left: Mapping[str, QueueSpec] = {}
        self._filled: Container[str] = ()
        self._removes = muted("")

    @property
    def book(self) -> Book | None:
        """What is shown."""
        return self._book

    def show_book(self, book: Book) -> None:
        self._book = book
        self._make_buttons(book)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE_L, SPACE_S, SPACE_L, SPACE_L)
        column.setSpacing(SPACE_M)
        column.addWidget(self._back(), 0, Qt.AlignmentFlag.AlignLeft)
        for part in self._problems(book) if book.scenario is None else self._parts(book.scenario):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(page)
        self._allow()
        self.verticalScrollBar().setValue(0)

    def show_result(self, played: Played) -> None:
        """From now on, on the page of what was played."""
        self._results[played.result.sitting.scenario.name] = played
        book = self._book
        if book is not None and book.scenario == played.result.sitting.scenario:
            place = self.verticalScrollBar().value()
            self.show_book(book)
            self.verticalScrollBar().setValue(place)

    def take_keyboard(self) -> None:
        """On what one most likely came for."""
        wanted = ("scenarioRun", "scenarioLocal", "scenarioReload", "scenarioBack")
        buttons = (self.findChild(QPushButton, name) for name in wanted)
        button = next((one for one in buttons if one is not None and one.isEnabled()), None)
        if button is not None:
            button.setFocus()

    def allow_run(self, why_not: str) -> None:
        """``why_not``: why nothing can be run now, as something is; empty: it can."""
        self._why_not = why_not
        self._allow()

    def tell_left(self, left: Mapping[str, QueueSpec], filled: Container[str]) -> None:
        """Queues of what was played before, and names of those that may hold messages: see ``LeftOver``."""
        self._left, self._filled = left, filled
        self._allow()

    def offer_comparing(self) -> None:
        """Somebody takes ``compare_wanted``."""
        self._comparing = True
        self._allow()

    def _allow(self) -> None:
        scenario = self._book.scenario if self._book is not None else None
        if scenario is None:
            return
        for button in (self._run, self._compare):
            button.setEnabled(not self._why_not)
            button.setToolTip(self._why_not)
        self._said.setText(f"{self._why_not}." if self._why_not else "")
        playable = obstacle(scenario, self._stage) is None
        may_play = playable and not self._why_not
        self._removes.setText(words.removes_first(scenario, self._left, self._filled) if may_play else "")
        self._removes.setVisible(bool(self._removes.text()))
        self._compare.setVisible(playable and self._comparing and suits(scenario, own=self._stage.own))

    def _shown(self, scenario: Scenario) -> Product:
        """On whose broker it is looked at."""
        return self._stage.product if self._stage.product in scenario.products else scenario.products[0]

    # Its parts, from top to bottom

    def _back(self) -> QPushButton:
        back = QPushButton("All scenarios")
        back.setObjectName("scenarioBack")
        back.setAccessibleName("Back to all scenarios")
        back.setToolTip("Back to all scenarios (Alt+Left)")
        back.setProperty("kind", "quiet")
        back.setShortcut("Alt+Left")
        bind_icon(back, "back", self._theme, "muted")
        back.clicked.connect(self.back_wanted)
        return back

    def _parts(self, scenario: Scenario) -> Iterator[QWidget]:
        yield self._title(scenario)
        blocked = obstacle(scenario, self._stage)
        yield self._buttons() if blocked is None else self._obstacle(scenario, blocked)
        if blocked is None:
            if not self._stage.own:
                yield self._promise(scenario)
            yield self._removes
        yield from self._last(scenario)
        if scenario.watch:
            yield card("What to watch for", [marked_line("•", text) for text in scenario.watch])
        picture = TopologyView(self._theme, detailed=True)
        picture.show_topology(topology(scenario, self._shown(scenario)))
        yield card("", [picture])
        yield from self._faults(scenario)
        yield from self._expectations(scenario)
        if scenario.settings:
            settings = (
                (each.title or each.name, words.setting(each, self._shown(scenario))) for each in scenario.settings
            )
            yield card("The same work, compared", [marked_line("•", *said) for said in settings])

    def _title(self, scenario: Scenario) -> QWidget:
        title = PlainLabel(scenario.title, wordWrap=True)
        title.setObjectName("scenarioTitle")
        title.setProperty("kind", "figure")
        summary = PlainLabel(scenario.summary, wordWrap=True)
        summary.setProperty("kind", "lead")
        facts = filter(None, (scenario.topic, words.brokers(scenario), words.length(scenario, self._shown(scenario))))
        block = QWidget()
        box = QVBoxLayout(block)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(SPACE_S // 2)
        for label in (title, *([summary] if scenario.summary else []), muted("  ·  ".join(facts))):
            box.addWidget(label)
        return block

    def _make_buttons(self, book: Book) -> None:
        self._run = QPushButton("Run")
        self._run.setObjectName("scenarioRun")
        self._run.setAccessibleName(f"Run {book.title}")
        self._run.setProperty("kind", "primary")
        bind_icon(self._run, "play", self._theme, "on_accent")
        self._run.clicked.connect(lambda: self.run_wanted.emit(book.scenario))
        own = book.scenario is not None and book.scenario.settings
        self._compare = QPushButton("Compare settings" if own else "Compare under other settings…")
        self._compare.setObjectName("scenarioCompare")
        self._compare.setAccessibleName(f"{self._compare.text()} of {book.title}")
        self._compare.clicked.connect(lambda: self.compare_wanted.emit(book.scenario))
        self._said = ElidedLabel()
        self._said.setObjectName("scenarioWhyNot")
        self._said.setProperty("kind", "muted")
        self._removes = muted("")
        self._removes.setObjectName("scenarioRemoves")

    def _buttons(self) -> QWidget:
        block = QWidget()
        row = QHBoxLayout(block)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_S)
        row.addWidget(self._run)
        row.addWidget(self._compare)
        row.addWidget(self._said, 1)
        return block

    def _promise(self, scenario: Scenario) -> QWidget:
        """What a play does to a broker that is not the studio's own."""
        names = ", ".join(queue.name for queue in scenario.queues)
        it = "it" if len(scenario.queues) == 1 else "them"
        when = "leaves" if words.open_ended(scenario) else "at the end removes"
        promise = muted(f"Makes {names} on this broker, marked as the studio's own, and {when} {it}.")
        promise.setObjectName("scenarioPromise")
        return promise

    def _obstacle(self, scenario: Scenario, blocked: Obstacle) -> QWidget:
        missing = self._rabbit_missing if blocked.product is Product.RABBITMQ else ""
        why = PlainLabel("\n".join(filter(None, (blocked.why, missing))), wordWrap=True)
        why.setObjectName("scenarioObstacle")
        start = QPushButton(f"Open it on a local {blocked.product.title}")
        start.setObjectName("scenarioLocal")
        start.setAccessibleName(start.text())
        start.setEnabled(not missing)
        start.setToolTip(plain_tip(missing))
        start.clicked.connect(lambda: self.local_wanted.emit(blocked.product, scenario))
        frame = QFrame()
        frame.setProperty("kind", "gap")
        box = QVBoxLayout(frame)
        box.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        box.setSpacing(SPACE_S)
        box.addWidget(why)
        box.addWidget(start, 0, Qt.AlignmentFlag.AlignLeft)
        return frame

    def _faults(self, scenario: Scenario) -> Iterator[QWidget]:
        shown = self._shown(scenario)
        if faults := [one for one in scenario.faults if one.product in {None, shown}]:
            line = FaultLine(self._theme)
            usual = scenario.usual(shown)
            line.show_faults(faults, scenario.seconds if usual is None else usual / max(1, len(scenario.settings)))
            yield card("What is done meanwhile", [line])

    def _expectations(self, scenario: Scenario) -> Iterator[QWidget]:
        if words.open_ended(scenario):
            return
        lines = [self._expectation(scenario, one) for one in wanted.expected(scenario, self._shown(scenario))]
        yield card("What has to come of it, checked at the end", lines)

    def _expectation(self, scenario: Scenario, expectation: Expectation) -> QWidget:
        """With what came of it when it was last played."""
        played = self._results.get(scenario.name)
        held = None if played is None else wanted.held(expectation, played.result.verdicts)
        mark, said, color = {
            None: ("○", "Expected", None),
            True: ("✓", "Holds", legible(Concept.ACKED.color, self._theme)),
            False: ("✗", "Does not hold", QColor(self._theme.tones.error)),
        }[held]
        titles = {setting.name: setting.title or setting.name for setting in scenario.settings}
        one = replace(
            expectation,
            setting=titles.get(expectation.setting, ""),
            times_setting=titles.get(expectation.times_setting, ""),
        )
        line = marked_line(mark, wanted.expectation(one), wanted.exactly(one), color)
        line.setObjectName("scenarioExpectation")
        line.setAccessibleName(f"{said}: {wanted.expectation(one)}")
        return line

    def _last(self, scenario: Scenario) -> Iterator[QWidget]:
        """What came of it last, which can be read again."""
        played = self._results.get(scenario.name)
        if played is None:
            return
        at = time.strftime("%H:%M:%S", time.localtime(played.at))
        last = QPushButton(f"Result of {at}: {headline(played.result.verdicts, stopped=played.stopped)}")
        last.setObjectName("scenarioResult")
        last.setAccessibleName(last.text())
        last.setToolTip("Show what came of it when it was last played")
        last.clicked.connect(lambda: self.result_wanted.emit(played))
        yield _aside(last)

    def _problems(self, book: Book) -> Iterator[QWidget]:
        title = PlainLabel(f"{book.title} cannot be played", wordWrap=True)
        title.setObjectName("scenarioTitle")
        title.setProperty("kind", "figure")
        again = QPushButton("Read it again")
        again.setObjectName("scenarioReload")
        again.setAccessibleName(f"Read {book.title} again")
        again.clicked.connect(self.reload_wanted)
        found = PlainLabel("\n".join(book.problems), wordWrap=True)
        found.setObjectName("scenarioProblems")
        found.setProperty("kind", "error")
        found.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        yield title
        yield muted(str(book.file))
        yield card("What is wrong with it", [found])
        yield _aside(again)


def _aside(button: QPushButton) -> QWidget:
    """No wider than its words."""
    block = QWidget()
    row = QHBoxLayout(block)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(button)
    row.addStretch(1)
    return block
