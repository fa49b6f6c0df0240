"""What an undo of a requeue would bring back, said before it is done."""

from collections.abc import Awaitable, Callable, Sequence

from PySide6.QtWidgets import QWidget

from wqstudio.engine.moves.undo_planning import UndoPreview
from wqstudio.ui import format as fmt
from wqstudio.ui.asking_sheet import AskingSheet
from wqstudio.ui.models.move_facts import messages
from wqstudio.ui.names import visible
from wqstudio.ui.plain import PlainLabel

_WIDTH = 560
_PLACES = 3
"""That are named one by one."""


class UndoSheet(AskingSheet):
    """``foresee`` looks, ``undo`` begins it, told whether a delivery limit is to be lifted meanwhile."""

    def __init__(
        self,
        window: QWidget,
        queue: str,
        foresee: Callable[[], Awaitable[UndoPreview]],
        undo: Callable[[bool], Awaitable[object]],
        tell: Callable[[str], object],
    ) -> None:
        """``queue``: where they come back to. ``tell``: for what goes wrong when the sheet is closed."""
        super().__init__(window, "undoSheet", _WIDTH, parts="undo", title="Undo")
        self._queue, self._undo, self._tell, self._lifts = queue, undo, tell, False
        self.about.setText(f"back to {visible(queue)}")
        self._text = PlainLabel("Looking up what has not been taken yet …", wordWrap=True)
        self._text.setObjectName("undoText")
        self.propose("Bring back")
        self.go.clicked.connect(self._begin)
        self.fill([self._text])
        self.ask(foresee, self._show, "preview of an undo")

    def _show(self, found: UndoPreview) -> None:
        count = f"{found.count:,}" if found.is_exact else f"up to {found.count:,}"
        self.name(f"Bring back {messages(count)}")
        self.about.setText(f"from {_some(found.sources)} back to {visible(self._queue)}")
        self.go.setText(f"Bring back {count}")
        sentences = ["What nobody has taken yet goes back to where it was, each confirmed there before it is removed."]
        if found.staying:
            sentences.append(f"{found.staying:,} were given out already, and stay with whoever has them.")
        if gone := found.taken - found.staying:
            least = "" if found.is_exact else "At least "
            sentences.append(f"{least}{gone:,} are not there any more: they were taken, removed or have expired.")
        if found.left_out:
            sentences.append(f"{found.left_out:,} were pointers, which cannot be put back.")
        if found.rate:
            sentences.append(f"It goes at {fmt.rate(found.rate)} at most, as the requeue did.")
        sentences.append("This has no undo of its own: requeue them again instead.")
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
            self.say("There is none to be brought back.", bad=True)
        self.offer_answers()

    def _begin(self) -> None:
        self.do_in_time(lambda: self._undo(self._lifts), "undo of a requeue", self._tell)


def _some(places: Sequence[str]) -> str:
    named = [visible(place) for place in places[:_PLACES]]
    rest = len(places) - len(named)
    return ", ".join(named) + (f" and {rest:,} more" if rest else "")
