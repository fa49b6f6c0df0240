"""What giving an interrupted run up means, said before it is done."""

from collections.abc import Awaitable, Callable, Mapping

from PySide6.QtWidgets import QWidget

from wqstudio.domain.redrive import OPEN_MOVES, MoveState, Plan
from wqstudio.engine.moves import plan_words
from wqstudio.ui.asking_sheet import AskingSheet
from wqstudio.ui.names import visible
from wqstudio.ui.plain import PlainLabel

_WIDTH = 560
_RATHER = "Finishing it goes on where it was interrupted and loses nothing: give it up only if that can never succeed."
_STAYS = "Nothing is changed on the broker: what is moved stays moved, and what was not begun stays where it is."


class GiveUpSheet(AskingSheet):
    """``states``: how many of its messages are in which state. ``give_up`` does it; JournalError is said
    here, or told to ``tell`` once this is closed.
    """

    def __init__(
        self,
        window: QWidget,
        plan: Plan,
        states: Callable[[], Awaitable[Mapping[MoveState, int]]],
        give_up: Callable[[], Awaitable[object]],
        tell: Callable[[str], object],
    ) -> None:
        super().__init__(window, "giveUpSheet", _WIDTH, parts="giveUp", title="Give this run up")
        self._plan, self._give_up, self._tell = plan, give_up, tell
        self.about.setText(f"{plan_words.title(plan, visible)} · {plan_words.meant_then(plan)}")
        self._text = PlainLabel("Looking up what is half done …", wordWrap=True)
        self._text.setObjectName("giveUpText")
        self.propose("Give up", grave=True)
        self.go.clicked.connect(self._begin)
        self.fill([self._text])
        self.ask(states, self._show, "what giving a run up means")

    def _show(self, states: Mapping[MoveState, int]) -> None:
        doubt = plan_words.in_doubt(self._plan, sum(states.get(state, 0) for state in OPEN_MOVES))
        self._text.setText("\n\n".join(filter(None, (doubt, _STAYS, _RATHER))))
        self.go.setEnabled(True)
        self.offer_answers()

    def _begin(self) -> None:
        self.do_in_time(self._give_up, "giving a run up", self._tell)
