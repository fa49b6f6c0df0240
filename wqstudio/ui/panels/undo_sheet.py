"""What an undo of a requeue would bring back, said before it is done."""

from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from wqstudio.background import spawn
from wqstudio.brokers.port import BrokerError
from wqstudio.engine.journal import JournalError
from wqstudio.engine.undo_planning import UndoPreview
from wqstudio.ui import format as fmt
from wqstudio.ui.plain import PlainLabel
from wqstudio.ui.sheet import Sheet, answers
from wqstudio.ui.theme import SPACE_L, SPACE_M, SPACE_XL

_WIDTH = 560


class UndoSheet(Sheet):
    """``foresee`` looks, ``undo`` begins it, told whether a delivery limit is to be lifted meanwhile."""

    def __init__(
        self, window: QWidget, foresee: Callable[[], Awaitable[UndoPreview]], undo: Callable[[bool], Awaitable[object]]
    ) -> None:
        super().__init__(window, "undoSheet", _WIDTH)
        self.setWindowTitle("Undo")
        self._foresee_undo, self._undo = foresee, undo
        self._lifts, self._open = False, True
        self._heading = PlainLabel("Undo")
        self._heading.setProperty("kind", "heading")
        self._text = PlainLabel("Looking what has not been taken yet …", wordWrap=True)
        self._text.setObjectName("undoText")
        self._message = PlainLabel(wordWrap=True)
        self._message.setObjectName("undoMessage")
        self._message.setProperty("kind", "error")
        self._message.hide()
        cancel, self._go = QPushButton("Cancel"), QPushButton("Bring back")
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self._go.setObjectName("undoGo")
        self._go.setProperty("kind", "primary")
        self._go.setDefault(True)
        self._go.setEnabled(False)
        self._go.clicked.connect(lambda: spawn(self._begin(), "undo of a requeue"))
        layout = QVBoxLayout(self.card)
        layout.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_L)
        layout.setSpacing(SPACE_M)
        for label in (self._heading, self._text, self._message):
            layout.addWidget(label)
        layout.addLayout(answers(cancel, self._go))
        self.finished.connect(self._forget)
        spawn(self._foresee(), "preview of an undo")

    async def _foresee(self) -> None:
        try:
            found = await self._foresee_undo()
        except (BrokerError, JournalError) as error:
            self._fail(str(error))
            return
        if self._open:
            self._show(found)

    def _show(self, found: UndoPreview) -> None:
        self._heading.setText(f"Bring back {found.count:,}{'' if found.is_exact else ' at most'}")
        sentences = ["What nobody has taken yet goes back to where it was, each confirmed there before it is removed."]
        if found.taken:
            least = "" if found.is_exact else "At least "
            sentences.append(f"{least}{found.taken:,} were taken already, and stay with whoever has them.")
        if found.left_out:
            sentences.append(f"{found.left_out:,} were pointers, which cannot be put back.")
        if found.rate:
            sentences.append(f"It goes at {fmt.rate(found.rate)} at most, as the requeue did.")
        sentences += found.cost.sentences
        self._lifts = bool(found.cost.refusal) and found.cost.liftable
        if self._lifts:
            sentences.append(
                "The delivery limit of the queue they are in is lifted meanwhile, and put back afterwards."
            )
        self._text.setText(" ".join(sentences))
        self._go.setEnabled(found.count > 0 and (self._lifts or not found.cost.refusal))
        if found.cost.refusal and not self._lifts:
            self._fail(found.cost.refusal)
        elif not found.count:
            self._fail("All of them were taken already.")
        self.place()

    async def _begin(self) -> None:
        self._go.setEnabled(False)
        try:
            await self._undo(self._lifts)
        except (BrokerError, JournalError) as error:
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
