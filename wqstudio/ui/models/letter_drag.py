"""Dead letters under way between two widgets of the window."""

from collections.abc import Sequence

from PySide6.QtCore import QMimeData

from wqstudio.ui.models.letter_choice import Chosen

FORMAT = "application/x-wqstudio-letters"


class LetterDrag(QMimeData):
    """Other programs get the lines as text; only this window knows which letters they are.

    A drag begins at once, however many letters are chosen: ids of rows that were never on screen are still asked
    for while it is under way.
    """

    def __init__(self, chosen: Chosen, lines: Sequence[str]) -> None:
        super().__init__()
        self.chosen = chosen
        self.setData(FORMAT, str(chosen.choice.count).encode())
        self.setText("\n".join(lines))
