"""What requeueing or discarding chosen dead letters would do, said before it is done; begins it, too."""

import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.connection import Product
from wqstudio.domain.letter import Ways
from wqstudio.domain.redrive import Action, Choice, Plan
from wqstudio.domain.survey import SoFar
from wqstudio.engine.letters.matching import MatchError
from wqstudio.engine.letters.search_pace import OnSoFar
from wqstudio.engine.looks.look import Look
from wqstudio.engine.moves.previews import Preview
from wqstudio.ui.foresight import ANYWHERE, Foresight, Where, foresee
from wqstudio.ui.models import move_facts
from wqstudio.ui.models.letter_counts import how_far
from wqstudio.ui.models.move_choice import Place
from wqstudio.ui.names import visible
from wqstudio.ui.panels.facts_view import FactsView
from wqstudio.ui.panels.letters_file import ask_for_letters_file
from wqstudio.ui.panels.move_options import MoveOptions
from wqstudio.ui.panels.place_chooser import PlaceChooser
from wqstudio.ui.panels.place_sheet import LOOKING, PlaceSheet
from wqstudio.ui.panels.search_bar import THIN, SearchBar
from wqstudio.ui.theme import Theme

_WIDTH = 720
_SETTLED = 250
"""Milliseconds without another change of a figure, after which it is looked what it means."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be done with letters of an open look."""

    look: Look
    choice: Choice
    """For what is shown meanwhile: how many, from where."""
    plan: Callable[[], Awaitable[Plan]]
    """With all ids, without a destination."""
    action: Action = Action.REQUEUE
    where: Where = ANYWHERE
    asks: bool = False
    """Where to has yet to be said."""
    live: bool = False
    """The queue is not known to keep dead letters."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A look that tells how far it is with a preview."""

    look: Look
    on_so_far: OnSoFar

    async def foresee(self, plan: Plan) -> Preview:
        return await self.look.foresee(plan, self.on_so_far)

    async def ways(self, queue: str, routes: Collection[str]) -> Ways:
        return await self.look.ways(queue, routes)


