"""What is to be compared: a scenario, and two to four settings of it as cards."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from wqstudio.domain.connection import Product
from wqstudio.domain.queue import QueueSpec
from wqstudio.domain.scenario import Scenario, Setting
from wqstudio.scenarios import FAIR_DISPATCH
from wqstudio.scenarios.capturing import NOW
from wqstudio.scenarios.comparing import FEWEST, MOST, Comparison, told_apart
from wqstudio.scenarios.proposals import across, beginning, proposals
from wqstudio.ui.icons import bind_icon
from wqstudio.ui.models import setting_words as words
from wqstudio.ui.models.playable import Stage
from wqstudio.ui.models.scenario_words import removes_first
from wqstudio.ui.panels.card_grid import CardGrid
from wqstudio.ui.panels.scrolling import let_scroll
from wqstudio.ui.panels.setting_card import SettingCard
from wqstudio.ui.panels.text_cards import muted
from wqstudio.ui.plain import PlainLabel, plain_tip
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XS, Theme

_CARD_WIDTH = 200
_WRONG = "A setting says what is wrong in it; put that right first"
_TEACHING = (
    "The same seeded tasks are played under each setting, one after the other, on queues made for it. Then the "
    "timelines stand one below the other on one axis, with the difference in every figure."
)


class CompareSetup(QScrollArea):
    run_wanted = Signal(object)
    """The Comparison."""
    back_wanted = Signal()
    """To what came of the one before."""
    now_wanted = Signal()
    """What is played now, to be shown instead of a scenario that is written."""

    def __init__(self, theme: Theme, stage: Stage, rabbit_missing: str) -> None:
        """``rabbit_missing``: why no local RabbitMQ can be started; empty: it can."""
        super().__init__()
        self.setObjectName("compareSetup")
        let_scroll(self)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._theme, self._stage, self._rabbit_missing = theme, stage, rabbit_missing
        self._scenarios: dict[str, Scenario] = {}
        self._scenario: Scenario | None = None
        self._cards: list[SettingCard] = []
        self._grid: CardGrid | None = None
        self._busy, self._gives_way = "", False
        self._left: Mapping[str, QueueSpec] = {}
        self._filled: Container[str] = ()
        self._build()

    def list_scenarios(self, scenarios: Sequence[Scenario]) -> None:
        """To choose from: first the one that says most, then those with settings of their own."""
        own = self._stage.own
        suited = [each for each in scenarios if words.suits(each, own=own) and self._product(each) is not None]
        suited.sort(key=lambda each: (each.name != FAIR_DISPATCH, not each.settings))
        self._scenarios = {each.name: each for each in suited}
        self._chooser.clear()
        self._chooser.addItem("What I play now", NOW)
        self._chooser.insertSeparator(1)
        for scenario in suited:
            self._chooser.addItem(scenario.title, scenario.name)
        shown = self._scenario.name if self._scenario is not None else ""
        if shown == NOW:
            self._show_choice()
        elif suited:
            self.show_scenario(self._scenarios.get(shown, suited[0]))

    def show_scenario(self, scenario: Scenario) -> None:
        """Prefilled from its own settings, where it has some."""
        product = self._product(scenario)
        if product is None:
            return
        self._scenario = scenario
        if self._chooser.findData(scenario.name) < 0:
            self._chooser.addItem(scenario.title, scenario.name)
        if scenario.name != NOW:
            self._scenarios[scenario.name] = scenario
        self._show_choice()
        self._say_what_goes()
        self._summary.setText(words.by_hand(scenario) if scenario.name == NOW else scenario.summary)
        self._show_settings(beginning(scenario, product, self._offered(scenario)))

    def offer_back(self) -> None:
        """There is a result to go back to."""
        self._back.show()

    def tell_left(self, left: Mapping[str, QueueSpec], filled: Container[str]) -> None:
        """Queues of what was played before, and names of those that may hold messages: see ``LeftOver``."""
        self._left, self._filled = left, filled
        self._say_what_goes()

    def comparison(self) -> Comparison | None:
        """What is set up; None: there is no scenario to compare in, or a card says what is wrong in it."""
        for card in self._cards:
            card.read()
        if not all(card.readable for card in self._cards):
            return None
        if self._scenario is None or (product := self._product(self._scenario)) is None:
            return None
        settings = told_apart(words.titled([card.setting for card in self._cards], product))
        return Comparison(self._scenario, settings, product)

    def allow_run(self, why_not: str, *, gives_way: bool) -> None:
        """``why_not``: why nothing can be run now; empty: it can. ``gives_way``: what plays now would end for it."""
        self._busy, self._gives_way = why_not, gives_way
        now = self._scenario is not None and self._scenario.name == NOW
        said = ("" if now and gives_way else why_not) or ("" if all(card.readable for card in self._cards) else _WRONG)
        self._run.setEnabled(not said and self._scenario is not None)
        self._run.setToolTip(plain_tip(said))
        other = "; or choose “What I play now” above" if gives_way and said == why_not else ""
        self._why.setText(f"{said}{other}." if said else "")
        self._why.setVisible(bool(said))

    def _say_what_goes(self) -> None:
        """Of what a person plays by hand that is said anyhow."""
        scenario = self._scenario
        said = "" if scenario is None or scenario.name == NOW else removes_first(scenario, self._left, self._filled)
        self._removes.setText(said)
        self._removes.setVisible(bool(said))

    def _build(self) -> None:
        self._make_controls()
        self._summary, self._why, self._removes = muted(""), muted(""), muted("")
        self._why.setObjectName("compareWhyNot")
        self._removes.setObjectName("compareRemoves")
        self._removes.hide()
        top = QHBoxLayout()
        top.setSpacing(SPACE_S)
        heading = PlainLabel("Settings of")
        heading.setProperty("kind", "muted")
        for widget in (heading, self._chooser, self._run):
            top.addWidget(widget, 1 if widget is self._chooser else 0)
        told = QHBoxLayout()
        told.setSpacing(SPACE_S)
        told.addWidget(self._summary, 1)
        told.addWidget(self._back, 0, Qt.AlignmentFlag.AlignTop)
        below = QHBoxLayout()
        below.setSpacing(SPACE_XS)
        below.addWidget(self._add)
        below.addWidget(self._suggestions())
        below.addStretch(1)
        page = QWidget()
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_L)
        self._column.setSpacing(SPACE_S)
        self._column.addLayout(top)
        self._column.addWidget(self._why)
        self._column.addLayout(told)
        self._column.addWidget(self._removes)
        self._column.addSpacing(SPACE_XS)
        self._column.addLayout(below)
        self._column.addSpacing(SPACE_XS)
        self._column.addWidget(muted(_TEACHING))
        self._column.addStretch(1)
        self.setWidget(page)

    def _make_controls(self) -> None:
        self._chooser = QComboBox()
        self._chooser.setObjectName("compareScenario")
        self._chooser.setAccessibleName("Scenario to compare settings of")
        self._chooser.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._chooser.setMinimumWidth(120)
        self._chooser.activated.connect(self._choose)
        self._run = QPushButton("Compare")
        self._run.setObjectName("compareRun")
        self._run.setAccessibleName("Play the settings one after the other and compare them")
        self._run.setProperty("kind", "primary")
        bind_icon(self._run, "play", self._theme, "on_accent")
        self._run.clicked.connect(self._want_run)
        self._back = QPushButton("Back to the result")
        self._back.setObjectName("compareBack")
        self._back.setAccessibleName("Back to the result of the last comparison")
        self._back.setProperty("kind", "quiet")
        self._back.clicked.connect(self.back_wanted)
        self._back.hide()
        self._add = QPushButton("Add a setting")
        self._add.setObjectName("compareAdd")
        self._add.setAccessibleName("Add a setting")
        self._add.setProperty("kind", "quiet")
        bind_icon(self._add, "plus", self._theme, "muted")
        self._add.clicked.connect(self._add_setting)

    def _suggestions(self) -> QPushButton:
        """Settings to begin with instead."""
        button = QPushButton("Suggestions")
        button.setObjectName("compareSuggestions")
        button.setAccessibleName("Settings to begin with")
        button.setProperty("kind", "quiet")
        menu = QMenu(button)
        menu.aboutToShow.connect(lambda: self._suggest(menu))
        button.setMenu(menu)
        return button

    def _suggest(self, menu: QMenu) -> None:
        menu.clear()
        if self._scenario is None or (product := self._product(self._scenario)) is None:
            return
        if len(self._scenario.settings) >= FEWEST:
            menu.addAction("The scenario's own", partial(self.show_scenario, self._scenario))
        offered = self._offered(self._scenario)
        shown = words.anywhere([card.setting for card in self._cards], product)
        for proposal in (*proposals(self._scenario, product, offered), *across(shown, offered)):
            menu.addAction(proposal.title, partial(self._show_settings, proposal.settings))
        if why := self._on_one_alone(self._scenario):
            menu.addAction(why).setEnabled(False)

    def _on_one_alone(self, scenario: Scenario) -> str:
        """Why its settings are not compared on several brokers; empty: they can be."""
        if len(self._offered(scenario)) > 1:
            return ""
        only = "" if len(scenario.products) > 1 else f"this is a pattern of {scenario.products[0].title}"
        return f"Not on both brokers: {only or self._rabbit_missing}"

    def _choose(self, index: int) -> None:
        name = self._chooser.itemData(index)
        if name == NOW:
            self.now_wanted.emit()
            self._show_choice()
        else:
            self.show_scenario(self._scenarios[name])

    def _show_choice(self) -> None:
        if self._scenario is not None:
            self._chooser.setCurrentIndex(self._chooser.findData(self._scenario.name))

    def _product(self, scenario: Scenario) -> Product | None:
        """Where it is played: here, or else on a local broker; None: nowhere."""
        offered = self._offered(scenario)
        return self._stage.product if self._stage.product in offered else next(iter(offered), None)

    def _offered(self, scenario: Scenario) -> tuple[Product, ...]:
        missing = Product.RABBITMQ if self._rabbit_missing and self._stage.product is not Product.RABBITMQ else None
        return tuple(product for product in scenario.products if product is not missing)

    def _show_settings(self, settings: Sequence[Setting]) -> None:
        self._show_cards([self._card(setting) for setting in settings])

    def _card(self, setting: Setting) -> SettingCard:
        assert self._scenario is not None
        product = self._product(self._scenario)
        assert product is not None
        card = SettingCard(setting, self._scenario, product, self._offered(self._scenario), self._theme)
        card.changed.connect(self._follow_cards)
        card.remove_wanted.connect(lambda: self._show_cards([each for each in self._cards if each is not card]))
        return card

    def _show_cards(self, cards: Sequence[SettingCard]) -> None:
        """Those that stay are as they are, with what is typed in them."""
        left = [card for card in self._cards if card not in cards]
        self._cards = list(cards)
        grid = CardGrid(self._cards, _CARD_WIDTH)
        if self._grid is None:
            self._column.insertWidget(5, grid)
        else:
            self._column.replaceWidget(self._grid, grid)
            self._grid.setParent(None)  # the cards left in it have the names of those that follow
            self._grid.deleteLater()
        for card in left:
            card.deleteLater()
        self._grid = grid
        self._add.setEnabled(len(cards) < MOST)
        self._add.setToolTip("" if len(cards) < MOST else f"{MOST} are compared at most")
        self._follow_cards()

    def _follow_cards(self) -> None:
        assert self._grid is not None
        self._grid.arrange()
        self.allow_run(self._busy, gives_way=self._gives_way)
        for number, card in enumerate(self._cards, start=1):
            card.call(number, removable=len(self._cards) > FEWEST)

    def _add_setting(self) -> None:
        """Like the last one, to be changed."""
        self._show_cards([*self._cards, self._card(replace(self._cards[-1].setting, title=""))])

    def _want_run(self) -> None:
        if (comparison := self.comparison()) is not None:
            self.run_wanted.emit(comparison)
