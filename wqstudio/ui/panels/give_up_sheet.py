"""What giving an interrupted run up means, said before it is done."""

from collections.abc import Awaitable, Callable, Mapping

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from wqstudio.background import spawn
from wqstudio.domain.redrive import OPEN_MOVES, MoveState, Plan
from wqstudio.engine import plan_words
from wqstudio.engine.journal import JournalError
from wqstudio.ui.names import visible
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.sheet import Sheet, answers
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_XL, SPACE_XS

_WIDTH = 560
_RATHER = "To finish it goes on where it was interrupted, and loses nothing: give it up only if that can never succeed."
_STAYS = "Nothing is changed on the broker: what is moved stays moved, and what was not begun stays where it is."


class GiveUpSheet(Sheet):
    """``states``: how many of its messages are in which state. ``give_up`` does it; JournalError is said here."""

    def __init__(
        self,
        window: QWidget,
        plan: Plan,
        states: Callable[[], Awaitable[Mapping[MoveState, int]]],
        give_up: Callable[[], Awaitable[object]],
    ) -> None:
        super().__init__(window, "giveUpSheet", _WIDTH)
        self.setWindowTitle("Give a run up")
        self._plan, self._states, self._give_up = plan, states, give_up
        self._open = True
        heading = PlainLabel("Give this run up")
        heading.setProperty("kind", "heading")
        what = PlainLabel(f"{plan_words.title(plan, visible)} · {plan_words.meant_then(plan)}", wordWrap=True)
        what.setProperty("kind", "muted")
        head = QVBoxLayout()
        head.setSpacing(SPACE_XS)
        head.addWidget(heading)
        head.addWidget(what)
        self._text = PlainLabel("Looking what is half done …", wordWrap=True)
        self._text.setObjectName("giveUpText")
        self._message = PlainLabel(wordWrap=True)
        self._message.setObjectName("giveUpMessage")
        self._message.setProperty("kind", "error")
        self._message.hide()
        layout = QVBoxLayout(self.card)
        layout.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_L)
        layout.setSpacing(SPACE_M)
        layout.addLayout(head)
        layout.addWidget(self._text)
        layout.addWidget(self._message)
        layout.addLayout(self._buttons())
        self.finished.connect(self._forget)
        spawn(self._foresee(), "what giving a run up means")

    def _buttons(self) -> QHBoxLayout:
        cancel, self._go = QPushButton("Cancel"), QPushButton("Give up")
        cancel.setObjectName("giveUpCancel")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self._go.setObjectName("giveUpGo")
        self._go.setProperty("kind", "grave")
        self._go.setDefault(True)
        self._go.setEnabled(False)
        self._go.clicked.connect(lambda: spawn(self._begin(), "giving a run up"))
        return answers(cancel, self._go)

    async def _foresee(self) -> None:
        try:
            states = await self._states()
        except JournalError as error:
            self._fail(str(error))
            return
        if not self._open:
            return
        doubt = plan_words.in_doubt(self._plan, sum(states.get(state, 0) for state in OPEN_MOVES))
        self._text.setText("\n\n".join(filter(None, (doubt, _STAYS, _RATHER))))
        self._go.setEnabled(True)
        self._go.setFocus()
        self.place()

    async def _begin(self) -> None:
        self._go.setEnabled(False)
        try:
            await self._give_up()
        except JournalError as error:
            self._fail(str(error))
        else:
            if self._open:
                self.accept()

    def _fail(self, why: str) -> None:
        if self._open:
            self._message.setText(why)
            self._message.show()
            self.place()

    def _forget(self) -> None:
        self._open = False
