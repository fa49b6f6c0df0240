"""What an undo of a requeue would bring back, said before it is done."""

from collections.abc import Awaitable, Callable

from PySide6.QtWidgets import QWidget

from wqstudio.engine.undo_planning import UndoPreview
from wqstudio.ui import format as fmt
from wqstudio.ui.asking_sheet import AskingSheet
from wqstudio.ui.plain import PlainLabel

_WIDTH = 560


class UndoSheet(AskingSheet):
    """``foresee`` looks, ``undo`` begins it, told whether a delivery limit is to be lifted meanwhile."""

    def __init__(
        self, window: QWidget, foresee: Callable[[], Awaitable[UndoPreview]], undo: Callable[[bool], Awaitable[object]]
    ) -> None:
        super().__init__(window, "undoSheet", _WIDTH, parts="undo", title="Undo")
        self._undo, self._lifts = undo, False
        self._text = PlainLabel("Looking what has not been taken yet …", wordWrap=True)
        self._text.setObjectName("undoText")
        self.propose("Bring back")
        self.go.clicked.connect(self._begin)
        self.fill([self._text])
        self.ask(foresee, self._show, "preview of an undo")

    def _show(self, found: UndoPreview) -> None:
        self.name(f"Bring back {found.count:,}{'' if found.is_exact else ' at most'}")
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
        self.go.setEnabled(found.count > 0 and (self._lifts or not found.cost.refusal))
        if found.cost.refusal and not self._lifts:
            self.say(found.cost.refusal, bad=True)
        elif not found.count:
            self.say("All of them were taken already.", bad=True)
        self.offer_answers()

    def _begin(self) -> None:
        self.do_in_time(lambda: self._undo(self._lifts), "undo of a requeue")