class MovePreview(PlaceSheet[Preview]):
    """``begin`` carries out a plan; what it raises is said here. ``tell`` is told why an export failed that is not over
    when this is closed.
    """

    def __init__(
        self,
        window: QWidget,
        theme: Theme,
        proposal: Proposal,
        *,
        places: Sequence[Place],
        product: Product,
        begin: Callable[[Plan], object],
        tell: Callable[[str], object],
    ) -> None:
        self._proposal, self._begin_plan, self._tell = proposal, begin, tell
        self._discards = proposal.action is Action.DISCARD
        self._verb = "Discard" if self._discards else "Requeue"
        chooser = PlaceChooser(theme, visible(proposal.choice.queue), places, product)
        chooser.choose(proposal.where)
        title = self._title(f"{proposal.choice.count:,}")
        super().__init__(window, "movePreview", _WIDTH, parts="move", title=title, places=chooser)
        self._base: Plan | None = None
        self._progress = SearchBar("moveProgress", self.card)
        self._export_said, self._export_failed = "", False
        self._build()
        self._settle = QTimer(self, singleShot=True, interval=_SETTLED)
        self._settle.timeout.connect(self._look_again)
        self._options.changed.connect(self._on_figure)
        self._options.adjusted.connect(self._on_adjusted)
        if proposal.asks:
            self.say("Choose where they are to go.")
            self._places.begin_choosing()
        else:
            self._look_again()

    # Building

    def _build(self) -> None:
        self.about.setText(f"from {visible(self._proposal.choice.queue)}")
        self.facts = FactsView("moveFacts", "What that does")
        self._options = MoveOptions()
        self._options.show_what_counts(several=self._proposal.choice.count > 1, copies=not self._discards)
        self._export = QPushButton("Export first…")
        self._export.setObjectName("moveExport")
        self._export.setVisible(self._discards)
        self._export.clicked.connect(self._ask_for_file)
        self.propose(self._verb, grave=self._discards)
        self.go.clicked.connect(self._begin)
        self.fill([self._places, self.facts], below=[self._options], aside=[self._export])
        self._places.setVisible(not self._discards)

    # What it would do

    def _on_figure(self) -> None:
        self.ask_no_more()  # its answer would be of another figure than the one that is carried out
        self._settle.start()

    def _on_adjusted(self) -> None:
        """Not what was found before something else was asked, which is shown with its answer."""
        if self.go.isEnabled():
            self._show()

    async def _foresee(self) -> Foresight[Preview]:
        try:
            if self._base is None:
                planned = await self._proposal.plan()
                self._base = self._base or planned  # an export may have narrowed it meanwhile
            plan = self._options.apply(replace(self._base, lift_limit=self._proposal.look.lifted))
            plan = plan.foreseen_at(time.time())
            return await foresee(_Told(self._proposal.look, self._show_how_far), plan, self._places.where)
        except (BrokerError, MatchError) as error:
            return Foresight(None, trouble=str(error))

    def _show_how_far(self, so_far: SoFar) -> None:
        self.say("  ·  ".join((LOOKING, *how_far(so_far))))
        self._progress.show_how_far(so_far.seen, so_far.total)
        self._progress.show()

    def ask_no_more(self) -> None:
        super().ask_no_more()
        self._progress.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Along its upper edge, where it moves nothing as it comes and goes."""
        super().resizeEvent(event)
        self._progress.setGeometry(0, 0, self.card.width(), THIN)

    def _show(self) -> None:
        self._progress.hide()
        found = self._found
        if found is None:
            return
        self.say(self._export_said, bad=self._export_failed)
        self._say_trouble()
        if found.trouble and found.patterns and not self._answered and not self._places.is_writing:
            self._answered = True
            self._places.begin_naming()
        preview = found.preview
        writing = not self._export.isEnabled()
        self.go.setEnabled(preview is not None and move_facts.may_go(preview) > 0 and not writing)
        if preview is None or found.plan is None:
            self.facts.show_sections(())
        else:
            plan = self._options.apply(found.plan)
            cost = self._proposal.look.standing.cost
            self.facts.show_sections(move_facts.sections(plan, preview, cost, live=self._proposal.live))
            self._name(plan, preview)
            if not move_facts.may_go(preview):
                self._say_why_none(preview, plan)
            elif self.go.isEnabled() and not self._proposal.asks and not self._answered:
                self._answered = True
                if not self._places.is_writing:
                    self.offer_answers()
        self.place()

    def _name(self, plan: Plan, preview: Preview) -> None:
        """Where none can go, those that are meant are asked about still."""
        going = move_facts.may_go(preview) > 0
        self.name(self._title(move_facts.amount(preview) if going else f"{self._proposal.choice.count:,}"))
        self.about.setText(move_facts.chosen(plan))
        button = move_facts.button(plan, preview) if going else self._verb
        self.go.setText(button.replace("&", "&&"))
        self.go.setAccessibleName(button)

    def _title(self, amount: str) -> str:
        return f"{self._verb} {move_facts.messages(amount)}"

    def _say_why_none(self, preview: Preview, plan: Plan) -> None:
        if not preview.count:
            self.say("No such message is there any more.")
        elif self._discards or plan.destination is not None or not preview.homeless:
            self.say("There is no message that could go.")
        else:
            self.say("None can go to where it came from: choose where they are to go.")
            if not self._answered:
                self._answered = True
                self._places.begin_choosing()

    # What the user does

    def _begin(self) -> None:
        if self._found is None or self._found.plan is None:
            return
        plan = self._options.apply(self._found.plan)
        self.do(lambda: self._begin_plan(plan))

    def _ask_for_file(self) -> None:
        ask_for_letters_file(self, "Export before discarding", self._proposal.choice.queue, self.export)

    def export(self, file: Path) -> None:
        """What would be discarded; from then on, what was exported would be, and nothing else."""
        self._export.setEnabled(False)
        self.ask_no_more()
        self.say(f"Writing {file.name} …")
        spawn(self._export_to(file), "export of dead letters")

    async def _export_to(self, file: Path) -> None:
        try:
            plan = self._base
            if plan is None or plan.exported:  # such a plan knows them by its file alone, and a look does not
                plan = await self._proposal.plan()
            choice = replace(self._proposal.choice, ids=plan.ids, match=plan.match, identity=plan.identity)
            written = await self._proposal.look.export(choice, file)
        except BrokerError as error:
            self._export_said, self._export_failed = str(error), True
        else:
            self._base = written.plan(Action.DISCARD)
            self._export_said, self._export_failed = f"Exported {written.count:,} to {file}.", False
        if not self.is_closed:
            self._export.setEnabled(True)
            self._look_again()
        elif self._export_failed:
            self._tell(self._export_said)
