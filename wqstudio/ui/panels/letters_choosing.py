"""From the rows that are selected to letters that something can be done with."""

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication

from wqstudio.domain.redrive import Choice
from wqstudio.engine.letters_process import LookError
from wqstudio.ui.look_session import LookSession
from wqstudio.ui.models import letter_choice
from wqstudio.ui.models.graves import Grave
from wqstudio.ui.models.letter_choice import Everything
from wqstudio.ui.models.letter_drag import LetterDrag
from wqstudio.ui.models.letter_rows import told
from wqstudio.ui.models.letters import LettersModel
from wqstudio.ui.panels.letters_filter import LettersFilter
from wqstudio.ui.panels.letters_table import LettersTable

_MOST_COPIED = 10_000
_MOST_DRAGGED_AS_TEXT = 1_000


class Choosing:
    def __init__(self, session: LookSession, model: LettersModel, table: LettersTable, filter_: LettersFilter) -> None:
        self._session, self._model, self._table, self._filter = session, model, table, filter_

    @property
    def everything(self) -> Everything:
        return Everything(self._session.standing.count, self._filter.match, self._session.survey)

    @property
    def count(self) -> int:
        return self.everything.counted if self._table.all_chosen else sum(map(len, self._table.rows))

    async def choice(self) -> Choice | None:
        """None: nothing is selected, or it is gone. Raises LookError where ids that are missing cannot be read."""
        grave = self._session.grave
        if grave is None or not self.count:
            return None
        if self._table.all_chosen:
            return letter_choice.all_of(grave, self.everything)
        return await self._these(grave, self._table.rows)

    def drag(self) -> LetterDrag | None:
        grave, rows = self._session.grave, self._table.rows
        if grave is None or not self.count:
            return None
        if self._table.all_chosen:
            return LetterDrag(letter_choice.all_of(grave, self.everything), ())
        if (lines := self._model.known(rows)) is not None:
            return LetterDrag(
                letter_choice.these(grave, lines, self._session.standing.identity), told(lines[:_MOST_DRAGGED_AS_TEXT])
            )
        some, epoch = self._model.some(rows), self._model.epoch

        async def whole() -> Choice:
            choice = await self._these(grave, rows) if self._model.epoch == epoch else None
            if choice is None:
                raise LookError("The letters that were dragged are gone meanwhile.")
            return choice

        return LetterDrag(letter_choice.not_yet_known(grave, self.count, some), (), whole)

    async def copy(self) -> int:
        """The lines to the clipboard, up to a limit; how many. Raises LookError."""
        lines = await self._model.read(_first(self._table.rows, _MOST_COPIED))
        QGuiApplication.clipboard().setText("\n".join(told(lines)))
        return len(lines)

    async def _these(self, grave: Grave, rows: Sequence[range]) -> Choice | None:
        identity = self._session.standing.identity
        lines = await self._model.read(rows)
        return letter_choice.these(grave, lines, identity) if lines else None


def _first(rows: Sequence[range], most: int) -> list[range]:
    taken: list[range] = []
    for some in rows:
        if most <= 0:
            break
        taken.append(some[:most])
        most -= len(taken[-1])
    return taken
