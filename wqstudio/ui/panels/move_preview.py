"""What requeueing or discarding chosen dead letters would do, said before it is done; begins it, too."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.domain.redrive import Action, Choice, Plan
from wqstudio.engine.journal import JournalError
from wqstudio.engine.look import Look
from wqstudio.engine.matching import MatchError
from wqstudio.ui.foresight import Foresight, foresee
from wqstudio.ui.models import move_facts
from wqstudio.ui.models.move_choice import Place
from wqstudio.ui.names import visible
from wqstudio.ui.panels.facts_view import FactsView
from wqstudio.ui.panels.move_options import MoveOptions
from wqstudio.ui.panels.place_chooser import PlaceChooser
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.sheet import Sheet
from wqstudio.ui.theme import SPACE_L, SPACE_S, SPACE_XL, SPACE_XS, Theme

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
    queue: str | None = None
    """Where to; None: each to where it came from."""
    asks: bool = False
    """Where to has yet to be said."""
    live: bool = False
    """The queue is not known to keep dead letters."""


class MovePreview(Sheet):
    """``begin`` carries out a plan; what it raises is said here. Enter begins, Esc leaves everything as it is."""

    def __init__(
        self,
        window: QWidget,
        theme: Theme,
        proposal: Proposal,
        places: Sequence[Place],
        begin: Callable[[Plan], object],
    ) -> None:
        super().__init__(window, "movePreview", _WIDTH)
        self._proposal, self._begin_plan = proposal, begin
        self._base: Plan | None = None
        self._found: Foresight | None = None
        self._number = 0
        self._answered = False
        """What was asked at first is answered: from then on the keyboard is where the user puts it."""
        self._export_said, self._export_failed = "", False
        self._discards = proposal.action is Action.DISCARD
        self._places = PlaceChooser(theme, proposal.choice.queue, places)
        self._places.choose(proposal.queue)
        self._build()
        self._places.changed.connect(self._look_again)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLED)
        self._settle.timeout.connect(self._look_again)
        self._options.changed.connect(self._on_figure)
        self._options.adjusted.connect(self._show)
        self.finished.connect(self._forget)
        if proposal.asks:
            self._say("Choose where they are to go.")
            self._places.begin_choosing()
        else:
            self._look_again()

    # Building

    def _build(self) -> None:
        verb = "Discard" if self._discards else "Requeue"
        count = self._proposal.choice.count
        self._heading = PlainLabel(f"{verb} {count:,} {'message' if count == 1 else 'messages'}")
        self._heading.setProperty("kind", "heading")
        self._heading.setObjectName("moveHeading")
        self._from = PlainLabel(f"from {visible(self._proposal.choice.queue)}", wordWrap=True)
        self._from.setProperty("kind", "muted")
        self.setAccessibleName(self._heading.text())
        self.setWindowTitle(self._heading.text())
        self.facts = FactsView("moveFacts", "What that does")
        self._message = PlainLabel(wordWrap=True)
        self._message.setObjectName("moveMessage")
        self._options = MoveOptions()
        self._options.show_what_counts(several=count > 1, copies=not self._discards)
        head = QVBoxLayout()
        head.setSpacing(SPACE_XS)
        head.addWidget(self._heading)
        head.addWidget(self._from)
        layout = QVBoxLayout(self.card)
        layout.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_L)
        layout.setSpacing(SPACE_L)
        layout.addLayout(head)
        layout.addWidget(self._places)
        layout.addWidget(self.facts)
        layout.addWidget(self._message)
        layout.addWidget(self._options)
        layout.addLayout(self._buttons(verb))
        self._places.setVisible(not self._discards)

    def _buttons(self, verb: str) -> QHBoxLayout:
        self._export, cancel, self._go = QPushButton("Export first…"), QPushButton("Cancel"), QPushButton(verb)
        for button, name in ((self._export, "Export"), (cancel, "Cancel"), (self._go, "Go")):
            button.setObjectName(f"move{name}")
            button.setAutoDefault(False)
        self._export.setVisible(self._discards)
        self._export.clicked.connect(self._ask_for_file)
        cancel.clicked.connect(self.reject)
        self._go.setProperty("kind", "grave" if self._discards else "primary")
        self._go.setDefault(True)
        self._go.setEnabled(False)
        self._go.clicked.connect(self._begin)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE_S)
        buttons.addWidget(self._export)
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self._go)
        return buttons

    # What it would do

    def _on_figure(self) -> None:
        self._go.setEnabled(False)
        self._settle.start()

    def _look_again(self) -> None:
        """What was asked before is not waited for any more."""
        self._number += 1
        self._go.setEnabled(False)
        if self._found is None:
            self._say("Looking what that would do …")
        spawn(self._foresee(self._number), "preview of a move of dead letters")

    async def _foresee(self, number: int) -> None:
        try:
            if self._base is None:
                planned = await self._proposal.plan()
                self._base = self._base or planned  # an export may have narrowed it meanwhile
            plan = self._options.apply(replace(self._base, lift_limit=self._proposal.look.lifted))
            found = await foresee(self._proposal.look, plan, self._places.queue, self._places.route)
        except (BrokerError, MatchError) as error:
            found = Foresight(None, trouble=str(error))
        if number == self._number:
            self._found = found
            self._places.offer(found)
            self._show()

    def _show(self) -> None:
        found = self._found
        if found is None:
            return
        self._say(found.trouble or self._export_said, bad=bool(found.trouble) or self._export_failed)
        if found.trouble and found.patterns and not self._answered:
            self._answered = True
            self._places.begin_naming()
        preview = found.preview
        writing = not self._export.isEnabled()
        self._go.setEnabled(preview is not None and preview.going > 0 and not writing)
        if preview is None or found.plan is None:
            self.facts.show_sections(())
        else:
            plan = self._options.apply(found.plan)
            cost = self._proposal.look.standing.cost
            self.facts.show_sections(move_facts.sections(plan, preview, cost, live=self._proposal.live))
            self._name(plan, move_facts.amount(preview), move_facts.button(plan, preview))
            if self._go.isEnabled() and not self._proposal.asks and not self._answered:
                self._answered = True
                self._go.setFocus()
            if not preview.going:
                self._say(
                    "There is no message that could go." if preview.count else "No such message is there any more."
                )
        self.place()

    def _name(self, plan: Plan, amount: str, button: str) -> None:
        verb = "Discard" if self._discards else "Requeue"
        self._heading.setText(f"{verb} {amount} {'message' if amount == '1' else 'messages'}")
        self._from.setText(move_facts.chosen(plan))
        self.setAccessibleName(self._heading.text())
        self.setWindowTitle(self._heading.text())
        self._go.setText(button.replace("&", "&&"))
        self._go.setAccessibleName(button)

    def _say(self, text: str, *, bad: bool = False) -> None:
        self._message.setText(text)
        self._message.setProperty("kind", "error" if bad else "muted")
        self._message.style().polish(self._message)
        self._message.setVisible(bool(text))
        self.place()

    # What the user does

    def _begin(self) -> None:
        if self._found is None or self._found.plan is None:
            return
        try:
            self._begin_plan(self._options.apply(self._found.plan))
        except (BrokerError, JournalError, MatchError) as error:
            self._say(str(error), bad=True)
        else:
            self.accept()

    def _ask_for_file(self) -> None:
        asking = QFileDialog(self, "Export before discarding", f"{self._proposal.choice.queue}.jsonl")
        asking.setObjectName("moveExportFile")
        asking.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        asking.setNameFilter("JSON Lines (*.jsonl)")
        asking.setDefaultSuffix("jsonl")
        asking.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asking.fileSelected.connect(lambda file: self.export(Path(file)))
        asking.open()

    def export(self, file: Path) -> None:
        """What would be discarded; from then on, what was exported would be, and nothing else."""
        self._export.setEnabled(False)
        self._go.setEnabled(False)
        self._number += 1  # what was asked before is not to allow it meanwhile
        self._say(f"Writing {file.name} …")
        spawn(self._export_to(file), "export of dead letters")

    async def _export_to(self, file: Path) -> None:
        try:
            plan = self._base or await self._proposal.plan()
            written = await self._proposal.look.export(
                replace(self._proposal.choice, ids=plan.ids, match=plan.match, identity=plan.identity), file
            )
        except BrokerError as error:
            self._export_said, self._export_failed = str(error), True
        else:
            self._base = replace(plan, ids=written.ids, match=written.match, identity=written.identity)
            self._export_said, self._export_failed = f"Exported {written.count:,} to {file}.", False
        if self._number >= 0:
            self._export.setEnabled(True)
            self._look_again()

    def _forget(self) -> None:
        self._number = -1

    def wanted_height(self) -> int:
        """The facts give way where the window has no room for all."""
        self.facts.setFixedHeight(0)
        others = super().wanted_height()
        facts = max(0, min(self.facts.wanted_height(self.room - 2 * SPACE_XL), self.most_height - others))
        self.facts.setFixedHeight(facts)
        return others + facts
