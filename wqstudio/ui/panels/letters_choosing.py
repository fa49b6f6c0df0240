"""From the rows that are selected to letters that something can be done with."""

from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication

from wqstudio.domain.redrive import Choice
from wqstudio.engine.looks.process import LookError, Run
from wqstudio.ui.look_runs import taken
from wqstudio.ui.look_session import LookSession
from wqstudio.ui.models import letter_choice
from wqstudio.ui.models.letter_choice import Chosen, Everything
from wqstudio.ui.models.letter_drag import LetterDrag
from wqstudio.ui.models.letter_pages import PAGE
from wqstudio.ui.models.letter_rows import told
from wqstudio.ui.models.letters import LettersModel
from wqstudio.ui.panels.letters_filter import LettersFilter
from wqstudio.ui.panels.letters_table import LettersTable

GONE = "What was selected is not there any more"
_MOST_COPIED = 10_000
_MOST_DRAGGED_AS_TEXT = 1_000


class Choosing:
    def __init__(self, session: LookSession, model: LettersModel, table: LettersTable, filter_: LettersFilter) -> None:
        self._session, self._model, self._table, self._filter = session, model, table, filter_
        self._moved: tuple[Run, Sequence[range]] | None = None
        """The run that takes what is selected, and the rows."""
        session.moved.connect(self._on_moved)
        session.exchanged.connect(self._on_exchanged)

    @property
    def everything(self) -> Everything:
        session, match = self._session, self._filter.match
        return Everything(session.count, match, session.survey, session.since.runs.gone(match))

    @property
    def count(self) -> int:
        """Less those that were moved meanwhile."""
        if self._table.all_chosen:
            return self.everything.counted
        rows = self._table.rows
        gone = taken(self._moved[0]) if self._moved is not None and self._is_moved else 0
        return max(0, min(sum(map(len, rows)) - gone, self.shown))

    @property
    def _is_moved(self) -> bool:
        """A run takes just what is selected."""
        return self._moved is not None and self._moved[1] == self._table.rows

    def outlasts_exchange(self) -> bool:
        """What is selected is found again if the letters are put in line anew; or it goes, and need not be."""
        return self._table.all_chosen or self._is_moved or sum(map(len, self._table.rows)) <= PAGE

    @property
    def shown(self) -> int:
        """Letters that are listed, less those that were moved meanwhile."""
        session = self._session
        return max(0, session.shown - session.since.runs.gone(self._filter.match if session.narrowed else None))

    def drag(self) -> LetterDrag | None:
        chosen = self.chosen()
        return None if chosen is None else LetterDrag(chosen, told(chosen.lines[:_MOST_DRAGGED_AS_TEXT]))

    def chosen(self) -> Chosen | None:
        """None: nothing is selected, or it is gone. Ids of rows that were never on screen are asked for when they are
        wanted. All that match are never those of another filter than the one that can be read in its line.
        """
        self._filter.settle()
        look, grave, rows = self._session.look, self._session.grave, self._table.rows
        if look is None or grave is None or not self.count:
            return None
        if self._table.all_chosen:
            some = self._model.some([range(self._model.rowCount())])
            return letter_choice.known_at_once(look, letter_choice.all_of(grave, self.everything, some))
        if (lines := self._model.known(rows)) is not None:
            choice = letter_choice.these(grave, lines, self._session.standing.identity)
            return letter_choice.known_at_once(look, choice, lines)
        some, epoch, places = self._model.some(rows), self._model.epoch, self._model.places(rows)

        async def whole() -> Choice:
            identity = self._session.standing.identity
            lines = await self._model.read_at(places, epoch)
            if not lines:
                raise LookError(GONE)
            return letter_choice.these(grave, lines, identity)

        return Chosen(look, letter_choice.not_yet_known(grave, self.count, some), whole)

    async def copy(self) -> int:
        """The lines to the clipboard, up to a limit; how many. Raises LookError."""
        lines = await self._model.read(_first(self._table.rows, _MOST_COPIED))
        QGuiApplication.clipboard().setText("\n".join(told(lines)))
        return len(lines)

    def _on_moved(self, run: Run) -> None:
        """What is selected when it begins is what it takes, if it was given as many."""
        rows, ids = self._table.rows, run.plan.ids
        begins = not run.is_over and (self._moved is None or self._moved[0] is not run)
        if begins and ids is not None and len(ids) == sum(map(len, rows)):
            self._moved = (run, rows)

    def _on_exchanged(self) -> None:
        self._moved = None


def _first(rows: Sequence[range], most: int) -> list[range]:
    taken: list[range] = []
    for some in rows:
        if most <= 0:
            break
        taken.append(some[:most])
        most -= len(taken[-1])
    return taken
