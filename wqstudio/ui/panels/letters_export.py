"""Writes dead letters that are looked at to a file of their own."""

from pathlib import Path

import shiboken6
from PySide6.QtWidgets import QFileDialog, QWidget

from wqstudio.background import spawn
from wqstudio.engine.looks.process import LookError
from wqstudio.ui.look_session import LookSession
from wqstudio.ui.panels.letters_view import LettersView


class LettersExport:
    def __init__(self, session: LookSession, view: LettersView) -> None:
        self._session, self._view = session, view

    def ask(self, parent: QWidget) -> None:
        """An export never writes over a file: it may be the only copy of something."""
        dialog = QFileDialog(parent, "Export dead letters", "", "JSON Lines (*.jsonl)")
        dialog.setObjectName("lettersFile")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("jsonl")
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.fileSelected.connect(lambda file: spawn(self.write(Path(file)), "export dead letters"))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    async def write(self, file: Path) -> None:
        """What is selected; nothing: all that match. What came of it is said in the view."""
        session, view = self._session, self._view
        if session.look is None or session.grave is None:
            return
        try:
            chosen = await view.choice()
            if not shiboken6.isValid(view) or session.look is None or session.grave is None:
                return
            if chosen is None and view.table.rows:
                view.say("What was selected is not there any more")
                return
            view.say("Exporting …", until_more=True)
            count = (await session.look.export(chosen or view.all_that_match(session.grave), file)).count
            said = f"{count:,} {'letter' if count == 1 else 'letters'} exported to {file.name}"
        except LookError as error:
            said = str(error)
        if shiboken6.isValid(view):
            view.say(said)
