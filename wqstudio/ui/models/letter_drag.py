"""Dead letters under way between two widgets of the window."""

from collections.abc import Awaitable, Callable, Sequence

from PySide6.QtCore import QMimeData

from wqstudio.domain.redrive import Choice

FORMAT = "application/x-wqstudio-letters"


class LetterDrag(QMimeData):
    """Other programs get the lines as text; only this window knows which letters they are.

    A drag begins at once, however many letters are chosen: ids of rows that were never on screen are still asked
    for while it is under way.
    """

    def __init__(
        self, choice: Choice, lines: Sequence[str], whole: Callable[[], Awaitable[Choice]] | None = None
    ) -> None:
        """``whole`` finds the ids that ``choice`` does not have yet; None: it has all, or means all that match."""
        super().__init__()
        self.choice = choice
        """For what is shown meanwhile: how many, from where. ``ids`` is empty where they are not all known yet."""
        self._whole = whole
        self.setData(FORMAT, str(choice.count).encode())
        self.setText("\n".join(lines))

    async def chosen(self) -> Choice:
        """For what is done with them: with all ids. Raises LookError."""
        return self.choice if self._whole is None else await self._whole()
