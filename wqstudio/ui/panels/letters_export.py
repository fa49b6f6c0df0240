"""Writes dead letters that are looked at to a file of their own."""

from pathlib import Path

import shiboken6
from PySide6.QtWidgets import QWidget

from wqstudio.background import spawn
from wqstudio.engine.looks.look import Look
from wqstudio.engine.looks.process import LookError
from wqstudio.ui.look_session import LookSession
from wqstudio.ui.models.letter_choice import Chosen, known_at_once
from wqstudio.ui.panels.letters_choosing import GONE
from wqstudio.ui.panels.letters_file import ask_for_letters_file
from wqstudio.ui.panels.letters_view import LettersView


class LettersExport:
    def __init__(self, session: LookSession, view: LettersView) -> None:
        self._session, self._view = session, view

    def ask(self, parent: QWidget) -> None:
        """What is chosen as the file is asked for is meant, whatever becomes of the selection until it is named."""
        if (meant := self._meant()) is None:
            return

        def export(file: Path) -> None:
            spawn(self._write(*meant, file), "export dead letters")

        ask_for_letters_file(parent, "Export dead letters", meant[0].queue, export)

    async def write(self, file: Path) -> None:
        """What is selected; nothing: all that match. What came of it is said in the view."""
        if (meant := self._meant()) is not None:
            await self._write(*meant, file)

    def _meant(self) -> tuple[Look, Chosen] | None:
        """None: nothing, which is said."""
        look, grave, view = self._session.look, self._session.grave, self._view
        if look is None or grave is None:
            return None
        chosen = view.chosen_rows()
        if chosen is None and view.table.rows:
            view.say(GONE)
            return None
        return look, chosen or known_at_once(view.all_that_match(grave))

    async def _write(self, look: Look, chosen: Chosen, file: Path) -> None:
        view = self._view
        try:
            choice = await chosen.whole()
            if not shiboken6.isValid(view):
                return
            view.say("Exporting …", until_more=True)
            count = (await look.export(choice, file)).count
            said = f"{count:,} {'letter' if count == 1 else 'letters'} exported to {file.name}"
        except LookError as error:
            said = str(error)
        if shiboken6.isValid(view):
            view.say(said)
